//! Colours: what each pixel of a decoded image is, as a type.

use std::fmt::Debug;

use super::header::color_name;
use crate::array::Element;

/// A number of a channel.
pub trait Channel: Element {
    /// Black, and transparent.
    const ZERO: Self;
    /// White, and opaque.
    const FULL: Self;

    /// One of 8 bits.
    fn of_8(value: u8) -> Self;

    /// One of 16 bits.
    fn of_16(value: u16) -> Self;

    /// The grey of a colour, by the weights of ITU-R 601-2 in 65536ths, as Pillow rounds it.
    fn grey(red: Self, green: Self, blue: Self) -> Self;

    /// Where a decoder of 8 bits can write; nothing of wider channels.
    fn bytes(values: &mut [Self]) -> Option<&mut [u8]>;

    /// Appends the value as files have it.
    fn append(self, out: &mut Vec<u8>);
}

/// The weighted sum, which is at most 65535 times 65536.
fn grey(red: impl Into<u32>, green: impl Into<u32>, blue: impl Into<u32>) -> u32 {
    (red.into() * 19_595 + green.into() * 38_470 + blue.into() * 7471 + 0x8000) >> 16
}

#[expect(clippy::cast_possible_truncation, reason = "the weights make one, so that a mean is no larger than its parts")]
impl Channel for u8 {
    const ZERO: Self = 0;
    const FULL: Self = Self::MAX;

    fn of_8(value: u8) -> Self {
        value
    }

    fn of_16(value: u16) -> Self {
        (value >> 8) as Self
    }

    fn grey(red: Self, green: Self, blue: Self) -> Self {
        grey(red, green, blue) as Self
    }

    fn bytes(values: &mut [Self]) -> Option<&mut [u8]> {
        Some(values)
    }

    fn append(self, out: &mut Vec<u8>) {
        out.push(self);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the weights make one, so that a mean is no larger than its parts")]
impl Channel for u16 {
    const ZERO: Self = 0;
    const FULL: Self = Self::MAX;

    fn of_8(value: u8) -> Self {
        Self::from(value) * 257
    }

    fn of_16(value: u16) -> Self {
        value
    }

    fn grey(red: Self, green: Self, blue: Self) -> Self {
        grey(red, green, blue) as Self
    }

    fn bytes(_: &mut [Self]) -> Option<&mut [u8]> {
        None
    }

    fn append(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }
}

/// Which colours are there is up to the decoders.
pub trait Sealed {}

/// What each pixel of a decoded image is: one of the types here.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a colour that images are decoded to",
    label = "not a colour of an image",
    note = "a pixel is grey (`L8`, `L16`), grey and alpha (`La8`, `La16`), red, green and blue (`Rgb8`, `Rgb16`), or these and \
            alpha (`Rgba8`, `Rgba16`), of `atdata::format::image`; the number is that of the bits of a channel"
)]
pub trait Color: Sealed + Debug + Clone + Copy + PartialEq + Eq + Send + Sync + 'static {
    /// The number of a channel: `u8` or `u16`.
    type Channel: Channel;

    /// How many there are: 1 grey, 2 grey and alpha, 3 red, green and blue, 4 these and alpha.
    const CHANNELS: usize;

    /// Its name in schema records: `rgb8`.
    const NAME: &'static str;
}

macro_rules! colors {
    ($($(#[$doc:meta])* $name:ident: $channels:literal of $channel:ty;)+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name;

        impl Sealed for $name {}

        impl Color for $name {
            type Channel = $channel;
            const CHANNELS: usize = $channels;
            #[allow(clippy::cast_possible_truncation, reason = "a channel has 8 bits or 16")]
            const NAME: &'static str = color_name($channels, <$channel>::BITS as u8);
        }
    )+ };
}
colors! {
    /// Grey of 8 bits: Pillow's `L`.
    L8: 1 of u8;
    /// Grey and alpha of 8 bits: Pillow's `LA`.
    La8: 2 of u8;
    /// Red, green and blue of 8 bits: Pillow's `RGB`.
    Rgb8: 3 of u8;
    /// Red, green, blue and alpha of 8 bits: Pillow's `RGBA`.
    Rgba8: 4 of u8;
    /// Grey of 16 bits, as depth and radiographs have it: Pillow's `I;16`.
    L16: 1 of u16;
    /// Grey and alpha of 16 bits.
    La16: 2 of u16;
    /// Red, green and blue of 16 bits.
    Rgb16: 3 of u16;
    /// Red, green, blue and alpha of 16 bits.
    Rgba16: 4 of u16;
}
