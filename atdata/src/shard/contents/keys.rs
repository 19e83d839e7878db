//! Keys of contents, which are written as what differs from the one before: decoded without allocating for each.

use super::format::{LONGEST, RUN, Segment, hash, varint};
use super::{Contents, ContentsError, damaged};
use crate::error::Result;

/// Bytes that most keys have at most, with the lengths before them, and that any has.
const SHORT: usize = 64;
const MOST: usize = LONGEST + 8;

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
    /// Decodes the key that `bytes` begin with, behind the one that is here; how long it is there. Where they end before it
    /// does nothing is changed.
    fn step(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut rest = bytes;
        let (shared, more) = (varint(&mut rest)?, varint(&mut rest)?);
        let (own, behind) = rest.split_at_checked(more)?;
        if shared > self.key.len() || shared + more > LONGEST {
            return None;
        }
        self.key.truncate(shared);
        self.key.extend_from_slice(own);
        Some(bytes.len() - behind.len())
    }
}

impl Contents {
    /// The key of a sample, by way of the one that was decoded before, of the same contents.
    pub(crate) fn key_in<'k>(&self, number: u64, keys: &'k mut Keys) -> Result<&'k [u8]> {
        if number >= self.head.samples {
            return Err(ContentsError::OutOfRange { number, len: self.head.samples }.into());
        }
        let follows = |next: u64| next <= number && !next.is_multiple_of(RUN) && next / RUN == number / RUN;
        let (mut next, mut at) = match keys.next.take() {
            Some((next, at)) if next == number + 1 || follows(next) => (next, at),
            _ => {
                keys.key.clear();
                (number - number % RUN, self.u32(Segment::Runs, number / RUN)? as usize)
            }
        };
        while next <= number {
            at += self.step_key(keys, at)?;
            next += 1;
        }
        keys.next = Some((next, at));
        Ok(&keys.key)
    }

    /// Decodes the key that is at a place, behind the one before it; how long it is there.
    fn step_key(&self, keys: &mut Keys, at: usize) -> Result<usize> {
        for least in [SHORT, MOST] {
            let bytes = self.rest(Segment::Keys, at, least)?;
            if let Some(len) = bytes.and_then(|bytes| keys.step(&bytes)) {
                return Ok(len);
            }
        }
        Err(damaged("a key is not there"))
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
