//! Fields as values: what a type with `#[packable(query)]` has a function for, and what can be asked of each.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::literal::{Literal, Op};
use super::predicate::{Check, Path, Predicate};
use crate::sample::{Cursor, Newtype, PackField, Packable, Value};

/// A field of the sample type `S` with values of the type `T`, to be asked something: see [`Predicate`].
///
/// `#[packable(query)]` writes a function for each field of a type that gives it: `Photo::label()`.
#[must_use = "a field asks nothing until it is compared"]
pub struct FieldOf<S, T> {
    path: Vec<&'static str>,
    of: PhantomData<fn(&S) -> T>,
}

impl<S, T> FieldOf<S, T> {
    /// The field of that name on the wire.
    #[doc(hidden)]
    pub fn named(name: &'static str) -> Self {
        Self { path: vec![name], of: PhantomData }
    }

    /// The names that lead to it, from the sample's own fields on.
    pub(crate) fn path(&self) -> &[&'static str] {
        &self.path
    }

    fn test(self, check: Check) -> Predicate<S> {
        let names: Vec<Box<str>> = self.path.into_iter().map(Box::from).collect();
        Predicate::test(Path(names.into()), check)
    }

    fn compare(self, op: Op, value: Literal) -> Predicate<S> {
        self.test(Check::Compare(op, value))
    }

    /// Whether it is null, or missing where the type takes that for null. NaN is a number and not null.
    pub fn is_null(self) -> Predicate<S>
    where
        T: OnWire,
    {
        self.test(Check::Null)
    }

    /// A field of the sample that this field is: `Photo::camera().then(Camera::model())` is `camera.model`.
    pub fn then<M, U>(self, inner: FieldOf<M, U>) -> FieldOf<S, U>
    where
        T: Holding<M>,
    {
        let mut path = self.path;
        path.extend(inner.path);
        FieldOf { path, of: PhantomData }
    }

    /// Whether the list or set has the value.
    pub fn contains<V>(self, value: V) -> Predicate<S>
    where
        T: Listed,
        V: ComparesWith<<T::Element as Comparable>::As>,
    {
        self.test(Check::Contains(value.literal().0))
    }
}

impl<S, T> FieldOf<S, Inlined<T>> {
    /// The field whose own fields are those of the sample.
    #[doc(hidden)]
    pub fn flattened() -> Self {
        Self { path: Vec::new(), of: PhantomData }
    }
}

/// The bounds are those of the methods, so that what does not compare is told at the method.
impl<S, T> FieldOf<S, T> {
    /// Whether it is equal to the value: false of null and NaN.
    pub fn eq<V>(self, value: V) -> Predicate<S>
    where
        T: Comparable,
        V: ComparesWith<T::As>,
    {
        self.compare(Op::Eq, value.literal().0)
    }

    /// Whether it is not equal to the value: true of null and NaN.
    pub fn ne<V>(self, value: V) -> Predicate<S>
    where
        T: Comparable,
        V: ComparesWith<T::As>,
    {
        self.compare(Op::Ne, value.literal().0)
    }

    /// Whether it is equal to one of the values.
    pub fn is_in<V>(self, values: impl IntoIterator<Item = V>) -> Predicate<S>
    where
        T: Comparable,
        V: ComparesWith<T::As>,
    {
        self.test(Check::In(values.into_iter().map(|value| value.literal().0).collect()))
    }

    /// Whether it is less than the value: false of null and NaN, as of all that follow.
    pub fn lt<V>(self, value: V) -> Predicate<S>
    where
        T: Ordered,
        V: ComparesWith<T::As>,
    {
        self.compare(Op::Lt, value.literal().0)
    }

    /// Whether it is the value or less.
    pub fn le<V>(self, value: V) -> Predicate<S>
    where
        T: Ordered,
        V: ComparesWith<T::As>,
    {
        self.compare(Op::Le, value.literal().0)
    }

    /// Whether it is greater than the value.
    pub fn gt<V>(self, value: V) -> Predicate<S>
    where
        T: Ordered,
        V: ComparesWith<T::As>,
    {
        self.compare(Op::Gt, value.literal().0)
    }

    /// Whether it is the value or greater.
    pub fn ge<V>(self, value: V) -> Predicate<S>
    where
        T: Ordered,
        V: ComparesWith<T::As>,
    {
        self.compare(Op::Ge, value.literal().0)
    }

    /// Whether it is one of the two values or between them.
    pub fn between<V, W>(self, low: V, high: W) -> Predicate<S>
    where
        T: Ordered,
        V: ComparesWith<T::As>,
        W: ComparesWith<T::As>,
    {
        self.test(Check::Between(low.literal().0, high.literal().0))
    }

    /// Whether it is NaN, which is equal to nothing.
    pub fn is_nan(self) -> Predicate<S>
    where
        T: Floating,
    {
        self.test(Check::Nan)
    }
}

impl<S, T> Clone for FieldOf<S, T> {
    fn clone(&self) -> Self {
        Self { path: self.path.clone(), of: PhantomData }
    }
}

impl<S, T> fmt::Debug for FieldOf<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldOf({})", self.path.join("."))
    }
}

/// A value to compare with.
#[derive(Debug)]
pub struct Given(Literal);

/// Field types whose values compare: text, numbers, booleans, enums that derive `PackField`, newtypes around these, and
/// `Option` of these.
#[diagnostic::on_unimplemented(
    message = "values of `{Self}` cannot be compared in a predicate",
    label = "compares with nothing",
    note = "text, numbers, booleans and enums compare, and `Option` of these; lists and sets are asked with `contains`, what is \
            optional with `is_null`, and samples in samples by their fields: `Photo::camera().then(Camera::model())`"
)]
pub trait Comparable {
    /// What they are compared as: [`Text`], [`Number`], [`Truth`], [`LabelOf`] an enum, or [`Anything`].
    type As;
}

/// Those that are less or greater than others: text by its characters, and numbers.
#[diagnostic::on_unimplemented(
    message = "values of `{Self}` have no order",
    label = "neither less nor greater than anything",
    note = "text and numbers do; booleans and enums are asked with `eq`, `ne` and `is_in`"
)]
pub trait Ordered: Comparable {}

/// Floats, of which some may be NaN.
#[diagnostic::on_unimplemented(
    message = "values of `{Self}` are never NaN",
    label = "no floats",
    note = "floats may be"
)]
pub trait Floating: Comparable {}

/// Lists and sets of values that compare.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list or set, which `contains` is asked of",
    label = "contains no values that compare",
    note = "what is no list is compared with `eq`; bytes and arrays are not looked into"
)]
pub trait Listed {
    /// What it holds.
    type Element: Comparable;
}

/// What a flattened field is: a sample of the type `T` whose fields are those of the sample around it. It has no value of
/// its own that could be asked for, only [its fields](FieldOf::then).
#[derive(Debug)]
pub struct Inlined<T>(PhantomData<T>);

/// Types of fields that have a value of their own on the wire: all but [`Inlined`] ones.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no value of its own on the wire",
    label = "neither null nor not",
    note = "ask the fields of what is flattened: `Photo::place().then(Place::city())`"
)]
pub trait OnWire {}
impl<T: PackField> OnWire for T {}

/// Fields that are samples of the type `M`, or none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no sample of the type `{M}`",
    label = "its fields are none of `{M}`"
)]
pub trait Holding<M> {}

impl<M: Packable> Holding<M> for M {}
impl<M: Packable> Holding<M> for Option<M> {}
impl<M: Packable> Holding<M> for Box<M> {}
impl<M: Packable> Holding<M> for Option<Box<M>> {}
impl<M, T: Holding<M>> Holding<M> for Inlined<T> {}

/// Text.
#[derive(Debug)]
pub enum Text {}
/// A number: whole or not, they compare with each other by their values.
#[derive(Debug)]
pub enum Number {}
/// A boolean.
#[derive(Debug)]
pub enum Truth {}
/// A time span.
#[derive(Debug)]
pub enum Span {}
/// A label of the enum `E`.
#[derive(Debug)]
pub struct LabelOf<E>(PhantomData<E>);
/// A value of any type.
#[derive(Debug)]
pub enum Anything {}

/// Values that fields are compared with, where these are compared as `K`.
#[diagnostic::on_unimplemented(
    message = "the field is compared as {K}, with which `{Self}` does not compare",
    label = "a value of another kind"
)]
pub trait ComparesWith<K> {
    /// The value.
    fn literal(self) -> Given;
}

macro_rules! comparable {
    ($($kind:ident: $($t:ty),+;)+) => { $($(
        impl Comparable for $t {
            type As = $kind;
        }
    )+)+ };
}
comparable! {
    Text: String, Box<str>, Arc<str>, char;
    Number: i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f32, f64, half::f16;
    Truth: bool;
    Span: Duration;
    Anything: Value;
}

macro_rules! mark {
    ($mark:ident: $($t:ty),+) => { $(
        impl $mark for $t {}
    )+ };
}
mark!(Ordered: String, Box<str>, Arc<str>, char, i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f32, f64, half::f16);
mark!(Ordered: Duration, Value);
mark!(Floating: f32, f64, half::f16, Value);

impl<T: Comparable> Comparable for Option<T> {
    type As = T::As;
}
impl<T: Ordered> Ordered for Option<T> {}
impl<T: Floating> Floating for Option<T> {}

#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: Comparable>> Comparable for T {
    type As = <T::Inner as Comparable>::As;
}
#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: Ordered>> Ordered for T {}
#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: Floating>> Floating for T {}

/// Types that are a list in a `Vec`: all but bytes.
#[diagnostic::on_unimplemented(
    message = "`contains` does not look into a `Vec` of `{Self}`",
    label = "bytes, or values that do not compare",
    note = "a `Vec<u8>` is bytes on the wire, where a set of `u8` is a list of numbers"
)]
pub trait InList: Comparable {}
mark!(InList: String, Box<str>, Arc<str>, char, i8, i16, i32, i64, isize, u16, u32, u64, usize, f32, f64, half::f16);
mark!(InList: bool, Duration, Value);
impl<T: Comparable> InList for Option<T> {}
#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: InList>> InList for T {}

impl<T: InList> Listed for Vec<T> {
    type Element = T;
}
impl<T: InList, const N: usize> Listed for [T; N] {
    type Element = T;
}
impl<T: Comparable> Listed for BTreeSet<T> {
    type Element = T;
}
impl<T: Comparable, H> Listed for HashSet<T, H> {
    type Element = T;
}
impl<T: Listed> Listed for Option<T> {
    type Element = T::Element;
}
impl Listed for Value {
    type Element = Self;
}

macro_rules! compares_with {
    ($($kind:ident: $($t:ty),+ => |$value:ident| $literal:expr;)+) => { $($(
        #[diagnostic::do_not_recommend]
        impl ComparesWith<$kind> for $t {
            fn literal(self) -> Given {
                let $value = self;
                Given($literal)
            }
        }

        #[diagnostic::do_not_recommend]
        impl ComparesWith<Anything> for $t {
            fn literal(self) -> Given {
                let $value = self;
                Given($literal)
            }
        }
    )+)+ };
}
compares_with! {
    Text: &str, String, Cow<'_, str> => |value| Literal::Text(value.into());
    Text: Box<str> => |value| Literal::Text(value);
    Text: &String => |value| Literal::Text(value.as_str().into());
    Text: char => |value| Literal::Text(value.to_string().into());
    Number: i8, i16, i32, i64, u8, u16, u32, u64 => |value| Literal::Int(value.into());
    Number: isize, usize => |value| Literal::Int(value as i128);
    Number: f32 => |value| Literal::Float(value.into());
    Number: f64 => |value| Literal::Float(value);
    Number: half::f16 => |value| Literal::Float(value.to_f64());
    Truth: bool => |value| Literal::Bool(value);
    Span: Duration => |value| Literal::Int(i128::try_from(value.as_nanos()).unwrap_or(i128::MAX));
}

/// By its name on the wire.
#[diagnostic::do_not_recommend]
impl<E: PackField + Comparable<As = LabelOf<E>>> ComparesWith<LabelOf<E>> for E {
    fn literal(self) -> Given {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        let text = Cursor::new(&bytes).read_str().map(Box::from);
        Given(Literal::Text(text.unwrap_or_default()))
    }
}
