//! Keys of contents, which are written as what differs from the one before: decoded without allocating for each.

use super::format::{LONGEST, RUN, Segment, hash, varint};
use super::{Contents, ContentsError, damaged};
use crate::error::Result;

/// The hash of a key, as the tables of all contents have it.
pub(crate) fn hash_of(key: &[u8]) -> u64 {
    hash(key)
}

/// The key of some contents that was decoded last, from which the next ones follow.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    key: Vec<u8>,
    /// The number of the sample behind it, and where its key is.
    next: Option<(u64, usize)>,
}

impl Keys {
    /// Decodes the key that `all` has from `at` on, behind the one that is here; where the next one is.
    fn step(&mut self, all: &[u8], at: usize) -> Option<usize> {
        let mut rest = all.get(at..)?;
        let (shared, more) = (varint(&mut rest)?, varint(&mut rest)?);
        let (own, behind) = rest.split_at_checked(more)?;
        if shared > self.key.len() || shared + more > LONGEST {
            return None;
        }
        self.key.truncate(shared);
        self.key.extend_from_slice(own);
        Some(all.len() - behind.len())
    }
}

impl Contents {
    /// The key of a sample, by way of the one that was decoded before, of the same contents.
    pub(crate) fn key_in<'k>(&self, number: u64, keys: &'k mut Keys) -> Result<&'k [u8]> {
        if number >= self.head.samples {
            return Err(ContentsError::OutOfRange { number, len: self.head.samples }.into());
        }
        let all = self.segment(Segment::Keys);
        let follows = |next: u64| next <= number && !next.is_multiple_of(RUN) && next / RUN == number / RUN;
        let (mut next, mut at) = match keys.next.take() {
            Some((next, at)) if next == number + 1 || follows(next) => (next, at),
            _ => {
                keys.key.clear();
                (number - number % RUN, self.u32(Segment::Runs, number / RUN)? as usize)
            }
        };
        while next <= number {
            at = keys.step(all, at).ok_or_else(|| damaged("a key is not there"))?;
            next += 1;
        }
        keys.next = Some((next, at));
        Ok(&keys.key)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::shard::contents::Builder;

    #[test]
    fn keys_are_the_same_in_whatever_order_they_are_asked_for() {
        let mut builder = Builder::default();
        let key = |number: u64| format!("{}{number:03}", "k".repeat(usize::try_from(number % 7).unwrap()));
        for number in 0..50 {
            builder.push(number * 1024, &key(number), []).unwrap();
        }
        let contents = builder.finish(1 << 20);
        let mut keys = Keys::default();
        for from in 0..50 {
            for step in [0, 1, 2, 15, 16, 17, 33, 49] {
                let number = (from + step) % 50;
                assert_eq!(contents.key_in(number, &mut keys).unwrap(), key(number).as_bytes(), "{from} {step}");
            }
        }
        assert!(contents.key_in(50, &mut keys).is_err());
    }
}
