//! Members: samples whose fields are members of their own, `0001.jpg`, `0001.cls`, `0001.json`, as plain `WebDataset` has them.
//!
//! Everything behind the reader takes one form of a sample, a msgpack map: so members are gathered into such a map
//! ([`gather`]), by the rule of each one's extension ([`codec`]), and are split off it again to be written ([`split`]).

mod codec;
mod content;
mod error;
mod fields;
mod gather;
#[cfg(feature = "json")]
mod json;
mod key;
#[cfg(feature = "json")]
mod lists;
mod name;
mod npy;
#[cfg(feature = "records")]
mod record;
mod split;
mod text;
mod zipped;

use atdata_schema::{Field, FieldType, Schema};
use bytes::Bytes;

use crate::error::Result;
use crate::sample::{Limits, Value};

#[cfg(all(feature = "json", feature = "serde"))]
pub(crate) use codec::codec_of;
pub(crate) use codec::{CodecOf, Kind, field_of, kind_of, names_of};
pub use codec::{fits_key, fits_member};
pub use content::{MemberCodec, MemberCodecs, StandardCodecs, Wanted};
pub(crate) use error::{MemberError, meant};
pub(crate) use fields::FieldsOfMembers;
pub(crate) use gather::{any_value, gather, gather_any};
#[cfg(all(feature = "json", feature = "serde"))]
pub(crate) use json::{infinite, large, needed, without_mark};
pub use key::KeyPart;
pub(crate) use name::uncompressed;
#[cfg(feature = "records")]
pub(crate) use name::{is_other_form, why_no_member};
#[cfg(feature = "records")]
pub(crate) use record::RecordTable;
pub(crate) use split::{Split, any_member, split};

/// Whether a member is an array as numpy saves it, by its name.
pub(crate) fn is_npy(member: &str) -> bool {
    kind_of(member) == Kind::Npy && uncompressed(member).1.is_none()
}

/// How the samples of a type lie in shards.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub enum SampleLayout {
    /// One `msgpack` member, the map of the fields.
    #[default]
    Packed,
    /// A member for each field.
    Members(&'static MemberTable),
    /// Either, decided by the first sample of each shard: of a type that has no fields of its own. Written packed.
    Any,
    /// All members as they are.
    Group,
}

impl SampleLayout {
    /// The members of the fields, where each has its own.
    pub const fn table(&self) -> Option<&'static MemberTable> {
        match self {
            Self::Members(table) => Some(table),
            _ => None,
        }
    }
}

/// Where the fields of a sample type come from: what `#[packable(layout = "members")]` makes.
#[derive(Debug, Clone, Copy)]
pub struct MemberTable {
    schema: &'static Schema,
    sources: &'static [MemberSource],
    key: &'static [KeyPart<'static>],
    allow_unknown: bool,
    codecs: Option<CodecOf>,
}

impl MemberTable {
    /// Of the fields of `schema` those that are no `sources` are members of their own name. `key` is what the sample's key
    /// is made of, nothing if no field is part of it.
    pub const fn new(
        schema: &'static Schema,
        sources: &'static [MemberSource],
        key: &'static [KeyPart<'static>],
        allow_unknown: bool,
    ) -> Self {
        Self { schema, sources, key, allow_unknown, codecs: None }
    }

    /// The same, its members read and written by a set of codecs: [`MemberCodecs::of`].
    #[must_use]
    pub const fn codecs(self, of: fn(&str) -> Option<&'static dyn MemberCodec>) -> Self {
        Self { codecs: Some(of), ..self }
    }

    /// The fields, each with the names that its member may have; none of one that is part of the key.
    pub fn fields(&self) -> impl Iterator<Item = (&'static Field, Option<&'static [&'static str]>)> {
        let (schema, table) = (self.schema, *self);
        schema.fields.iter().map(move |field| match table.source(field.name).map(|source| source.place) {
            None => (field, Some(std::slice::from_ref(&field.name))),
            Some(Place::Member(names)) => (field, Some(names)),
            Some(Place::Key) => (field, None),
        })
    }

    /// What the key is made of: texts and the names of fields.
    pub const fn key(&self) -> &'static [KeyPart<'static>] {
        self.key
    }

    /// Which of the members of a sample a field is in; `None` as well of one that is part of the key.
    pub(crate) fn choose(&self, field: &str, members: &[&str]) -> Option<usize> {
        let found = FieldsOfMembers::fields(self).find(|own| own.name == field)?;
        let is_other =
            |member: &str| FieldsOfMembers::fields(self).any(|other| other.names().any(|name| name == member));
        found.names().find_map(|name| {
            let exact = members.iter().position(|member| *member == name);
            exact.or_else(|| members.iter().position(|member| name::is_of(member, name) && !is_other(member)))
        })
    }

    /// Whether a field is part of the key.
    pub(crate) fn is_of_key(&self, field: &str) -> bool {
        matches!(self.source(field).map(|source| source.place), Some(Place::Key))
    }

    /// Whether the member of that name is an array as numpy saves it, and nothing has to be done with it for the field.
    pub(crate) fn is_npy(&self, field: &str, member: &str) -> bool {
        let has_own = self.codecs.is_some()
            || self.source(field).is_some_and(|source| source.codec.is_some() || source.otherwise.is_some());
        !has_own && is_npy(member)
    }

    /// The value that a member is to a field.
    pub(crate) fn value(&self, field: &str, member: &str, content: &Bytes, limits: Limits) -> Result<Option<Value>> {
        let found = FieldsOfMembers::fields(self).find(|own| own.name == field);
        found.map(|found| gather::read(self, &found, member, content, limits)).transpose()
    }

    fn source(&self, field: &str) -> Option<&'static MemberSource> {
        self.sources.iter().find(|source| source.field == field)
    }

    /// Whether a field is in a member of that name.
    pub(crate) fn takes(&self, name: &str) -> bool {
        FieldsOfMembers::fields(self).any(|field| field.takes(name))
    }

    /// Whether what is in a member of that name is asked for: not what no field takes, where that is allowed.
    pub(crate) fn needs(&self, name: &str) -> bool {
        !self.allow_unknown || self.takes(name)
    }
}

/// Where one field comes from.
#[derive(Debug, Clone, Copy)]
pub struct MemberSource {
    field: &'static str,
    place: Place,
    codec: Option<&'static dyn MemberCodec>,
    otherwise: Option<&'static dyn MemberCodec>,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Member(&'static [&'static str]),
    Key,
}

impl MemberSource {
    /// A field that is in the first of these members that a sample has, and is written as the first of them.
    pub const fn member(field: &'static str, names: &'static [&'static str]) -> Self {
        Self { field, place: Place::Member(names), codec: None, otherwise: None }
    }

    /// A field that is part of the key.
    pub const fn key(field: &'static str) -> Self {
        Self { field, place: Place::Key, codec: None, otherwise: None }
    }

    /// The same, read and written by a codec of its own and not by that of the extension.
    #[must_use]
    pub const fn codec(self, codec: &'static dyn MemberCodec) -> Self {
        Self { codec: Some(codec), ..self }
    }

    /// The same, by a codec in place of the library's, where the type's set has none for the extension.
    #[cfg(all(feature = "json", feature = "serde"))]
    pub(crate) const fn otherwise(self, codec: &'static dyn MemberCodec) -> Self {
        Self { otherwise: Some(codec), ..self }
    }
}

/// Whether there are bytes anywhere in it, or numbers that JSON does not have.
fn holds_bytes(value: &Value) -> bool {
    match value {
        Value::Bin(_) => true,
        Value::Float(number) => !number.is_finite(),
        Value::List(values) => values.iter().any(holds_bytes),
        Value::Map(entries) => entries.iter().any(|(_, value)| holds_bytes(value)),
        _ => false,
    }
}

/// The same field type as values of the field have it, whether or not they may be null.
fn inner(field_type: &FieldType) -> &FieldType {
    match field_type {
        FieldType::Nullable(inner) => inner,
        field_type => field_type,
    }
}
