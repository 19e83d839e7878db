//! `Packable`: sample types.

use atdata_schema::Schema;

use crate::array::ArraySpec;
use crate::error::{Result, buffer};
use crate::sample::{Batch, Column, Cursor, PackField, SampleLayout};

/// A sample type: a struct whose fields are one msgpack map. Write `#[derive(Packable)]`, not an impl.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sample type",
    label = "not a sample type",
    note = "write `#[derive(Packable)]` on `{Self}` if it is a struct of yours that owns its fields, or use `DictSample` for samples of any type",
    note = "put a single value in a struct with one field: a batch has a column for each field, and a number or a text has none"
)]
pub trait Packable: PackField<Column = Self::Builder> {
    /// Name, version and fields of the type.
    const SCHEMA: &'static Schema;

    /// Many samples as a struct of arrays; `PhotoBatch` for `Photo`.
    type Batch: Batch<Sample = Self>;

    /// Decodes samples straight into the columns of a batch.
    type Builder: Column<Value = Self, Out = Self::Batch>;

    /// How samples lie in shards: packed, unless `#[packable(layout = "members")]` says that each field is a member.
    const LAYOUT: SampleLayout = SampleLayout::Packed;

    /// The record of the type, for an index or the network, without the time that it is made.
    ///
    /// ```
    /// use atdata::Packable;
    /// use ndarray::Array3;
    ///
    /// /// One photograph.
    /// #[derive(Packable)]
    /// struct Photo {
    ///     image: Array3<u8>,
    ///     label: String,
    /// }
    ///
    /// let record = Photo::schema_record().created_at("2026-03-01T12:00:00Z");
    /// assert_eq!(record.to_local()["fields"][0]["fieldType"]["dtype"], "uint8");
    /// let published = record.to_atproto()?;
    /// assert_eq!(published["schema"]["properties"]["label"]["type"], "string");
    /// # Ok::<(), atdata::Error>(())
    /// ```
    #[cfg(feature = "records")]
    fn schema_record() -> atdata_schema::SchemaRecord {
        atdata_schema::SchemaRecord::new(Self::SCHEMA)
    }

    /// The sample as msgpack: a map of its fields in declaration order, byte for byte what Python atdata writes.
    ///
    /// Values of 4 GiB and more do not fit msgpack, and arrays may contradict their declared shape;
    /// [`try_pack`](Self::try_pack) checks that, and so does every writer of shards.
    fn pack(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    /// [`pack`](Self::pack), with an error of kind [`InvalidInput`](crate::ErrorKind::InvalidInput) or
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) for a sample that could not be read back, and of kind
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where there is no memory for a sample that was read.
    fn try_pack(&self) -> Result<Vec<u8>> {
        let mut out = buffer(self.packed_size())?;
        self.write_checked(ArraySpec::ANY, &mut out)?;
        Ok(out)
    }

    /// The sample of such bytes. Fields may come in any order; bytes after the map are ignored, as in Python.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) for bytes that are not msgpack,
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) for a sample that does not fit the type,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for object arrays and extension types.
    fn unpack(bytes: &[u8]) -> Result<Self> {
        Self::read(&mut Cursor::new(bytes))
    }
}

/// A sample type that borrows from the bytes of the sample: what `#[derive(Packable)]` writes for a struct with a
/// lifetime. It can be read and has a schema; to be written or batched, a type must own its fields.
///
/// ```
/// use atdata::{Packable, PackableRef};
///
/// #[derive(Packable)]
/// #[packable(name = "Text")]
/// struct TextRef<'a> {
///     text: &'a str,
///     label: i64,
/// }
///
/// let bytes = b"\x82\xa4text\xa3cat\xa5label\x07";
/// let sample = TextRef::unpack_ref(bytes)?;
/// assert_eq!((sample.text, sample.label), ("cat", 7));
/// # Ok::<(), atdata::Error>(())
/// ```
pub trait PackableRef<'a>: Sized {
    /// Name, version and fields of the type.
    const REF_SCHEMA: &'static Schema;

    /// Reads one sample at the cursor.
    fn read_ref(cursor: &mut Cursor<'a>) -> Result<Self>;

    /// The sample of such bytes, borrowing from them. Errors as in [`Packable::unpack`].
    fn unpack_ref(bytes: &'a [u8]) -> Result<Self> {
        Self::read_ref(&mut Cursor::new(bytes))
    }
}

impl<'a, S: Packable> PackableRef<'a> for S {
    const REF_SCHEMA: &'static Schema = S::SCHEMA;

    #[inline]
    fn read_ref(cursor: &mut Cursor<'a>) -> Result<Self> {
        S::read(cursor)
    }
}
