//! Fields of types that only serde knows: `#[packable(serde)]`.

use serde_core::Serialize;
use serde_core::de::DeserializeOwned;

use super::from_slice;
use crate::array::ArraySpec;
use crate::error::{Error, ErrorKind, Result};
use crate::sample::{Cursor, FromWire, IntoWire, PackField, Value};

/// Converts by way of `rmp-serde`: structs are maps, so that Python and readers without the type see names.
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

    fn check(value: &T, spec: ArraySpec) -> Result<()> {
        to_value(value)?.check(spec)
    }
}

/// What the wire has for it. Maps have text for keys there, and not what else serde has.
fn to_value<T: Serialize>(value: &T) -> Result<Value> {
    let mut packed = Vec::new();
    let mut serializer = rmp_serde::Serializer::new(&mut packed).with_struct_map();
    value.serialize(&mut serializer).map_err(|error| Error::new(ErrorKind::InvalidInput, error))?;
    Value::read(&mut Cursor::new(&packed)).map_err(|error| Error::new(ErrorKind::InvalidInput, error))
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

/// Asks it of the type of a field in one place.
pub const fn asks_serde<T: Serialize + DeserializeOwned + Clone>() -> bool {
    true
}
