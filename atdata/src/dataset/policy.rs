//! Bad data as a policy: what becomes of samples that cannot be read.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::array::ArrayError;
use crate::dataset::Dataset;
use crate::dataset::quarantine::{Bad, Quarantine, Quarantined};
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::shard::{is_of_shard, numbered_path};

/// What becomes of samples that cannot be read: for [`Dataset::on_error`].
///
/// | policy | a sample that is bad |
/// |---|---|
/// | [`fail`](Self::fail), the default | is given as an error, behind which the next one comes |
/// | [`skip`](Self::skip) | is left out, logged and counted |
/// | [`quarantine`](Self::quarantine) | is left out, and a row of a side shard says which it was and why |
///
/// Bad are samples that are damaged, that do not fit their type, or on which a stage of the dataset failed: errors of the
/// kinds [`Corrupt`](ErrorKind::Corrupt) and [`SchemaMismatch`](ErrorKind::SchemaMismatch), and those of the kinds
/// [`Unsupported`](ErrorKind::Unsupported), [`Caller`](ErrorKind::Caller) and [`Conflict`](ErrorKind::Conflict) that name a
/// sample. What is wrong with a disk, a server or an argument is an error under every policy, and so is a shard that is not
/// there or was replaced. It was if headers are others than its contents say, or if the bytes of a sample are and those of
/// others as well. That arrays do not stack is an error of their batch, for any of them may be the odd one. The rest of a
/// shard that cannot be read any further counts as one sample, for nobody knows how many there were.
///
/// The loader of a plan gives a batch without the samples that it skips, so that a batch may be short; their positions are
/// consumed all the same, ranks stay together, and a [token](crate::dataset::Plan) says the same as without them. A rank
/// counts its own.
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use]
pub struct Policy {
    skips: bool,
    most: Option<u64>,
    share: Option<f64>,
    quarantine: Option<PathBuf>,
}

impl Policy {
    /// Errors are given to whoever reads.
    pub fn fail() -> Self {
        Self::default()
    }

    /// Bad samples are left out, any number of them unless [`at_most`](Self::at_most) or
    /// [`at_most_share`](Self::at_most_share) says otherwise.
    pub fn skip() -> Self {
        Self { skips: true, ..Self::default() }
    }

    /// Bad samples are left out, and each is a row of [`Quarantined`] in the shard at `path`, to be read like any other and
    /// [replayed](Dataset::replay) later.
    ///
    /// The shard is whole at any time: it is replaced when it has twice as many rows, and when whoever reads is done or
    /// dropped. Rows that it has already are kept, each sample once, so that a run that is resumed adds to them, and so do
    /// several readers at a time. Of several ranks, of a plan or of [`process_shards`](Dataset::process_shards), each has a
    /// shard of its own, with the number of the rank before the suffix, `bad-000003.tar`, or where `%06d` is in the name.
    /// All rows are in memory, some hundred bytes each: a budget bounds them.
    pub fn quarantine(path: impl AsRef<Path>) -> Self {
        Self { skips: true, quarantine: Some(path.as_ref().to_owned()), ..Self::default() }
    }

    /// With no more than so many bad samples: behind them comes an error that says so, and nothing else. Of a plan it is in
    /// place of the batch with the sample that was too many.
    ///
    /// A reader counts different samples: one that a plan repeats is counted once. Each call of
    /// [`ordered`](Dataset::ordered) and the like, each loader of each epoch and rank, and each run that is resumed counts
    /// anew; the shards of [`process_shards`](Dataset::process_shards) have one budget together.
    pub fn at_most(mut self, samples: u64) -> Self {
        self.most = Some(samples);
        self
    }

    /// With no more bad samples than this share of those that were looked at so far, rounded up: of 0.01 the second may come
    /// after 100 samples.
    pub fn at_most_share(mut self, share: f64) -> Self {
        self.share = Some(share);
        self
    }

    fn check(&self) -> Result<(), PolicyError> {
        let limited = self.most.is_some() || self.share.is_some();
        if limited && !self.skips {
            return Err(PolicyError::FailsAtOnce);
        }
        match self.share {
            Some(share) if !(share > 0.0 && share <= 1.0) => Err(PolicyError::Share { share }),
            _ => Ok(()),
        }
    }

    /// How many of `seen` samples may be bad.
    fn allowed(&self, seen: u64) -> u64 {
        let most = self.most.unwrap_or(u64::MAX);
        // Of more than 2^53 samples a share is a little off.
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let of_share = self.share.map_or(u64::MAX, |share| (share * seen as f64).ceil() as u64);
        most.min(of_share)
    }
}

#[derive(Debug, thiserror::Error)]
enum PolicyError {
    #[error("expected a share above 0 and up to 1, such as 0.01 for a hundredth, found {share}")]
    Share { share: f64 },
    #[error("a budget is of samples that are skipped: begin with `Policy::skip()` or `Policy::quarantine(path)`")]
    FailsAtOnce,
    #[error("{skipped} of {seen} samples are bad, and the policy allows {allowed}; the last one: {source:#}")]
    Budget { skipped: u64, seen: u64, allowed: u64, source: Error },
}

impl Cause for PolicyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Share { .. } | Self::FailsAtOnce => ErrorKind::InvalidInput,
            Self::Budget { source, .. } => source.kind(),
        }
    }
}

/// Samples that a reader counts before it tells others of them.
const TOLD_AT_ONCE: u64 = 64;

/// Whether an error is one about data, which another sample may not have.
pub(super) fn is_of_data(error: &Error) -> bool {
    // That rows do not stack is said of two of them, of which either may be the odd one: the batch cannot be made.
    let is_of_batch = matches!(
        error.cause::<ArrayError>(),
        Some(
            ArrayError::Ragged { .. }
                | ArrayError::MixedDtypes { .. }
                | ArrayError::OtherRank { .. }
                | ArrayError::Padding { .. }
        )
    );
    if is_of_batch || is_of_shard(error) || is_replaced(error) {
        return false;
    }
    match error.kind() {
        ErrorKind::Corrupt | ErrorKind::SchemaMismatch => true,
        // Of a shard that is so they would be errors of all of its samples.
        ErrorKind::Unsupported | ErrorKind::Caller | ErrorKind::Conflict => error.key().is_some(),
        _ => false,
    }
}

/// Whether an error says that a shard was replaced on its server while it was read.
#[cfg(feature = "http")]
fn is_replaced(error: &Error) -> bool {
    crate::net::failure::is_changed(error)
}

#[cfg(not(feature = "http"))]
fn is_replaced(_: &Error) -> bool {
    false
}

/// A policy that skips, and where it writes.
pub(super) struct Skipping {
    policy: Policy,
    /// Name and version of what samples were read as.
    sample_type: String,
    quarantine: Option<Arc<Mutex<Quarantine>>>,
    /// What several readers have seen together, where they have one budget.
    tally: Option<Arc<Tally>>,
}

impl Skipping {
    /// The same for a rank of several, which has a quarantine of its own.
    pub(super) fn of_rank(&self, rank: u64) -> Result<Self> {
        let number = usize::try_from(rank).unwrap_or(usize::MAX);
        let open = |path: &PathBuf| Quarantine::open(&numbered_path(path, number)?);
        let quarantine = self.policy.quarantine.as_ref().map(open).transpose()?;
        Ok(Self { quarantine: quarantine.map(|opened| Arc::new(Mutex::new(opened))), ..self.share() })
    }

    /// The same for readers that have one budget together.
    pub(super) fn together(&self) -> Self {
        Self { tally: Some(Arc::default()), ..self.share() }
    }

    fn share(&self) -> Self {
        let Self { policy, sample_type, quarantine, tally } = self;
        let (quarantine, tally) = (quarantine.as_ref().map(Arc::clone), tally.as_ref().map(Arc::clone));
        Self { policy: policy.clone(), sample_type: sample_type.clone(), quarantine, tally }
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    fn keep(&self, bad: &Bad) -> Result<()> {
        let Some(quarantine) = &self.quarantine else { return Ok(()) };
        let row = Quarantined::new(bad, &self.sample_type);
        quarantine.lock().unwrap_or_else(PoisonError::into_inner).add(row)
    }

    fn save(&self) -> Result<()> {
        match &self.quarantine {
            Some(quarantine) => quarantine.lock().unwrap_or_else(PoisonError::into_inner).save(),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Skipping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.policy.fmt(f)
    }
}

impl<T> Dataset<T> {
    /// The same dataset, whose bad samples are treated so by [`ordered`](Self::ordered) and the other iterators, their
    /// batches, and the [plans](Self::plan) of it. `len`, `get` and `select` are asked for samples and fail as ever.
    ///
    /// ```
    /// use atdata::dataset::{Policy, Quarantined};
    /// use atdata::{Dataset, DictSample, Packable};
    ///
    /// #[derive(Packable)]
    /// struct Number {
    ///     number: i64,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let (path, bad) = (dir.path().join("numbers.tar"), dir.path().join("bad.tar"));
    /// let mixed = (0..100_i64).map(|i| DictSample::from_iter([(if i == 17 { "word" } else { "number" }, i)]));
    /// Dataset::write(&path, mixed)?;
    /// let numbers = Dataset::<Number>::open(&path)?.on_error(Policy::quarantine(&bad).at_most(10))?;
    /// assert_eq!(numbers.ordered().filter_map(Result::ok).count(), 99);
    /// let row = &Dataset::<Quarantined>::open(&bad)?.head(1)?[0];
    /// assert!(row.cause.contains("number"), "{}", row.cause);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a share that is none, and a budget of nothing that is skipped. Those of
    /// reading a quarantine that is there already, [`SchemaMismatch`](ErrorKind::SchemaMismatch) if it is something else.
    pub fn on_error(&self, policy: Policy) -> Result<Self> {
        policy.check()?;
        let skipping = policy.skips.then(|| {
            let open = |path: &Path| Quarantine::open(&of_one_rank(path)?);
            let quarantine = policy.quarantine.as_deref().map(open).transpose()?;
            let quarantine = quarantine.map(|opened| Arc::new(Mutex::new(opened)));
            let sample_type = format!("{}@{}", self.schema.name, self.schema.version);
            Ok::<_, Error>(Arc::new(Skipping { policy, sample_type, quarantine, tally: None }))
        });
        Ok(Self { skipping: skipping.transpose()?, ..self.with_decode(self.decode.clone()) })
    }
}

/// The quarantine of whoever has no others beside it: a name with a place for a number has one all the same.
fn of_one_rank(path: &Path) -> Result<PathBuf> {
    let is_pattern = path.file_name().is_some_and(|name| name.to_string_lossy().contains('%'));
    if is_pattern { numbered_path(path, 0) } else { Ok(path.to_owned()) }
}

/// What a budget is of: samples that were looked at, and different ones that are bad.
#[derive(Debug, Default)]
struct Tally {
    seen: AtomicU64,
    /// Hashes of what tells them apart.
    bad: Mutex<HashSet<u64>>,
    hashes: RandomState,
}

impl Tally {
    /// Adds a bad sample, unless it was met before, and says how many there are.
    fn add(&self, bad: &Bad) -> u64 {
        // Not by its number, which is one among the samples of the reader.
        let hash = self.hashes.hash_one((bad.error.shard(), bad.error.key(), bad.error.offset()));
        let mut all = self.bad.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(hash);
        all.len() as u64
    }
}

/// Counts the samples of one reader, and decides on the bad ones.
#[derive(Debug, Default)]
pub(super) struct Guard {
    skipping: Option<Arc<Skipping>>,
    tally: Arc<Tally>,
    /// Samples that the tally does not have yet.
    untold: u64,
    skipped: u64,
    /// The budget is spent: nothing comes any longer.
    over: bool,
    /// All was given: there is nothing left to save.
    saved: bool,
}

impl Guard {
    pub(super) fn new(skipping: Option<&Arc<Skipping>>) -> Self {
        let tally = skipping.and_then(|skipping| skipping.tally.as_ref()).map(Arc::clone).unwrap_or_default();
        Self { skipping: skipping.map(Arc::clone), tally, ..Self::default() }
    }

    /// A sample was looked at.
    #[inline]
    pub(super) fn saw(&mut self, samples: u64) {
        self.untold += samples;
        if self.untold >= TOLD_AT_ONCE {
            self.tell();
        }
    }

    /// Tells others that have the same budget.
    fn tell(&mut self) -> u64 {
        let untold = std::mem::take(&mut self.untold);
        self.tally.seen.fetch_add(untold, Ordering::Relaxed) + untold
    }

    pub(super) fn skipped(&self) -> u64 {
        self.skipped
    }

    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether digests are asked for.
    #[inline]
    pub(super) fn wants_digests(&self) -> bool {
        self.skipping.as_ref().is_some_and(|skipping| skipping.quarantine.is_some())
    }

    /// Whether samples that are bad may be skipped.
    pub(super) fn skips(&self) -> bool {
        self.skipping.is_some()
    }

    /// The error that is to be given of a bad sample; `None` if it is skipped.
    #[cold]
    pub(super) fn judge(&mut self, bad: Bad) -> Option<Error> {
        let Some(skipping) = self.skipping.as_ref().filter(|_| is_of_data(&bad.error)) else { return Some(bad.error) };
        let skipping = Arc::clone(skipping);
        log::warn!("skipped: {:#}", bad.error);
        self.untold += 1;
        self.skipped += 1;
        let (seen, skipped) = (self.tell(), self.tally.add(&bad));
        let (allowed, kept) = (skipping.policy.allowed(seen), skipping.keep(&bad));
        if skipped <= allowed {
            return kept.err();
        }
        self.over = true;
        if let Err(error) = kept.and_then(|()| skipping.save()) {
            return Some(error);
        }
        let (shard, key) = (bad.error.shard().map(str::to_owned), bad.error.key().map(str::to_owned));
        let error = Error::from(PolicyError::Budget { skipped, seen, allowed, source: bad.error });
        let error = shard.iter().fold(error, |error, shard| error.with_shard(shard));
        Some(key.iter().fold(error, |error, key| error.with_key(key)))
    }

    /// The reader is at its end: what the quarantine has is made durable.
    pub(super) fn end(&mut self) -> Result<()> {
        self.tell();
        match &self.skipping {
            Some(skipping) if !self.saved => {
                self.saved = true;
                skipping.save()
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            log::error!("rows of a quarantine are lost: {error:#}");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn budgets_are_numbers_shares_or_both() {
        let allowed = |policy: Policy, seen| policy.allowed(seen);
        assert_eq!(allowed(Policy::skip(), 1), u64::MAX);
        assert_eq!(allowed(Policy::skip().at_most(3), 1000), 3);
        let share = || Policy::skip().at_most_share(0.01);
        assert_eq!([1, 100, 101, 1000].map(|seen| allowed(share(), seen)), [1, 1, 2, 10]);
        assert_eq!([1, 1000].map(|seen| allowed(share().at_most(3), seen)), [1, 3]);
    }

    #[test]
    fn budgets_that_are_none_are_refused() {
        for share in [0.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
            let error = Error::from(Policy::skip().at_most_share(share).check().unwrap_err());
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains("found"), "{error}");
        }
        let error = Policy::fail().at_most(3).check().unwrap_err();
        assert!(error.to_string().contains("`Policy::skip()`"), "{error}");
    }
}
