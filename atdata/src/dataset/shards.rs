//! The shards of a dataset, whatever their samples are.

use std::sync::Arc;

use crate::dataset::raw::RawSamples;
use crate::sample::SampleLayout;
use crate::source::{ReadOptions, Shard};

/// An ordered list of shards and how they are read: a dataset without the type of its samples.
#[derive(Debug, Clone)]
pub struct Shards {
    list: Arc<[Shard]>,
    /// The one path or pattern that they were named by.
    #[cfg_attr(not(feature = "_index"), allow(dead_code))]
    given: Option<Arc<str>>,
    options: ReadOptions,
    /// What the samples of the type are made of that the shards were opened with.
    layout: SampleLayout,
}

impl Shards {
    pub(super) fn new(list: Vec<Shard>, given: Option<Arc<str>>, layout: SampleLayout) -> Self {
        Self { list: list.into(), given, options: ReadOptions::default(), layout }
    }

    /// The same shards, read with other options.
    #[must_use]
    pub fn with_options(self, options: ReadOptions) -> Self {
        Self { options, ..self }
    }

    /// The shards, in order.
    pub fn list(&self) -> &[Shard] {
        &self.list
    }

    /// How they are read.
    pub fn options(&self) -> &ReadOptions {
        &self.options
    }

    /// The path or pattern that they were opened with, where that was one text.
    pub fn given(&self) -> Option<&str> {
        self.given.as_deref()
    }

    /// All samples as they are in the shards, in order.
    pub fn raw(&self) -> RawSamples {
        RawSamples::new(Arc::clone(&self.list), None, self.options.clone()).read_as(self.layout)
    }

    /// [`raw`](Self::raw) with the shards in the order of these positions.
    pub(super) fn raw_in(&self, order: Vec<usize>) -> RawSamples {
        RawSamples::new(Arc::clone(&self.list), Some(order), self.options.clone()).read_as(self.layout)
    }

    /// [`raw`](Self::raw), but whatever is odd about a shard is an error: for what counts and copies.
    pub(super) fn strict(&self) -> RawSamples {
        RawSamples::new(Arc::clone(&self.list), None, self.options.clone().strict()).read_as(self.layout)
    }
}
