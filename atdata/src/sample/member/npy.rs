//! Arrays as numpy saves them.

use atdata_schema::FieldType;
use bytes::Bytes;

use super::content::{MemberCodec, Wanted};
use super::error::MemberError;
use crate::array::{DynArray, NPY_MAGIC, write_npy};
use crate::error::{Result, buffer};
use crate::sample::Value;

/// An array with numpy's header; one that holds Python objects is refused where it is read as an array.
#[derive(Debug)]
pub(super) struct Npy;

impl MemberCodec for Npy {
    fn decode(&self, content: &Bytes, wanted: Wanted<'_>) -> Result<Value> {
        let is_plain = matches!(super::inner(&wanted.field_type), FieldType::Bytes);
        // Fields read this form beside the packed one, so that the array is not copied here.
        if is_plain || content.starts_with(NPY_MAGIC) {
            return Ok(Value::Bin(content.clone()));
        }
        let begin = content.get(..content.len().min(6)).unwrap_or_default();
        let found = String::from_utf8_lossy(begin).into_owned();
        let name = wanted.name.to_owned();
        Err(MemberError::Content { name, expected: "an array that begins with \"\\x93NUMPY\"", found }.into())
    }

    fn encode(&self, value: &Value, wanted: Wanted<'_>) -> Result<Bytes> {
        let Value::Bin(bytes) = value else {
            let advice = "name a `json` or `msgpack` member";
            return Err(MemberError::Unwritable { name: wanted.name.to_owned(), found: value.kind(), advice }.into());
        };
        if bytes.starts_with(NPY_MAGIC) || matches!(super::inner(&wanted.field_type), FieldType::Bytes) {
            return Ok(bytes.clone());
        }
        let array = DynArray::from_shared(bytes)?;
        let mut out = buffer(array.data().len() + 128)?;
        write_npy(&format!("'{}'", array.typestr()), array.shape(), array.data(), &mut out);
        Ok(out.into())
    }
}
