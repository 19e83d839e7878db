//! Fields of types that only serde knows: `#[packable(serde)]`.

use serde_core::Serialize;
use serde_core::de::DeserializeOwned;

use super::from_slice;
use crate::array::ArraySpec;
use crate::error::{Error, ErrorKind, Result};
use crate::sample::cursor::Head;
use crate::sample::{Cursor, FromWire, IntoWire, PackField, Value};

/// Converts by way of `rmp-serde`: structs are maps, so that Python and readers without the type see names, and so are keys of
/// maps text, as everywhere in a sample.
#[derive(Debug)]
pub struct Serde;

impl<T: DeserializeOwned> FromWire<T> for Serde {
    type Wire = Value;

    fn from_wire(wire: Value) -> Result<T> {
        let mut packed = Vec::new();
        wire.write(&mut packed);
        from_slice(&packed)
    }
}

impl<T: Serialize + DeserializeOwned> IntoWire<T> for Serde {
    fn to_wire(value: &T) -> Value {
        // Writers check samples before; one that was not checked is read back as null.
        to_value(value).unwrap_or(Value::Nil)
    }

    fn checked(value: &T, spec: ArraySpec) -> Result<Value> {
        let wire = to_value(value)?;
        wire.check(spec)?;
        Ok(wire)
    }
}

/// What the wire has for it: the form for machines, or else the one for people where the first is not read back. So it is with
/// keys that are no text, and with what serde holds back until it knows the type (`flatten`, tagged and untagged enums).
pub(super) fn to_value<T: Serialize + DeserializeOwned>(value: &T) -> Result<Value> {
    packed(value, false).or_else(|error| packed(value, true).map_err(|_| error))
}

fn packed<T: Serialize + DeserializeOwned>(value: &T, readable: bool) -> Result<Value> {
    let mut packed = Vec::new();
    let mut serializer = rmp_serde::Serializer::new(&mut packed).with_struct_map();
    let written = if readable {
        value.serialize(&mut serializer.with_human_readable())
    } else {
        value.serialize(&mut serializer)
    };
    written.map_err(|error| Error::new(ErrorKind::InvalidInput, error))?;
    let refused = |error| Error::new(ErrorKind::InvalidInput, error);
    let value = read(&mut Cursor::new(&packed)).map_err(refused)?;
    // As it will be written, which is not as it was where keys have become text.
    packed.clear();
    value.write(&mut packed);
    from_slice::<T>(&packed).map_err(refused)?;
    Ok(value)
}

/// A value whose maps have keys of whatever `serde_json` writes as text.
fn read(cursor: &mut Cursor<'_>) -> Result<Value> {
    let start = cursor.clone();
    match cursor.head()? {
        Head::List(len) => {
            let elements = |cursor: &mut Cursor<'_>| (0..len).map(|_| read(cursor)).collect::<Result<_>>();
            cursor.nested_elements(len, elements).map(Value::List)
        }
        Head::Map(len) => {
            let entry = |cursor: &mut Cursor<'_>| Ok((read_key(cursor)?, read(cursor)?));
            let entries = |cursor: &mut Cursor<'_>| (0..len).map(|_| entry(cursor)).collect::<Result<_>>();
            cursor.nested_elements(len, entries).map(Value::Map)
        }
        _ => {
            *cursor = start;
            Value::read(cursor)
        }
    }
}

fn read_key(cursor: &mut Cursor<'_>) -> Result<String> {
    let start = cursor.clone();
    Ok(match cursor.head()? {
        Head::Int(key) => key.to_string(),
        Head::UInt(key) => key.to_string(),
        Head::Bool(key) => key.to_string(),
        Head::Float(key) => key.to_string(),
        _ => {
            *cursor = start;
            cursor.read_key()?.to_owned()
        }
    })
}

/// The JSON Schema of a type, as a document of its own.
#[cfg(feature = "schemars")]
pub fn json_schema_text<T: schemars::JsonSchema>() -> String {
    let mut generator = schemars::SchemaGenerator::default();
    // Not as the root of the document: what refers to it would refer to the whole of what the text becomes a part of.
    let mut schema = generator.subschema_for::<T>();
    let meta = generator.settings().meta_schema.clone();
    let definitions = generator.take_definitions(true);
    let object = schema.ensure_object();
    if let Some(meta) = meta {
        object.insert("$schema".to_owned(), meta.into_owned().into());
    }
    if !definitions.is_empty() {
        object.insert("$defs".to_owned(), definitions.into());
    }
    schema.to_value().to_string()
}

/// Asks for it in the same place.
#[cfg(feature = "schemars")]
pub const fn asks_json_schema<T: schemars::JsonSchema>() -> bool {
    true
}

/// What a field is that serde converts: one trait, so that whatever a type lacks of it is one error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type that serde converts to bytes and back",
    label = "lacks `Serialize`, `Deserialize` or `Clone`",
    note = "if `{Self}` is a type of yours, write `#[derive(serde::Serialize, serde::Deserialize, Clone)]` on it, without a \
            lifetime; for that of another crate turn on its feature for serde, or let a module convert it: `#[packable(with = module)]`"
)]
pub trait SerdeField: Serialize + DeserializeOwned + Clone {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Clone> SerdeField for T {}

/// Asks it of the type of a field in one place.
pub const fn asks_serde<T: SerdeField>() -> bool {
    true
}
