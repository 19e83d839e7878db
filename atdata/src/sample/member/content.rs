//! The content of a member: what it is wanted as, and the traits that read and write it.

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
    /// A member of that name, for a field of that type: what a codec is called with, for tests of one.
    pub const fn new(name: &'a str, field_type: FieldType) -> Self {
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

/// A set of codecs, by the extensions of members: a type that says which codec reads which.
///
/// Given to a sample type by `#[packable(codecs = …)]`, and to groups, which have none, by
/// [`Group::value_by`](crate::Group::value_by) and [`Group::to_dict_by`](crate::Group::to_dict_by). What a set does not know is
/// read as the library reads it, whose own set is [`StandardCodecs`]; what it knows is read as it says, `txt` and `json` as well.
///
/// ```
/// use atdata::field::{MemberCodec, MemberCodecs, Wanted};
/// use atdata::{Dataset, DictSample, Group, Packable, Result, Value};
/// use bytes::Bytes;
///
/// /// Sound of 16 bits, without a header.
/// #[derive(Debug)]
/// struct Pcm;
///
/// impl MemberCodec for Pcm {
///     fn decode(&self, content: &Bytes, _: Wanted<'_>) -> Result<Value> {
///         Ok(content.chunks_exact(2).map(|pair| i64::from(i16::from_le_bytes([pair[0], pair[1]]))).collect())
///     }
///
///     fn encode(&self, value: &Value, _: Wanted<'_>) -> Result<Bytes> {
///         let samples = value.as_list().unwrap_or_default().iter().filter_map(Value::as_i64);
///         Ok(samples.flat_map(|sample| (sample as i16).to_le_bytes()).collect())
///     }
/// }
///
/// struct Audio;
///
/// impl MemberCodecs for Audio {
///     fn of(extension: &str) -> Option<&'static dyn MemberCodec> {
///         matches!(extension, "pcm" | "raw").then_some(&Pcm)
///     }
/// }
///
/// #[derive(Packable, Debug, PartialEq)]
/// #[packable(layout = "members", codecs = Audio)]
/// struct Call {
///     #[packable(member = "left.pcm")]
///     left: Vec<i16>,
///     #[packable(member = "right.pcm")]
///     right: Vec<i16>,
///     txt: String,
/// }
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("calls.tar");
/// Dataset::write(&path, [Call { left: vec![1, -2], right: vec![3], txt: "hello".into() }])?;
/// assert_eq!(Dataset::<Call>::open(&path)?.head(1)?[0].left, [1, -2]);
///
/// let group = &Dataset::<Group>::open(&path)?.head(1)?[0];
/// assert_eq!(group.get("left.pcm").unwrap(), &b"\x01\0\xfe\xff"[..]);
/// let sample: DictSample = group.to_dict_by::<Audio>()?;
/// assert_eq!(sample["left.pcm"], Value::from_iter([1, -2]));
/// assert_eq!(Group::of_dict_by::<Audio>(group.key(), &sample)?.fields, group.fields);
/// # Ok::<(), atdata::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of codecs",
    label = "not a set of codecs",
    note = "implement `atdata::field::MemberCodecs` for `{Self}`; one codec is named at its field: `#[packable(codec = …)]`"
)]
pub trait MemberCodecs {
    /// The codec of members with that extension: what is behind the last dot of their names, in lower case, the ending of a
    /// compression apart, for what a codec gets is decompressed.
    fn of(extension: &str) -> Option<&'static dyn MemberCodec>;
}

/// The codecs of the library alone: text, labels, JSON, arrays and msgpack, by the extensions that `webdataset` reads so.
#[derive(Debug, Clone, Copy)]
pub struct StandardCodecs;
