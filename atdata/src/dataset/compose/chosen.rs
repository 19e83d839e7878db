//! Choosing samples before the plan: by what the contents of the shards say of them, so that how many there are is known.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::dataset::catalog::Catalog;
use crate::dataset::compose::{Composition, Node};
use crate::dataset::plan::error::PlanError;
use crate::dataset::{Dataset, DatasetError};
use crate::error::{Cause, ErrorKind, Result};
use crate::order::{MakeSet, NumberSet, Stretch};

/// Keys that are named where some are not there.
const SHOWN: usize = 5;

/// Stretches that are looked for among those before.
const REPEATED: usize = 64;

#[derive(Debug, thiserror::Error)]
enum ChosenError {
    #[error("no samples have the keys {first:?}{}", And(*.more))]
    NoKeys { first: Vec<String>, more: usize },
}

impl Cause for ChosenError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoKeys { .. } => ErrorKind::NotFound,
        }
    }
}

struct And(usize);

impl std::fmt::Display for And {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 > 0 { write!(f, " and {} more", self.0) } else { Ok(()) }
    }
}

impl<T> Dataset<T> {
    /// The samples whose keys a function keeps, as a [`Composition`]: how many there are is known before any is read, and a
    /// plan of them has ranks, lengths and tokens as any has. A token goes on with the same choice only.
    ///
    /// Keys are looked at now, all of them, in the [contents](crate::shard::Contents) of the shards; shards that have none
    /// beside them are read once for that. The choice takes little more than a bit of each sample at most, and less where
    /// samples that are kept lie beside each other, or are few.
    ///
    /// ```
    /// use atdata::dataset::Tail;
    /// use atdata::{Dataset, DictSample, ShardWriter};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let mut writer = ShardWriter::builder(dir.path().join("n.tar")).build()?;
    /// # for number in 0..10_i64 {
    /// #     let split = if number % 5 == 0 { "test" } else { "train" };
    /// #     writer.write_with_key(&format!("{split}/{number}"), &DictSample::from_iter([("number", number)]))?;
    /// # }
    /// # let numbers = writer.finish()?.open::<DictSample>()?;
    /// let train = numbers.filter_keys(|key| key.starts_with("train/"))?;
    /// assert_eq!(train.len()?, 8);
    /// let loader = train.plan().seed(7).ranks(2).batch(4).tail(Tail::Uneven).load_samples()?;
    /// assert_eq!(loader.plan().samples(), 8);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) of a dataset with a [`filter`](Self::filter), which decides on samples only when they
    /// are read. Those of reading the contents: shards may not be compressed.
    pub fn filter_keys(&self, keep: impl FnMut(&str) -> bool) -> Result<Composition<T>> {
        Composition::from(self).filter_keys(keep)
    }

    /// The samples with these numbers, counted over all shards, as [`filter_keys`](Self::filter_keys) chooses them: in the
    /// order of the dataset, each once, however the numbers come.
    ///
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("n.tar");
    /// # atdata::Dataset::write(&path, (0..100_i64).map(|n| atdata::DictSample::from_iter([("number", n)])))?;
    /// # let numbers = atdata::Dataset::<atdata::DictSample>::open(&path)?;
    /// let tenths = numbers.only((0..100).step_by(10))?;
    /// assert_eq!((tenths.len()?, tenths.at(3)?), (10, numbers.at(30)?));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) with the first of the numbers that are past the end; those of
    /// [`filter_keys`](Self::filter_keys).
    pub fn only(&self, numbers: impl IntoIterator<Item = u64>) -> Result<Composition<T>> {
        self.refuse_filter()?;
        let samples = self.shards.catalog_or_scan()?.samples();
        let (mut made, mut others, mut last, mut missing) = (MakeSet::default(), Vec::new(), None, Vec::new());
        for number in numbers {
            if number >= samples {
                missing.push(usize::try_from(number).unwrap_or(usize::MAX));
                if missing.len() == SHOWN {
                    break;
                }
            } else if last.is_none_or(|last| number > last) {
                made.add(number, 1);
                last = Some(number);
            } else {
                others.push(number);
            }
        }
        if !missing.is_empty() {
            let len = usize::try_from(samples).unwrap_or(usize::MAX);
            return Err(DatasetError::OutOfRange { indices: missing, len }.into());
        }
        Ok(self.chosen(merged(&made.finish(), others)))
    }

    /// The samples with these keys, as [`filter_keys`](Self::filter_keys) chooses them: in the order of the dataset, and all of
    /// those that have the same key.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) with the first of the keys that no sample has; those of
    /// [`filter_keys`](Self::filter_keys).
    pub fn only_keys<K: AsRef<str>>(&self, keys: impl IntoIterator<Item = K>) -> Result<Composition<T>> {
        Composition::from(self).only_keys(keys)
    }

    fn chosen(&self, samples: NumberSet) -> Composition<T> {
        Composition::of_set(self.share(), samples)
    }

    fn refuse_filter(&self) -> Result<()> {
        if self.decode.drops() { Err(PlanError::Filtered.into()) } else { Ok(()) }
    }
}

impl<T> Composition<T> {
    /// The samples whose keys a function keeps, in the order of the list: as [`Dataset::filter_keys`]. A sample that is there several
    /// times is kept as often; of what is [repeated](Self::repeat) the function sees each key once, and of what is there by several
    /// ways once for each.
    ///
    /// # Errors
    /// Those of [`Dataset::filter_keys`].
    pub fn filter_keys(&self, mut keep: impl FnMut(&str) -> bool) -> Result<Self> {
        let parts = self.parts();
        let catalogs = parts.catalogs()?;
        let node = Keeping { catalogs: &catalogs, keep: &mut keep }.of_node(&self.node)?;
        Ok(Self::new(parts.datasets, node))
    }

    /// The samples with these keys, in the order of the list: as [`Dataset::only_keys`]. Those that have the same key, be it in
    /// several of the datasets, are all there.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) with the first of the keys that no sample of the list has; those of
    /// [`Dataset::filter_keys`].
    pub fn only_keys<K: AsRef<str>>(&self, keys: impl IntoIterator<Item = K>) -> Result<Self> {
        let keys: Vec<K> = keys.into_iter().collect();
        let mut seen: HashMap<&str, bool> = keys.iter().map(|key| (key.as_ref(), false)).collect();
        let chosen = self.filter_keys(|key| match seen.get_mut(key) {
            Some(seen) => {
                *seen = true;
                true
            }
            None => false,
        })?;
        let is_missing = |key: &&str| seen.get(key) == Some(&false);
        let mut missing = keys.iter().map(AsRef::as_ref).filter(is_missing);
        let first: Vec<String> = missing.by_ref().take(SHOWN).map(str::to_owned).collect();
        if first.is_empty() { Ok(chosen) } else { Err(ChosenError::NoKeys { first, more: missing.count() }.into()) }
    }
}

/// Leaves out what a function does not keep.
struct Keeping<'k> {
    /// Of each part.
    catalogs: &'k [Arc<Catalog>],
    keep: &'k mut dyn FnMut(&str) -> bool,
}

impl Keeping<'_> {
    fn of_node(&mut self, node: &Node) -> Result<Node> {
        match node {
            Node::Concat(nodes) => {
                Ok(Node::Concat(nodes.iter().map(|node| self.of_node(node)).collect::<Result<_>>()?))
            }
            Node::Repeat(node, times) => Ok(Node::Repeat(Box::new(self.of_node(node)?), *times)),
            Node::All(_) | Node::Some(..) | Node::Take(..) | Node::Skip(..) => self.of_stretches(node),
        }
    }

    /// Of what is cut by numbers of samples it is what was there before that counts.
    fn of_stretches(&mut self, node: &Node) -> Result<Node> {
        let lens: Vec<u64> = self.catalogs.iter().map(|catalog| catalog.samples()).collect();
        let stretches = node.stretches(&lens)?;
        let (mut kept, mut seen) = (Vec::with_capacity(stretches.len()), VecDeque::<(&Stretch, Node)>::new());
        for stretch in &stretches {
            // What is repeated comes again and again.
            if let Some((_, node)) = seen.iter().find(|(other, _)| other.is_same(stretch)) {
                kept.push(node.clone());
                continue;
            }
            let node = self.of_stretch(stretch)?;
            seen.truncate(REPEATED - 1);
            seen.push_front((stretch, node.clone()));
            kept.push(node);
        }
        Ok(if kept.len() == 1 { kept.remove(0) } else { Node::Concat(kept) })
    }

    /// A stretch, which is of one part.
    fn of_stretch(&mut self, stretch: &Stretch) -> Result<Node> {
        let mut first = 0;
        stretch.part(0, stretch.len().min(1)).each_run(&mut |start, _| first = start);
        let (mut part, mut base) = (0, 0);
        for catalog in self.catalogs {
            if first < base + catalog.samples() {
                break;
            }
            (part, base) = (part + 1, base + catalog.samples());
        }
        let Some(catalog) = self.catalogs.get(part) else { return Ok(Node::Concat(Vec::new())) };
        let (mut kept, mut outcome) = (MakeSet::default(), Ok(()));
        stretch.each_run(&mut |start, len| {
            if outcome.is_ok() {
                outcome = catalog.each_key_of(start - base, len, &mut |number, key| {
                    if (self.keep)(key) {
                        kept.add(number, 1);
                    }
                    Ok(())
                });
            }
        });
        outcome?;
        Ok(Node::Some(part, Arc::new(kept.finish())))
    }
}

/// A set, and numbers that came out of order.
fn merged(set: &NumberSet, mut others: Vec<u64>) -> NumberSet {
    if others.is_empty() {
        return set.clone();
    }
    others.sort_unstable();
    let (mut both, mut others) = (MakeSet::default(), others.into_iter().peekable());
    set.each_run(0, set.len(), &mut |first, len| {
        while let Some(other) = others.next_if(|other| *other < first) {
            both.add(other, 1);
        }
        both.add(first, len);
    });
    for other in others {
        both.add(other, 1);
    }
    both.finish()
}
