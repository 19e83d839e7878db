//! Asking a dataset by a predicate: which of its samples match, found once or as they are read.

#[cfg(feature = "manifest")]
mod decide;
#[cfg(feature = "manifest")]
mod explain;
#[cfg(feature = "manifest")]
mod pruned;
#[cfg(feature = "manifest")]
mod said;

#[cfg(feature = "manifest")]
pub use self::explain::{ExplainedShard, ExplainedTotals, Explanation, HowAsked, LeftOutBy, WhyRead};
#[cfg(feature = "manifest")]
pub use self::pruned::Pruned;

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

#[cfg(feature = "manifest")]
use crate::dataset::catalog::Catalog;
use crate::dataset::compose::Composition;
use crate::dataset::decode::{Decode, Read};
use crate::dataset::plan::error::PlanError;
use crate::dataset::policy::Guard;
use crate::dataset::quarantine::Bad;
use crate::dataset::raw::RawSamples;
#[cfg(feature = "manifest")]
use crate::dataset::runs::read_all;
use crate::dataset::take::Take;
use crate::dataset::{Dataset, DatasetError};
use crate::digest::hex;
use crate::error::Result;
use crate::order::{MakeSet, NumberSet};
use crate::query::{Asked, Predicate, written};
use crate::sample::Packable;
use crate::shard::RawSample;

/// Characters of a predicate that tokens and errors tell of a choice.
const TOLD: usize = 200;

impl<S: Packable + 'static> Dataset<S> {
    /// The samples that match a predicate, as a [`Composition`]: how many there are is known, and a plan of them has
    /// ranks, lengths and tokens as any has. A token goes on with the same predicate only.
    ///
    /// Samples are asked now, in one pass over the shards, of which no more is decoded than the fields of the
    /// predicate; in shards that are files here no more is read of large samples. With the feature `manifest` the manifests
    /// beside the shards are asked before: shards that they leave out are not read, and of those that their rows decide just
    /// the samples that are left open; see the page [queries](crate::docs::queries). Where that is too much, or shards cannot
    /// be read in any order, [`matching`](Self::matching) decides on each sample when it comes.
    ///
    /// ```
    /// use atdata::dataset::Tail;
    /// use atdata::{Dataset, Packable};
    ///
    /// #[derive(Packable)]
    /// #[packable(query)]
    /// struct Photo {
    ///     image: Vec<u8>,
    ///     label: String,
    ///     confidence: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("photos.tar");
    /// # let photo = |n: u32| Photo { image: vec![0; 10], label: ["cat", "dog"][n as usize % 2].into(), confidence: f64::from(n) / 10.0 };
    /// # Dataset::write(&path, (0..10).map(photo))?;
    /// let photos = Dataset::<Photo>::open(&path)?;
    /// let cats = photos.query(&(Photo::label().eq("cat") & Photo::confidence().gt(0.3)))?;
    /// assert_eq!(cats.len()?, 3);
    /// for step in cats.plan().seed(7).batch(2).tail(Tail::Uneven).load()? {
    ///     assert!(step?.batch.label.iter().all(|label| label == "cat"));
    /// }
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) of a dataset with a [`filter`](Self::filter), which decides on samples only
    /// when they are read, and of shards that are compressed. Those of the samples in what is asked of them, as far as
    /// [`on_error`](Self::on_error) does not leave such samples out.
    pub fn query(&self, predicate: &Predicate<S>) -> Result<Composition<S>> {
        #[cfg(feature = "manifest")]
        return self.prune(predicate)?.choose();
        #[cfg(not(feature = "manifest"))]
        {
            refuse_filter(self)?;
            let expected = self.shards.catalog_or_scan()?.samples();
            let asked = predicate.asked();
            let mut asking = Asking::new(self, &asked);
            asking.read(self.strict(), 0, expected)?;
            let dataset = self.with_joined(self.decode.clone(), &told(predicate));
            Ok(Composition::of_set(dataset, asking.end()?))
        }
    }

    /// The samples that match a predicate, decided on each when it is read: for shards of any kind, and as a stage among
    /// others. How many there are, only reading all of them tells; [`query`](Self::query) finds them once.
    ///
    /// Without stages before it only the fields of the predicate are decoded to decide, straight from the bytes, and a
    /// sample that is dropped is not copied. With stages a sample is packed to be asked.
    ///
    /// ```
    /// use atdata::query::Predicate;
    /// use atdata::{Dataset, DictSample};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("n.tar");
    /// # Dataset::write(&path, (0..10_i64).map(|n| DictSample::from_iter([("number", n)])))?;
    /// let numbers = Dataset::<DictSample>::open(&path)?;
    /// let some = numbers.matching(&Predicate::parse("number between 3 and 5 or number = 9")?);
    /// assert_eq!(some.len()?, 4);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    #[must_use]
    pub fn matching(&self, predicate: &Predicate<S>) -> Self {
        let asked = Arc::new(predicate.asked());
        self.with_decode(match self.decode.read {
            Read::Direct(_) => self.decode.filter_bytes(move |cursor| asked.keeps(cursor)),
            _ => self.decode.filter_map(move |sample| Ok(asked.of_packed(&written(&sample)?)?.then_some(sample))),
        })
    }
}

/// A filter decides on samples only when they are read.
fn refuse_filter<S>(dataset: &Dataset<S>) -> Result<()> {
    if dataset.decode.drops() { Err(PlanError::Filtered.into()) } else { Ok(()) }
}

/// Samples that are asked, and those that match so far, in order.
struct Asking<'a, S> {
    ask: Ask<'a, S>,
    guard: Guard,
    chosen: MakeSet,
}

impl<'a, S: Packable> Asking<'a, S> {
    fn new(dataset: &'a Dataset<S>, asked: &'a Asked) -> Self {
        let guard = Guard::new(dataset.skipping.as_ref());
        Self { ask: Ask { decode: &dataset.decode, asked }, guard, chosen: MakeSet::default() }
    }

    /// Asks all samples of shards, of which the first has that number, and of which there are to be so many.
    fn read(&mut self, raw: RawSamples, first: u64, expected: u64) -> Result<()> {
        // Stages are shown a sample once, and not its begin first.
        let is_staged = matches!(self.ask.decode.read, Read::Staged { .. });
        let mut raw = if is_staged { raw } else { raw.beginning_large() };
        let (mut number, mut refused) = (0, None);
        while let Some(taken) = raw.take_next(&mut self.ask) {
            let answer = match taken {
                Ok(answer) => answer,
                // What it has for members is not what the type asks for.
                Err(error) if raw.failed_to_make() => Err(error),
                // A group that is no sample has no number.
                Err(error) if raw.goes_on() => {
                    log::error!("passed over: {error:#}");
                    refused.get_or_insert(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            if self.judge(answer)? {
                self.chosen.add(first + number, 1);
            }
            number += 1;
        }
        if number != expected {
            return Err(refused.unwrap_or_else(|| DatasetError::OtherContents { found: number, expected }.into()));
        }
        Ok(())
    }

    /// Whether a sample matches, by what it answered; one that is bad does not, where such are left out.
    fn judge(&mut self, answer: Result<bool>) -> Result<bool> {
        match answer {
            Ok(matches) => {
                self.guard.saw(1);
                Ok(matches)
            }
            Err(error) => match self.guard.judge(Bad { error, sample: None, digest: None }) {
                Some(error) => Err(error),
                None => Ok(false),
            },
        }
    }

    /// Asks these samples, and gives those that match; `None` if one cannot be read, be it for what its contents say.
    #[cfg(feature = "manifest")]
    fn some(&mut self, catalog: &Catalog, numbers: &[u64]) -> Result<Option<Vec<u64>>> {
        let (mut found, mut bad, mut failed, skips) = (Vec::new(), Vec::new(), 0, self.guard.skips());
        let read = read_all(catalog, numbers, &mut |place, picked| {
            let raw = picked.raw();
            let answer = self.ask.answer(&raw).map_err(|error| raw.locate(error));
            match (answer, numbers.get(place)) {
                (Ok(true), Some(number)) => found.push(*number),
                (Ok(_), _) => {}
                (Err(error), _) => {
                    failed += 1;
                    // Where none may be left out the first is the answer.
                    if skips || bad.is_empty() {
                        bad.push(error);
                    }
                }
            }
            Ok(())
        });
        if let Err(error) = read {
            // What was asked here is asked again, and counts then.
            log::warn!("all samples of the shard are asked: {error:#}");
            return Ok(None);
        }
        self.guard.saw((numbers.len() as u64).saturating_sub(failed));
        for error in bad {
            self.judge(Err(error))?;
        }
        found.sort_unstable();
        Ok(Some(found))
    }

    /// Those that match.
    fn end(mut self) -> Result<NumberSet> {
        self.guard.end()?;
        Ok(self.chosen.finish())
    }
}

/// What tells the choice from others: of a long predicate its begin, and a hash of all of it.
fn told<S>(predicate: &Predicate<S>) -> String {
    let text = predicate.to_string();
    match text.char_indices().nth(TOLD) {
        None => format!("where {text}"),
        Some((end, _)) => {
            let begin = text.get(..end).unwrap_or_default();
            format!("where {begin}… (SHA-256 {})", hex(&Sha256::digest(&text)))
        }
    }
}

/// Asks samples one by one. What is wrong with one is taken of it as any answer is: it has its number.
struct Ask<'a, S> {
    decode: &'a Decode<S>,
    asked: &'a Asked,
}

impl<S: Packable> Ask<'_, S> {
    fn answer(&self, raw: &RawSample<'_>) -> Result<bool> {
        match self.decode.read {
            Read::Direct(_) => self.asked.keeps(&mut raw.cursor()),
            _ => match self.decode.run(raw)? {
                Some(sample) => self.asked.of_packed(&written(&sample)?),
                None => Ok(false),
            },
        }
    }
}

impl<S: Packable> Take for Ask<'_, S> {
    type Taken = Result<bool>;

    fn take(&mut self, raw: &RawSample<'_>) -> Result<Result<bool>> {
        match self.answer(raw) {
            // Of a part of a sample the error is not the last word.
            Err(error) if raw.cursor().is_partial() => Err(error),
            answer => Ok(answer.map_err(|error| raw.locate(error))),
        }
    }

    fn undo(&mut self) {}
}
