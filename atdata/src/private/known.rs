//! What an expansion says of the fields on the wire: each in one place, for the reader and for the schema.
#![allow(missing_docs)]

use atdata_schema::{DefaultValue, Field, FieldType, JsonSchema, ManifestField};

use crate::array::ArraySpec;
use crate::sample::{BorrowField, FieldKey, PackField};

/// The key of a field, and what the schema says of it.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    key: FieldKey,
    field: Field,
}

/// What the schema says of a field; `encoded` is its name as msgpack.
pub const fn field<T: PackField>(name: &'static str, encoded: &'static [u8]) -> Known {
    Known::new(Field::new(name, T::TYPE).optional(T::OPTIONAL).image(T::IMAGE), encoded)
}

/// The same of one that may borrow.
pub const fn borrowed_field<'a, T: BorrowField<'a>>(name: &'static str, encoded: &'static [u8]) -> Known {
    Known::new(Field::new(name, T::REF_TYPE).optional(T::REF_OPTIONAL).image(T::REF_IMAGE), encoded)
}

macro_rules! of_the_key {
    ($($name:ident($value:ty))*) => {$(
        #[must_use]
        pub const fn $name(self, value: $value) -> Self {
            Self { key: self.key.$name(value), field: self.field }
        }
    )*};
}

macro_rules! of_the_field {
    ($($name:ident($value:ty))*) => {$(
        #[must_use]
        pub const fn $name(self, value: $value) -> Self {
            Self { key: self.key, field: self.field.$name(value) }
        }
    )*};
}

impl Known {
    pub const fn new(field: Field, encoded: &'static [u8]) -> Self {
        Self { key: FieldKey::new(field.name, encoded), field }
    }

    of_the_key! {
        declared(ArraySpec)
        or_as(&'static [&'static str])
    }

    of_the_field! {
        codec(&'static str)
        default_value(DefaultValue)
        described(&'static str)
        json_schema(JsonSchema)
        manifest(ManifestField)
        member(&'static str)
        optional(bool)
    }

    #[must_use]
    pub const fn with_default(self) -> Self {
        Self { key: self.key, field: self.field.with_default() }
    }
}

/// The keys of the fields.
#[allow(clippy::indexing_slicing, reason = "bounded by the arrays' lengths; `get` is not const")]
pub const fn keys<const N: usize>(known: &[Known; N]) -> [FieldKey; N] {
    let (mut keys, mut at) = ([FieldKey::NONE; N], 0);
    while at < N {
        keys[at] = known[at].key;
        at += 1;
    }
    keys
}

/// What the schema says of them.
#[allow(clippy::indexing_slicing, reason = "bounded by the arrays' lengths; `get` is not const")]
pub const fn fields<const N: usize>(known: &[Known; N]) -> [Field; N] {
    let (mut fields, mut at) = ([Field::new("", FieldType::Any); N], 0);
    while at < N {
        fields[at] = known[at].field;
        at += 1;
    }
    fields
}
