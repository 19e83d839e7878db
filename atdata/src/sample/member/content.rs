//! The content of a member: what it is wanted as, and the trait that reads and writes it.

use std::fmt;

use atdata_schema::FieldType;
use bytes::Bytes;

use crate::error::Result;
use crate::sample::Value;

/// What a member is to be: its name, and the type of the field that it fills.
///
/// The type is [`FieldType::Any`] for who reads without a type: a codec then gives what the extension says.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) field_type: FieldType,
}

impl<'a> Wanted<'a> {
    pub(crate) const fn new(name: &'a str, field_type: FieldType) -> Self {
        Self { name, field_type }
    }

    /// The member's name without the key: `jpg`, `meta.json.gz`.
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// The type of the field.
    pub const fn field_type(&self) -> FieldType {
        self.field_type
    }
}

/// How the content of a member is read as the value of a field, and written.
///
/// Those of the library go by the extension: `txt` is text, `cls` a number, `json` anything, `npy` an array, `msgpack`
/// anything, all else the bytes as they are. A codec of your own is named at the field:
///
/// ```
/// use atdata::field::{MemberCodec, Wanted};
/// use atdata::{Error, ErrorKind, Packable, Result, Value};
/// use bytes::Bytes;
///
/// /// Numbers with commas between them.
/// #[derive(Debug)]
/// struct Csv;
///
/// impl MemberCodec for Csv {
///     fn decode(&self, content: &Bytes, _: Wanted<'_>) -> Result<Value> {
///         let text = std::str::from_utf8(content).map_err(|error| Error::new(ErrorKind::Corrupt, error))?;
///         let numbers = text.split(',').map(|number| number.trim().parse::<f64>());
///         let numbers = numbers.collect::<std::result::Result<Vec<_>, _>>();
///         Ok(Value::from_iter(numbers.map_err(|error| Error::new(ErrorKind::Corrupt, error))?))
///     }
///
///     fn encode(&self, value: &Value, _: Wanted<'_>) -> Result<Bytes> {
///         let numbers = value.as_list().unwrap_or_default().iter().filter_map(Value::as_f64);
///         Ok(numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(",").into())
///     }
/// }
///
/// #[derive(Packable, Debug, PartialEq)]
/// #[packable(layout = "members")]
/// struct Track {
///     #[packable(member = "csv", codec = Csv)]
///     points: Vec<f64>,
/// }
/// # use atdata::Dataset;
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("tracks.tar");
/// Dataset::write(&path, [Track { points: vec![1.0, 2.5] }])?;
/// assert_eq!(Dataset::<Track>::open(&path)?.head(1)?[0].points, [1.0, 2.5]);
/// # Ok::<(), atdata::Error>(())
/// ```
pub trait MemberCodec: fmt::Debug + Sync {
    /// The value of a member. Bytes that are the content or a part of it share its memory.
    ///
    /// # Errors
    /// Whatever is wrong with the content; sample and field are named by the caller.
    fn decode(&self, content: &Bytes, wanted: Wanted<'_>) -> Result<Value>;

    /// The member of a value.
    ///
    /// # Errors
    /// For a value that the codec would not read back.
    fn encode(&self, value: &Value, wanted: Wanted<'_>) -> Result<Bytes>;
}
