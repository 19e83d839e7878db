//! Lists, fixed arrays, sets, maps, `Option` and `Box` as fields.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

use atdata_schema::FieldType;
use atdata_schema::matching::NestedSample;

use crate::array::ArraySpec;
use crate::error::{Result, copied_text};
use crate::sample::encode::{write_list_len, write_map_len, write_nil, write_str};
use crate::sample::field::check_len;
use crate::sample::{Column, Cursor, DecodeError, PackField};

/// The type itself, by way of its column: what is asked of it is asked only where it is a field type, so that a type which is
/// none, or whose derive failed, is one error and not two.
pub(super) type ValueOf<T> = <<T as PackField>::Column as Column>::Value;

impl<T: PackField> PackField for Vec<T>
where
    ValueOf<T>: Clone,
{
    const TYPE: FieldType = T::LIST;
    const TWO_NULLS: bool = T::TWO_NULLS;
    const NESTED: Option<NestedSample> = T::NESTED;
    const IMAGE: Option<&'static str> = T::IMAGE;
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        T::read_list(cursor)
    }

    fn write(&self, out: &mut Vec<u8>) {
        T::write_list(self, out);
    }

    fn check(&self, spec: ArraySpec) -> Result<()> {
        check_elements(self, spec)
    }
}

impl<T: PackField, const N: usize> PackField for [T; N]
where
    ValueOf<T>: Clone,
{
    const TYPE: FieldType = T::LIST;
    const TWO_NULLS: bool = T::TWO_NULLS;
    const NESTED: Option<NestedSample> = T::NESTED;
    const IMAGE: Option<&'static str> = T::IMAGE;
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let values = T::read_list(cursor)?;
        Self::try_from(values).map_err(|values| DecodeError::WrongLength { expected: N, found: values.len() }.into())
    }

    fn write(&self, out: &mut Vec<u8>) {
        T::write_list(self, out);
    }

    fn check(&self, spec: ArraySpec) -> Result<()> {
        check_elements(self, spec)
    }
}

/// What a `BTreeSet` holds.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be in a set of a sample",
    label = "has no order, by which sets are written",
    note = "use a `Vec` for floats and other values without an order; a type of yours derives `PartialEq, Eq, PartialOrd, Ord`"
)]
pub trait InOrder: Ord {}

#[diagnostic::do_not_recommend]
impl<T: Ord> InOrder for T {}

/// What a `HashSet` holds: one trait, so that what has neither an order nor a hash is one error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be in a set of a sample",
    label = "has no hash, or no order, by which sets are written",
    note = "use a `Vec` for floats and other values without an order; a type of yours derives `PartialEq, Eq, PartialOrd, Ord, \
            Hash`"
)]
pub trait InHashSet: Ord + Hash {}

#[diagnostic::do_not_recommend]
impl<T: Ord + Hash> InHashSet for T {}

/// A list in the order of the values. A value that is there twice is one, as Python's `set` has it; numbers stay numbers
/// where a `Vec<u8>` is bytes.
impl<T: PackField> PackField for BTreeSet<T>
where
    ValueOf<T>: InOrder + Clone,
{
    const TYPE: FieldType = FieldType::List(&T::ELEMENT);
    const TWO_NULLS: bool = T::TWO_NULLS;
    const NESTED: Option<NestedSample> = T::NESTED;
    const IMAGE: Option<&'static str> = T::IMAGE;
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let mut set = Self::new();
        read_elements(cursor, |value| {
            set.insert(value);
        })?;
        Ok(set)
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_list_len(self.len(), out);
        for value in self {
            value.write(out);
        }
    }

    fn check(&self, spec: ArraySpec) -> Result<()> {
        check_elements(self, spec)
    }
}

/// The same, in the same order, so that equal sets are equal bytes.
impl<T: PackField, S: BuildHasher + Default + Clone> PackField for HashSet<T, S>
where
    ValueOf<T>: InHashSet + Clone,
{
    const TYPE: FieldType = FieldType::List(&T::ELEMENT);
    const TWO_NULLS: bool = T::TWO_NULLS;
    const NESTED: Option<NestedSample> = T::NESTED;
    const IMAGE: Option<&'static str> = T::IMAGE;
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let mut set = Self::default();
        read_elements(cursor, |value| {
            set.insert(value);
        })?;
        Ok(set)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut values: Vec<_> = self.iter().collect();
        values.sort_unstable();
        write_list_len(values.len(), out);
        for value in values {
            value.write(out);
        }
    }

    fn check(&self, spec: ArraySpec) -> Result<()> {
        check_elements(self, spec)
    }
}

fn read_elements<T: PackField>(cursor: &mut Cursor<'_>, mut add: impl FnMut(T)) -> Result<()> {
    let len = cursor.read_list_len()?;
    cursor.nested_elements(len, |cursor| {
        for index in 0..len {
            add(T::read(cursor).map_err(|error| error.in_element(index))?);
        }
        Ok(())
    })
}

fn check_elements<'v, T: PackField + 'v>(
    values: impl IntoIterator<Item = &'v T, IntoIter: ExactSizeIterator>,
    spec: ArraySpec,
) -> Result<()> {
    let values = values.into_iter();
    check_len(values.len())?;
    let spec = spec.nested(values.len())?;
    for (index, value) in values.enumerate() {
        value.check(spec).map_err(|error| error.in_element(index))?;
    }
    Ok(())
}

/// Null is `None`, and so is a field that the sample does not have.
impl<T: PackField> PackField for Option<T>
where
    ValueOf<T>: Clone,
{
    const TYPE: FieldType = T::TYPE;
    const OPTIONAL: bool = true;
    const TWO_NULLS: bool = T::OPTIONAL || T::TWO_NULLS;
    const NESTED: Option<NestedSample> = T::NESTED;
    const IMAGE: Option<&'static str> = T::IMAGE;
    const ELEMENT: FieldType = FieldType::Nullable(&T::ELEMENT);
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        if cursor.read_nil() { Ok(None) } else { T::read(cursor).map(Some) }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => write_nil(out),
        }
    }

    fn check(&self, spec: ArraySpec) -> Result<()> {
        self.as_ref().map_or(Ok(()), |value| value.check(spec))
    }
}

impl<T: PackField> PackField for Box<T>
where
    ValueOf<T>: Clone,
{
    const TYPE: FieldType = T::TYPE;
    const OPTIONAL: bool = T::OPTIONAL;
    const TWO_NULLS: bool = T::TWO_NULLS;
    const NESTED: Option<NestedSample> = T::NESTED;
    const IMAGE: Option<&'static str> = T::IMAGE;
    const ELEMENT: FieldType = T::ELEMENT;
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        T::read(cursor).map(Self::new)
    }

    fn write(&self, out: &mut Vec<u8>) {
        T::write(self, out);
    }

    fn check(&self, spec: ArraySpec) -> Result<()> {
        T::check(self, spec)
    }
}

/// Written in the order of the keys; of a key that is there twice the last value counts, as in Python.
impl<T: PackField> PackField for BTreeMap<String, T>
where
    ValueOf<T>: Clone,
{
    const TYPE: FieldType = FieldType::Map(&T::ELEMENT);
    const TWO_NULLS: bool = T::TWO_NULLS;
    const NESTED: Option<NestedSample> = T::NESTED;
    const IMAGE: Option<&'static str> = T::IMAGE;
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let mut map = Self::new();
        read_entries(cursor, |key, value| drop(map.insert(key, value)))?;
        Ok(map)
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_entries(self.len(), self.iter(), out);
    }

    fn check(&self, spec: ArraySpec) -> Result<()> {
        check_entries(self.iter(), spec.nested(self.len())?)
    }
}

/// Written in the order of the keys, so that equal maps are equal bytes.
impl<T: PackField, S: BuildHasher + Default + Clone> PackField for HashMap<String, T, S>
where
    ValueOf<T>: Clone,
{
    const TYPE: FieldType = FieldType::Map(&T::ELEMENT);
    const TWO_NULLS: bool = T::TWO_NULLS;
    const NESTED: Option<NestedSample> = T::NESTED;
    const IMAGE: Option<&'static str> = T::IMAGE;
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let mut map = Self::default();
        read_entries(cursor, |key, value| drop(map.insert(key, value)))?;
        Ok(map)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut entries: Vec<_> = self.iter().collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        write_entries(entries.len(), entries.into_iter(), out);
    }

    fn check(&self, spec: ArraySpec) -> Result<()> {
        check_entries(self.iter(), spec.nested(self.len())?)
    }
}

fn read_entries<T: PackField>(cursor: &mut Cursor<'_>, mut insert: impl FnMut(String, T)) -> Result<()> {
    let len = cursor.read_map_len()?;
    cursor.nested_elements(len, |cursor| {
        for _ in 0..len {
            let key = cursor.read_key()?;
            let value = T::read(cursor).map_err(|error| error.in_entry(key))?;
            insert(copied_text(key)?, value);
        }
        Ok(())
    })
}

fn write_entries<'a, T: PackField + 'a>(
    len: usize,
    entries: impl Iterator<Item = (&'a String, &'a T)>,
    out: &mut Vec<u8>,
) {
    write_map_len(len, out);
    for (key, value) in entries {
        write_str(key, out);
        value.write(out);
    }
}

fn check_entries<'a, T: PackField + 'a>(
    entries: impl Iterator<Item = (&'a String, &'a T)>,
    spec: ArraySpec,
) -> Result<()> {
    for (key, value) in entries {
        check_len(key.len())?;
        value.check(spec).map_err(|error| error.in_entry(key))?;
    }
    Ok(())
}
