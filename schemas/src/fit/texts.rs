//! Lists of texts, of constants and of records.

use crate::same::{hash, same_text};

/// Names of dimensions or values of an enum, borrowed from either form of a schema.
#[derive(Debug, Clone, Copy)]
pub enum Texts<'a> {
    Constant(&'a [&'a str]),
    Owned(&'a [String]),
}

impl<'a> Texts<'a> {
    const fn len(self) -> usize {
        match self {
            Self::Constant(texts) => texts.len(),
            Self::Owned(texts) => texts.len(),
        }
    }

    const fn split_first(self) -> Option<(&'a str, Self)> {
        match self {
            Self::Constant([text, rest @ ..]) => Some((text, Self::Constant(rest))),
            Self::Owned([text, rest @ ..]) => Some((text.as_str(), Self::Owned(rest))),
            Self::Constant([]) | Self::Owned([]) => None,
        }
    }

    /// Whether both are the same texts in one order.
    pub(super) const fn are_listed_in(self, other: Self) -> bool {
        let (mut these, mut others) = (self, other);
        while let (Some((this, rest)), Some((other, other_rest))) = (these.split_first(), others.split_first()) {
            if !same_text(this, other) {
                return false;
            }
            (these, others) = (rest, other_rest);
        }
        self.len() == other.len()
    }

    /// Whether both are the same texts in any order; each is there once. Sums of hashes, for to look for each among all
    /// takes a constant too long where values are the class labels of a large dataset.
    pub(super) const fn are_those_of(self, other: Self) -> bool {
        self.len() == other.len() && self.sum_of_hashes() == other.sum_of_hashes()
    }

    const fn sum_of_hashes(mut self) -> u64 {
        let mut sum = 0_u64;
        while let Some((text, rest)) = self.split_first() {
            sum = sum.wrapping_add(hash(text));
            self = rest;
        }
        sum
    }
}
