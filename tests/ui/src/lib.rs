//! What the macros write is silent under the strictest lints, in rustc and clippy.
//!
//! A library and not a test, for in tests rustc does not look for missing documentation.
#![deny(
    warnings,
    clippy::pedantic,
    missing_docs,
    unused_qualifications,
    missing_debug_implementations,
    missing_copy_implementations,
    unreachable_pub,
    unused_results,
    single_use_lifetimes,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    unit_bindings,
    variant_size_differences,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::absolute_paths,
    clippy::shadow_unrelated,
    clippy::shadow_reuse,
    clippy::shadow_same,
    clippy::arithmetic_side_effects,
    clippy::min_ident_chars
)]

pub mod generated;

/// Where generated code may find the library.
pub mod vendored {
    pub use atdata;
}

/// Types that generated code uses in place of its own.
pub mod geometry {
    use atdata::Packable;

    /// A place.
    #[derive(Packable, Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct Point {
        /// How far from the left.
        pub across: i64,
    }
}

/// How somebody stands.
#[derive(atdata::PackField, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pose(pub i64);

/// Sample types.
pub mod samples {
    use std::collections::{BTreeMap, HashMap};

    use atdata::{ArrayRef, DynArray, PackField, Packable, Value};
    use ndarray::{Array1, Array3, ArrayD};

    /// A part of another sample.
    #[derive(Packable, Debug, Clone, PartialEq)]
    pub struct Point {
        /// Where it is.
        pub position: Array1<f32>,
    }

    /// A field that is one of several texts.
    #[derive(PackField, Debug, Clone, Copy, PartialEq)]
    #[packable(rename_all = "kebab-case")]
    pub enum Split {
        /// To learn from.
        Train,
        /// To measure with.
        #[packable(rename = "val")]
        Validation,
    }

    /// A field with a name for its unit.
    #[derive(PackField, Debug, Clone, Copy, PartialEq)]
    pub struct Celsius(pub f64);

    /// A field that is stacked.
    #[derive(PackField, Debug, Clone, PartialEq)]
    pub struct Pixels(pub Array3<u8>);

    /// Fields of types like these.
    #[derive(Packable, Debug, Clone, PartialEq)]
    pub struct Own {
        /// Text of a few.
        pub split: Split,
        /// A number with a unit.
        pub temperature: Option<Celsius>,
        /// An array with a name.
        #[packable(shape = [_, _, 3])]
        pub pixels: Pixels,
    }

    /// Fields of every kind.
    #[derive(Packable, Debug, Clone, PartialEq)]
    #[packable(name = "Everything", version = "1.2.3", rename_all = "camelCase", allow_unknown)]
    pub struct All {
        /// Text.
        pub text: String,
        /// Truth.
        pub truth: bool,
        /// A whole number.
        pub number: i64,
        /// A small number.
        pub small: u8,
        /// A real number.
        pub real: f32,
        /// Bytes.
        pub bytes: Vec<u8>,
        /// Pixels.
        #[packable(shape = [2, _, 3], dims = ["height", "width", "channel"], cast)]
        pub image: Array3<u8>,
        /// Of any rank, not stacked.
        #[packable(ragged)]
        pub ragged: ArrayD<f64>,
        /// Of any type.
        pub dynamic: DynArray,
        /// Anything.
        pub value: Value,
        /// Words.
        pub words: Vec<String>,
        /// Perhaps a number.
        pub maybe: Option<i64>,
        /// Three numbers.
        pub three: [f64; 3],
        /// Numbers by name.
        pub counts: BTreeMap<String, i64>,
        /// Lists by name.
        pub lists: HashMap<String, Vec<i64>>,
        /// A sample in the sample.
        pub point: Point,
        /// Samples in the sample.
        pub points: Vec<Point>,
        /// With a default.
        #[packable(default = "en".to_owned())]
        pub language: String,
        /// With the default of its type.
        #[packable(default)]
        pub count: u32,
        /// Not on the wire.
        #[packable(skip)]
        pub cache: Vec<u8>,
        hidden: i64,
    }

    impl Part {
        /// What is hidden.
        #[must_use]
        pub fn hidden(&self) -> i64 {
            self.hidden
        }
    }

    impl All {
        /// What is hidden.
        #[must_use]
        pub fn hidden(&self) -> i64 {
            self.hidden
        }
    }

    /// Borrows.
    #[derive(Packable, Debug, Clone)]
    pub struct AllRef<'a> {
        /// Text.
        pub text: &'a str,
        /// Bytes.
        #[packable(default)]
        pub bytes: &'a [u8],
        /// Pixels.
        #[packable(shape = [_])]
        pub image: ArrayRef<'a, u8>,
        /// Words.
        pub words: Vec<&'a str>,
    }

    /// As its record says.
    #[derive(Packable, Debug, Clone, PartialEq)]
    #[packable(schema = "schema/records/photo.json")]
    pub struct Recorded {
        /// Pixels.
        #[packable(shape = [_, _, 3])]
        pub image: Array3<u8>,
        /// What it shows.
        pub label: String,
        /// How sure that is.
        pub confidence: Option<f64>,
    }

    /// A view.
    #[derive(Packable, Debug, Clone, PartialEq)]
    #[packable(view_of = All, rename_all = "camelCase")]
    pub struct Part {
        /// What it is.
        #[packable(from = "text")]
        pub title: String,
        /// Pixels.
        #[packable(ragged)]
        pub image: Array3<u8>,
        /// Perhaps a number.
        pub maybe: Option<i64>,
        /// A sample in the sample.
        pub point: Point,
        /// With a default in the source.
        pub language: String,
        hidden: i64,
    }

    /// Text of a few, not used any more.
    #[deprecated(note = "use `Split`")]
    #[derive(PackField, Debug, Clone, Copy, PartialEq)]
    pub enum OldSplit {
        /// To learn from.
        Train,
    }

    /// Of which a part is not used any more.
    #[derive(PackField, Debug, Clone, Copy, PartialEq)]
    pub enum HalfOld {
        /// Used.
        New,
        /// Not used any more.
        #[deprecated(note = "use `New`")]
        Old,
    }

    /// Not used any more.
    #[deprecated(note = "use `Point`")]
    #[derive(Packable, Debug, Clone, PartialEq)]
    pub struct OldPoint {
        /// Where it is.
        pub position: Array1<f32>,
        /// What it is.
        #[expect(deprecated, reason = "as old as this")]
        pub split: OldSplit,
    }

    /// Of which a part is not used any more.
    #[derive(Packable, Debug, Clone, PartialEq)]
    pub struct Renamed {
        /// Where it is.
        pub place: String,
        /// Where it was.
        #[deprecated(note = "use `place`")]
        pub position: i64,
        /// A type of old.
        #[allow(deprecated, reason = "not to be written any more")]
        pub split: Option<OldSplit>,
    }

    /// Of that part.
    #[derive(Packable, Debug, Clone, Copy, PartialEq)]
    #[packable(view_of = Renamed)]
    pub struct OldView {
        /// Where it was.
        #[deprecated(note = "use `place`")]
        pub position: i64,
    }

    #[derive(Packable)]
    #[packable(view_of = Part)]
    struct UnseenView {
        title: String,
    }

    /// Uses what is not public.
    #[must_use]
    pub fn unseen_view() -> String {
        UnseenView::unpack(b"\x81\xa5title\xa1x").map_or_else(|_| String::new(), |view| view.title)
    }

    #[derive(Packable)]
    #[packable(batch = "UnseenColumns", batch_derive(Debug))]
    struct Unseen {
        one: i64,
    }

    /// Uses what is not public.
    #[must_use]
    pub fn unseen() -> i64 {
        Unseen::unpack(b"\x81\xa3one\x01").map_or(0, |unseen| unseen.one)
    }
}

/// Lenses.
pub mod lenses {
    use atdata::{Packable, lens};

    use crate::samples::Point;

    /// Two numbers.
    #[derive(Packable, Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Pair {
        /// The first.
        pub first: i64,
        /// The second.
        pub second: i64,
    }

    /// One number.
    #[derive(Packable, Debug, Clone, PartialEq, Eq)]
    pub struct One {
        /// The number.
        pub number: i64,
        /// Its name.
        pub name: String,
    }

    /// One small number.
    #[derive(Packable, Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Small {
        /// The number.
        pub number: u8,
    }

    /// The first of two.
    #[lens(put = with_first, name = "first", version = "1.1.0")]
    pub fn first_of_pair(pair: &Pair) -> One {
        One { number: pair.first, name: String::new() }
    }

    fn with_first(view: &One, pair: &Pair) -> Pair {
        Pair { first: view.number, second: pair.second }
    }

    /// Of a type that clippy would rather see passed by value.
    #[lens]
    pub fn pair_of_one(one: &Small) -> Pair {
        Pair { first: i64::from(one.number), second: 0 }
    }

    /// The second of two, which is not the canonical one.
    #[lens(through_only, put = |view, pair| Pair { first: pair.first, second: view.number })]
    pub fn second_of_pair(pair: &Pair) -> One {
        One { number: pair.second, name: String::new() }
    }

    /// Not used any more.
    #[deprecated(note = "use `first_of_pair`")]
    #[lens(through_only, put = with_first)]
    pub fn old(pair: &Pair) -> One {
        One { number: pair.first, name: String::new() }
    }

    #[lens]
    fn only_as_type(point: &Point) -> Pair {
        Pair { first: i64::try_from(point.position.len()).unwrap_or(0), second: 0 }
    }

    /// Uses what is not public.
    #[must_use]
    pub fn unseen(pair: &Pair) -> One {
        #[lens(through_only)]
        fn local(pair: &Pair) -> One {
            One { number: pair.first, name: String::new() }
        }
        local.get(pair)
    }
}
