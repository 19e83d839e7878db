//! Permutations: a keyed one of the numbers below `n`.

use std::sync::Arc;

use super::key;
use super::rng::{Rng, mix};

/// Up to here a table is cheaper than rounds, and every order is possible: Feistel networks on few bits are visibly not
/// uniform, and reach only even permutations where their halves are equal.
const SMALL: u64 = 1 << 16;
/// Twice as many as tests can tell from chance: 4 rounds pass all of them, 2 fail grossly.
const ROUNDS: usize = 8;

/// A permutation of the numbers below `len`, decided by a key.
///
/// Up to 65,536 numbers it is a table, shuffled by Fisher and Yates; beyond it an unbalanced Feistel network of 8 rounds
/// on just as many bits as `len - 1` has, whose results beyond `len` are sent through it again (cycle walking: fewer than
/// two evaluations on average). It is a bijection for every `len`, and holds at most 256 KiB.
#[derive(Debug, Clone)]
pub struct Permutation {
    len: u64,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    Table(Arc<[u32]>),
    Feistel { left: u32, right: u32, keys: [u64; ROUNDS], rounds: usize },
}

impl Permutation {
    /// Of the numbers below `len`.
    pub fn new(len: u64, key: u64) -> Self {
        if len <= SMALL {
            let table = Rng::new(key).permutation(usize::try_from(len).unwrap_or(0));
            // Each is below 65,536.
            let table = table.into_iter().map(|n| u32::try_from(n).unwrap_or(0)).collect();
            return Self { len, form: Form::Table(table) };
        }
        Self::feistel(len, key, ROUNDS)
    }

    /// The network, with fewer rounds in the tests that show that they would notice.
    pub(super) fn feistel(len: u64, seed: u64, rounds: usize) -> Self {
        // Of the largest number and not of `len`: at a power of two that would be a bit too many.
        let bits = u64::BITS - len.saturating_sub(1).leading_zeros();
        let left = bits / 2;
        let mut keys = [0; ROUNDS];
        for (round, slot) in (0..).zip(&mut keys) {
            *slot = key(&[seed, round]);
        }
        Self { len, form: Form::Feistel { left, right: bits - left, keys, rounds } }
    }

    /// How many numbers there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What stands at that place, both below [`len`](Self::len); of a place beyond it the place itself.
    pub fn at(&self, place: u64) -> u64 {
        if place >= self.len {
            return place;
        }
        match &self.form {
            Form::Table(table) => index(place).and_then(|at| table.get(at)).map_or(place, |found| u64::from(*found)),
            Form::Feistel { left, right, keys, rounds } => {
                let keys = keys.get(..*rounds).unwrap_or(keys);
                self.walk(place, |at| forwards(at, *left, *right, keys))
            }
        }
    }

    /// The place that the number stands at: the inverse of [`at`](Self::at). A table is searched.
    pub fn position_of(&self, number: u64) -> u64 {
        if number >= self.len {
            return number;
        }
        match &self.form {
            Form::Table(table) => {
                let found = table.iter().position(|found| u64::from(*found) == number);
                found.map_or(number, |at| at as u64)
            }
            Form::Feistel { left, right, keys, rounds } => {
                let keys = keys.get(..*rounds).unwrap_or(keys);
                self.walk(number, |at| backwards(at, *left, *right, keys))
            }
        }
    }

    /// Goes along the cycle of the larger domain up to the next number that is in ours, which there is: the one that it
    /// began at.
    #[inline]
    fn walk(&self, mut at: u64, step: impl Fn(u64) -> u64) -> u64 {
        loop {
            at = step(at);
            if at < self.len {
                return at;
            }
        }
    }
}

fn index(at: u64) -> Option<usize> {
    usize::try_from(at).ok()
}

/// The round function; halves have at most 32 bits.
#[inline]
fn round(half: u64, key: u64, bits: u32) -> u64 {
    (mix(half ^ key) >> 17) & ((1 << bits) - 1)
}

#[inline]
fn forwards(at: u64, left: u32, right: u32, keys: &[u64]) -> u64 {
    let (mut x, mut y) = (at >> right, at & ((1 << right) - 1));
    for pair in keys.chunks_exact(2) {
        if let [first, second] = pair {
            x ^= round(y, *first, left);
            y ^= round(x, *second, right);
        }
    }
    x << right | y
}

#[inline]
fn backwards(at: u64, left: u32, right: u32, keys: &[u64]) -> u64 {
    let (mut x, mut y) = (at >> right, at & ((1 << right) - 1));
    for pair in keys.chunks_exact(2).rev() {
        if let [first, second] = pair {
            y ^= round(x, *second, right);
            x ^= round(y, *first, left);
        }
    }
    x << right | y
}
