//! Members of JSON whose field only serde knows: `#[packable(serde)]` where the layout is members.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde_core::Serialize;
use serde_core::de::{DeserializeOwned, IgnoredAny};

use super::form::{Serde, to_value};
use crate::error::{Error, ErrorKind, Result};
use crate::sample::member::{Kind, codec_of, infinite, kind_of, without_mark};
use crate::sample::{FromWire, MemberCodec, MemberError, MemberSource, Value, Wanted};

/// The source of a field of the type: JSON is what `serde_json` reads and writes of it.
pub const fn json_of<T: Serialize + DeserializeOwned + 'static>(source: MemberSource) -> MemberSource {
    source.codec(&JsonOf::<T>(PhantomData))
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
        let refused = match serde_json::from_slice::<T>(without_mark(content)) {
            Ok(value) => return to_value(&value),
            Err(refused) => refused,
        };
        // Numbers that JSON does not have are read as everywhere; what the type refuses of the value is told with its place.
        library.decode(content, wanted).map_err(|error| {
            if serde_json::from_slice::<IgnoredAny>(without_mark(content)).is_err() {
                return error;
            }
            MemberError::Refused { name: wanted.name().to_owned(), found: refused.to_string() }.into()
        })
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
        let json = serde_json::to_vec(&value).map_err(|error| Error::new(ErrorKind::InvalidInput, error))?;
        Ok(json.into())
    }
}
