//! Conversion of colours, where the decoder gives another one.

use super::color::{Channel, Color};

/// Pixels as a decoder gives them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Native {
    pub(super) channels: usize,
    /// Whether a channel has 16 bits, the upper ones first, and not 8.
    pub(super) is_deep: bool,
}

impl Native {
    pub(super) const fn of_8(channels: usize) -> Self {
        Self { channels, is_deep: false }
    }

    /// Bytes of a pixel.
    pub(super) const fn bytes(self) -> usize {
        if self.is_deep { 2 * self.channels } else { self.channels }
    }

    /// Whether pixels of the colour are these bytes.
    pub(super) fn is<C: Color>(self) -> bool {
        self.bytes() == C::CHANNELS * size_of::<C::Channel>() && self.channels == C::CHANNELS
    }
}

/// Turns pixels into those of the colour; there are as many as `out` has.
pub(super) fn convert<C: Color>(native: Native, pixels: &[u8], out: &mut [C::Channel]) {
    let deep =
        |bytes: &[u8]| bytes.first_chunk().map_or(C::Channel::ZERO, |two| C::Channel::of_16(u16::from_be_bytes(*two)));
    let plain = |bytes: &[u8]| bytes.first().map_or(C::Channel::ZERO, |one| C::Channel::of_8(*one));
    if native.is_deep {
        each::<C, 2>(native.channels, pixels, out, deep);
    } else {
        each::<C, 1>(native.channels, pixels, out, plain);
    }
}

fn each<C: Color, const BYTES: usize>(
    channels: usize,
    pixels: &[u8],
    out: &mut [C::Channel],
    number: impl Fn(&[u8]) -> C::Channel,
) {
    for (pixel, out) in pixels.chunks_exact(channels * BYTES).zip(out.chunks_exact_mut(C::CHANNELS)) {
        let channel = |at: usize| number(pixel.get(at * BYTES..).unwrap_or_default());
        let first = channel(0);
        let (red, green, blue, alpha) = match channels {
            1 => (first, first, first, C::Channel::FULL),
            2 => (first, first, first, channel(1)),
            3 => (first, channel(1), channel(2), C::Channel::FULL),
            _ => (first, channel(1), channel(2), channel(3)),
        };
        match out {
            // The weights leave a grey as it is.
            [grey] => *grey = C::Channel::grey(red, green, blue),
            [grey, opacity] => (*grey, *opacity) = (C::Channel::grey(red, green, blue), alpha),
            [r, g, b] => (*r, *g, *b) = (red, green, blue),
            [r, g, b, opacity] => (*r, *g, *b, *opacity) = (red, green, blue, alpha),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::color::{L8, L16, La8, Rgb8, Rgb16, Rgba8};
    use super::*;

    fn converted<C: Color>(native: Native, pixels: &[u8]) -> Vec<C::Channel> {
        let mut out = vec![C::Channel::ZERO; pixels.len() / native.bytes() * C::CHANNELS];
        convert::<C>(native, pixels, &mut out);
        out
    }

    #[test]
    fn colours_are_converted_as_pillow_converts_them() {
        let grey = Native::of_8(1);
        assert_eq!(converted::<Rgb8>(grey, &[7, 9]), [7, 7, 7, 9, 9, 9]);
        assert_eq!(converted::<Rgba8>(grey, &[7]), [7, 7, 7, 255]);
        assert_eq!(converted::<La8>(Native::of_8(4), &[9, 9, 9, 3]), [9, 3]);
        // `Image.new("RGB", (1, 1), (255, 0, 0)).convert("L")` and its like.
        for (color, expected) in [([255, 0, 0], 76), ([0, 255, 0], 150), ([0, 0, 255], 29), ([10, 20, 30], 18)] {
            assert_eq!(converted::<L8>(Native::of_8(3), &color), [expected]);
        }
        for value in 0..=u8::MAX {
            assert_eq!(converted::<L8>(Native::of_8(3), &[value; 3]), [value]);
        }
    }

    #[test]
    fn bits_are_spread_and_cut() {
        let deep = Native { channels: 1, is_deep: true };
        assert_eq!(converted::<L8>(deep, &[0x12, 0xff]), [0x12]);
        assert_eq!(converted::<L16>(deep, &[0x12, 0x34]), [0x1234]);
        assert_eq!(converted::<Rgb16>(Native::of_8(1), &[0xff]), [0xffff; 3]);
        assert_eq!(converted::<L16>(Native { channels: 3, is_deep: true }, &[0xff; 6]), [u16::MAX]);
    }
}
