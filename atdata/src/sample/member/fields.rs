//! What gathering and splitting know of the fields of a sample, be they those of a type or of a record.

use std::borrow::Cow;

use atdata_schema::FieldType;

#[cfg(feature = "json")]
use super::codec::is_json;
use super::codec::{CodecOf, codec_of};
use super::content::MemberCodec;
use super::error::Said;
#[cfg(feature = "json")]
use super::lists::Typed;
use super::{KeyPart, MemberTable, Place, key, name, text};
use crate::error::Error;
use crate::sample::Value;

/// A field, and where it is.
#[derive(Debug)]
pub(crate) struct FieldPlace<'f, N> {
    pub(crate) name: &'f str,
    pub(crate) field_type: FieldType,
    pub(crate) optional: bool,
    pub(crate) has_default: bool,
    /// The names that its member may have; none of a field that is part of the key.
    pub(crate) names: Option<&'f [N]>,
    /// What reads it, where that is not for its extension to say.
    pub(crate) codec: Option<&'static dyn MemberCodec>,
    /// What reads it in place of the library's codec, where the type's set has none.
    pub(crate) otherwise: Option<&'static dyn MemberCodec>,
    /// Its type, with all that is inside.
    #[cfg(feature = "json")]
    pub(crate) typed: Typed<'f>,
}

impl<N: AsRef<str>> FieldPlace<'_, N> {
    /// Whether a sample may be without it.
    pub(crate) fn may_lack(&self) -> bool {
        self.names.is_none() || self.optional || self.has_default
    }

    /// Whether it is in a member of that name, in either form.
    pub(crate) fn takes(&self, member: &str) -> bool {
        self.names().any(|known| name::is_of(member, known))
    }

    /// Whether it names that very member.
    fn has_named(&self, member: &str) -> bool {
        self.names().any(|known| known == member)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().flat_map(|names| names.iter().map(AsRef::as_ref))
    }
}

/// The fields of a sample whose members they are.
pub(crate) trait FieldsOfMembers {
    /// Names of members.
    type Name: AsRef<str>;

    /// The fields, in order.
    fn fields(&self) -> impl Iterator<Item = FieldPlace<'_, Self::Name>>;

    /// What keys are made of: nothing where no field is part of them.
    fn key(&self) -> Cow<'_, [KeyPart<'_>]>;

    /// Whether members that no field takes are passed over.
    fn allows_unknown(&self) -> bool;

    /// The codecs that are asked before those of the library.
    fn codecs(&self) -> Option<CodecOf>;

    /// Where it is said which members they are.
    fn said(&self) -> Said;

    /// Says which type, and which of its fields, an error is about.
    fn located(&self, error: Error, field: Option<&str>) -> Error;

    /// What arrays of the field are lists of, in a member of that name: of JSON, as the library reads it.
    #[cfg(feature = "json")]
    fn of_lists<'f>(&self, field: &FieldPlace<'f, Self::Name>, member: &str) -> Option<Typed<'f>> {
        let is_asked = is_json(member, &field.field_type) && field.typed.may_hold_arrays();
        (is_asked && self.own_codec(field, member).is_none()).then_some(field.typed)
    }

    /// What reads and writes the member of that name for a field, where that is not the library: the codec that the field
    /// names, or that of the type's set.
    fn own_codec(&self, field: &FieldPlace<'_, Self::Name>, member: &str) -> Option<&'static dyn MemberCodec> {
        field.codec.or_else(|| self.codecs()?(name::extension(member)))
    }

    /// What reads and writes it in any case.
    fn codec(&self, field: &FieldPlace<'_, Self::Name>, member: &str) -> &'static dyn MemberCodec {
        let own = self.own_codec(field, member);
        own.or(field.otherwise).unwrap_or_else(|| codec_of(None, member))
    }
}

impl FieldsOfMembers for MemberTable {
    type Name = &'static str;

    fn fields(&self) -> impl Iterator<Item = FieldPlace<'_, &'static str>> {
        self.schema.fields.iter().map(|field| {
            let source = self.source(field.name);
            FieldPlace {
                name: field.name,
                field_type: field.field_type,
                optional: field.optional,
                has_default: field.has_default,
                names: match source.map(|source| source.place) {
                    None => Some(std::slice::from_ref(&field.name)),
                    Some(Place::Member(names)) => Some(names),
                    Some(Place::Key) => None,
                },
                codec: source.and_then(|source| source.codec),
                otherwise: source.and_then(|source| source.otherwise),
                #[cfg(feature = "json")]
                typed: Typed::Known(&field.field_type),
            }
        })
    }

    fn key(&self) -> Cow<'_, [KeyPart<'_>]> {
        Cow::Borrowed(self.key)
    }

    fn allows_unknown(&self) -> bool {
        self.allow_unknown
    }

    fn codecs(&self) -> Option<CodecOf> {
        self.codecs
    }

    fn said(&self) -> Said {
        Said::ByType
    }

    fn located(&self, error: Error, field: Option<&str>) -> Error {
        let known = field.and_then(|name| self.schema.field(name));
        match known {
            Some(field) => error.in_field(field.name).in_sample(self.schema.name),
            None => error.in_sample(self.schema.name),
        }
    }
}

/// Which member each field is in.
pub(crate) struct Placed {
    /// For each field the number of its member.
    pub(crate) of_fields: Vec<Option<usize>>,
    /// For each member whether a field has it.
    is_taken: Vec<bool>,
}

impl Placed {
    /// Each field is in the first member that it names and that there is: that of the very name, or else one that has it
    /// compressed, unless that is the very name which another field has.
    pub(crate) fn of<F: FieldsOfMembers, C>(fields: &F, members: &[(String, C)]) -> Self {
        let mut is_taken = vec![false; members.len()];
        let position = |name: &str| {
            let exact = members.iter().position(|(member, _)| member == name);
            let is_other =
                |member: &str| name::is_of(member, name) && !fields.fields().any(|field| field.has_named(member));
            exact.or_else(|| members.iter().position(|(member, _)| is_other(member)))
        };
        let of_fields = fields.fields().map(|field| {
            let found = field.names().find_map(position);
            if let Some(taken) = found.and_then(|at| is_taken.get_mut(at)) {
                *taken = true;
            }
            found
        });
        Self { of_fields: of_fields.collect(), is_taken }
    }

    /// The names of the members that no field has.
    pub(crate) fn left<'m, C>(&self, members: &'m [(String, C)]) -> impl Iterator<Item = &'m str> {
        let left = members.iter().zip(&self.is_taken).filter(|(_, taken)| !**taken);
        left.map(|((name, _), _)| name.as_str()).collect::<Vec<_>>().into_iter()
    }
}

/// The field that is in a member of that name: one of the very name before one that has it compressed.
pub(crate) fn taker<'f, F: FieldsOfMembers>(fields: &'f F, member: &str) -> Option<FieldPlace<'f, F::Name>> {
    let exact = fields.fields().find(|field| field.has_named(member));
    exact.or_else(|| fields.fields().find(|field| field.takes(member)))
}

/// Whether the fields are read from the key as they are.
pub(super) fn says<'v>(fields: &impl FieldsOfMembers, key: &str, own: impl Fn(&str) -> Option<&'v Value>) -> bool {
    let type_of = |name: &str| fields.fields().find(|field| field.name == name).map(|field| field.field_type);
    key::matched(&fields.key(), key).is_some_and(|parts| {
        parts.iter().all(|(name, text)| {
            let field_type = type_of(name).unwrap_or(FieldType::Str);
            let read = key::value(&field_type, text).ok().and_then(|value| text::print(&value));
            read.is_some() && read == own(name).and_then(text::print)
        })
    })
}
