//! Tests of the laws of a [`PutLens`], on samples that nobody had to think of.
//!
//! [`assert_laws`] makes samples of the source and of the view from their schemas alone, tries the three laws on each of
//! them, and shows the smallest samples for which one does not hold. Samples are compared by their bytes: neither
//! `PartialEq` nor `Debug` is asked for, NaN is NaN, and what `#[packable(skip)]` keeps off the wire does not count.
//!
//! ```
//! use atdata::Packable;
//! use atdata::lens::{from_fns, laws};
//!
//! #[derive(Packable, Clone)]
//! struct Photo {
//!     label: String,
//!     confidence: f64,
//! }
//!
//! #[derive(Packable)]
//! struct Labelled {
//!     label: String,
//! }
//!
//! let labelled = from_fns(
//!     |photo: &Photo| Labelled { label: photo.label.clone() },
//!     |view: &Labelled, photo: &Photo| Photo { label: view.label.clone(), ..photo.clone() },
//! );
//! laws::assert_laws(&labelled);
//!
//! let forgetful = from_fns(
//!     |photo: &Photo| Labelled { label: photo.label.clone() },
//!     |view: &Labelled, _: &Photo| Photo { label: view.label.clone(), confidence: 1.0 },
//! );
//! let error = laws::check(&forgetful).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     [
//!         "the law GetPut does not hold: put(get(source), source) is not source",
//!         "  source     Photo { label: \"\", confidence: 0.0 }",
//!         "  came back  Photo { label: \"\", confidence: 1.0 }",
//!         "confidence: expected 0.0, found 1.0",
//!     ]
//!     .join("\n"),
//! );
//! ```
//!
//! # Which samples
//!
//! 256 cases for each law, the same in every run. The environment variables of the crate `proptest` change that:
//! `PROPTEST_CASES` their number, `PROPTEST_RNG_SEED` which they are.
//!
//! Text, numbers with all their edges and NaN, lists and maps of a few elements, arrays of the declared dtype and shape,
//! nested samples to a depth of a few. Types of one's own may take less than their schema says: which integers, lengths
//! and texts a field accepts is found out beforehand. Where nothing is accepted, [`LawError::NoSamples`] names the field;
//! hand in samples then, with [`assert_laws_on`].

mod arrays;
mod case;
#[cfg(feature = "image")]
mod images;
mod probe;
mod report;
mod run;
mod show;
mod strategy;

use std::fmt;

use proptest::strategy::Strategy;

use crate::lens::PutLens;
use crate::sample::Packable;

/// What a putter is expected to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Law {
    /// `put(get(source), source)` is `source`.
    GetPut,
    /// `get(put(view, source))` is `view`.
    PutGet,
    /// `put(second, put(first, source))` is `put(second, source)`.
    PutPut,
}

impl Law {
    /// The two sides that are the same where it holds: `get(put(view, source))` and `view`.
    pub fn formula(self) -> (&'static str, &'static str) {
        match self {
            Self::GetPut => ("put(get(source), source)", "source"),
            Self::PutGet => ("get(put(view, source))", "view"),
            Self::PutPut => ("put(second, put(first, source))", "put(second, source)"),
        }
    }
}

/// `GetPut`
impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Why a lens is not known to keep the laws.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LawError {
    /// It breaks one.
    #[error("the law {law} does not hold: {left} is not {right}{counterexample}", left = .law.formula().0, right = .law.formula().1)]
    Broken {
        /// The law.
        law: Law,
        /// The samples for which it does not hold, what came back, and the fields that differ: lines of text.
        counterexample: String,
    },
    /// The getter or the putter panicked.
    #[error("the lens panicked while the law {law} was tested: {message}{counterexample}")]
    Panicked {
        /// The law that was tested.
        law: Law,
        /// The text of the panic.
        message: String,
        /// The samples that it was called with: lines of text.
        counterexample: String,
    },
    /// No samples could be made of its types.
    #[error(transparent)]
    NoSamples(#[from] NoSamples),
}

/// A type of which no samples can be made from the schema alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot make samples of `{type_name}`: {}{reason}; hand in samples of your own, with \
     `atdata::lens::laws::assert_laws_on(lens, sources, views)`",
    of_field(.field)
)]
#[non_exhaustive]
pub struct NoSamples {
    /// The sample type.
    pub type_name: &'static str,
    /// The field, with the way to it, as in `meta.tags[0]`; empty for the sample itself.
    pub field: String,
    /// What was tried, and why it was refused.
    pub reason: String,
}

fn of_field(field: &str) -> String {
    if field.is_empty() { String::new() } else { format!("field `{field}`: ") }
}

/// Samples of a type, made from its schema, for property tests of one's own with
/// `proptest`. They shrink: to short texts, small numbers, few elements.
///
/// ```
/// use atdata::Packable;
/// use proptest::test_runner::TestRunner;
///
/// #[derive(Packable, Debug, PartialEq)]
/// struct Reading {
///     station: u8,
///     degrees: Vec<f32>,
/// }
///
/// let readings = atdata::lens::laws::samples::<Reading>()?;
/// TestRunner::default().run(&readings, |reading| {
///     assert!(reading.degrees.len() < 10);
///     Ok(())
/// }).unwrap();
/// # Ok::<(), atdata::lens::laws::NoSamples>(())
/// ```
///
/// # Errors
/// [`NoSamples`] where a field refuses all values that the schema allows.
pub fn samples<S: Packable + fmt::Debug + 'static>() -> Result<impl Strategy<Value = S>, NoSamples> {
    let strategy = strategy::of_type::<S>()?;
    Ok(strategy.prop_filter_map("the type refuses the sample", |sample| sample.to().ok()))
}

/// Tests the three laws on samples that are made from the schemas.
///
/// # Errors
/// [`LawError::Broken`] with the smallest counterexample that was found.
pub fn check<L>(lens: &L) -> Result<(), LawError>
where
    L: PutLens<Source: Packable, View: Packable>,
{
    run::all(lens)
}

/// Tests the three laws on the samples that are given: each source, each source with each view, and each source with
/// each pair of views; of very many, about as many as [`check`] would try. Without sources nothing is tested.
///
/// # Errors
/// [`LawError::Broken`] with the first counterexample.
pub fn check_on<L>(
    lens: &L,
    sources: impl IntoIterator<Item = L::Source>,
    views: impl IntoIterator<Item = L::View>,
) -> Result<(), LawError>
where
    L: PutLens<Source: Packable, View: Packable>,
{
    let (sources, views): (Vec<_>, Vec<_>) = (sources.into_iter().collect(), views.into_iter().collect());
    run::all_on(lens, &sources, &views)
}

/// [`check`] for tests; `#[lens(laws)]` writes a test that calls it.
///
/// # Panics
/// With the text of the [`LawError`].
#[track_caller]
pub fn assert_laws<L>(lens: &L)
where
    L: PutLens<Source: Packable, View: Packable>,
{
    if let Err(error) = check(lens) {
        panic!("{error}");
    }
}

/// [`check_on`] for tests: the laws on samples of one's own.
///
/// # Panics
/// With the text of the [`LawError`], and where there are no sources or no views.
#[track_caller]
pub fn assert_laws_on<L>(
    lens: &L,
    sources: impl IntoIterator<Item = L::Source>,
    views: impl IntoIterator<Item = L::View>,
) where
    L: PutLens<Source: Packable, View: Packable>,
{
    let (sources, views): (Vec<_>, Vec<_>) = (sources.into_iter().collect(), views.into_iter().collect());
    assert!(!sources.is_empty() && !views.is_empty(), "no sources or no views: nothing would be tested");
    if let Err(error) = check_on(lens, sources, views) {
        panic!("{error}");
    }
}

/// What `#[lens(laws(…))]` calls: the laws on the samples of each kind that are given, and on made ones where there are
/// none of a kind. Where no views can be made, those of the sources are tried.
///
/// # Panics
/// As [`assert_laws_on`].
#[doc(hidden)]
#[track_caller]
pub fn assert_laws_with<L, const SOURCES: usize, const VIEWS: usize>(
    lens: &L,
    sources: [Vec<L::Source>; SOURCES],
    views: [Vec<L::View>; VIEWS],
) where
    L: PutLens<Source: Packable, View: Packable>,
{
    let (sources, views) = (sources.into_iter().next(), views.into_iter().next());
    if let (Some(sources), Some(views)) = (sources.as_deref(), views.as_deref()) {
        assert!(!sources.is_empty() && !views.is_empty(), "no sources or no views: nothing would be tested");
        if let Err(error) = run::all_on(lens, sources, views) {
            panic!("{error}");
        }
        return;
    }
    let empty = sources.as_ref().is_some_and(Vec::is_empty) || views.as_ref().is_some_and(Vec::is_empty);
    assert!(!empty, "no sources or no views: nothing would be tested");
    if let Err(error) = run::all_given(lens, sources.as_deref(), views.as_deref()) {
        panic!("{error}");
    }
}
