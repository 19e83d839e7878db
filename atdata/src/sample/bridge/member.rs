//! Members of JSON whose field only serde knows: `#[packable(serde)]` where the layout is members.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde_core::Serialize;
use serde_core::de::{DeserializeOwned, IgnoredAny};

use super::form::{Serde, to_value};
use crate::error::{Error, ErrorKind, Result, ask};
use crate::sample::member::{Kind, codec_of, infinite, kind_of, large, needed, without_mark};
use crate::sample::{FromWire, MemberCodec, MemberError, MemberSource, Value, Wanted};

/// The source of a field of the type: JSON is what `serde_json` reads and writes of it.
pub const fn json_of<T: Serialize + DeserializeOwned + 'static>(source: MemberSource) -> MemberSource {
    source.otherwise(&JsonOf::<T>(PhantomData))
}

/// Members of another kind, of a field that names several, are as the library has them.
struct JsonOf<T>(PhantomData<fn() -> T>);

impl<T> fmt::Debug for JsonOf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonOf")
    }
}

impl<T: Serialize + DeserializeOwned> MemberCodec for JsonOf<T> {
    fn decode(&self, content: &Bytes, wanted: Wanted<'_>) -> Result<Value> {
        let library = codec_of(None, wanted.name());
        if kind_of(wanted.name()) != Kind::Json {
            return library.decode(content, wanted);
        }
        let content_here = without_mark(content);
        // Of a type of its own nobody knows; its values are hardly larger than those that are any.
        ask(needed(content_here))?;
        let refused = match serde_json::from_slice::<T>(content_here) {
            Ok(value) if is_whole(&value, content_here) => return to_value(&value),
            Ok(_) => return library.decode(content, wanted),
            Err(refused) => refused,
        };
        // Numbers that JSON does not have are read as everywhere; all else is told in the words of who knows the type.
        match library.decode(content, wanted) {
            Ok(value) if <Serde as FromWire<T>>::from_wire(value.clone()).is_ok() => Ok(value),
            Err(error) if serde_json::from_slice::<IgnoredAny>(content_here).is_err() => Err(error),
            _ => Err(MemberError::Refused { name: wanted.name().to_owned(), found: refused.to_string() }.into()),
        }
    }

    fn encode(&self, value: &Value, wanted: Wanted<'_>) -> Result<Bytes> {
        if kind_of(wanted.name()) != Kind::Json {
            return codec_of(None, wanted.name()).encode(value, wanted);
        }
        if let Some(found) = infinite(value) {
            // It would be a null.
            let (name, advice) = (wanted.name().to_owned(), "name a `msgpack` one");
            return Err(MemberError::Unwritable { name, found, advice }.into());
        }
        let value: T = Serde::from_wire(value.clone())?;
        let unwritable = |error| Error::new(ErrorKind::InvalidInput, error);
        let json = serde_json::to_vec(&value).map_err(unwritable)?;
        // What is nested too deep, and nulls that serde writes of what it has no other form for, are not read back.
        serde_json::from_slice::<T>(&json).map_err(unwritable)?;
        Ok(json.into())
    }
}

/// Whether integers of more than 64 bits are still the same in it, and no floats.
fn is_whole<T: Serialize>(value: &T, content: &[u8]) -> bool {
    let mut large = large(content).peekable();
    if large.peek().is_none() {
        return true;
    }
    let json = serde_json::to_vec(value).unwrap_or_default();
    let count = |word: &[u8], text: &[u8]| self::large(text).filter(|other| *other == word).count();
    large.all(|word| count(word, &json) >= count(word, content))
}
