//! Composition: datasets put together, in part or several times, and read by one plan.

mod access;
mod chosen;
mod mix;
mod samples;
mod shape;

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::dataset::Dataset;
use crate::dataset::catalog::Catalog;
use crate::dataset::plan::error::PlanError;
use crate::error::Result;
use crate::order::NumberSet;

pub use self::mix::Mix;
pub use self::samples::ComposedSamples;
pub(super) use self::shape::{MixShape, Node, Shape};

/// Datasets of one type, one behind the other, in part or several times: what [`Dataset::concat`], [`take`](Dataset::take),
/// [`skip`](Dataset::skip), [`repeat`](Dataset::repeat), and by the contents of the shards [`filter_keys`](Dataset::filter_keys),
/// [`only`](Dataset::only), [`only_keys`](Dataset::only_keys) and [`query`](Dataset::query) give.
///
/// It is an ordered list of samples, as a dataset is, whose [plan](Self::plan) puts them in the order of an epoch: across
/// all of its parts, be they repeated or not. Each part is decoded by its own stages. Nothing is read until the plan is
/// built, and what it then holds is the same for any number of ranks and threads; its token goes on with the same
/// composition only.
///
/// ```
/// use atdata::dataset::Tail;
/// use atdata::{Dataset, Packable};
///
/// #[derive(Packable)]
/// struct Caption {
///     text: String,
/// }
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let write = |name: &str, n: i64| Dataset::write(dir.path().join(name), (0..n).map(|i| Caption { text: format!("{i}") }));
/// # let (old, new) = (write("old.tar", 100)?.open::<Caption>()?, write("new.tar", 30)?.open::<Caption>()?);
/// // All but ten of the old captions, and the new ones twice.
/// let captions = old.skip(10).concat([new.repeat(2)]);
/// let loader = captions.plan().seed(7).batch(32).tail(Tail::Uneven).load()?;
/// assert_eq!(loader.plan().samples(), 90 + 60);
/// # Ok::<(), atdata::Error>(())
/// ```
pub struct Composition<T> {
    parts: Vec<Dataset<T>>,
    node: Node,
    known: Known,
}

impl<T> Composition<T> {
    pub(super) fn new(parts: Vec<Dataset<T>>, node: Node) -> Self {
        Self { parts, node, known: Known::default() }
    }

    /// Stretches of a dataset, in order: the first of each, and how many it has.
    pub(super) fn of_stretches(dataset: Dataset<T>, stretches: &[(u64, u64)]) -> Self {
        Self::of_set(dataset, stretches.iter().copied().collect())
    }

    /// Samples of a dataset.
    pub(super) fn of_set(dataset: Dataset<T>, samples: NumberSet) -> Self {
        Self::new(vec![dataset], Node::Some(0, Arc::new(samples)))
    }

    /// This, and the others behind it.
    #[must_use]
    pub fn concat<C: Into<Self>>(mut self, others: impl IntoIterator<Item = C>) -> Self {
        let mut nodes = vec![self.node];
        for other in others {
            let Self { parts, node, .. } = other.into();
            nodes.push(node.counted_from(self.parts.len()));
            self.parts.extend(parts);
        }
        Self::new(self.parts, Node::Concat(nodes))
    }

    /// The first samples, so many of them; all if there are fewer.
    #[must_use]
    pub fn take(self, samples: u64) -> Self {
        Self::new(self.parts, Node::Take(Box::new(self.node), samples))
    }

    /// All but the first samples.
    #[must_use]
    pub fn skip(self, samples: u64) -> Self {
        Self::new(self.parts, Node::Skip(Box::new(self.node), samples))
    }

    /// All samples so many times in an epoch.
    #[must_use]
    pub fn repeat(self, times: u32) -> Self {
        Self::new(self.parts, Node::Repeat(Box::new(self.node), times))
    }

    pub(super) fn parts(&self) -> Parts<T> {
        let datasets = self.parts.iter().map(Dataset::share).collect();
        Parts { datasets, shape: Shape::Picked(self.node.clone()), known: self.known.clone() }
    }
}

impl<T> Dataset<T> {
    /// This dataset, and the others behind it: see [`Composition`].
    pub fn concat<C: Into<Composition<T>>>(&self, others: impl IntoIterator<Item = C>) -> Composition<T> {
        Composition::from(self).concat(others)
    }

    /// The first samples for a plan, so many of them; all if there are fewer. See [`Composition`].
    pub fn take(&self, samples: u64) -> Composition<T> {
        Composition::from(self).take(samples)
    }

    /// All samples but the first for a plan: see [`Composition`].
    pub fn skip(&self, samples: u64) -> Composition<T> {
        Composition::from(self).skip(samples)
    }

    /// All samples so many times in an epoch of a plan: see [`Composition`].
    pub fn repeat(&self, times: u32) -> Composition<T> {
        Composition::from(self).repeat(times)
    }

    /// The same dataset.
    pub(super) fn share(&self) -> Self {
        self.with_decode(self.decode.clone())
    }
}

impl<T> From<&Dataset<T>> for Composition<T> {
    fn from(dataset: &Dataset<T>) -> Self {
        Self::new(vec![dataset.share()], Node::All(0))
    }
}

impl<T> From<Dataset<T>> for Composition<T> {
    fn from(dataset: Dataset<T>) -> Self {
        Self::new(vec![dataset], Node::All(0))
    }
}

impl<T> From<&Self> for Composition<T> {
    fn from(composition: &Self) -> Self {
        composition.clone()
    }
}

impl<T> Clone for Composition<T> {
    fn clone(&self) -> Self {
        let parts = self.parts.iter().map(Dataset::share).collect();
        Self { parts, node: self.node.clone(), known: self.known.clone() }
    }
}

impl<T> fmt::Debug for Composition<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Composition")
            .field("node", &self.node.to_string())
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

/// What a plan is made of.
pub(super) struct Parts<T> {
    pub(super) datasets: Vec<Dataset<T>>,
    pub(super) shape: Shape,
    known: Known,
}

/// Catalogues of parts, and the one of all that was made of them.
type OfParts = (Vec<Arc<Catalog>>, Arc<Catalog>);

/// What is known of a shape: to know it of many samples takes time, and each plan asks for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Of all parts, one behind the other: what it has open of their shards is there for the next sample. With those of the parts,
    /// of which it was made.
    catalog: Arc<OnceLock<OfParts>>,
    /// Of parts of these lengths.
    #[cfg(feature = "records")]
    fingerprint: Arc<OnceLock<(Vec<u64>, Option<String>)>>,
}

impl Known {
    /// The samples of all parts, which have these catalogues.
    fn catalog(&self, of: &[Arc<Catalog>]) -> Arc<Catalog> {
        let (parts, catalog) = self.catalog.get_or_init(|| (of.to_vec(), Catalog::of_parts(of)));
        let is_same = parts.len() == of.len() && parts.iter().zip(of).all(|(part, of)| Arc::ptr_eq(part, of));
        if is_same { Arc::clone(catalog) } else { Catalog::of_parts(of) }
    }
}

impl<T> Clone for Parts<T> {
    fn clone(&self) -> Self {
        let datasets = self.datasets.iter().map(Dataset::share).collect();
        Self { datasets, shape: self.shape.clone(), known: self.known.clone() }
    }
}

impl<T> Parts<T> {
    pub(super) fn one(dataset: &Dataset<T>) -> Self {
        Self { datasets: vec![dataset.share()], shape: Shape::Whole, known: Known::default() }
    }

    /// [`Shape::fingerprint`] of parts that have so many samples each.
    #[cfg(feature = "records")]
    pub(super) fn fingerprint(&self, lens: &[u64]) -> Result<Option<String>> {
        let known = &self.known.fingerprint;
        if let Some((_, fingerprint)) = known.get().filter(|(of, _)| of == lens) {
            return Ok(fingerprint.clone());
        }
        let fingerprint = self.shape.fingerprint(lens)?;
        let _ = known.set((lens.to_vec(), fingerprint.clone()));
        Ok(fingerprint)
    }

    /// Where the samples of each dataset are, how many of which are known.
    pub(super) fn catalogs(&self) -> Result<Vec<Arc<Catalog>>> {
        if self.datasets.iter().any(|dataset| dataset.decode.drops()) {
            return Err(PlanError::Filtered.into());
        }
        self.datasets.iter().map(|dataset| dataset.shards.catalog_or_scan()).collect()
    }
}
