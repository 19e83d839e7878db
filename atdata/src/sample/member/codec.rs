//! Codecs: what the content of a member is, by its extension.

use atdata_schema::{Dtype, FieldType};
use bytes::Bytes;

use super::content::{MemberCodec, MemberCodecs, StandardCodecs, Wanted};
use super::error::MemberError;
#[cfg(feature = "json")]
use super::json::Json;
use super::name::extension;
use super::npy::Npy;
use super::text::{Label, Text};
use crate::array::DynArray;
use crate::error::Result;
use crate::sample::{Cursor, PackField, Value};

/// Bytes as they are; where the field's type has another form, that of its type.
#[derive(Debug)]
struct Plain;

impl MemberCodec for Plain {
    fn decode(&self, content: &Bytes, wanted: Wanted<'_>) -> Result<Value> {
        match by_type(&wanted.field_type) {
            Some(codec) => codec.decode(content, wanted),
            None => Ok(Value::Bin(content.clone())),
        }
    }

    fn encode(&self, value: &Value, wanted: Wanted<'_>) -> Result<Bytes> {
        match (by_type(&wanted.field_type), value) {
            (None, Value::Bin(bytes)) => Ok(bytes.clone()),
            (Some(codec), value) => codec.encode(value, wanted),
            // It would be read back as bytes.
            (None, value) => {
                let (name, found) = (wanted.name.to_owned(), value.kind());
                Err(MemberError::Unwritable { name, found, advice: "name a `json` or `mp` member" }.into())
            }
        }
    }
}

/// For members whose extension says nothing.
fn by_type(field_type: &FieldType) -> Option<&'static dyn MemberCodec> {
    Some(match super::inner(field_type) {
        FieldType::Str | FieldType::Enum(_) | FieldType::Int | FieldType::Float | FieldType::Bool => &Text,
        structure if by_type_json(structure) => structured(),
        FieldType::Array(_) | FieldType::Structured(_) => &Npy,
        _ => return None,
    })
}

/// Packed values.
#[derive(Debug)]
struct MsgPack;

impl MemberCodec for MsgPack {
    fn decode(&self, content: &Bytes, wanted: Wanted<'_>) -> Result<Value> {
        let mut cursor = Cursor::shared(content);
        let value = Value::read(&mut cursor)?;
        if !cursor.remaining().is_empty() {
            let found = format!("{} bytes behind it", cursor.remaining().len());
            return Err(MemberError::Content { name: wanted.name.to_owned(), expected: "one value", found }.into());
        }
        Ok(value)
    }

    fn encode(&self, value: &Value, _: Wanted<'_>) -> Result<Bytes> {
        let mut out = Vec::new();
        value.write(&mut out);
        Ok(out.into())
    }
}

#[cfg(not(feature = "json"))]
#[derive(Debug)]
struct Json;

#[cfg(not(feature = "json"))]
impl MemberCodec for Json {
    fn decode(&self, _: &Bytes, wanted: Wanted<'_>) -> Result<Value> {
        Err(MemberError::NoJson { name: wanted.name.to_owned() }.into())
    }

    fn encode(&self, _: &Value, wanted: Wanted<'_>) -> Result<Bytes> {
        Err(MemberError::NoJson { name: wanted.name.to_owned() }.into())
    }
}

fn structured() -> &'static dyn MemberCodec {
    &Json
}

/// What the extension of a member says of its content, as `webdataset` and the Hugging Face hub read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Label,
    Json,
    Npy,
    MsgPack,
    Plain,
}

impl Kind {
    /// The kind of member that a value without a type is read back from as it is.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Str(_) => Self::Text,
            Value::Int(_) | Value::UInt(_) => Self::Label,
            Value::Bin(bytes) if DynArray::is_array(bytes) => Self::Npy,
            Value::Bin(_) => Self::Plain,
            value if super::holds_bytes(value) => Self::MsgPack,
            _ => Self::Json,
        }
    }

    /// The extension that says so.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Label => "cls",
            Self::Json => "json",
            Self::Npy => "npy",
            Self::MsgPack => "mp",
            Self::Plain => "bin",
        }
    }
}

/// What is in members of that name.
pub(crate) fn kind_of(name: &str) -> Kind {
    kind(extension(name))
}

/// The field that a member is of: its name before an extension that a field of such values gets, or else that of the member.
/// Other spellings of an extension (`jsn`, `caption.text`), and one that is compressed, stay: nobody would give them back.
pub(crate) fn field_of(member: &str) -> &str {
    short_of(member).unwrap_or(member)
}

/// Whether another field would be read back of a member of that name.
pub(crate) fn is_field_of_member(name: &str) -> bool {
    field_of(name) != name
}

fn short_of(name: &str) -> Option<&str> {
    let (stem, extension) = name.rsplit_once('.')?;
    (extension == kind(extension).extension() && !stem.is_empty()).then_some(stem)
}

/// The names that the member of a field may have, of which the first is best: what is written under it is read back as it is.
pub(crate) fn names_of(name: &str, kind: Kind) -> Vec<String> {
    let mut names = Vec::new();
    if !is_field_of_member(name) && (kind == Kind::Plain || kind_of(name) != Kind::Plain) {
        names.push(name.to_owned());
    }
    for kind in [kind, Kind::Json, Kind::MsgPack] {
        let name = format!("{name}.{}", kind.extension());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

const fn kind(extension: &str) -> Kind {
    const KINDS: [(&[&str], Kind); 5] = [
        (&["txt", "text", "transcript"], Kind::Text),
        (&["cls", "cls2", "index", "inx", "id"], Kind::Label),
        (&["json", "jsn"], Kind::Json),
        (&["npy"], Kind::Npy),
        (&["msgpack", "mp", "msg"], Kind::MsgPack),
    ];
    let mut rest: &[(&[&str], Kind)] = &KINDS;
    while let [(extensions, kind), later @ ..] = rest {
        let mut known: &[&str] = extensions;
        while let [first, others @ ..] = known {
            if is_same(first.as_bytes(), extension.as_bytes()) {
                return *kind;
            }
            known = others;
        }
        rest = later;
    }
    Kind::Plain
}

const fn is_same(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([a, one_rest @ ..], [b, other_rest @ ..]) = (one, other) {
        if *a != *b {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}

/// [`MemberCodecs::of`] of a set.
pub(crate) type CodecOf = fn(&str) -> Option<&'static dyn MemberCodec>;

/// The codec for members of that name: of a set that was given, or else of the library.
pub(crate) fn codec_of(codecs: Option<CodecOf>, name: &str) -> &'static dyn MemberCodec {
    let extension = extension(name);
    let own = codecs.and_then(|of| of(extension));
    own.or_else(|| StandardCodecs::of(extension)).unwrap_or(&Plain)
}

/// Those of the library.
impl MemberCodecs for StandardCodecs {
    fn of(extension: &str) -> Option<&'static dyn MemberCodec> {
        Some(match kind(extension) {
            Kind::Text => &Text,
            Kind::Label => &Label,
            Kind::Json => &Json,
            Kind::Npy => &Npy,
            Kind::MsgPack => &MsgPack,
            Kind::Plain => return None,
        })
    }
}

/// Whether values of the type can come from a member with that extension, read by the library; what they are, if not.
#[doc(hidden)]
pub const fn fits_member(field_type: FieldType, extension: &str) -> bool {
    match kind(extension) {
        Kind::Text | Kind::Label => matches!(
            field_type,
            FieldType::Str
                | FieldType::Enum(_)
                | FieldType::Int
                | FieldType::Float
                | FieldType::Bool
                | FieldType::Bytes
                | FieldType::Any
        ),
        Kind::Npy => {
            matches!(field_type, FieldType::Array(_) | FieldType::Structured(_) | FieldType::Bytes | FieldType::Any)
        }
        // What has no type is read as the extension says, and bytes are all that this one does.
        Kind::Plain if by_type_json(&field_type) => has_json(&field_type),
        Kind::Plain => !matches!(field_type, FieldType::Any),
        // Its own text.
        Kind::Json => matches!(field_type, FieldType::Bytes) || has_json(&field_type),
        Kind::MsgPack => true,
    }
}

/// Whether a member of that name holds JSON for a field of that type.
#[cfg(feature = "json")]
pub(super) fn is_json(name: &str, field_type: &FieldType) -> bool {
    match kind_of(name) {
        Kind::Json => true,
        Kind::Plain => by_type_json(field_type),
        _ => false,
    }
}

/// Whether values of the type are JSON where the extension says nothing.
const fn by_type_json(field_type: &FieldType) -> bool {
    match field_type {
        FieldType::Nullable(inner) => by_type_json(inner),
        FieldType::List(_) | FieldType::Map(_) | FieldType::Sample(_) => true,
        _ => false,
    }
}

/// Whether JSON has the values of a type, as far as a constant can tell: what is in nested samples it cannot.
const fn has_json(field_type: &FieldType) -> bool {
    match field_type {
        FieldType::List(inner) | FieldType::Map(inner) | FieldType::Nullable(inner) => has_json(inner),
        FieldType::Array(array) => has_lists(array.dtype),
        FieldType::Bytes
        | FieldType::Structured(_)
        | FieldType::Sparse
        | FieldType::ArrowTensor
        | FieldType::Safetensors
        | FieldType::DataFrame => false,
        _ => true,
    }
}

/// Whether lists of JSON can be an array of the dtype: they do not say which it is.
pub(super) const fn has_lists(dtype: Option<Dtype>) -> bool {
    !matches!(dtype, None | Some(Dtype::Complex64 | Dtype::Complex128))
}

/// Whether values of the type can come from the key of a sample.
#[doc(hidden)]
pub const fn fits_key(field_type: FieldType) -> bool {
    matches!(field_type, FieldType::Str | FieldType::Enum(_) | FieldType::Int)
}
