//! Processing shard by shard: in parallel, by rank, with a checkpoint of what is done.

mod checkpoint;

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use self::checkpoint::Checkpoint;
pub(super) use self::checkpoint::told;
use crate::dataset::catalog;
use crate::dataset::contained::contained;
use crate::dataset::plan::error::PlanError;
use crate::dataset::policy::Skipping;
use crate::dataset::{Dataset, ShardWriter, own_or_shard};
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::sample::Packable;
use crate::shard::{Contents, ShardInfo, WriteOptions, numbered_path};
use crate::source::manifest_paths;

#[derive(Debug, thiserror::Error)]
enum ProcessError {
    #[error("{failed} of {all} shards failed; the first: {source:#}")]
    Failed { failed: usize, all: usize, source: Error },
}

impl Cause for ProcessError {
    fn kind(&self) -> ErrorKind {
        let Self::Failed { source, .. } = self;
        source.kind()
    }
}

/// Options of going through a dataset shard by shard, from [`Dataset::process_shards`].
#[must_use]
pub struct ProcessShards<T> {
    dataset: Dataset<T>,
    threads: usize,
    rank: u64,
    ranks: u64,
    checkpoint: Option<PathBuf>,
}

/// What came of the shards that a function was called with.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "shards that failed are told here, and nowhere else"]
pub struct Processed<R> {
    /// Numbers of shards and what the function gave, in order.
    pub results: Vec<(usize, R)>,
    /// Shards that were done before, as the checkpoint says: the function was not called with them.
    pub done_before: Vec<usize>,
    /// Shards that failed, with the error, in order; they do not keep others from being processed.
    pub failed: Vec<(usize, Error)>,
}

impl<R> Processed<R> {
    /// The results, if no shard failed.
    ///
    /// # Errors
    /// That of the first shard that failed, with how many did.
    pub fn into_result(self) -> Result<Vec<(usize, R)>> {
        let (failed, all) = (self.failed.len(), self.failed.len() + self.results.len());
        match self.failed.into_iter().next() {
            None => Ok(self.results),
            Some((_, source)) => {
                let shard = source.shard().map(str::to_owned);
                let error = Error::from(ProcessError::Failed { failed, all, source });
                Err(shard.iter().fold(error, |error, shard| error.with_shard(shard)))
            }
        }
    }
}

impl<T> Dataset<T> {
    /// Goes through the dataset shard by shard, several at a time: for what is made of each shard by itself, on one machine or
    /// on many.
    ///
    /// ```
    /// use atdata::shard::WriteOptions;
    /// use atdata::{Dataset, Packable, ShardWriter};
    ///
    /// #[derive(Packable)]
    /// struct Text {
    ///     text: String,
    /// }
    ///
    /// #[derive(Packable)]
    /// struct Length {
    ///     length: i64,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let texts = (0..10).map(|i| Text { text: "x".repeat(i) });
    /// # let texts = ShardWriter::builder(dir.path().join("t-%03d.tar")).max_count(4).write_all(texts)?.open::<Text>()?;
    /// // The first of two machines; each shard that is done is remembered.
    /// let lengths = texts.process_shards().ranks(2).rank(0).checkpoint(dir.path().join("done")).write(
    ///     dir.path().join("lengths-%03d.tar"),
    ///     &WriteOptions::new(),
    ///     |texts, writer: &mut ShardWriter<Length>| {
    ///         for text in texts.ordered().with_keys() {
    ///             let (key, text) = text?;
    ///             writer.write_with_key(&key, &Length { length: text.text.len() as i64 })?;
    ///         }
    ///         Ok::<_, atdata::Error>(())
    ///     },
    /// )?;
    /// assert_eq!(lengths.into_result()?.len(), 2);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn process_shards(&self) -> ProcessShards<T> {
        ProcessShards { dataset: self.share(), threads: catalog::threads(), rank: 0, ranks: 1, checkpoint: None }
    }

    /// The same of one shard, whose bad samples are treated so, and whose odd end is an error: what is made of the rest would
    /// count as done.
    fn of_shard(&self, number: usize, skipping: Option<&Arc<Skipping>>) -> Self {
        let shard = self.shards.only(number);
        let options = shard.options().clone().strict();
        Self { shards: shard.with_options(options), skipping: skipping.map(Arc::clone), ..self.share() }
    }
}

impl<T> ProcessShards<T> {
    /// Shards that are processed at a time; as many as there are processors, up to 8, unless told otherwise.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Among how many ranks the shards are shared, 1 unless told otherwise.
    pub fn ranks(mut self, ranks: u64) -> Self {
        self.ranks = ranks;
        self
    }

    /// Which of the ranks this is, counted from 0: it has the shards whose number leaves that rest.
    pub fn rank(mut self, rank: u64) -> Self {
        self.rank = rank;
        self
    }

    /// A folder that remembers which shards are done, for all ranks: whoever begins again, with whatever number of ranks,
    /// leaves them out. A shard counts as done once its function was and its outputs were, durably, so that a process that is
    /// killed does at most what it was at again.
    ///
    /// Each function has a folder of its own, whose name says what it does, for nothing else tells one function from another:
    /// only outputs of other names are noticed. A shard is the same by its name, size and the CRC-32C of eight pieces of 16 KiB,
    /// among them its begin and its end; one on a server by its name alone.
    pub fn checkpoint(mut self, folder: impl AsRef<Path>) -> Self {
        self.checkpoint = Some(folder.as_ref().to_owned());
        self
    }

    /// Calls `f` with the number of each shard of the rank and a dataset of it alone, with the stages of this one.
    ///
    /// A shard on which `f` fails or panics is told in [`Processed::failed`], and the others go on.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a rank that is none; [`Conflict`](ErrorKind::Conflict) for the checkpoint
    /// of another dataset, or of outputs of other names; those of the file system.
    pub fn run<R, E>(&self, f: impl Fn(usize, Dataset<T>) -> std::result::Result<R, E> + Sync) -> Result<Processed<R>>
    where
        R: Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.run_each(None, f)
    }

    /// Does it, and what is remembered as done is of outputs of these names.
    fn run_each<R, E>(
        &self,
        pattern: Option<&Path>,
        f: impl Fn(usize, Dataset<T>) -> std::result::Result<R, E> + Sync,
    ) -> Result<Processed<R>>
    where
        R: Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (rank, ranks) = (self.rank, self.ranks);
        if ranks == 0 {
            return Err(PlanError::NoRanks.into());
        }
        if rank >= ranks {
            return Err(PlanError::Rank { rank, ranks }.into());
        }
        let shards = self.dataset.shards();
        let own: Vec<usize> = (0..shards.len()).filter(|number| *number as u64 % ranks == rank).collect();
        let checkpoint = self.checkpoint.as_deref();
        let checkpoint = checkpoint.map(|folder| Checkpoint::open(folder, shards, rank, pattern)).transpose()?;
        let skipping = match &self.dataset.skipping {
            Some(skipping) if ranks > 1 => Some(Arc::new(skipping.of_rank(rank)?.together())),
            skipping => skipping.as_ref().map(|skipping| Arc::new(skipping.together())),
        };
        let done = checkpoint.as_ref().map_or_else(BTreeSet::new, |checkpoint| checkpoint.done().clone());
        let (done_before, left): (Vec<usize>, Vec<usize>) = own.into_iter().partition(|number| done.contains(number));
        let one = |number: usize| {
            let shard = self.dataset.of_shard(number, skipping.as_ref());
            let result = contained(|| f(number, shard).map_err(|error| own_or_shard(error.into())));
            let result = result.and_then(|result| {
                checkpoint.as_ref().map_or(Ok(()), |checkpoint| checkpoint.add(number)).map(|()| result)
            });
            let name = || shards.get(number).map(crate::source::Shard::redacted).unwrap_or_default();
            result.map_err(|error| error.with_shard(&name()))
        };
        let mut processed = Processed { results: Vec::new(), done_before, failed: Vec::new() };
        for (number, result) in in_parallel(&left, self.threads, one)? {
            match result {
                Ok(result) => processed.results.push((number, result)),
                Err(error) => processed.failed.push((number, error)),
            }
        }
        Ok(processed)
    }

    /// Writes a shard for each: `f` is called with a dataset of the shard alone and a writer of the file whose name is `pattern`
    /// with the number of the shard. It appears whole when `f` is done, or not at all; where nothing was written there is no
    /// file, not even one that an earlier run wrote. With a [checkpoint](Self::checkpoint) a shard is done as long as its
    /// output is there, of the size that it had.
    ///
    /// # Errors
    /// Those of [`run`](Self::run), and of a pattern that is none.
    pub fn write<S, E>(
        &self,
        pattern: impl AsRef<Path>,
        options: &WriteOptions,
        f: impl Fn(Dataset<T>, &mut ShardWriter<S>) -> std::result::Result<(), E> + Sync,
    ) -> Result<Processed<Vec<ShardInfo>>>
    where
        S: Packable,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let pattern = pattern.as_ref();
        // What is wrong with it is wrong with all.
        numbered_path(pattern, 0)?;
        self.run_each(Some(pattern), |number, dataset| {
            let path = numbered_path(pattern, number)?;
            let mut writer = ShardWriter::<S>::builder(&path).with_options(options.clone()).build()?;
            match contained(|| f(dataset, &mut writer).map_err(|error| own_or_shard(error.into()))) {
                Ok(()) if writer.samples() > 0 => Ok(writer.finish()?.shards),
                Ok(()) => {
                    writer.discard();
                    remove(&path)?;
                    Ok(Vec::new())
                }
                Err(error) => {
                    writer.discard();
                    Err(error)
                }
            }
        })
    }
}

/// Removes a shard that an earlier run wrote, and what is beside it.
fn remove(path: &Path) -> Result<()> {
    let [header, samples] = manifest_paths(path);
    // A manifest goes first, for it says nothing of what comes in place of the shard.
    for path in [&header, &samples, &Contents::path_of(path), path] {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::from(error).with_shard(&path.to_string_lossy()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Does it for all, in as many threads; the results are in order.
fn in_parallel<V: Send>(numbers: &[usize], threads: usize, run: impl Fn(usize) -> V + Sync) -> Result<Vec<(usize, V)>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(numbers.len()));
    let work = || {
        while let Some(number) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) {
            let result = run(*number);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((*number, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(numbers.len()) {
            // The scope waits for it; what panics in it has become an error.
            let spawned = thread::Builder::new().name("atdata-shards".into()).spawn_scoped(scope, work);
            spawned.map_err(|source| {
                next.store(numbers.len(), Ordering::Relaxed);
                PlanError::Thread { source }
            })?;
        }
        work();
        Ok::<(), PlanError>(())
    })?;
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(number, _)| *number);
    Ok(results)
}

impl<T> fmt::Debug for ProcessShards<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessShards")
            .field("rank", &self.rank)
            .field("ranks", &self.ranks)
            .field("threads", &self.threads)
            .field("checkpoint", &self.checkpoint)
            .finish_non_exhaustive()
    }
}
