//! Images: JPEG, PNG and WebP files as fields.
//!
//! | field type | a sample has | in a batch |
//! |---|---|---|
//! | [`Image<C>`](Image) | the file, decoded when it is asked for | a list of them |
//! | [`Pixels<C>`](Pixels) | the decoded array | one tensor (n, height, width, channels), decoded straight into its place |
//!
//! `C` is the [colour](Color) that decoding gives, red, green and blue of 8 bits ([`Rgb8`]) if nothing is said. On the wire, and
//! in a member of a plain `WebDataset` sample, there is the file: Python sees bytes. Schema records say `bytes` and note the
//! colour under the key `image`, which Python ignores, and of which generated types are made again.
//!
//! Size, format and colour of a file ([`ImageHeader`]) are read from its first bytes, without the feature `image`, which the
//! two field types need: it brings the decoders.
//!
//! # What decoding gives
//!
//! - Colours are converted as Pillow's `convert` does: grey to colour by repeating it, colour to grey by the weights of ITU-R
//!   601-2 (of a JPEG file its own grey), transparency is dropped or made opaque, palettes are the colours in them. Of 16 bits
//!   the upper 8 are taken, of 8 bits the whole range is spread over 16.
//! - Rotations of EXIF and colour profiles are not applied, of animations there is the first picture: as Pillow has it.
//! - Decoders of JPEG differ in the last bit of some pixels; PNG and lossless WebP are exact.
//! - Files are not trusted. What is cut or damaged is an error ([`Corrupt`](crate::ErrorKind::Corrupt)), also where Pillow goes
//!   on with a warning of libjpeg. More pixels than a limit, [`MAX_PIXELS`] or another one, are refused by the header alone,
//!   before there is memory for them ([`Unsupported`](crate::ErrorKind::Unsupported)).

#[cfg(feature = "image")]
mod color;
#[cfg(feature = "image")]
mod convert;
#[cfg(feature = "image")]
mod decode;
#[cfg(feature = "image")]
mod encode;
#[cfg(feature = "image")]
mod error;
#[cfg(feature = "image")]
mod file;
mod header;
#[cfg(feature = "image")]
mod pixels;

#[cfg(feature = "image")]
pub use color::{Color, L8, L16, La8, La16, Rgb8, Rgb16, Rgba8, Rgba16};
#[cfg(feature = "image")]
pub use file::{Image, stack};
#[cfg(feature = "records")]
pub(crate) use header::color_name;
pub use header::{ImageFormat, ImageHeader};
#[cfg(feature = "image")]
pub use pixels::{Pixels, PixelsColumn};

/// More pixels than that are not decoded unless another limit is given: where Pillow warns of them, some 256 MiB of colours.
pub const MAX_PIXELS: u64 = 89_478_485;
