//! The table of all keys of a dataset: which sample has one, without asking each shard.

/// A slot has the number of a sample plus 1, and above it what the hash of its key says beside the slot.
const NUMBER_BITS: u32 = 40;

/// By the hashes of keys the samples that may have them.
pub(super) struct KeyTable {
    slots: Box<[u64]>,
}

impl KeyTable {
    /// Bytes that a table of so many samples takes; `None` of more than it can number.
    pub(super) fn size(samples: u64) -> Option<usize> {
        usize::try_from(slots(samples)?).ok()?.checked_mul(8)
    }

    /// An empty table for so many samples.
    pub(super) fn new(samples: u64) -> Option<Self> {
        let len = usize::try_from(slots(samples)?).ok()?;
        let mut slots = Vec::new();
        slots.try_reserve_exact(len).ok()?;
        slots.resize(len, 0);
        Some(Self { slots: slots.into() })
    }

    /// Adds a sample, behind those that may have the same key; not more than the table is for.
    pub(super) fn insert(&mut self, hash: u64, sample: u64) {
        let mut at = self.first(hash);
        for _ in 0..self.slots.len() {
            match self.slots.get_mut(at) {
                Some(slot @ 0) => {
                    *slot = print(hash) | (sample + 1);
                    return;
                }
                _ => at = self.behind(at),
            }
        }
    }

    /// The samples that may have a key with that hash, in the order in which they were added.
    pub(super) fn candidates(&self, hash: u64) -> impl Iterator<Item = u64> + '_ {
        let mut at = self.first(hash);
        let taken = std::iter::from_fn(move || {
            let slot = self.slots.get(at).copied().filter(|slot| *slot != 0)?;
            at = self.behind(at);
            Some(slot)
        });
        let mask = (1 << NUMBER_BITS) - 1;
        let own = move |slot: &u64| slot & !mask == print(hash);
        taken.take(self.slots.len()).filter(own).map(move |slot| (slot & mask) - 1)
    }

    fn first(&self, hash: u64) -> usize {
        usize::try_from((u128::from(hash) * self.slots.len() as u128) >> 64).unwrap_or(0)
    }

    fn behind(&self, at: usize) -> usize {
        if at + 1 == self.slots.len() { 0 } else { at + 1 }
    }
}

/// Seven of ten slots are in use.
fn slots(samples: u64) -> Option<u64> {
    (samples < (1 << NUMBER_BITS) - 1).then(|| samples * 10 / 7 + 1)
}

/// The lowest bits of the hash: the highest ones decide the slot.
fn print(hash: u64) -> u64 {
    hash << NUMBER_BITS
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::order::mix;

    #[test]
    fn samples_are_found_by_the_hashes_of_their_keys_in_order() {
        for samples in [1, 2, 7, 1000, 5000_u64] {
            let mut table = KeyTable::new(samples).unwrap();
            // Each key twice or three times.
            let hash = |sample: u64| mix(sample % samples.div_ceil(2));
            (0..samples).for_each(|sample| table.insert(hash(sample), sample));
            for sample in 0..samples {
                let expected: Vec<u64> = (0..samples).filter(|other| hash(*other) == hash(sample)).collect();
                let found: Vec<u64> = table.candidates(hash(sample)).collect();
                assert_eq!(found, expected, "{sample} of {samples}");
            }
            assert_eq!(table.candidates(mix(1 << 50)).count(), 0);
            assert!(KeyTable::size(samples).unwrap() as u64 >= samples * 8);
        }
        assert!(KeyTable::new(0).unwrap().candidates(7).next().is_none());
        assert!(KeyTable::size(1 << 50).is_none());
    }
}
