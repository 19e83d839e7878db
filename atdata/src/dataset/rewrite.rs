//! Rewriting: samples copied to other shards as they are, all members byte for byte.

mod subset;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use self::subset::Chosen;
pub use self::subset::Subset;
use crate::dataset::catalog::Catalog;
use crate::dataset::process::told;
use crate::dataset::shards::Shards;
use crate::dataset::{Dataset, ShardWriter, Tail, Written};
use crate::digest::hex;
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::sample::{Cursor, PackField};
use crate::shard::{Contents, Group, PAYLOAD, WriteOptions};

/// Samples that a shuffle reads together, at most.
const BATCH: u64 = 64;
/// Bytes of samples that a shuffle has in memory, unless one sample is larger.
const MEMORY: u64 = 256 << 20;
/// Bytes of such a batch: so that each thread has one, and some are ready.
const BATCH_BYTES: u64 = MEMORY / 32;

#[derive(Debug, thiserror::Error)]
enum RewriteError {
    #[error(
        "the key is one of dataset {first} already, and of dataset {second} as well: rename the samples of one, or allow \
         duplicates (`allow_duplicates`, the program with --allow-duplicates)"
    )]
    Duplicate { first: usize, second: usize },
    #[error(
        "the key is one of the dataset already that samples are added to: rename it, or allow duplicates (`allow_duplicates`, the \
         program with --allow-duplicates)"
    )]
    There,
    #[error(
        "the samples of dataset {first} are {}, and those of dataset {second} {}, which readers of one dataset do not expect: \
         bring both to one layout (the program by `convert --layout`)",
        layout(*.is_packed), layout(!*.is_packed)
    )]
    Layouts { first: usize, second: usize, is_packed: bool },
    #[error("no sample is chosen, and a shard has at least one")]
    Nothing,
}

impl Cause for RewriteError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Duplicate { .. } | Self::Layouts { .. } | Self::There => ErrorKind::Conflict,
            Self::Nothing => ErrorKind::InvalidInput,
        }
    }
}

/// What samples are of which there is a packed one, or none.
const fn layout(is_packed: bool) -> &'static str {
    if is_packed { "packed" } else { "members as they are" }
}

/// Copies samples to other shards, without decoding them: all their members byte for byte, whatever they are, under the keys
/// that they have.
///
/// One sample after the other is in memory, of a [shuffle](Self::shuffle) up to 256 MiB of them. The shards appear together when all is copied, or not at all; what is odd about
/// a source is an error, for nothing of it could be found in the copy. The sources are left as they are, unless the copies
/// have their names: then they are replaced when these are whole.
///
/// ```
/// use atdata::dataset::{Rewrite, Subset};
/// use atdata::shard::WriteOptions;
/// use atdata::{Dataset, DictSample};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let samples = (0..100_i64).map(|number| DictSample::from_iter([("number", number)]));
/// # let numbers = Dataset::write(dir.path().join("numbers.tar"), samples)?.open::<DictSample>()?;
/// let to = |name: &str| Rewrite::to(dir.path().join(name)).options(WriteOptions::new().max_count(30).contents(true));
/// let parts = to("parts-%03d.tar").reshard(numbers.untyped())?;
/// assert_eq!(parts.shards.len(), 4);
/// let some = to("some.tar").subset(numbers.untyped(), &Subset::Range(10..20))?;
/// let shuffled = to("shuffled-%03d.tar").shuffle(numbers.untyped(), 7)?;
/// let twice = to("all.tar").allow_duplicates(true);
/// let all = twice.merge(&[some.open::<DictSample>()?.untyped(), shuffled.open::<DictSample>()?.untyped()])?;
/// assert_eq!(all.samples(), 110);
/// # Ok::<(), atdata::Error>(())
/// ```
#[must_use]
pub struct Rewrite<'a> {
    pattern: PathBuf,
    options: WriteOptions,
    duplicates: bool,
    progress: &'a dyn Fn(),
}

impl Rewrite<'static> {
    /// To the file at `pattern`; where the [options](Self::options) have a limit to numbered ones, whose number `%06d` stands
    /// for.
    pub fn to(pattern: impl AsRef<Path>) -> Self {
        Self { pattern: pattern.as_ref().to_owned(), options: WriteOptions::new(), duplicates: false, progress: &|| {} }
    }
}

impl Rewrite<'_> {
    /// How the shards are written: limits, times, whether their contents are kept beside them; whether a killed copy
    /// [goes on](WriteOptions::resume), which is refused for another one or changed sources; whether the samples are
    /// [added](WriteOptions::append) to what is there, whose keys they may not have unless
    /// [duplicates are allowed](Self::allow_duplicates).
    pub fn options(mut self, options: WriteOptions) -> Self {
        self.options = options;
        self
    }

    /// Whether datasets that are [merged](Self::merge), or that samples are added to, may have keys in common. To know that none has takes 24 bytes of memory
    /// a sample.
    pub fn allow_duplicates(mut self, yes: bool) -> Self {
        self.duplicates = yes;
        self
    }

    /// Calls this after each sample.
    pub fn progress(self, progress: &dyn Fn()) -> Rewrite<'_> {
        let Self { pattern, options, duplicates, .. } = self;
        Rewrite { pattern, options, duplicates, progress }
    }

    /// The same samples in the same order, in shards of other sizes.
    ///
    /// # Errors
    /// Whatever is wrong with the shards, be it only that one does not end as it should; those of
    /// [`ShardWriter::write_with_key`] for keys that readers would not give back; those of writing.
    pub fn reshard(&self, shards: &Shards) -> Result<Written> {
        self.merge(&[shards])
    }

    /// The samples of all, one dataset behind the other.
    ///
    /// # Errors
    /// As [`reshard`](Self::reshard); [`Conflict`](ErrorKind::Conflict) if a key is in two of them, unless that is
    /// [allowed](Self::allow_duplicates), and if the samples of one are packed and those of another are not.
    pub fn merge(&self, parts: &[&Shards]) -> Result<Written> {
        let work = || work_of("all", parts);
        let mut layouts = Layouts::default();
        self.written(work, parts.len() > 1, |copier| {
            for (number, shards) in parts.iter().enumerate() {
                let passed = each(shards, &mut |group| {
                    layouts.add(group, number).map_err(|error| Error::from(error).with_key(&group.key))?;
                    copier.copy(number, group).map(|()| true)
                })?;
                copier.writer.leave_out(passed);
            }
            Ok(())
        })
    }

    /// Those samples that are chosen, in the order that they have. Where all shards have [contents](crate::shard::Contents) no
    /// others are read for a range and every n-th.
    ///
    /// # Errors
    /// As [`reshard`](Self::reshard); [`NotFound`](ErrorKind::NotFound) for keys that no sample has and for a range beyond the
    /// end, [`InvalidInput`](ErrorKind::InvalidInput) for a choice of nothing.
    pub fn subset(&self, shards: &Shards, subset: &Subset) -> Result<Written> {
        let mut chosen = Chosen::new(subset)?;
        let catalog = if chosen.by_number() { shards.of_groups().catalog()? } else { None };
        self.written(
            || work_of(&format!("{subset:?}"), &[shards]),
            false,
            |copier| {
                match catalog {
                    Some(catalog) => pick(copier, &catalog, &mut chosen)?,
                    None => {
                        let passed = each(shards, &mut |group| {
                            if chosen.next(&group.key) {
                                copier.copy(0, group)?;
                            }
                            Ok(!chosen.is_done())
                        })?;
                        copier.writer.leave_out(passed);
                    }
                }
                chosen.finish()
            },
        )
    }

    /// All samples in another order: that of a [plan](Dataset::plan) with this seed, which puts each at any place. Samples are
    /// read one by one, in threads, as many as there are in 256 MiB, by their mean size: shards whose contents are not beside them are read once more before, to find them.
    ///
    /// # Errors
    /// As [`reshard`](Self::reshard); [`Unsupported`](ErrorKind::Unsupported) of shards that are compressed or not files.
    pub fn shuffle(&self, shards: &Shards, seed: u64) -> Result<Written> {
        let groups = Dataset::<Group>::of_groups(shards);
        let plan = groups.plan().seed(seed).batch(1).tail(Tail::Uneven).memory(MEMORY);
        // The order is the same whatever the batch is.
        let batch = batch_of(plan.build()?.batch_bytes());
        let loader = plan.batch(batch).load_samples()?;
        self.written(
            || work_of(&format!("shuffle {seed}"), &[shards]),
            false,
            |copier| {
                for step in loader {
                    step?.batch.iter().try_for_each(|group| copier.copy(0, group))?;
                }
                Ok(())
            },
        )
    }

    /// `work` says what is written, and from what; with `checks` no two of its parts may have a key in common.
    fn written(
        &self,
        work: impl FnOnce() -> String,
        checks: bool,
        write: impl FnOnce(&mut Copier<'_>) -> Result<()>,
    ) -> Result<Written> {
        let mut options = self.options.clone();
        if options.resumes() {
            options = options.work(work());
        }
        let checks = !self.duplicates && (checks || options.appends());
        let writer = ShardWriter::<Group>::builder(&self.pattern).with_options(options).build()?;
        let mut copier = Copier { writer, keys: checks.then(Keys::default), progress: self.progress };
        let outcome = copier.add_there().and_then(|()| write(&mut copier));
        match outcome.and_then(|()| copier.writer.check_passed()) {
            Ok(()) if copier.writer.samples() > 0 => copier.writer.finish(),
            Ok(()) => {
                copier.writer.discard();
                Err(RewriteError::Nothing.into())
            }
            Err(error) => {
                copier.writer.discard();
                Err(error)
            }
        }
    }
}

/// Copies samples, one by one, and holds their keys against each other.
struct Copier<'a> {
    writer: ShardWriter<Group>,
    /// `None` if keys may be there more than once.
    keys: Option<Keys>,
    progress: &'a dyn Fn(),
}

impl Copier<'_> {
    /// Takes the keys of the dataset that samples are added to.
    fn add_there(&mut self) -> Result<()> {
        let Some(keys) = &mut self.keys else { return Ok(()) };
        for path in self.writer.there() {
            if let Some(contents) = Contents::open(path)? {
                contents.each_key(|key| keys.add_there(key))?;
                continue;
            }
            let mut raw = Dataset::<Group>::open(path)?.strict();
            while let Some(group) = raw.next_group()? {
                keys.add_there(&group.key);
            }
        }
        Ok(())
    }

    /// A sample of the dataset of that number, unless an earlier run copied it.
    fn copy(&mut self, part: usize, group: &Group) -> Result<()> {
        if let Some(keys) = &mut self.keys {
            keys.add(&group.key, part).map_err(|error| Error::from(error).with_key(&group.key))?;
        }
        if !self.writer.pass() {
            self.writer.copy_group(group)?;
        }
        (self.progress)();
        Ok(())
    }
}

fn pick(copier: &mut Copier<'_>, catalog: &Catalog, chosen: &mut Chosen<'_>) -> Result<()> {
    for number in chosen.numbers(catalog.samples())? {
        let picked = catalog.read(number)?;
        copier.copy(0, &Group::read(&mut Cursor::shared(&picked.raw().to_bytes()?))?)?;
    }
    Ok(())
}

impl Shards {
    /// How many they are, and a digest of the name, the size and some bytes of each: with what is done to them the words by
    /// which a write that [goes on](WriteOptions::resume) knows that it is the same [work](WriteOptions::work).
    pub fn state(&self) -> String {
        state_of("", &[self])
    }
}

/// What is written, and the state of what it is written from, so that another is not taken for it.
fn work_of(what: &str, parts: &[&Shards]) -> String {
    let told: String = what.chars().filter(|letter| !letter.is_control()).take(60).collect();
    format!("{told} of {}", state_of(what, parts))
}

/// The digest is one of all of `what`, too.
fn state_of(what: &str, parts: &[&Shards]) -> String {
    let mut hash = Sha256::new().chain_update(what);
    for (number, shards) in parts.iter().enumerate() {
        for shard in shards.list() {
            hash.update(format!("\n{number} {}", told(shard)));
        }
    }
    let digest: [u8; 32] = hash.finalize().into();
    let shards: usize = parts.iter().map(|shards| shards.list().len()).sum();
    format!("{shards} shards in the state {}", hex(&digest).get(..16).unwrap_or_default())
}

/// How many samples of that size are read together.
fn batch_of(sample_bytes: u64) -> u64 {
    (BATCH_BYTES / sample_bytes.max(1)).clamp(1, BATCH)
}

/// Calls `then` with all members of each sample, until it says that no more are wanted; how many members were met that are
/// of no sample.
fn each(shards: &Shards, then: &mut dyn FnMut(&Group) -> Result<bool>) -> Result<u64> {
    let mut raw = shards.of_groups().strict();
    while let Some(group) = raw.next_group()? {
        if !then(&group)? {
            break;
        }
    }
    Ok(raw.passed_over().count())
}

fn is_packed(group: &Group) -> bool {
    group.get(PAYLOAD).is_some()
}

/// How the first dataset with samples has them, and the last one that was looked at.
#[derive(Default)]
struct Layouts {
    first: Option<(usize, bool)>,
    last: usize,
}

impl Layouts {
    /// Looks at the first sample of each dataset.
    fn add(&mut self, group: &Group, part: usize) -> Result<(), RewriteError> {
        let Some((first, packed)) = self.first.filter(|_| self.last < part) else {
            self.first.get_or_insert_with(|| (part, is_packed(group)));
            return Ok(());
        };
        self.last = part;
        if is_packed(group) == packed {
            return Ok(());
        }
        Err(RewriteError::Layouts { first, second: part, is_packed: packed })
    }
}

/// Keys that were seen, by half of their SHA-256, and the dataset that they were seen in.
#[derive(Default)]
struct Keys(HashMap<u128, u32>);

/// Stands for the dataset that samples are added to.
const THERE: u32 = u32::MAX;

impl Keys {
    /// A key of the dataset that samples are added to, where it may be more than once.
    fn add_there(&mut self, key: &str) {
        self.0.insert(half_of(key), THERE);
    }

    fn add(&mut self, key: &str, part: usize) -> Result<(), RewriteError> {
        let number = u32::try_from(part).unwrap_or(THERE - 1);
        match *self.0.entry(half_of(key)).or_insert(number) {
            // In one dataset a key may come again, as it does there.
            first if first == number => Ok(()),
            THERE => Err(RewriteError::There),
            first => Err(RewriteError::Duplicate { first: first as usize, second: part }),
        }
    }
}

fn half_of(key: &str) -> u128 {
    Sha256::digest(key).first_chunk().map_or(0, |half| u128::from_le_bytes(*half))
}

impl fmt::Debug for Rewrite<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rewrite")
            .field("pattern", &self.pattern)
            .field("options", &self.options)
            .field("duplicates", &self.duplicates)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_samples_are_together_the_larger_they_are() {
        let batches = [0, 1000, 128 << 10, 1 << 20, 5 << 20, 100 << 20, u64::MAX].map(batch_of);
        assert_eq!(batches, [64, 64, 64, 8, 1, 1, 1]);
    }
}
