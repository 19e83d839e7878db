//! Replaying a quarantine: its samples are read again.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::path::Path;

use crate::dataset::Dataset;
use crate::dataset::quarantine::{Quarantined, whole_name};
use crate::dataset::raw::RawSamples;
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::source::Shard;

#[derive(Debug, thiserror::Error)]
enum ReplayError {
    #[error("it is no shard of the dataset that the quarantine is replayed on")]
    OtherShard,
    #[error("no sample has that key any longer")]
    Gone,
    #[error("the shard is damaged before it")]
    Unreached,
    #[error("the shard can be read, but has no sample from there on")]
    Nothing,
    #[error("a filter drops the sample")]
    Dropped,
}

impl Cause for ReplayError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NotFound
    }
}

/// A row of a quarantine, and what became of its sample.
#[derive(Debug)]
#[non_exhaustive]
pub struct Replayed<T> {
    /// The row.
    pub row: Quarantined,
    /// The key of the sample, where there is one.
    pub key: Option<String>,
    /// The sample, which can be read now; or why it cannot.
    pub sample: Result<T>,
}

/// An iterator over the rows of a quarantine, from [`Dataset::replay`].
pub struct Replay<T> {
    dataset: Dataset<T>,
    /// Rows of a shard together, in the order in which the shards came up.
    shards: VecDeque<OfShard>,
    open: Option<Open>,
    /// What is given before anything else is read.
    ready: VecDeque<Replayed<T>>,
}

/// The rows of a shard.
struct OfShard {
    name: String,
    /// Which of the dataset's it is; none if it is none of these.
    number: Option<usize>,
    rows: Vec<Quarantined>,
}

/// The shards of a dataset by their names, as they are given and with all links followed.
struct Places {
    numbers: HashMap<String, usize>,
}

impl Places {
    fn new(shards: &[Shard]) -> Self {
        let mut numbers = HashMap::new();
        for (number, shard) in shards.iter().enumerate() {
            numbers.entry(whole_name(&shard.redacted())).or_insert(number);
        }
        // Behind the others: what is called so is meant before what a link leads to.
        for (number, shard) in shards.iter().enumerate() {
            if let Some(name) = shard.path().and_then(followed) {
                numbers.entry(name).or_insert(number);
            }
        }
        Self { numbers }
    }

    fn find(&self, name: &str) -> Option<usize> {
        let by_link = || followed(Path::new(name)).and_then(|name| self.numbers.get(&name));
        self.numbers.get(name).or_else(by_link).copied()
    }
}

fn followed(path: &Path) -> Option<String> {
    path.canonicalize().ok().map(|path| path.to_string_lossy().into_owned())
}

/// A shard that is being read.
struct Open {
    samples: RawSamples,
    /// Rows that name a sample which has not come yet.
    keyed: Vec<Quarantined>,
    /// Rows of which all samples from an offset on are, and whether one came.
    from: Vec<(Quarantined, bool)>,
}

impl<T> Dataset<T> {
    /// Reads the samples of a quarantine again, through the stages of this dataset: those of its shards that have rows are
    /// read once each, in order.
    ///
    /// A shard is found by its name, or by where links in it lead; a sample by its key, and of several rows for one sample
    /// the first is given. A row without one, of a shard that was damaged there, is given once for each sample that
    /// the shard has from that offset on. A row of a sample that a [join](Dataset::join) read for another one is replayed by the
    /// join, which then gives both, or by the dataset to the right alone.
    ///
    /// ```
    /// use atdata::dataset::{Policy, Quarantined};
    /// # use atdata::{Dataset, DictSample, Packable};
    /// # #[derive(Packable)] struct Number { number: i64 }
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let (path, bad) = (dir.path().join("numbers.tar"), dir.path().join("bad.tar"));
    /// # let write = |bad| Dataset::write(&path, (0..9_i64).map(|i| DictSample::from_iter([(if i == bad { "word" } else { "number" }, i)])));
    /// # write(4)?;
    /// let numbers = Dataset::<Number>::open(&path)?;
    /// let seen = numbers.on_error(Policy::quarantine(&bad))?.ordered().count();
    /// # assert_eq!(seen, 8);
    /// // Once the shard was mended, or the type.
    /// let rows = Dataset::<Quarantined>::open(&bad)?.ordered().collect::<atdata::Result<Vec<_>>>()?;
    /// let sound = numbers.replay(rows).filter(|replayed| replayed.sample.is_ok()).count();
    /// # assert_eq!(sound, 0);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn replay(&self, rows: impl IntoIterator<Item = Quarantined>) -> Replay<T> {
        let places = Places::new(self.shards());
        let mut shards: VecDeque<OfShard> = VecDeque::new();
        let mut known = HashSet::new();
        for row in rows {
            // Of a partner that sample, where this is the join, and the partner itself where it is the dataset to the right.
            let joined_to = || row.joined_to.as_deref().and_then(|shard| places.find(shard));
            let own = places.find(&row.shard);
            let number = own.or_else(joined_to);
            // Of several rows for one sample, of ranks or of runs, the first is given. That of its partner is another one.
            let shard = if own.is_some() { String::new() } else { row.shard.clone() };
            if !known.insert((number, Quarantined { shard, ..row.clone() }.identity())) {
                continue;
            }
            match shards.iter_mut().find(|of| of.number == number && (number.is_some() || of.name == row.shard)) {
                Some(of) => of.rows.push(row),
                None => shards.push_back(OfShard { name: row.shard.clone(), number, rows: vec![row] }),
            }
        }
        Replay { dataset: self.with_decode(self.decode.clone()), shards, open: None, ready: VecDeque::new() }
    }
}

impl<T> Replay<T> {
    /// Begins with the next shard; false if there is none.
    fn open_next(&mut self) -> bool {
        let Some(OfShard { name, number, rows }) = self.shards.pop_front() else { return false };
        let Some(number) = number else {
            let other = |row| failed(row, Error::from(ReplayError::OtherShard).with_shard(&name));
            self.ready.extend(rows.into_iter().map(other));
            return true;
        };
        let (keyed, from): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.key.is_some());
        let from = from.into_iter().map(|row| (row, false)).collect();
        self.open = Some(Open { samples: self.dataset.shards.raw_in(vec![number]), keyed, from });
        true
    }

    /// Reads on to the next sample that a row asks for, or to the end of the shard.
    fn step(&mut self, mut open: Open) {
        match open.samples.advance() {
            Ok(true) => self.give(&mut open),
            Ok(false) => return self.close(open, None),
            Err(error) if open.samples.goes_on() => {
                let is_of = |row: &mut Quarantined| row.key.is_some() && row.key.as_deref() == error.key();
                let mut keyed: Vec<_> = open.keyed.extract_if(.., is_of).collect();
                if !keyed.is_empty() {
                    self.ready.push_back(failed(keyed.remove(0), error));
                }
                // It is told once, and its partner is not read without it.
                self.ready.extend(keyed.into_iter().map(|row| failed_at(row, ReplayError::Unreached)));
            }
            Err(error) => return self.close(open, Some(error)),
        }
        self.open = Some(open);
    }

    /// What the rows want of the sample that the shard is at.
    fn give(&mut self, open: &mut Open) {
        let Some(raw) = open.samples.current() else { return };
        let decoded = || {
            let sample = self.dataset.decode_raw(&raw);
            sample.and_then(|sample| sample.ok_or_else(|| raw.locate(ReplayError::Dropped.into())))
        };
        let key = || Some(raw.key().to_owned());
        // One of the sample, or of its partner, or both.
        let keyed = open.keyed.extract_if(.., |row| row.key.as_deref() == Some(raw.key()));
        let ready = self.ready.len();
        self.ready.extend(keyed.map(|row| Replayed { row, key: key(), sample: decoded() }));
        if self.ready.len() > ready {
            return;
        }
        let behind = |row: &Quarantined| row.offset.is_none_or(|offset| raw.offset() >= offset);
        if let Some((row, any)) = open.from.iter_mut().rfind(|(row, _)| behind(row)) {
            *any = true;
            self.ready.push_back(Replayed { row: row.clone(), key: key(), sample: decoded() });
        }
    }

    /// At the end of a shard, or where it is damaged.
    fn close(&mut self, open: Open, error: Option<Error>) {
        let is_damaged = error.is_some();
        let mut error = error;
        let without =
            open.from.into_iter().filter(|(_, any)| is_damaged || !any).map(|(row, _)| (row, ReplayError::Nothing));
        let keyed = open.keyed.into_iter().map(|row| (row, ReplayError::Gone));
        for (row, cause) in without.chain(keyed) {
            // It is told once, and is why the others were not found.
            self.ready.push_back(match error.take() {
                Some(error) => failed(row, error),
                None => failed_at(row, if is_damaged { ReplayError::Unreached } else { cause }),
            });
        }
    }
}

fn failed<T>(row: Quarantined, error: Error) -> Replayed<T> {
    Replayed { key: row.key.clone(), row, sample: Err(error) }
}

fn failed_at<T>(row: Quarantined, cause: ReplayError) -> Replayed<T> {
    let error = Error::from(cause).with_shard(&row.shard);
    let error = row.key.iter().fold(error, |error, key| error.with_key(key));
    let error = row.offset.iter().fold(error, |error, offset| error.with_offset(*offset));
    failed(row, error)
}

impl<T> Iterator for Replay<T> {
    type Item = Replayed<T>;

    fn next(&mut self) -> Option<Replayed<T>> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            match self.open.take() {
                Some(open) => self.step(open),
                None if self.open_next() => {}
                None => return None,
            }
        }
    }
}

impl<T> fmt::Debug for Replay<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").field("shards", &self.shards.len()).finish_non_exhaustive()
    }
}
