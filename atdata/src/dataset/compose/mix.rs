//! Mixtures: datasets drawn from by weights.

use std::fmt;

use super::{Composition, Known, MixShape, Parts, Shape};
use crate::dataset::Dataset;
use crate::dataset::plan::error::PlanError;
use crate::error::Result;
use crate::order::{Stop, quotas};

/// Draws of a block, unless told otherwise: weights of four digits are exact.
const BLOCK: u32 = 10_000;

/// Datasets of one type that are drawn from by weights.
///
/// Every block of draws, 10,000 unless told otherwise, has exactly as many of each dataset as its weight says, rounded by
/// the largest remainder, in an order that is random by the seed. Of each dataset all samples come once before any comes
/// again, in the [order](crate::dataset::PlanBuilder::order) of the plan, and in another one each time. The length is known in advance, by
/// the rule that [stops](Self::stop) it. All of it is a function of seed, epoch, weights and lengths: the same for any number
/// of ranks and threads, with tokens that go on with the same mixture only.
///
/// ```
/// use atdata::dataset::{Mix, Stop};
/// use atdata::{Dataset, Packable};
///
/// #[derive(Packable)]
/// struct Text {
///     text: String,
/// }
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let write = |name: &str, n: i64| Dataset::write(dir.path().join(name), (0..n).map(|i| Text { text: format!("{name} {i}") }));
/// # let (web, books) = (write("web.tar", 700)?.open::<Text>()?, write("books.tar", 50)?.open::<Text>()?);
/// let mix = Mix::new().add(&web, 0.7).add(&books, 0.3).block(100).stop(Stop::Samples(1000));
/// let mut of_books = 0;
/// for step in mix.plan().seed(7).batch(100).load()? {
///     of_books += step?.batch.text.iter().filter(|text| text.starts_with("books")).count();
/// }
/// assert_eq!(of_books, 300);
/// # Ok::<(), atdata::Error>(())
/// ```
#[must_use]
pub struct Mix<T> {
    sources: Vec<(Composition<T>, f64)>,
    block: u32,
    stop: Stop,
    known: Known,
}

impl<T> Mix<T> {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self { sources: Vec::new(), block: BLOCK, stop: Stop::default(), known: Known::default() }
    }

    /// With a dataset, or a composition of some, of which as many samples come as this weight is of the sum of all weights.
    pub fn add(mut self, source: impl Into<Composition<T>>, weight: f64) -> Self {
        self.sources.push((source.into(), weight));
        self.known = Known::default();
        self
    }

    /// In blocks of so many draws: each has exactly its share of every dataset. A block takes 8 bytes a draw of memory.
    pub fn block(mut self, draws: u32) -> Self {
        self.block = draws;
        self.known = Known::default();
        self
    }

    /// When it ends, [with the dataset that is used up first](Stop::FirstExhausted) unless told otherwise.
    pub fn stop(mut self, stop: Stop) -> Self {
        self.stop = stop;
        self.known = Known::default();
        self
    }

    /// How many draws of a block each dataset has.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for weights that are zero, negative or no numbers, and for one that is
    /// less than a draw of a block.
    pub fn quotas(&self) -> Result<Vec<u32>> {
        let weights: Vec<f64> = self.sources.iter().map(|(_, weight)| *weight).collect();
        Ok(quotas(&weights, self.block).map_err(PlanError::from)?)
    }

    pub(in crate::dataset) fn parts(&self) -> Parts<T> {
        let (mut datasets, mut nodes, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for (Composition { parts, node, .. }, weight) in &self.sources {
            nodes.push(node.clone().counted_from(datasets.len()));
            datasets.extend(parts.iter().map(Dataset::share));
            weights.push(*weight);
        }
        let shape = Shape::Mixed(MixShape { nodes, weights, block: self.block, stop: self.stop });
        Parts { datasets, shape, known: self.known.clone() }
    }
}

impl<T> Default for Mix<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for Mix<T> {
    fn clone(&self) -> Self {
        Self { sources: self.sources.clone(), block: self.block, stop: self.stop, known: self.known.clone() }
    }
}

impl<T> fmt::Debug for Mix<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mix")
            .field("sources", &self.sources)
            .field("block", &self.block)
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}
