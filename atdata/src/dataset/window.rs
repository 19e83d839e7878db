//! Windows: the partners of samples that are read one after the other, read together for some of them at a time.

use std::collections::HashSet;
use std::sync::Arc;

use crate::dataset::catalog::{Catalog, NEVER};
use crate::dataset::decode::Decode;
use crate::dataset::partners::{Partners, Reading};
use crate::error::Result;

/// What samples that are read one after the other are joined with, read together for some of them at a time.
#[derive(Debug)]
pub(super) struct Window {
    /// Where those samples are.
    catalog: Arc<Catalog>,
    keys: HashSet<Box<str>>,
    partners: Partners,
    /// How many samples asked for what was read for this one.
    used: usize,
    /// Number of the sample behind it.
    next: Option<u64>,
    /// Samples of the next one: the first sample does not wait for others.
    size: u64,
    /// Whether something is wrong with where the samples are said to be: it would be with each of those that follow.
    is_given_up: bool,
}

impl Window {
    /// Samples that have a window, at most.
    const MOST: u64 = 1024;

    pub(super) fn new(catalog: Arc<Catalog>) -> Self {
        let (keys, partners) = (HashSet::new(), Partners::default());
        Self { catalog, keys, partners, used: 0, next: None, size: 1, is_given_up: false }
    }

    /// What a sample may be joined with. Where it is in none of the windows, or something is wrong with one, partners are read alone.
    pub(super) fn of<T>(&mut self, decode: &Decode<T>, key: &str) -> Option<&Partners> {
        if !self.keys.contains(key) && !self.is_given_up {
            let slid = self.slide(decode, key);
            self.is_given_up = !matches!(slid, Ok(true));
        }
        let is_there = self.keys.contains(key);
        self.used += usize::from(is_there);
        is_there.then_some(&self.partners)
    }

    #[cfg(test)]
    pub(super) fn has_read(&self) -> bool {
        self.next.is_some()
    }

    /// To the samples from that one on, if it is there.
    #[cold]
    fn slide<T>(&mut self, decode: &Decode<T>, key: &str) -> Result<bool> {
        // Those before were read for nothing where filters dropped most samples.
        let is_wasted = self.used * 2 < self.keys.len();
        // Not both in memory.
        (self.partners, self.keys, self.used) = (Partners::default(), HashSet::new(), 0);
        let Some(first) = self.first(key)? else { return Ok(false) };
        self.size = if is_wasted { (self.size / 4).max(1) } else { self.size };
        let mut keys = Vec::new();
        self.catalog.each_key_of(first, self.size, &mut |_, key| {
            keys.push(key.to_owned());
            Ok(())
        })?;
        self.next = Some(first + keys.len() as u64);
        self.partners = decode.fetch(&keys, Reading::of_window());
        self.keys = keys.into_iter().map(Into::into).collect();
        self.size = if self.partners.is_full() { (self.size / 2).max(1) } else { (self.size * 2).min(Self::MOST) };
        Ok(true)
    }

    /// The number of the sample with that key, which mostly is the one behind the last window.
    fn first(&self, key: &str) -> Result<Option<u64>> {
        match self.next.filter(|next| *next < self.catalog.samples()) {
            Some(next) if self.catalog.key(next, NEVER)? == key => Ok(Some(next)),
            _ => self.catalog.find(key),
        }
    }
}
