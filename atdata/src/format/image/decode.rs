//! Decoding: each format by its decoder, straight to where the pixels belong if the decoder can give their colour.
//!
//! The decoders are those that the crate `image` stands on. Taken by themselves they write to the memory that is given to
//! them, of which a batch is made, and one of JPEG leaves out the colours where grey is wanted; and `image` brings machinery
//! for colour profiles along, of as many lines as the three of them, which nothing here asks for.

use std::io::Cursor;

use image_webp::WebPDecoder;
use png::{BitDepth, Transformations};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::color::{Channel, Color};
use super::convert::{Native, convert};
use super::error::ImageError;
use super::header::{ImageFormat, ImageHeader, frames};
use crate::error::Result;
use crate::format::{FormatError, guarded};

pub(super) const EXPECTED: &str = "a JPEG, PNG or WebP image";

/// The header of a file that can be decoded, as far as its first bytes tell.
pub(super) fn header(bytes: &[u8]) -> Result<ImageHeader> {
    match ImageFormat::of(bytes) {
        None => Err(FormatError::other(EXPECTED, bytes).into()),
        Some(format @ (ImageFormat::Gif | ImageFormat::Tiff | ImageFormat::Bmp)) => {
            Err(ImageError::Format(format).into())
        }
        Some(format) => ImageHeader::of(bytes).ok_or_else(|| ImageError::Cut(format).into()),
    }
}

/// The header of a file of no more pixels than the limit, and the height, width and channels that it is decoded to.
pub(super) fn admitted<C: Color>(bytes: &[u8], limit: u64) -> Result<(ImageHeader, [usize; 3])> {
    let header = header(bytes)?;
    let sizes = [header.height, header.width].map(usize::try_from);
    match sizes {
        [Ok(height), Ok(width)] if header.pixels() <= limit => Ok((header, [height, width, C::CHANNELS])),
        _ => Err(ImageError::TooLarge { header, limit }.into()),
    }
}

/// Decodes a file with that header; `out` has a place for each channel of each pixel.
pub(super) fn decode<C: Color>(bytes: &[u8], header: &ImageHeader, out: &mut [C::Channel]) -> Result<()> {
    let decode = match header.format {
        ImageFormat::Jpeg => jpeg::<C>,
        ImageFormat::Png => png::<C>,
        ImageFormat::WebP => webp::<C>,
        format @ (ImageFormat::Gif | ImageFormat::Tiff | ImageFormat::Bmp) => {
            return Err(ImageError::Format(format).into());
        }
    };
    Ok(guarded(|| decode(bytes, header, out)).map_err(ImageError::damaged(header.format))??)
}

fn jpeg<C: Color>(bytes: &[u8], header: &ImageHeader, out: &mut [C::Channel]) -> Result<(), ImageError> {
    // The limit on pixels was looked at; here only those of the format are left. What turns YCbCr to colours is chosen by what
    // is asked for at first.
    let asked = if C::CHANNELS == 4 { ColorSpace::RGBA } else { ColorSpace::RGB };
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(asked);
    let damaged = ImageError::damaged(ImageFormat::Jpeg);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(&damaged)?;
    let (color, channels) = match (decoder.input_colorspace(), C::CHANNELS) {
        (Some(ColorSpace::Luma), _) | (Some(ColorSpace::YCbCr), 1 | 2) => (ColorSpace::Luma, 1),
        (Some(ColorSpace::YCbCr), 4) => (ColorSpace::RGBA, 4),
        _ => (ColorSpace::RGB, 3),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(color));
    let size = decoder.dimensions().unwrap_or_default();
    check_size(header, size)?;
    fill::<C>(Native::of_8(channels), out, |place| decoder.decode_into(place).map_err(&damaged))
}

fn png<C: Color>(bytes: &[u8], header: &ImageHeader, out: &mut [C::Channel]) -> Result<(), ImageError> {
    let damaged = ImageError::damaged(ImageFormat::Png);
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    let bits = if size_of::<C::Channel>() == 1 { Transformations::STRIP_16 } else { Transformations::IDENTITY };
    decoder.set_transformations(Transformations::EXPAND | bits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(&damaged)?;
    let (width, height) = reader.info().size();
    check_size(header, (width as usize, height as usize))?;
    let (color, depth) = reader.output_color_type();
    let native = Native { channels: color.samples(), is_deep: depth == BitDepth::Sixteen };
    fill::<C>(native, out, |place| reader.next_frame(place).map(drop).map_err(&damaged))
}

fn webp<C: Color>(bytes: &[u8], header: &ImageHeader, out: &mut [C::Channel]) -> Result<(), ImageError> {
    let damaged = ImageError::damaged(ImageFormat::WebP);
    // The decoder holds them against the size of the whole only when they are decoded.
    if frames(bytes).any(|[width, height]| width > header.width || height > header.height) {
        let reason = "a frame is larger than the image".to_owned();
        return Err(ImageError::Damaged { format: header.format, reason });
    }
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(&damaged)?;
    let (width, height) = decoder.dimensions();
    check_size(header, (width as usize, height as usize))?;
    let native = Native::of_8(if decoder.has_alpha() { 4 } else { 3 });
    fill::<C>(native, out, |place| decoder.read_image(place).map_err(&damaged))
}

/// The limits were held against the size that the header says, for which there is a place.
fn check_size(header: &ImageHeader, (width, height): (usize, usize)) -> Result<(), ImageError> {
    if (width, height) == (header.width as usize, header.height as usize) {
        return Ok(());
    }
    let reason = format!("it says {header} at its beginning, and {width} x {height} behind it");
    Err(ImageError::Damaged { format: header.format, reason })
}

/// Has a decoder write to `out`, or beside it where it gives another colour.
fn fill<C: Color>(
    native: Native,
    out: &mut [C::Channel],
    decode: impl FnOnce(&mut [u8]) -> Result<(), ImageError>,
) -> Result<(), ImageError> {
    if native.is::<C>()
        && let Some(place) = C::Channel::bytes(out)
    {
        return decode(place);
    }
    let mut pixels = vec![0; out.len() / C::CHANNELS * native.bytes()];
    decode(&mut pixels)?;
    convert::<C>(native, &pixels, out);
    Ok(())
}
