//! Encoding: arrays as PNG files, which lose nothing.

use ndarray::{ArrayRef, Ix3};
use png::{BitDepth, ColorType, Compression, Encoder};

use super::color::{Channel, Color};
use super::error::ImageError;

/// Whether the array is an image that can be written: its channels, and sizes that a PNG file can say.
pub(super) fn check<C: Color>(sizes: &[usize]) -> Result<[u32; 2], ImageError> {
    let [height, width, channels] = *sizes else {
        return Err(ImageError::Channels { expected: C::CHANNELS, found: sizes.to_vec() });
    };
    if channels != C::CHANNELS {
        return Err(ImageError::Channels { expected: C::CHANNELS, found: sizes.to_vec() });
    }
    let size = |size: usize| u32::try_from(size).ok().filter(|size| (1..1 << 31).contains(size));
    match (size(height), size(width)) {
        (Some(height), Some(width)) => Ok([height, width]),
        _ => {
            let reason = "sizes are from 1 to 2147483647".to_owned();
            Err(ImageError::Unwritable { height, width, reason })
        }
    }
}

/// The file of an array (height, width, channels).
pub(super) fn png<C: Color>(pixels: &ArrayRef<C::Channel, Ix3>) -> Result<Vec<u8>, ImageError> {
    let [height, width] = check::<C>(pixels.shape())?;
    let mut data = Vec::with_capacity(pixels.len() * size_of::<C::Channel>());
    pixels.iter().for_each(|value| value.append(&mut data));
    let failed = |error: png::EncodingError| ImageError::Unwritable {
        height: height as usize,
        width: width as usize,
        reason: error.to_string(),
    };
    let mut file = Vec::with_capacity(data.len() / 2 + 256);
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(match C::CHANNELS {
        1 => ColorType::Grayscale,
        2 => ColorType::GrayscaleAlpha,
        3 => ColorType::Rgb,
        _ => ColorType::Rgba,
    });
    encoder.set_depth(if size_of::<C::Channel>() == 2 { BitDepth::Sixteen } else { BitDepth::Eight });
    encoder.set_compression(Compression::Fast);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&data).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(file)
}
