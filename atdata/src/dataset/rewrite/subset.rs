//! Subsets: which samples are chosen, by key or by number.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use crate::error::{Cause, ErrorKind, Printable, Result};

/// Which samples of a dataset a copy has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subset {
    /// Those with these keys; all of them, where several samples have the same.
    Keys(Vec<String>),
    /// Those with these numbers, counted from 0 over all shards in their order.
    Range(Range<u64>),
    /// The first, and from there on every n-th.
    Every(u64),
}

/// Keys that are named where some are not there.
const SHOWN: usize = 5;

#[derive(Debug, thiserror::Error)]
pub(super) enum SubsetError {
    #[error("no sample has {}", Missing(.keys))]
    NoKeys { keys: Vec<String> },
    #[error("expected a range of samples, found {start}..{end}, which has none")]
    EmptyRange { start: u64, end: u64 },
    #[error("expected a range within the {samples} samples of the dataset, found one up to {end}")]
    Range { end: u64, samples: u64 },
    #[error("expected every n-th sample with an n of at least 1, found 0")]
    EveryNone,
    #[error("expected at least one key, found none")]
    NoKey,
}

impl Cause for SubsetError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoKeys { .. } | Self::Range { .. } => ErrorKind::NotFound,
            Self::EmptyRange { .. } | Self::EveryNone | Self::NoKey => ErrorKind::InvalidInput,
        }
    }
}

struct Missing<'a>(&'a [String]);

impl fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begin = if self.0.len() == 1 { "the key" } else { "one of the keys" };
        for (at, key) in self.0.iter().take(SHOWN).enumerate() {
            write!(f, "{} \"{}\"", if at == 0 { begin } else { "," }, Printable(key))?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// What is chosen of samples that are gone through in order.
pub(super) struct Chosen<'a> {
    subset: &'a Subset,
    /// Number of the next sample.
    at: u64,
    /// The keys that are wanted, and whether a sample had them.
    keys: HashMap<&'a str, bool>,
    /// Whether what is chosen was found by number, all of it.
    picked: bool,
}

impl<'a> Chosen<'a> {
    pub(super) fn new(subset: &'a Subset) -> Result<Self> {
        let mut keys = HashMap::new();
        match subset {
            Subset::Keys(list) if list.is_empty() => return Err(SubsetError::NoKey.into()),
            Subset::Keys(list) => keys.extend(list.iter().map(|key| (key.as_str(), false))),
            Subset::Range(Range { start, end }) if start >= end => {
                return Err(SubsetError::EmptyRange { start: *start, end: *end }.into());
            }
            Subset::Every(0) => return Err(SubsetError::EveryNone.into()),
            Subset::Range(_) | Subset::Every(_) => {}
        }
        Ok(Self { subset, at: 0, keys, picked: false })
    }

    /// Whether it is decided by numbers alone.
    pub(super) fn by_number(&self) -> bool {
        !matches!(self.subset, Subset::Keys(_))
    }

    /// The numbers that are chosen of so many samples.
    pub(super) fn numbers(&mut self, samples: u64) -> Result<Box<dyn Iterator<Item = u64>>> {
        self.picked = true;
        match self.subset {
            Subset::Range(range) if range.end > samples => Err(SubsetError::Range { end: range.end, samples }.into()),
            Subset::Range(range) => Ok(Box::new(range.clone())),
            Subset::Every(n) => Ok(Box::new((0..samples).step_by(usize::try_from(*n).unwrap_or(usize::MAX)))),
            Subset::Keys(_) => Ok(Box::new(std::iter::empty())),
        }
    }

    /// Whether the next sample is one of them.
    pub(super) fn next(&mut self, key: &str) -> bool {
        let at = self.at;
        self.at += 1;
        match self.subset {
            Subset::Keys(_) => match self.keys.get_mut(key) {
                Some(seen) => {
                    *seen = true;
                    true
                }
                None => false,
            },
            Subset::Range(range) => range.contains(&at),
            Subset::Every(n) => at.is_multiple_of(*n),
        }
    }

    /// Whether none follows.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.subset, Subset::Range(range) if self.at >= range.end)
    }

    /// Whether all that was asked for was there.
    pub(super) fn finish(self) -> Result<()> {
        if let Subset::Range(range) = self.subset
            && !self.picked
            && self.at < range.end
        {
            return Err(SubsetError::Range { end: range.end, samples: self.at }.into());
        }
        if let Subset::Keys(list) = self.subset {
            // In the order in which they were given.
            let is_missing = |key: &&String| self.keys.get(key.as_str()) == Some(&false);
            let keys: Vec<String> = list.iter().filter(is_missing).cloned().collect();
            if !keys.is_empty() {
                return Err(SubsetError::NoKeys { keys }.into());
            }
        }
        Ok(())
    }
}
