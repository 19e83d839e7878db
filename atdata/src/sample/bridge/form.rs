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

/// Asks it of the type of a field in one place.
pub const fn asks_serde<T: Serialize + DeserializeOwned + Clone>() -> bool {
    true
}
