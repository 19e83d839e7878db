//! A dataset that is asked by a predicate: what manifests decide first, and the samples that are left to be asked.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::decide::{Decided, Deciding, HashKeys, Picked};
use super::explain::{ExplainedShard, Explanation, HowAsked, WhyRead};
use super::said::said;
use super::{Asking, refuse_filter, told};
use crate::dataset::Dataset;
use crate::dataset::catalog::{Catalog, NEVER, Wants, at_once};
use crate::dataset::compose::Composition;
use crate::dataset::decode::Read;
use crate::error::Result;
use crate::query::Predicate;
use crate::sample::Packable;
use crate::shard::Keys;
use crate::source::Shard;
use crate::store::several;

/// A dataset and a predicate that it is asked by, once the [manifests](crate::manifest) of its shards were: of each shard it is known
/// whether it is left out, decided by rows, or has to be read. From [`Dataset::prune`].
pub struct Pruned<S> {
    dataset: Dataset<S>,
    predicate: Predicate<S>,
    decided: Vec<Decided>,
    explanation: Explanation,
}

impl<S: Packable + 'static> Dataset<S> {
    /// Asks the manifests beside the shards, several at a time, and no sample: what [`query`](Self::query) begins with.
    ///
    /// A manifest is a hint: one that is missing, older than its shard, damaged or of another shard decides nothing, and that shard is
    /// read. See [`ReadOptions::manifests`](crate::ReadOptions::manifests) for asking none.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) of a dataset with a [`filter`](Self::filter).
    pub fn prune(&self, predicate: &Predicate<S>) -> Result<Pruned<S>> {
        refuse_filter(self)?;
        let by = predicate.by_fields();
        let (options, layout) = (self.read_options(), S::LAYOUT);
        let deciding = Deciding { by: &by, schema: S::SCHEMA, layout, options };
        let is_direct = matches!(self.decode.read, Read::Direct(_));
        let work = |shard: &Shard, _: &mut dyn FnMut(u64)| {
            if is_direct { deciding.decide(shard) } else { (Decided::Read, of_stages(shard)) }
        };
        let (mut decided, mut shards) = (Vec::with_capacity(self.shards().len()), Vec::new());
        several(self.shards(), at_once(self.shards()), work, &mut |_| (), &mut |_, (of_shard, explained)| {
            decided.push(of_shard);
            shards.push(explained);
            ControlFlow::Continue(())
        });
        let explanation = Explanation { predicate: predicate.to_string(), shards };
        Ok(Pruned { dataset: self.share(), predicate: predicate.clone(), decided, explanation })
    }

    /// How [`query`](Self::query) asks the shards: which are left out and why, of which the rows of manifests decide, and which are
    /// read. No sample is read for it.
    ///
    /// ```
    /// use atdata::dataset::HowAsked;
    /// use atdata::{Packable, ShardWriter};
    ///
    /// #[derive(Packable)]
    /// #[packable(query)]
    /// struct Photo {
    ///     label: String,
    ///     confidence: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let photo = |n: u32| Photo { label: ["cat", "dog"][n as usize % 2].into(), confidence: f64::from(n) / 10.0 };
    /// let photos = ShardWriter::builder(dir.path().join("photos-%03d.tar")).max_count(5).manifest(true).write_all((0..10).map(photo))?;
    /// let photos = photos.open::<Photo>()?;
    /// let explanation = photos.explain(&(Photo::label().eq("cat") & Photo::confidence().gt(0.7)))?;
    /// assert!(matches!(explanation.shards[0].how, HowAsked::LeftOut { .. }));
    /// assert!(matches!(explanation.shards[1].how, HowAsked::ByRows { matching: 1, open: 0, .. }));
    /// println!("{explanation}");
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`prune`](Self::prune).
    pub fn explain(&self, predicate: &Predicate<S>) -> Result<Explanation> {
        self.prune(predicate).map(|pruned| pruned.explanation)
    }
}

/// Of a dataset of which it is not the shards that are asked.
fn of_stages(shard: &Shard) -> ExplainedShard {
    let size = shard.path().and_then(|path| std::fs::metadata(path).ok()).map(|data| data.len());
    let how = HowAsked::Read { why: WhyRead::Stages };
    ExplainedShard { shard: shard.redacted(), samples: None, size, manifest_bytes: 0, how }
}

impl<S: Packable + 'static> Pruned<S> {
    /// What was decided of each shard, and why.
    pub fn explanation(&self) -> &Explanation {
        &self.explanation
    }

    /// The samples that match, as [`query`](Dataset::query) gives them: what is left to be asked is read.
    ///
    /// Rows are held against the [contents](crate::shard::Contents) of their shard, and each sample that was chosen by one is held to
    /// the predicate when it is read: what a manifest says that is otherwise is an error of kind
    /// [`Conflict`](crate::ErrorKind::Conflict) then.
    ///
    /// # Errors
    /// Those of [`query`](Dataset::query).
    pub fn choose(&self) -> Result<Composition<S>> {
        let mut is_read: Vec<bool> = self.decided.iter().map(|decided| matches!(decided, Decided::Read)).collect();
        let (catalog, is_partial) = self.settled(&mut is_read)?;
        let asked = self.predicate.asked();
        let mut asking = Asking::new(&self.dataset, &asked);
        let (mut shard, mut has_rows) = (0, false);
        while let Some(decided) = self.decided.get(shard) {
            let read = is_read.iter().skip(shard).take_while(|is_read| **is_read).count();
            if read > 0 {
                self.read(shard, shard + read, &catalog, &mut asking)?;
                shard += read;
                continue;
            }
            if let Decided::LeftOut { whole } = decided {
                asking.guard.saw(whole.samples);
            }
            if let Decided::Rows { matching, open, .. } = decided {
                has_rows |= matching.rows.len() > 0;
                if !by_rows(&catalog, shard, (matching, open), &mut asking)? {
                    self.read(shard, shard + 1, &catalog, &mut asking)?;
                }
            }
            shard += 1;
        }
        let chosen = asking.end()?;
        let Dataset { shards, decode, .. } = &self.dataset;
        let decode = if has_rows {
            decode.held_to(said(&self.predicate, shards.list(), shards.options()))
        } else {
            decode.clone()
        };
        let mut dataset = self.dataset.with_joined(decode, &told(&self.predicate));
        if is_partial {
            dataset.shards = shards.placed_by(&catalog);
        }
        Ok(Composition::of_set(dataset, chosen))
    }

    /// Where the samples are that somebody may ask for. Shards whose manifest is not what their contents say are to be read.
    fn settled(&self, is_read: &mut [bool]) -> Result<(Arc<Catalog>, bool)> {
        loop {
            let (catalog, is_partial) = self.catalog(is_read)?;
            let mut is_settled = true;
            for (shard, (decided, is_read)) in self.decided.iter().zip(is_read.iter_mut()).enumerate() {
                let is_same = *is_read
                    || is_same(&catalog, shard, decided).unwrap_or_else(|error| {
                        log::warn!("the manifest cannot be held against the contents of the shard: {error:#}");
                        false
                    });
                if !is_same {
                    let place = self.dataset.shards().get(shard).map(Shard::redacted).unwrap_or_default();
                    log::warn!("{place}: all its samples are asked, for its manifest is not of the shard as it is");
                    (*is_read, is_settled) = (true, false);
                }
            }
            // What is read then needs to be whole in the catalogue.
            if is_settled || !is_partial {
                return Ok((catalog, is_partial));
            }
        }
    }

    fn catalog(&self, is_read: &[bool]) -> Result<(Arc<Catalog>, bool)> {
        let shards = &self.dataset.shards;
        let all_are_read = is_read.iter().all(|is_read| *is_read);
        match shards.catalog() {
            Ok(Some(catalog)) => return Ok((catalog, false)),
            // They may be contents of which nothing is wanted.
            Err(error) if all_are_read => return Err(error),
            Ok(None) | Err(_) => {}
        }
        if all_are_read {
            return Ok((shards.catalog_or_scan()?, false));
        }
        let size = |shard: usize| self.explanation.shards.get(shard).and_then(|shard| shard.size);
        let wants = |(shard, (decided, is_read)): (usize, (&Decided, &bool))| match decided {
            _ if *is_read => Wants::All,
            Decided::Rows { matching, open, .. } if matching.rows.len() + open.rows.len() > 0 => Wants::Places,
            Decided::LeftOut { whole } | Decided::Rows { whole, .. } => {
                Wants::Nothing { samples: whole.samples, size: size(shard).unwrap_or(whole.bytes) }
            }
            Decided::Read => Wants::All,
        };
        let wants: Vec<Wants> = self.decided.iter().zip(is_read).enumerate().map(wants).collect();
        Ok((Arc::new(shards.catalog_of(&wants)?), true))
    }

    fn read(&self, from: usize, to: usize, catalog: &Catalog, asking: &mut Asking<'_, S>) -> Result<()> {
        let expected = (from..to).map(|shard| catalog.samples_of(shard)).sum();
        asking.read(self.dataset.shards.strict_of(from..to), catalog.start_of(from), expected)
    }
}

/// Chooses by rows, and asks the samples whose rows do not decide; whether these could be read.
fn by_rows<S: Packable>(
    catalog: &Catalog,
    shard: usize,
    (matching, open): (&Picked, &Picked),
    asking: &mut Asking<'_, S>,
) -> Result<bool> {
    let (start, mut numbers) = (catalog.start_of(shard), Vec::new());
    open.rows.each_run(0, u64::MAX, &mut |first, len| numbers.extend(start + first..start + first + len));
    let Some(found) = asking.some(catalog, &numbers)? else { return Ok(false) };
    // The others were decided by their rows.
    asking.guard.saw(catalog.samples_of(shard).saturating_sub(numbers.len() as u64));
    let mut found = found.into_iter().peekable();
    matching.rows.each_run(0, u64::MAX, &mut |first, len| {
        // No sample that was asked is among those that match by their rows.
        while let Some(before) = found.next_if(|number| *number < start + first) {
            asking.chosen.add(before, 1);
        }
        asking.chosen.add(start + first, len);
    });
    found.for_each(|number| asking.chosen.add(number, 1));
    Ok(true)
}

/// Whether a shard has as many samples as its manifest says, with the keys that it says as far as they are asked for.
fn is_same(catalog: &Catalog, shard: usize, decided: &Decided) -> Result<bool> {
    let (whole, chosen, some) = match decided {
        Decided::Read => return Ok(true),
        Decided::LeftOut { whole } => (whole, None, &[][..]),
        Decided::Rows { whole, matching, open, some } => (whole, Some([matching, open]), some.as_slice()),
    };
    if catalog.samples_of(shard) != whole.samples {
        return Ok(false);
    }
    let Some(chosen) = chosen.filter(|_| !catalog.is_left_out(shard)) else { return Ok(true) };
    let (picker, mut keys) = (catalog.picker(shard, NEVER)?, Keys::default());
    for (number, key) in some {
        if picker.contents().key_in(*number, &mut keys)? != key.as_bytes() {
            return Ok(false);
        }
    }
    for rows in chosen.into_iter().filter(|rows| rows.rows.len() > 0) {
        let (mut hash, mut keys, mut outcome) = (HashKeys::default(), Keys::default(), Ok(()));
        rows.rows.each_run(0, u64::MAX, &mut |first, len| {
            for number in first..first + len {
                if outcome.is_ok() {
                    outcome = picker.contents().key_in(number, &mut keys).map(|key| hash.add(key));
                }
            }
        });
        outcome?;
        if hash.finish() != rows.keys {
            return Ok(false);
        }
    }
    Ok(true)
}

impl<S> fmt::Debug for Pruned<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pruned")
            .field("dataset", &self.dataset)
            .field("explanation", &self.explanation)
            .finish_non_exhaustive()
    }
}
