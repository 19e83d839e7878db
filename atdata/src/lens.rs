//! Typed views between sample types.
//!
//! A [`Lens`] leads from a source type to a view type; a [`PutLens`] leads back as well: it puts a changed view into the
//! source that it was taken from. Lenses are values without state, so that the compiler sees through them, and they
//! [compose](Lens::then) where the types meet. `#[lens]` makes one of a function:
//!
//! ```
//! use atdata::lens::{Lens, PutLens, from_fns};
//!
//! let first = from_fns(|pair: &(i64, i64)| pair.0, |first: &i64, pair: &(i64, i64)| (*first, pair.1));
//! assert_eq!(first.get(&(1, 2)), 1);
//! assert_eq!(first.put(&5, &(1, 2)), (5, 2));
//! ```
//!
//! # Laws
//!
//! A putter is expected to keep three laws; `#[lens(laws)]` tests them, and views declared with
//! [`#[packable(view_of = Source)]`](derive@crate::Packable#views-of-another-type) keep them by construction.
//!
//! | law | |
//! |---|---|
//! | GetPut | putting back what was got changes nothing: `put(get(s), s) == s` |
//! | PutGet | what was put is what is got: `get(put(v, s)) == v` |
//! | PutPut | the last put counts: `put(w, put(v, s)) == put(w, s)` |

mod compose;
mod declared;
mod direct;
mod function;
#[cfg(feature = "laws")]
pub mod laws;
pub(crate) mod methods;
#[cfg(feature = "records")]
mod migration;
#[cfg(feature = "records")]
mod record;
mod register;
#[cfg(feature = "records")]
mod registry;
mod structural;

use crate::error::Result;
use crate::sample::{Cursor, DictSample, Packable};

pub use compose::{Identity, Then, identity};
pub use declared::{Declared, DeclaredView};
pub use function::{FnLens, from_fn, from_fns};
#[cfg(feature = "records")]
pub use migration::{Migration, MigrationBuilder};
#[cfg(feature = "records")]
pub use record::RecordLens;
#[cfg(feature = "records")]
pub use registry::{LensEntry, find, registered};

#[cfg(feature = "records")]
pub(crate) use registry::{functions, schema_of};
#[cfg(feature = "records")]
#[doc(hidden)]
pub use registry::{get_erased, put_erased};
pub use structural::project;

#[doc(hidden)]
pub use declared::ViewField;
#[doc(hidden)]
pub use direct::Direct;

pub(crate) use structural::{direct, repack};

/// A view of one sample type as another. Write `#[lens]` on a function, not an impl.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a lens",
    label = "not a lens",
    note = "write `#[lens]` on `fn(&Source) -> View`, or make one of closures with `atdata::lens::from_fn`"
)]
pub trait Lens {
    /// The type that the lens starts from.
    type Source;
    /// The type that it leads to.
    type View;

    /// The view of a sample.
    fn get(&self, source: &Self::Source) -> Self::View;

    /// The view of a sample that is not needed any more; lenses that can, move what the view keeps.
    fn get_owned(&self, source: Self::Source) -> Self::View {
        self.get(&source)
    }

    /// This lens and, from where it leads, another one: `a.then(b).get(s)` is `b.get(&a.get(s))`.
    fn then<B>(self, next: B) -> Then<Self, B>
    where
        Self: Sized,
        B: LensFrom<Self::View>,
    {
        Then::new(self, next)
    }
}

/// A lens that also leads back.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no putter",
    label = "a lens without a putter only reads",
    note = "write `#[lens(put = function)]` with a `fn(&View, &Source) -> Source`"
)]
pub trait PutLens: Lens {
    /// The source with its part that the view shows replaced by `view`.
    fn put(&self, view: &Self::View, source: &Self::Source) -> Self::Source;
}

/// A lens that starts from `S`: every `Lens<Source = S>`, and only these.
///
/// It asks for the same and says it better: the compiler names both types where they do not meet.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a lens from `{S}`",
    label = "not a lens from `{S}`",
    note = "in `a.then(b)` and `a | b`, `b` starts from the view of `a`; a dataset is seen through lenses from its sample type",
    note = "a function becomes a lens by `#[lens]`, a closure by `atdata::lens::from_fn`"
)]
pub trait LensFrom<S>: Lens<Source = S> {}

#[diagnostic::do_not_recommend]
impl<S, L: Lens<Source = S>> LensFrom<S> for L {}

/// What [`Dataset::as_type`](crate::Dataset::as_type) asks for: exactly one canonical lens leads from `S` to this type.
///
/// `#[lens]` implements it for the function's view, `#[packable(view_of = S)]` for the struct; two of them for the same
/// pair of types do not compile ("conflicting implementations of trait `ViewOf`"), nor does one where both types are of
/// other crates ("only traits defined in the current crate"): write `#[lens(through_only)]` for such a lens, and use it
/// with [`Dataset::through`](crate::Dataset::through). Every [`Packable`] is a view of [`DictSample`].
#[diagnostic::on_unimplemented(
    message = "no lens leads from `{S}` to `{Self}`",
    label = "not a view of `{S}`",
    note = "write `#[lens] fn name(source: &{S}) -> {Self}`, or `#[packable(view_of = {S})]` on `{Self}`",
    note = "a lens that is not the canonical one is used with `dataset.through(lens)`; fields of the same names and types \
            are taken with `dataset.project::<{Self}>()`"
)]
pub trait ViewOf<S>: Sized {
    /// The view of a sample.
    ///
    /// # Errors
    /// Only views of samples without a type can fail: those that do not fit.
    fn view_of(source: S) -> Result<Self>;

    /// How the view is read from the bytes of a sample, where that takes less than reading all of it.
    #[doc(hidden)]
    const DIRECT: Option<Direct<Self>> = None;
}

/// A sample without a type is seen as any type whose fields it has; fields beyond them are passed over.
impl<V: Packable> ViewOf<DictSample> for V {
    fn view_of(source: DictSample) -> Result<Self> {
        let bytes = bytes::Bytes::from(source.pack());
        Direct::of_own_fields().read(&mut Cursor::shared(&bytes))
    }

    const DIRECT: Option<Direct<Self>> = Some(Direct::of_own_fields());
}
