//! The samples of a composition, one by one.

use std::fmt;
use std::sync::Arc;
use std::vec;

use super::Composition;
use crate::dataset::loader::Loader;
use crate::dataset::plan::error::PlanError;
use crate::dataset::{Dataset, PlanBuilder, Tail};
use crate::error::Result;
use crate::order::Order;

/// Bytes that are read together, if that is more than one sample.
const TOGETHER: u64 = 1 << 20;
/// Samples that are.
const MOST: u64 = 1024;
/// What a plan of them may hold, partners of a join among it.
const MEMORY: u64 = 64 << 20;

impl<T: Send + 'static> Composition<T> {
    /// All samples, in order: those of its parts one behind the other, of a [join](Dataset::inner_join) those of the left dataset.
    /// Of a mixture, and for threads that read ahead, there is the [plan](Self::plan).
    ///
    /// Neighbours are read at once. A sample that cannot be read is an error in its place, and the next one follows, also those of a
    /// shard that is not there any more; where the plan cannot be made, that is the one thing that comes.
    ///
    /// ```
    /// use atdata::{Dataset, Packable};
    ///
    /// #[derive(Packable)]
    /// struct Number {
    ///     number: i64,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("numbers.tar");
    /// # Dataset::write(&path, (0..10).map(|number| Number { number }))?;
    /// let numbers = Dataset::<Number>::open(&path)?;
    /// let some = numbers.skip(7).concat([numbers.take(2)]).map(|of| of.number);
    /// assert_eq!(some.ordered().collect::<atdata::Result<Vec<_>>>()?, [7, 8, 9, 0, 1]);
    /// assert_eq!(some.len()?, 5);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn ordered(&self) -> ComposedSamples<T> {
        ComposedSamples::new(self.plan().order(Order::Stored))
    }

    /// The same as [`ordered`](Self::ordered).
    pub fn iter(&self) -> ComposedSamples<T> {
        self.ordered()
    }

    /// All samples, in an order that depends on the seed and the number of samples alone: that of the first epoch of a
    /// [plan](Self::plan) with that seed, so that each is a read by itself.
    pub fn shuffled(&self, seed: u64) -> ComposedSamples<T> {
        ComposedSamples::new(self.plan().seed(seed).order(Order::Global))
    }
}

impl<T> Composition<T> {
    /// The samples, each turned into something else: as [`Dataset::map`] of each part, so that what was joined is a sample of one
    /// type, which is stacked into batches.
    ///
    /// ```
    /// # use atdata::{Dataset, Packable, ShardWriter};
    /// # #[derive(Packable)] struct Text { text: String }
    /// # #[derive(Packable)] struct Label { label: i64 }
    /// # #[derive(Packable)] struct Labelled { text: String, label: i64 }
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let mut texts = ShardWriter::builder(dir.path().join("t.tar")).build()?;
    /// # let mut labels = ShardWriter::builder(dir.path().join("l.tar")).build()?;
    /// # for n in 0..8 {
    /// #     texts.write_with_key(&format!("{n}"), &Text { text: n.to_string() })?;
    /// #     labels.write_with_key(&format!("{n}"), &Label { label: n })?;
    /// # }
    /// # let (texts, labels) = (texts.finish()?.open::<Text>()?, labels.finish()?.open::<Label>()?);
    /// let labelled = texts.inner_join(&labels)?.map(|(text, label)| Labelled { text: text.text, label: label.label });
    /// for step in labelled.plan().batch(2).load()? {
    ///     assert_eq!(step?.batch.label.len(), 2);
    /// }
    /// # Ok::<(), atdata::Error>(())
    /// ```
    #[must_use]
    pub fn map<U>(&self, f: impl Fn(T) -> U + Send + Sync + 'static) -> Composition<U>
    where
        T: 'static,
    {
        let f = Arc::new(f);
        let of_part = |part: &Dataset<T>| {
            let f = Arc::clone(&f);
            part.map(move |sample| f(sample))
        };
        Composition {
            parts: self.parts.iter().map(of_part).collect(),
            node: self.node.clone(),
            known: self.known.clone(),
        }
    }
}

impl<T: Send + 'static> IntoIterator for &Composition<T> {
    type Item = Result<T>;
    type IntoIter = ComposedSamples<T>;

    fn into_iter(self) -> ComposedSamples<T> {
        self.ordered()
    }
}

/// An iterator over the samples of a [`Composition`], from [`ordered`](Composition::ordered) and
/// [`shuffled`](Composition::shuffled).
pub struct ComposedSamples<T> {
    /// Until somebody asks.
    begin: Option<PlanBuilder<T>>,
    loader: Option<Loader<Vec<Result<T>>>>,
    ready: vec::IntoIter<Result<T>>,
}

impl<T: Send + 'static> ComposedSamples<T> {
    fn new(plan: PlanBuilder<T>) -> Self {
        // In the thread of the caller, who may take no more than the first.
        let plan = plan.batch(1).tail(Tail::Uneven).threads(0).memory(MEMORY);
        Self { begin: Some(plan), loader: None, ready: Vec::new().into_iter() }
    }

    fn start(plan: PlanBuilder<T>) -> Result<Option<Loader<Vec<Result<T>>>>> {
        let bytes = match plan.build() {
            Err(error) if matches!(error.cause(), Some(PlanError::NoSamples)) => return Ok(None),
            plan => plan?.batch_bytes().max(1),
        };
        plan.batch((TOGETHER / bytes).clamp(1, MOST)).load_each().map(Some)
    }
}

impl<T> ComposedSamples<T> {
    /// How many samples were left out so far, which were bad: see [`Dataset::on_error`].
    pub fn skipped(&self) -> u64 {
        self.loader.as_ref().map_or(0, Loader::skipped)
    }
}

impl<T: Send + 'static> Iterator for ComposedSamples<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if let Some(plan) = self.begin.take() {
            match Self::start(plan) {
                Ok(loader) => self.loader = loader,
                Err(error) => return Some(Err(error)),
            }
        }
        loop {
            if let Some(sample) = self.ready.next() {
                return Some(sample);
            }
            match self.loader.as_mut()?.next()? {
                Ok(step) => self.ready = step.batch.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<T> fmt::Debug for ComposedSamples<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComposedSamples").field("loader", &self.loader).finish_non_exhaustive()
    }
}
