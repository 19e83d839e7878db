//! Flattened fields: the fields of one sample type among those of another. `#[packable(flatten)]`

use std::marker::PhantomData;

use atdata_schema::matching::{Text, same_text};
use atdata_schema::{Field, FieldType};

use crate::array::ArraySpec;
use crate::error::Result;
use crate::sample::field_list::{FieldList, OwnedFields, ReadFields};
use crate::sample::row::read_map;
use crate::sample::{
    Column, Cursor, FieldKey, Fields, Keys, Layout, NestedSamples, PackField, Packable, PackableRef, Row, ViewSource,
};

/// The keys of a sample type, whether or not it borrows.
pub trait FlatKeys {
    /// The fields on the wire, in declaration order.
    const FLAT_KEYS: Keys;
}

impl<T: ViewSource> FlatKeys for T {
    const FLAT_KEYS: Keys = T::KEYS;
}

/// A sample type that owns its fields, and can lie flat in another. Its [`Row`] is of the expansion's own and names types of
/// private fields: so it is handed on to whoever asks, and is nowhere in a signature.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be flattened",
    label = "does not derive `Packable`, or has a lifetime that the struct has not",
    note = "`flatten` puts the fields of a struct that derives `Packable` among those around it; remove it, and the field has a \
            name and a map of its own, where its type allows that",
    note = "for fields of any name read a `DictSample`, or write `allow_unknown` on the struct to pass over them"
)]
pub trait Flat: ViewSource {
    /// To name it is to ask for the bound.
    const FLAT: bool = true;

    /// Hands the row on.
    fn by_row<V: ByRow<Self>>(visit: V) -> V::Out;

    /// Decodes the fields of one sample, of which the first has that number in the map around them.
    fn read_fields(builder: &mut Self::Builder, map: &mut Fields<'_, '_>, at: usize) -> Result<()>;
}

/// What is done with the row of a type.
pub trait ByRow<S: Packable> {
    /// What comes of it.
    type Out;

    /// Does it.
    fn by<R: Row<Sample = S>>(self) -> Self::Out;
}

/// A sample type that can be read as a part of another, from whose bytes it may borrow.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be flattened",
    label = "does not derive `Packable`",
    note = "`flatten` puts the fields of a struct that derives `Packable` among those around it; remove it, and the field has a \
            name and a map of its own, where its type allows that"
)]
pub trait FlatRef<'a>: FlatKeys + Sized {
    /// To name it is to ask for the bound.
    const REF_FLAT: bool = true;

    /// Hands the fields on.
    fn by_fields<V: ByFields<'a, Self>>(visit: V) -> V::Out;
}

/// What is done with the fields of a type that is read.
pub trait ByFields<'a, S> {
    /// What comes of it.
    type Out;

    /// Does it.
    fn by<F: ReadFields<'a>>(self, layout: &'static Layout, from_values: fn(F::Values) -> S) -> Self::Out;
}

impl<'a, T: Flat> FlatRef<'a> for T {
    #[inline]
    fn by_fields<V: ByFields<'a, T>>(visit: V) -> V::Out {
        T::by_row(FieldsOfRow(visit, PhantomData::<&'a ()>))
    }
}

struct FieldsOfRow<'a, V>(V, PhantomData<&'a ()>);

impl<'a, S: Packable, V: ByFields<'a, S>> ByRow<S> for FieldsOfRow<'a, V> {
    type Out = V::Out;

    #[inline]
    fn by<R: Row<Sample = S>>(self) -> V::Out {
        self.0.by::<R::Fields>(R::LAYOUT, R::from_values)
    }
}

/// Reads a sample that borrows from the bytes.
#[inline]
pub fn read_borrowed_row<'a, S: FlatRef<'a>>(cursor: &mut Cursor<'a>) -> Result<S> {
    S::by_fields(ReadMap(cursor))
}

struct ReadMap<'c, 'a>(&'c mut Cursor<'a>);

impl<'a, S> ByFields<'a, S> for ReadMap<'_, 'a> {
    type Out = Result<S>;

    #[inline]
    fn by<F: ReadFields<'a>>(self, layout: &'static Layout, from_values: fn(F::Values) -> S) -> Result<S> {
        let read = |map: &mut Fields<'_, 'a>| {
            let values = F::read(map, 0)?;
            map.end()?;
            Ok(from_values(values))
        };
        read_map(self.0, layout, size_of::<S>(), read, F::probe)
    }
}

/// The fields of a type in the list of another.
#[derive(Debug)]
pub struct Flattened<T>(PhantomData<T>);

impl<T: FlatKeys> FieldList for Flattened<T> {
    const LEN: usize = T::FLAT_KEYS.list().len();

    type Values = T;
}

struct Read<'m, 'f, 'a> {
    map: &'m mut Fields<'f, 'a>,
    at: usize,
}

impl<'a, S> ByFields<'a, S> for Read<'_, '_, 'a> {
    type Out = Result<S>;

    #[inline]
    fn by<F: ReadFields<'a>>(self, _: &'static Layout, from_values: fn(F::Values) -> S) -> Result<S> {
        F::read(self.map, self.at).map(from_values)
    }
}

struct Probe<'m, 'f, 'a> {
    map: &'m mut Fields<'f, 'a>,
    at: usize,
}

impl<'a, S> ByFields<'a, S> for Probe<'_, '_, 'a> {
    type Out = Result<()>;

    fn by<F: ReadFields<'a>>(self, _: &'static Layout, _: fn(F::Values) -> S) -> Result<()> {
        F::probe(self.map, self.at)
    }
}

impl<'a, T: FlatRef<'a>> ReadFields<'a> for Flattened<T> {
    #[inline]
    fn read(map: &mut Fields<'_, 'a>, at: usize) -> Result<T> {
        T::by_fields(Read { map, at })
    }

    fn probe(map: &mut Fields<'_, 'a>, at: usize) -> Result<()> {
        T::by_fields(Probe { map, at })
    }
}

struct Write<'w, S> {
    value: &'w S,
    keys: &'w [FieldKey],
    at: usize,
    out: &'w mut Vec<u8>,
}

impl<S: Packable> ByRow<S> for Write<'_, S> {
    type Out = ();

    #[inline]
    fn by<R: Row<Sample = S>>(self) {
        R::Fields::write(R::refs(self.value), self.keys, self.at, self.out);
    }
}

struct Check<'w, S> {
    value: &'w S,
    keys: &'w [FieldKey],
    at: usize,
    sample: ArraySpec,
}

impl<S: Packable> ByRow<S> for Check<'_, S> {
    type Out = Result<()>;

    #[inline]
    fn by<R: Row<Sample = S>>(self) -> Result<()> {
        R::Fields::check(R::refs(self.value), self.keys, self.at, self.sample)
    }
}

struct WriteChecked<'w, S> {
    value: &'w S,
    keys: &'w [FieldKey],
    at: usize,
    sample: ArraySpec,
    out: &'w mut Vec<u8>,
}

impl<S: Packable> ByRow<S> for WriteChecked<'_, S> {
    type Out = Result<()>;

    fn by<R: Row<Sample = S>>(self) -> Result<()> {
        R::Fields::write_checked(R::refs(self.value), self.keys, self.at, self.sample, self.out)
    }
}

/// In a batch they are a batch of their own, as those of a nested sample are.
impl<T: Flat<Batch: 'static> + 'static> OwnedFields for Flattened<T> {
    type Refs<'r> = &'r T;
    type Columns = T::Builder;
    type Outs = T::Batch;
    type OutRefs<'r> = &'r T::Batch;

    const NESTED: NestedSamples = T::Builder::NESTED;

    #[inline]
    fn write(value: &T, keys: &[FieldKey], at: usize, out: &mut Vec<u8>) {
        T::by_row(Write { value, keys, at, out });
    }

    #[inline]
    fn check(value: &T, keys: &[FieldKey], at: usize, sample: ArraySpec) -> Result<()> {
        T::by_row(Check { value, keys, at, sample })
    }

    fn write_checked(value: &T, keys: &[FieldKey], at: usize, sample: ArraySpec, out: &mut Vec<u8>) -> Result<()> {
        T::by_row(WriteChecked { value, keys, at, sample, out })
    }

    fn columns(rows: usize) -> T::Builder {
        T::Builder::with_capacity(rows)
    }

    fn reuse(batch: T::Batch, rows: usize) -> T::Builder {
        T::Builder::reuse(batch, rows)
    }

    #[inline]
    fn read_into(builder: &mut T::Builder, map: &mut Fields<'_, '_>, at: usize) -> Result<()> {
        T::read_fields(builder, map, at)
    }

    /// By its own names, which are those of the fields here.
    fn push(builder: &mut T::Builder, value: T, _: &[FieldKey], _: usize) -> Result<()> {
        builder.push(value)
    }

    fn truncate(builder: &mut T::Builder, rows: usize) {
        builder.truncate(rows);
    }

    fn finish(builder: T::Builder) -> Result<T::Batch> {
        builder.finish()
    }

    fn len(batch: &T::Batch) -> usize {
        T::Builder::len(batch)
    }

    fn are_of_len(batch: &T::Batch, rows: usize) -> bool {
        T::Builder::len(batch) == rows && crate::sample::Batch::is_even(batch)
    }

    fn row(batch: &T::Batch, index: usize) -> Option<T> {
        T::Builder::row(batch, index)
    }
}

/// What is said of some fields of a type one after the other: of its own, or of those that a flattened field brings.
#[derive(Debug)]
pub struct Part<T: 'static> {
    items: &'static [T],
    /// The flattened field, nothing of a type's own.
    field: &'static str,
}

impl<T> Part<T> {
    /// Of the type's own fields.
    pub const fn own(items: &'static [T]) -> Self {
        Self { items, field: "" }
    }

    /// Of the fields of a flattened field's type.
    pub const fn flat(field: &'static str, items: &'static [T]) -> Self {
        Self { items, field }
    }

    const fn is_own(&self) -> bool {
        self.field.is_empty()
    }
}

/// How many fields there are.
pub const fn count<T>(mut parts: &[Part<T>]) -> usize {
    let mut count = 0;
    while let [part, rest @ ..] = parts {
        count += part.items.len();
        parts = rest;
    }
    count
}

#[allow(clippy::indexing_slicing, reason = "as many as were counted; `get` is not const")]
const fn joined<T: Copy, const N: usize>(mut parts: &[Part<T>], none: T) -> [T; N] {
    let (mut all, mut at) = ([none; N], 0);
    while let [part, rest @ ..] = parts {
        let mut items = part.items;
        while let [item, later @ ..] = items {
            all[at] = *item;
            at += 1;
            items = later;
        }
        parts = rest;
    }
    all
}

/// The keys of all parts.
pub const fn joined_keys<const N: usize>(parts: &[Part<FieldKey>]) -> [FieldKey; N] {
    joined(parts, FieldKey::NONE)
}

/// The fields of all parts, without a word on the members that a flattened type has its own in.
#[allow(clippy::indexing_slicing, reason = "as many as were counted; `get` is not const")]
pub const fn joined_fields<const N: usize>(mut parts: &[Part<Field>]) -> [Field; N] {
    let (mut all, mut at) = (joined::<_, N>(parts, Field::new("", FieldType::Any)), 0);
    while let [part, rest @ ..] = parts {
        let end = at + part.items.len();
        while at < end {
            if !part.is_own() {
                all[at].member = None;
            }
            at += 1;
        }
        parts = rest;
    }
    all
}

/// For each field whether it converts dtypes; of a part of which nothing is said none does.
#[allow(clippy::indexing_slicing, reason = "as many as were counted; `get` is not const")]
pub const fn joined_casts<const N: usize>(mut parts: &[Part<FieldKey>], mut casts: &[&[bool]]) -> [bool; N] {
    let (mut all, mut start) = ([false; N], 0);
    while let ([part, later_parts @ ..], [of_part, later_casts @ ..]) = (parts, casts) {
        let (mut at, mut of_part) = (start, *of_part);
        while let [cast, rest @ ..] = of_part {
            all[at] = *cast;
            at += 1;
            of_part = rest;
        }
        start += part.items.len();
        (parts, casts) = (later_parts, later_casts);
    }
    all
}

/// The fields of a flattened type. By a function, for the compiler keeps a reference to what calls make, and to no part of a
/// constant.
pub const fn fields_of<T: Packable>() -> &'static [Field] {
    T::SCHEMA.fields
}

/// The same of one that may borrow.
pub const fn ref_fields_of<T: PackableRef<'static>>() -> &'static [Field] {
    T::REF_SCHEMA.fields
}

/// Which of them convert dtypes.
pub const fn casts_of<T: PackField>() -> &'static [bool] {
    match T::NESTED {
        Some(sample) => sample.casts(),
        None => &[],
    }
}

/// Does not compile where a name of a field in the type of a flattened `field` is one of another field as well. The panic is
/// where it is called.
#[track_caller]
#[allow(clippy::indexing_slicing, reason = "numbers of keys; `get` is not const")]
pub const fn one_field_each(parts: &[Part<FieldKey>], keys: &Keys, field: &str, sample: &str) {
    let (list, order) = (keys.list(), keys.order());
    let mut i = 1;
    while i < order.len() {
        let (one, other) = (order[i - 1] as usize, order[i] as usize);
        if same_text(list[one].name(), list[other].name()) {
            blame(parts, [one, other], list[one].name(), field, sample);
        }
        i += 1;
    }
    let mut at = 0;
    while at < list.len() {
        let mut aliases = list[at].aliases();
        while let [alias, rest @ ..] = aliases {
            if let Some(other) = keys.find(alias) {
                blame(parts, [at, other], alias, field, sample);
            }
            let mut other = at + 1;
            while other < list.len() {
                if has(list[other].aliases(), alias) {
                    blame(parts, [at, other], alias, field, sample);
                }
                other += 1;
            }
            aliases = rest;
        }
        at += 1;
    }
}

const fn has(mut names: &[&str], name: &str) -> bool {
    while let [first, rest @ ..] = names {
        if same_text(first, name) {
            return true;
        }
        names = rest;
    }
    false
}

/// The later of two flattened fields has to change, or the one, wherever it stands. Two names in one part are told there.
#[track_caller]
#[allow(clippy::indexing_slicing, reason = "numbers of parts; `get` is not const")]
const fn blame(parts: &[Part<FieldKey>], [one, other]: [usize; 2], name: &str, field: &str, sample: &str) {
    let (one, other) = (part_of(parts, one), part_of(parts, other));
    let (first, last) = if one < other { (one, other) } else { (other, one) };
    let (guilty, other) = if parts[last].is_own() { (first, last) } else { (last, first) };
    if guilty == other || !same_text(parts[guilty].field, field) {
        return;
    }
    let mut text = Text::new();
    text.push("field `");
    text.push(field);
    text.push("`: its type has a field \"");
    text.push(name);
    if parts[other].is_own() {
        text.push("\", and so has `");
        text.push(sample);
        text.push("` itself");
    } else {
        text.push("\", and so has that of `");
        text.push(parts[other].field);
        text.push("`");
    }
    text.push("; in one map a name means one field: rename one of them, or remove `flatten`");
    panic!("{}", text.as_str());
}

/// The number of the part that a field is in.
const fn part_of(mut parts: &[Part<FieldKey>], mut at: usize) -> usize {
    let mut number = 0;
    while let [part, rest @ ..] = parts {
        if at < part.items.len() {
            return number;
        }
        at -= part.items.len();
        number += 1;
        parts = rest;
    }
    number
}
