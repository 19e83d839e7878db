//! Keys that more than one sample has.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use atdata::shard::Group;

/// The keys of all shards, by a hash of 128 bits each: a dataset may have more keys than there is memory for text.
#[derive(Default)]
pub(crate) struct Keys {
    hashers: (RandomState, RandomState),
    /// The bits of fields, by their names.
    bits: HashMap<String, u32>,
    /// Where a key was seen last.
    seen: HashMap<(u64, u64), Seen>,
    shard: u32,
    again: Vec<Again>,
    /// How many samples have a key that one of another shard has, and the first such key.
    elsewhere: Option<(u64, String)>,
}

#[derive(Clone, Copy)]
struct Seen {
    shard: u32,
    /// A bit for each field that the sample has.
    fields: u64,
}

/// Samples of one shard whose keys were there before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Again {
    /// Of the first of them.
    pub(crate) key: String,
    pub(crate) offset: u64,
    /// How many there are beside it.
    pub(crate) more: u64,
    /// Whether they are the rest of samples whose members are not adjacent.
    pub(crate) is_apart: bool,
}

impl Keys {
    pub(crate) fn begin_shard(&mut self) {
        self.shard += 1;
    }

    /// What was found in the shard.
    pub(crate) fn end_shard(&mut self) -> Vec<Again> {
        std::mem::take(&mut self.again)
    }

    /// How many samples have a key that one of another shard has, and the first such key.
    pub(crate) fn elsewhere(&self) -> Option<&(u64, String)> {
        self.elsewhere.as_ref()
    }

    pub(crate) fn add(&mut self, group: &Group) {
        let fields = group.fields.iter().fold(0, |bits, (name, _)| bits | 1 << self.bit(name));
        let (one, two) = &self.hashers;
        let now = Seen { shard: self.shard, fields };
        let Some(before) = self.seen.insert((one.hash_one(&group.key), two.hash_one(&group.key)), now) else { return };
        if before.shard != self.shard {
            // Many datasets count from 0 in each shard.
            self.elsewhere.get_or_insert_with(|| (0, group.key.clone())).0 += 1;
            return;
        }
        // A field cannot be there twice in one sample, so what has other fields may be the rest of it.
        let is_apart = before.fields & fields == 0;
        match self.again.iter_mut().find(|again| again.is_apart == is_apart) {
            Some(again) => again.more += 1,
            None => self.again.push(Again { key: group.key.clone(), offset: group.offset, more: 0, is_apart }),
        }
    }

    /// One for each name; those beyond the 63rd share the last.
    fn bit(&mut self, field: &str) -> u32 {
        const LAST: u32 = u64::BITS - 1;
        if let Some(bit) = self.bits.get(field) {
            return *bit;
        }
        let bit = u32::try_from(self.bits.len()).unwrap_or(LAST).min(LAST);
        if bit < LAST {
            self.bits.insert(field.to_owned(), bit);
        }
        bit
    }
}
