//! The images that a field has: of which colour they are, and what else is among them.

use std::collections::BTreeSet;

use crate::error::Printable;
use crate::format::image::{ImageFormat, ImageHeader, color_name};

/// So many of ten values have to be images for a field of them: the others are then said to be none.
const MOST: usize = 9;

/// The images that a field has.
#[derive(Default)]
pub(super) struct Pictures {
    count: usize,
    /// Formats and sizes.
    kinds: BTreeSet<String>,
    /// What the widest colour has, of which decoding loses nothing.
    is_colored: bool,
    has_alpha: bool,
    bits: u8,
    /// Whether there are some of a format that is not decoded.
    has_others: bool,
}

impl Pictures {
    pub(super) fn add(&mut self, image: &ImageHeader) {
        self.count += 1;
        self.kinds.insert(image.to_string());
        self.is_colored |= image.channels > 2;
        self.has_alpha |= image.channels.is_multiple_of(2);
        self.bits = self.bits.max(image.bits);
        self.has_others |= image.format == ImageFormat::Gif;
    }

    /// Those of another field, which are to be in this one.
    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.kinds.extend(other.kinds);
        self.is_colored |= other.is_colored;
        self.has_alpha |= other.has_alpha;
        self.bits = self.bits.max(other.bits);
        self.has_others |= other.has_others;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether `count` values are images, a few apart that are broken.
    pub(super) fn are_most(&self, count: usize) -> bool {
        count > 0 && self.count * 10 >= count * MOST
    }

    /// The colour of all, if `count` values are images that can be decoded.
    pub(super) fn color(&self, count: usize) -> Option<&'static str> {
        let channels = if self.is_colored { 3 } else { 1 } + u8::from(self.has_alpha);
        (self.are_most(count) && !self.has_others).then(|| color_name(channels, self.bits))
    }

    /// Which formats and sizes there are: `jpeg 640 x 480, png 32 x 32`.
    pub(super) fn sizes(&self) -> String {
        const SHOWN: usize = 3;
        let shown = self.kinds.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        match self.kinds.len().saturating_sub(SHOWN) {
            0 => shown,
            more => format!("{shown} and {more} other sizes"),
        }
    }

    /// `pictures: jpeg 640 x 480, png 32 x 32`, and the first of `count` values that is none.
    pub(super) fn told(&self, count: usize, other: Option<&str>) -> Vec<String> {
        let sizes = format!("pictures: {}", self.sizes());
        let others = count.saturating_sub(self.count);
        let none = other.filter(|_| others > 0).map(|key| {
            let (is, first) = if others == 1 { ("is", "") } else { ("are", "the first ") };
            let so = if self.are_most(count) { "" } else { ", so that the field is one of bytes" };
            format!("{others} of {count} {is} no picture: {first}of key `{}`{so}", Printable(key))
        });
        std::iter::once(sizes).chain(none).collect()
    }
}
