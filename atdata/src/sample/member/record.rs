//! Members by a schema record: what a type of that record would make of them, without the type.

#[cfg(feature = "_index")]
mod held;

use std::borrow::Cow;
use std::collections::HashMap;

use atdata_schema::{ArrayType, FieldType, OwnedField, OwnedFieldType as Type, OwnedSchema};
use bytes::Bytes;

use super::codec::{CodecOf, Kind, fits_member, kind_of, names_of};
use super::content::{MemberCodec, Wanted};
use super::error::{MemberError, Said};
use super::fields::{FieldPlace, FieldsOfMembers, Placed, says};
use super::key::{self, KeyPart};
use super::lists::{Typed, Within};
use super::name;
use crate::error::{Error, Result};
use crate::sample::{DictSample, Value};

/// Where the fields of a record are.
#[derive(Debug)]
pub(crate) struct RecordTable {
    schema: OwnedSchema,
    fields: Vec<RecordField>,
    /// The pattern of keys; empty where no field is part of them.
    key: String,
    allow_unknown: bool,
    codecs: Option<CodecOf>,
}

#[derive(Debug)]
struct RecordField {
    name: String,
    /// As codecs know it.
    field_type: FieldType,
    optional: bool,
    has_default: bool,
    names: Option<Vec<String>>,
    /// Whether a codec reads it that no record can hold.
    is_foreign: bool,
}

/// A codec that the record names, and that is not here.
#[derive(Debug)]
struct Foreign;

impl MemberCodec for Foreign {
    fn decode(&self, _: &Bytes, wanted: Wanted<'_>) -> Result<Value> {
        Err(MemberError::Foreign { name: wanted.name.to_owned() }.into())
    }

    fn encode(&self, _: &Value, wanted: Wanted<'_>) -> Result<Bytes> {
        Err(MemberError::Foreign { name: wanted.name.to_owned() }.into())
    }
}

/// Of a set of codecs that is not here: what the library has no codec for may be read by one of it.
fn of_foreign(extension: &str) -> Option<&'static dyn MemberCodec> {
    (kind_of(extension) == Kind::Plain).then_some(&Foreign)
}

impl RecordTable {
    /// Where the record says that they are; of packed samples, whose record says nothing, in members that have the names of
    /// the fields, with an extension where the name is none that holds such values.
    pub(crate) fn new(schema: &OwnedSchema) -> Result<Self> {
        let layout = schema.layout.clone().unwrap_or_default();
        let pattern = layout.key.unwrap_or_default();
        let in_key = |field: &str| key::parts_of(&pattern).contains(&KeyPart::Field(field));
        let field = |field: &OwnedField| {
            let names = match (in_key(&field.name), &schema.layout) {
                (true, _) => None,
                (false, Some(_)) => Some(said(field)),
                (false, None) => Some(made(field)),
            };
            RecordField {
                name: field.name.clone(),
                field_type: on_wire(&field.field_type),
                optional: field.optional,
                has_default: field.has_default,
                names,
                is_foreign: field.codec.is_some(),
            }
        };
        let codecs: Option<CodecOf> = layout.codecs.map(|_| of_foreign as CodecOf);
        let mut table = Self {
            schema: schema.clone(),
            fields: schema.fields.iter().map(field).collect(),
            key: pattern.clone(),
            allow_unknown: layout.allow_unknown,
            codecs,
        };
        if schema.layout.is_none() {
            table.keep_apart();
        }
        table.check()?;
        Ok(table)
    }

    /// Leaves to each field the names that are first of no other, and to the first of several those that are first of none.
    fn keep_apart(&mut self) {
        let firsts: Vec<Option<String>> =
            self.fields.iter().map(|field| field.names.as_ref()?.first().cloned()).collect();
        let mut given: Vec<String> = firsts.iter().flatten().cloned().collect();
        for (field, first) in self.fields.iter_mut().zip(&firsts) {
            let Some(names) = &mut field.names else { continue };
            names.retain(|name| Some(name) == first.as_ref() || !given.contains(name));
            given.extend(names.iter().cloned());
        }
    }

    /// Whether each member can have its names, and is that of one field.
    fn check(&self) -> Result<()> {
        let mut taken = HashMap::new();
        for field in &self.fields {
            for member in field.names.iter().flatten() {
                if let Some(reason) = name::why_no_member(member) {
                    return Err(Error::from(MemberError::Name { name: member.clone(), reason }).in_entry(&field.name));
                }
                if let Some(other) = taken.insert(member, &field.name) {
                    let (one, other) = (other.clone(), field.name.clone());
                    return Err(MemberError::Both { name: member.clone(), one, other }.into());
                }
            }
        }
        Ok(())
    }

    /// Where each field is among the members of a sample.
    pub(crate) fn placed(&self, members: &[(String, Bytes)]) -> Placed {
        Placed::of(self, members)
    }

    /// The fields whose members are read and written as the library does, though a set of codecs that is not here would come
    /// before it.
    pub(crate) fn guessed(&self) -> impl Iterator<Item = &str> {
        let is_known = |field: &&RecordField| {
            !field.is_foreign && field.names.iter().flatten().any(|name| kind_of(name) != Kind::Plain)
        };
        let fields = self.fields.iter().filter(|_| self.codecs.is_some());
        fields.filter(is_known).map(|field| field.name.as_str())
    }

    /// Whether the fields are read from the key as they are.
    pub(crate) fn is_key_of(&self, key: &str, sample: &DictSample) -> bool {
        says(self, key, |name| sample.get(name))
    }
}

impl FieldsOfMembers for RecordTable {
    type Name = String;

    fn fields(&self) -> impl Iterator<Item = FieldPlace<'_, String>> {
        let within = Within { schema: &self.schema, outer: None };
        // Made of each other, so that the two are in one order.
        self.fields.iter().zip(&self.schema.fields).map(move |(field, said)| FieldPlace {
            name: &field.name,
            field_type: field.field_type,
            optional: field.optional,
            has_default: field.has_default,
            names: field.names.as_deref(),
            codec: field.is_foreign.then_some(&Foreign),
            otherwise: None,
            typed: Typed::Said(&said.field_type, within),
        })
    }

    fn key(&self) -> Cow<'_, [KeyPart<'_>]> {
        Cow::Owned(key::parts_of(&self.key))
    }

    fn allows_unknown(&self) -> bool {
        self.allow_unknown
    }

    fn codecs(&self) -> Option<CodecOf> {
        self.codecs
    }

    fn said(&self) -> Said {
        Said::ByRecord
    }

    fn located(&self, error: Error, field: Option<&str>) -> Error {
        match field {
            Some(field) => error.in_entry(field),
            None => error,
        }
    }
}

/// The names that the record gives to the member of a field.
fn said(field: &OwnedField) -> Vec<String> {
    match &field.member {
        Some(names) => names.split('|').map(|name| name.trim().to_owned()).collect(),
        None => vec![field.name.to_lowercase()],
    }
}

/// The names that a member may have of which no record says where it is, the one that is written first.
fn made(field: &OwnedField) -> Vec<String> {
    let field_type = on_wire(&field.field_type);
    let mut names = names_of(&field.name.to_lowercase(), kind_of_type(&field.field_type));
    names.retain(|name| fits_member(field_type, name::extension(name)));
    names
}

/// The kind of member that values of a type are read back from as they are.
fn kind_of_type(of: &Type) -> Kind {
    match of {
        Type::Str | Type::Enum(_) => Kind::Text,
        Type::Int => Kind::Label,
        Type::Array(_) | Type::Structured(_) => Kind::Npy,
        Type::Bytes | Type::Sparse | Type::ArrowTensor | Type::Safetensors | Type::DataFrame => Kind::Plain,
        of if is_json(of) => Kind::Json,
        _ => Kind::MsgPack,
    }
}

/// Whether JSON has all values of the type: none that may be bytes.
fn is_json(of: &Type) -> bool {
    match of {
        Type::Str | Type::Enum(_) | Type::Int | Type::Float | Type::Bool => true,
        Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => is_json(inner),
        Type::Sample(schema) => schema.fields.iter().all(|field| is_json(&field.field_type)),
        _ => false,
    }
}

/// The type as codecs know it, insides apart, which are looked at when the value is there.
const fn on_wire(of: &Type) -> FieldType {
    const ARRAY: ArrayType = ArrayType::new(None, None);
    match of {
        Type::Str => FieldType::Str,
        Type::Enum(_) => FieldType::Enum(&[]),
        Type::Int => FieldType::Int,
        Type::Float => FieldType::Float,
        Type::Bool => FieldType::Bool,
        Type::Array(_) => FieldType::Array(ARRAY),
        Type::Structured(_) => FieldType::Structured(ARRAY),
        Type::List(_) => FieldType::List(&FieldType::Any),
        Type::Map(_) | Type::Sample(_) | Type::Ref(_) => FieldType::Map(&FieldType::Any),
        Type::Any => FieldType::Any,
        _ => FieldType::Bytes,
    }
}
