//! `Image`: the file of an image, decoded when it is asked for.

use std::fmt;
use std::marker::PhantomData;

use atdata_schema::FieldType;
use bytes::Bytes;
use ndarray::{Array3, Array4, ArrayRef, Ix3};

use super::color::{Channel, Color, Rgb8};
use super::decode::{EXPECTED, admitted, decode, header};
use super::header::{ImageFormat, ImageHeader};
use super::{MAX_PIXELS, encode};
use crate::array::{ArrayError, ArraySpec};
use crate::error::{Error, Result};
use crate::format::FormatError;
use crate::sample::{Column, Cursor, PackField, TensorColumn, check_len, write_bin};

/// The file of an image, JPEG, PNG or WebP, that is decoded when it is asked for.
///
/// Of a sample that is read nothing but the first bytes are looked at, and the file is written back byte for byte. Size and
/// format are known from its [header](Self::header) without decoding.
///
/// ```
/// use atdata::Packable;
/// use atdata::format::Image;
/// use atdata::format::image::L8;
/// use ndarray::Array3;
///
/// #[derive(Packable, Debug, Clone, PartialEq)]
/// struct Photo {
///     image: Image,    // red, green and blue, whatever the file has
///     mask: Image<L8>, // grey
/// }
///
/// let image = Image::encode(&Array3::from_elem((480, 640, 3), 200))?; // a PNG; files are taken by `from_bytes`
/// let mask = Image::encode(&Array3::zeros((480, 640, 1)))?;
///
/// let photo = Photo::unpack(&Photo { image, mask }.pack())?;
/// assert_eq!(photo.image.header()?.to_string(), "png 640 x 480");
/// assert_eq!(photo.image.decode()?.shape(), [480, 640, 3]);
/// assert_eq!(photo.image.to_color::<L8>().decode()?.shape(), [480, 640, 1]);
/// # Ok::<(), atdata::Error>(())
/// ```
pub struct Image<C = Rgb8> {
    bytes: Bytes,
    color: PhantomData<fn() -> C>,
}

impl<C: Color> Image<C> {
    /// An image of the bytes of its file.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if they do not begin like one. The rest is looked at when it is
    /// decoded.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self> {
        let bytes = bytes.into();
        fits(&bytes)?;
        Ok(Self { bytes, color: PhantomData })
    }

    /// The bytes of the file, as they are in the sample.
    pub fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The bytes of the file.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Format, size and colour of the file, without decoding it.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if the file ends before its header does.
    pub fn header(&self) -> Result<ImageHeader> {
        header(&self.bytes)
    }

    /// The same file, to be decoded to another colour.
    #[must_use]
    pub fn to_color<D: Color>(&self) -> Image<D> {
        Image { bytes: self.bytes.clone(), color: PhantomData }
    }

    /// The pixels, an array (height, width, channels), if they are no more than [`MAX_PIXELS`].
    ///
    /// # Errors
    /// As [`decode_within`](Self::decode_within).
    pub fn decode(&self) -> Result<Array3<C::Channel>> {
        self.decode_within(MAX_PIXELS)
    }

    /// The pixels, if they are no more than that.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) if they are more, by the header alone;
    /// [`Corrupt`](crate::ErrorKind::Corrupt) for a file that is damaged or ends too soon.
    pub fn decode_within(&self, max_pixels: u64) -> Result<Array3<C::Channel>> {
        array::<C>(&self.bytes, max_pixels)
    }

    /// A PNG file of an array (height, width, channels).
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a number of channels that is not the colour's, and for no pixels.
    pub fn encode(pixels: &ArrayRef<C::Channel, Ix3>) -> Result<Self> {
        let file = encode::png::<C>(pixels)?;
        Ok(Self { bytes: file.into(), color: PhantomData })
    }
}

/// Decodes images of one size into one tensor (n, height, width, channels), each straight to its place.
///
/// # Errors
/// As [`Image::decode`], with the number of the image; [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) where sizes differ.
///
/// ```
/// use atdata::format::Image;
/// use atdata::format::image::stack;
/// use ndarray::Array3;
///
/// let images = [10, 20].map(|grey| Image::encode(&Array3::from_elem((32, 64, 3), grey)));
/// let images: Vec<Image> = images.into_iter().collect::<atdata::Result<_>>()?;
/// let tensor = stack(&images)?;
/// assert_eq!(tensor.shape(), [2, 32, 64, 3]);
/// # Ok::<(), atdata::Error>(())
/// ```
pub fn stack<'i, C: Color>(images: impl IntoIterator<Item = &'i Image<C>>) -> Result<Array4<C::Channel>> {
    let images = images.into_iter();
    let mut column = TensorColumn::<C::Channel, Ix3>::with_capacity(images.size_hint().0);
    for (index, image) in images.enumerate() {
        read_into::<C>(&mut column, &image.bytes, MAX_PIXELS).map_err(|error| error.in_element(index))?;
    }
    column.finish()
}

/// The pixels of a file.
pub(super) fn array<C: Color>(bytes: &[u8], max_pixels: u64) -> Result<Array3<C::Channel>> {
    let (header, [height, width, channels]) = admitted::<C>(bytes, max_pixels)?;
    let mut data = vec![C::Channel::ZERO; height * width * channels];
    decode::<C>(bytes, &header, &mut data)?;
    Array3::from_shape_vec((height, width, channels), data).map_err(|_| ArrayError::Overflow.into())
}

/// Decodes a file to the next row of a column.
pub(super) fn read_into<C: Color>(
    column: &mut TensorColumn<C::Channel, Ix3>,
    bytes: &[u8],
    max_pixels: u64,
) -> Result<()> {
    let (header, [height, width, channels]) = admitted::<C>(bytes, max_pixels)?;
    let place = |out: &mut [C::Channel]| decode::<C>(bytes, &header, out);
    column.fill(Ix3(height, width, channels), C::Channel::ZERO, place)
}

/// A cheap look at the first bytes.
fn fits(bytes: &[u8]) -> Result<()> {
    match ImageFormat::of(bytes) {
        Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) => Ok(()),
        Some(_) => header(bytes).map(drop),
        None => Err(Error::from(FormatError::other(EXPECTED, bytes))),
    }
}

impl<C: Color> PackField for Image<C> {
    const TYPE: FieldType = FieldType::Bytes;
    const IMAGE: Option<&'static str> = Some(C::NAME);
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let bytes = cursor.read_bytes_of(EXPECTED)?;
        fits(bytes)?;
        Ok(Self { bytes: cursor.share(bytes)?, color: PhantomData })
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_bin(&self.bytes, out);
    }

    fn check(&self, _: ArraySpec) -> Result<()> {
        check_len(self.bytes.len())
    }
}

impl<C: Color> Clone for Image<C> {
    fn clone(&self) -> Self {
        Self { bytes: self.bytes.clone(), color: PhantomData }
    }
}

/// Images are the same if their files are.
impl<C: Color> PartialEq for Image<C> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<C: Color> Eq for Image<C> {}

/// `image<jpeg 640 x 480, 51234 bytes>`
impl<C: Color> fmt::Debug for Image<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ImageHeader::of(&self.bytes) {
            Some(header) => write!(f, "image<{header}, {} bytes>", self.bytes.len()),
            None => write!(f, "image<{} bytes>", self.bytes.len()),
        }
    }
}
