//! What a loader gives of a step.

use atdata::dataset::Step;

/// A batch of a loader before it becomes tensors: the columns of its samples, stacked.
#[derive(Debug)]
#[non_exhaustive]
pub struct Stacked<B> {
    /// The samples: `PhotoBatch` of a `Photo`.
    pub batch: B,
    /// How many there are.
    pub rows: usize,
    /// The rows that only fill the batch: [`Tail::Pad`](atdata::dataset::Tail::Pad).
    pub padding: Vec<usize>,
    /// The keys of the rows, if the plan [asks for them](atdata::dataset::PlanBuilder::keys).
    pub keys: Vec<String>,
}

impl<B> From<Step<B>> for Stacked<B> {
    fn from(step: Step<B>) -> Self {
        Self { batch: step.batch, rows: step.rows, padding: step.padding, keys: step.keys }
    }
}

/// Samples one behind the other, with what is known of each.
#[derive(Debug)]
pub(crate) struct Items<T> {
    pub(crate) samples: Vec<T>,
    /// Whether each only fills its batch.
    pub(crate) fills: Vec<bool>,
    /// As many as there are samples, or none.
    pub(crate) keys: Vec<String>,
}

impl<T> Items<T> {
    pub(crate) fn new() -> Self {
        Self { samples: Vec::new(), fills: Vec::new(), keys: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.samples.len()
    }

    /// Appends the samples of a step, but for the first few and those behind so many.
    pub(crate) fn push(&mut self, step: Step<Vec<T>>, first: usize, end: usize) {
        let taken = first..end.min(step.batch.len());
        let count = taken.len();
        self.fills.extend(taken.map(|row| step.padding.contains(&row)));
        self.samples.extend(step.batch.into_iter().skip(first).take(count));
        self.keys.extend(step.keys.into_iter().skip(first).take(count));
    }

    /// Takes the first `count` out, or all if there are fewer.
    pub(crate) fn take(&mut self, count: usize) -> Self {
        fn front<V>(all: &mut Vec<V>, count: usize) -> Vec<V> {
            let rest = all.split_off(count.min(all.len()));
            std::mem::replace(all, rest)
        }
        Self {
            samples: front(&mut self.samples, count),
            fills: front(&mut self.fills, count),
            keys: front(&mut self.keys, count),
        }
    }

    pub(crate) fn padding(&self) -> Vec<usize> {
        self.fills.iter().enumerate().filter(|(_, fills)| **fills).map(|(row, _)| row).collect()
    }
}
