//! `Pixels`: an image that is decoded as it is read, into the batch's tensor.

use std::fmt;

use atdata_schema::FieldType;
use bytes::Bytes;
use ndarray::{Array3, Array4, Ix3};

use super::color::{Color, Rgb8};
use super::decode::EXPECTED;
use super::error::ImageError;
use super::file::{array, read_into};
use super::header::{ImageFormat, ImageHeader};
use super::{MAX_PIXELS, encode};
use crate::array::ArraySpec;
use crate::error::Result;
use crate::sample::{Column, Cursor, PackField, TensorColumn, check_len, write_bin};

/// An image that is decoded as it is read: an array (height, width, channels), and in a batch one tensor
/// (n, height, width, channels) that each image is decoded straight into.
///
/// Images of a batch are of one size; `#[packable(ragged)]` on the field keeps each by itself. Of more pixels than
/// `MAX_PIXELS` none is decoded. One that was read is written back byte for byte, one that was made of an array as a PNG file.
///
/// ```
/// use atdata::{Dataset, Packable};
/// use atdata::format::Pixels;
/// use ndarray::{Array3, Array4};
///
/// #[derive(Packable, Debug, Clone, PartialEq)]
/// #[packable(layout = "members")]
/// struct Photo {
///     #[packable(member = "png|jpg")]
///     image: Pixels,
///     cls: i64,
/// }
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("photos.tar");
/// let photo = |cls: u8| Photo { image: Array3::from_elem((32, 48, 3), cls).into(), cls: cls.into() };
/// Dataset::write(&path, (0..10).map(photo))?;
///
/// for batch in Dataset::<Photo>::open(&path)?.batches(4) {
///     let batch = batch?;
///     let images: &Array4<u8> = &batch.image; // (4, 32, 48, 3), decoded in place
///     assert_eq!((images.shape()[1..].to_vec(), i64::from(images[[0, 0, 0, 0]])), (vec![32, 48, 3], batch.cls[0]));
/// }
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Clone)]
pub struct Pixels<C: Color = Rgb8, const MAX: u64 = MAX_PIXELS> {
    array: Array3<C::Channel>,
    /// The file that it was read from.
    file: Option<Bytes>,
}

impl<C: Color, const MAX: u64> Pixels<C, MAX> {
    /// The pixels (height, width, channels).
    pub fn array(&self) -> &Array3<C::Channel> {
        &self.array
    }

    /// The pixels (height, width, channels).
    pub fn into_array(self) -> Array3<C::Channel> {
        self.array
    }
}

/// Written as a PNG file.
impl<C: Color, const MAX: u64> From<Array3<C::Channel>> for Pixels<C, MAX> {
    fn from(array: Array3<C::Channel>) -> Self {
        Self { array, file: None }
    }
}

impl<C: Color, const MAX: u64> PackField for Pixels<C, MAX> {
    const TYPE: FieldType = FieldType::Bytes;
    const IMAGE: Option<&'static str> = Some(C::NAME);
    const STACKS: bool = true;
    type Column = PixelsColumn<C, MAX>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let bytes = cursor.read_bytes_of(EXPECTED)?;
        Ok(Self { array: array::<C>(bytes, MAX)?, file: Some(cursor.share(bytes)?) })
    }

    fn write(&self, out: &mut Vec<u8>) {
        match &self.file {
            Some(file) => write_bin(file, out),
            // What can be wrong with it is what `check` tells.
            None => write_bin(&encode::png::<C>(&self.array).unwrap_or_default(), out),
        }
    }

    fn check(&self, _: ArraySpec) -> Result<()> {
        if let Some(file) = &self.file {
            return check_len(file.len());
        }
        let [height, width] = encode::check::<C>(self.array.shape())?;
        let (format, channels, bits) = (ImageFormat::Png, 0, 8);
        let header = ImageHeader { format, width, height, channels, bits };
        if header.pixels() > MAX {
            return Err(ImageError::TooLarge { header, limit: MAX }.into());
        }
        // No file is longer by much than what is in it.
        check_len(self.array.len().saturating_mul(size_of::<C::Channel>()).saturating_add(1 << 16))
    }
}

/// Images are the same if their pixels are.
impl<C: Color, const MAX: u64> PartialEq for Pixels<C, MAX> {
    fn eq(&self, other: &Self) -> bool {
        self.array == other.array
    }
}

/// `pixels<rgb8 (480, 640, 3)>`
impl<C: Color, const MAX: u64> fmt::Debug for Pixels<C, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pixels<{} {:?}>", C::NAME, self.array.dim())
    }
}

/// The tensor of a batch, which images are decoded into.
pub struct PixelsColumn<C: Color, const MAX: u64>(TensorColumn<C::Channel, Ix3>);

impl<C: Color, const MAX: u64> fmt::Debug for PixelsColumn<C, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PixelsColumn").finish_non_exhaustive()
    }
}

impl<C: Color, const MAX: u64> Column for PixelsColumn<C, MAX> {
    type Value = Pixels<C, MAX>;
    type Out = Array4<C::Channel>;

    fn with_capacity(rows: usize) -> Self {
        Self(Column::with_capacity(rows))
    }

    fn reuse(out: Self::Out, rows: usize) -> Self {
        Self(Column::reuse(out, rows))
    }

    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        read_into::<C>(&mut self.0, cursor.read_bytes_of(EXPECTED)?, MAX)
    }

    fn push(&mut self, value: Self::Value) -> Result<()> {
        self.0.push(value.array)
    }

    fn truncate(&mut self, rows: usize) {
        self.0.truncate(rows);
    }

    fn finish(self) -> Result<Self::Out> {
        self.0.finish()
    }

    fn len(out: &Self::Out) -> usize {
        TensorColumn::<C::Channel, Ix3>::len(out)
    }

    fn row(out: &Self::Out, index: usize) -> Option<Self::Value> {
        TensorColumn::<C::Channel, Ix3>::row(out, index).map(Into::into)
    }
}
