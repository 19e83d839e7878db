//! Joins: the samples of two datasets that have the same keys, together.

use std::fmt;
use std::sync::Arc;

use crate::dataset::catalog::{Catalog, NEVER};
use crate::dataset::compose::Composition;
use crate::dataset::decode::At;
use crate::dataset::partners::{Fetch, Fetched, Reading, read_together};
use crate::dataset::plan::error::PlanError;
use crate::dataset::{Dataset, DatasetError};
use crate::error::{Cause, ErrorKind, Printable, Result};

/// Keys that are named where some have no partner.
const SHOWN: usize = 5;

#[derive(Debug, thiserror::Error)]
enum JoinError {
    #[error(
        "the keys of both datasets are not the same: {}; join what both have with `inner_join`, or what the left one has with \
         `left_join`",
        .0
    )]
    Apart(Differences),
    #[error("{}: which of them is meant cannot be said, so write one of them under another key", Twice(*.is_left, .keys))]
    Twice { is_left: bool, keys: Keys },
    #[error("no sample has a key that is in both datasets")]
    Nothing,
    #[error(
        "a filter of the dataset to the right decides which samples it has: join first, and filter what comes of it"
    )]
    Filtered,
}

impl Cause for JoinError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Apart(_) | Self::Nothing => ErrorKind::NotFound,
            Self::Twice { .. } => ErrorKind::Conflict,
            Self::Filtered => ErrorKind::InvalidInput,
        }
    }
}

/// How many keys, and the first of them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Keys {
    count: u64,
    first: Vec<String>,
}

impl Keys {
    fn add(&mut self, key: &str) {
        self.count += 1;
        if self.first.len() < SHOWN {
            self.first.push(key.to_owned());
        }
    }
}

/// `"a", "b" and 7 more`.
impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.first.iter().enumerate() {
            write!(f, "{}\"{}\"", if at == 0 { "" } else { ", " }, Printable(key))?;
        }
        match self.count.saturating_sub(self.first.len() as u64) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// What only one of two datasets has.
#[derive(Debug)]
struct Differences {
    /// Samples of both.
    lens: [u64; 2],
    only_left: Keys,
    only_right: Keys,
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [left, right] = self.lens;
        let sides = [("left", left, &self.only_left, "right"), ("right", right, &self.only_right, "left")];
        let mut is_first = true;
        for (side, len, keys, other) in sides {
            if keys.count > 0 {
                let (count, between) = (keys.count, if is_first { "" } else { ", and " });
                write!(
                    f,
                    "{between}{count} of the {len} samples of the {side} one are not in the {other} one, {keys}"
                )?;
                is_first = false;
            }
        }
        Ok(())
    }
}

struct Twice<'a>(bool, &'a Keys);

impl fmt::Display for Twice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(is_left, keys) = self;
        let side = if *is_left { "left" } else { "right" };
        let (verb, noun) = if keys.count == 1 { ("is", "key") } else { ("are", "keys") };
        write!(f, "the {noun} {keys} {verb} there more than once in the dataset to the {side}")
    }
}

impl<T: 'static> Dataset<T> {
    /// The samples of this dataset, each with that of the same key of another one: of features and labels, say, that are kept in
    /// shards of their own.
    ///
    /// The samples come in the order of this dataset, in whatever way they are asked for: [`ordered`](Self::ordered),
    /// [`at`](Self::at), [`plan`](Self::plan) and what follows from that; tokens go on with the same two datasets only. Of the
    /// other one each sample is found by its key in the [contents](crate::shard::Contents), wherever it is: its shards need not be
    /// those of this one, nor in its order. Those of a batch of a plan, and of a [`select`](Self::select), are read together, neighbours
    /// at once, for up to an eighth of the plan's [memory](crate::dataset::PlanBuilder::memory) beside its batches, and for 128 MiB of
    /// a `select`; so are those of up to 1024 samples of `ordered` and its batches, for 32 MiB. Others are read one by one.
    ///
    /// That both have the same keys, each once, is verified from the contents now, before any sample is read; 1 bit a sample of
    /// the other dataset is taken for that. [`map`](Self::map), or [`join_with`](Self::join_with), makes one sample of two.
    ///
    /// ```
    /// use atdata::{Dataset, Packable, ShardWriter};
    ///
    /// #[derive(Packable)]
    /// struct Text {
    ///     text: String,
    /// }
    ///
    /// #[derive(Packable)]
    /// struct Label {
    ///     label: i64,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let (mut texts, mut labels) = (
    /// #     ShardWriter::builder(dir.path().join("t-%d.tar")).max_count(3).build()?,
    /// #     ShardWriter::builder(dir.path().join("l.tar")).build()?,
    /// # );
    /// # for n in 0..10 {
    /// #     texts.write_with_key(&format!("{n}"), &Text { text: format!("text {n}") })?;
    /// #     labels.write_with_key(&format!("{}", 9 - n), &Label { label: 9 - n })?;
    /// # }
    /// # let (texts, labels) = (texts.finish()?.open::<Text>()?, labels.finish()?.open::<Label>()?);
    /// let labelled = texts.join(&labels)?;
    /// let (text, label) = labelled.at(7)?;
    /// assert_eq!((&*text.text, label.label), ("text 7", 7));
    /// for step in labelled.plan().seed(7).batch(5).load_samples()? {
    ///     assert!(step?.batch.iter().all(|(text, label)| text.text.ends_with(&label.label.to_string())));
    /// }
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) where either has keys that the other has not, with how many and the first of them;
    /// [`Conflict`](ErrorKind::Conflict) for keys that are there more than once; [`InvalidInput`](ErrorKind::InvalidInput) for a
    /// filter of the other dataset. Those of reading the contents: shards whose contents are not beside them are read once, and
    /// may not be compressed.
    pub fn join<U: 'static>(&self, other: &Dataset<U>) -> Result<Dataset<(T, U)>> {
        let (right, found) = self.matched(other)?;
        found.check_unique()?;
        found.check_same()?;
        Ok(self.joined(&right, "join", |left, right| Ok((left, right))))
    }

    /// [`join`](Self::join), with what a function makes of both: a sample of one type is stacked into batches.
    ///
    /// # Errors
    /// Those of [`join`](Self::join).
    pub fn join_with<U: 'static, V: 'static>(
        &self,
        other: &Dataset<U>,
        f: impl Fn(T, U) -> V + Send + Sync + 'static,
    ) -> Result<Dataset<V>> {
        Ok(self.join(other)?.map(move |(left, right)| f(left, right)))
    }

    /// All samples of this dataset, and of the other one those of the same keys, where it has them: as [`join`](Self::join) does
    /// it. What only the other one has is passed over.
    ///
    /// # Errors
    /// Those of [`join`](Self::join), but for keys that only one of the two has.
    pub fn left_join<U: 'static>(&self, other: &Dataset<U>) -> Result<Dataset<(T, Option<U>)>> {
        let (right, found) = self.matched(other)?;
        found.check_unique()?;
        let right = Arc::new(right);
        let find = Arc::clone(&right);
        let decode =
            self.decode.joined(Arc::clone(&right) as _, move |left, at, number| Ok((left, find.find(at, number)?)));
        Ok(self.with_joined(decode, &right.fingerprint("left join")))
    }

    /// The samples whose keys both datasets have, in the order of this one: a [`Composition`], whose length is known, and which
    /// a plan loads. What only one of the two has is passed over. Otherwise as [`join`](Self::join).
    ///
    /// # Errors
    /// Those of [`join`](Self::join), but [`NotFound`](ErrorKind::NotFound) only if there is no such key.
    pub fn inner_join<U: 'static>(&self, other: &Dataset<U>) -> Result<Composition<(T, U)>> {
        if self.decode.drops() {
            return Err(PlanError::Filtered.into());
        }
        let (right, found) = self.matched(other)?;
        found.check_unique()?;
        if found.stretches.is_empty() {
            return Err(JoinError::Nothing.into());
        }
        let joined = self.joined(&right, "inner join", |left, right| Ok((left, right)));
        Ok(Composition::of_stretches(joined, &found.stretches))
    }

    /// The other dataset, and what both have of each other.
    fn matched<U: 'static>(&self, other: &Dataset<U>) -> Result<(Right<U>, Matched)> {
        if other.decode.drops() {
            return Err(JoinError::Filtered.into());
        }
        let (left, right) = (self.shards.catalog_or_scan()?, other.shards.catalog_or_scan()?);
        let matched = Matched::of(&left, &right)?;
        Ok((Right { dataset: other.share(), catalog: right }, matched))
    }

    /// With what is made of each sample and its partner.
    fn joined<U: 'static, V>(
        &self,
        right: &Right<U>,
        how: &str,
        f: impl Fn(T, U) -> Result<V> + Send + Sync + 'static,
    ) -> Dataset<V> {
        let find = Arc::new(right.share());
        let decode =
            self.decode.joined(Arc::clone(&find) as _, move |left, at, number| match find.find(at, number)? {
                Some(right) => f(left, right),
                None => Err(DatasetError::NoPartner { key: at.key.to_owned() }.into()),
            });
        self.with_joined(decode, &right.fingerprint(how))
    }
}

/// The dataset whose samples are found by key.
struct Right<U> {
    dataset: Dataset<U>,
    catalog: Arc<Catalog>,
}

impl<U> Right<U> {
    fn share(&self) -> Self {
        Self { dataset: self.dataset.share(), catalog: Arc::clone(&self.catalog) }
    }

    /// The partner of a sample, which may have been read for the join of that number.
    fn find(&self, at: At<'_>, number: usize) -> Result<Option<U>> {
        self.look_for(at, number).map_err(|error| {
            let schema = &self.dataset.schema;
            error.of_partner(&format!("{}@{}", schema.name, schema.version), at.shard)
        })
    }

    fn look_for(&self, At { key, partners, .. }: At<'_>, number: usize) -> Result<Option<U>> {
        if let Some(fetched) = partners.and_then(|partners| partners.of(number))
            && let Some(picked) = fetched.found.get(key)
        {
            let raw = picked.raw();
            let partner = self.dataset.decode.run_with(&raw, Some(&fetched.inner));
            return partner.map_err(|error| raw.locate(error));
        }
        match self.catalog.find(key)? {
            Some(sample) => {
                let named = |error| self.catalog.named(self.catalog.locate(sample).0, error);
                self.dataset.decode_raw(&self.catalog.read_settled(sample, NEVER).map_err(named)?.raw())
            }
            None => Ok(None),
        }
    }

    /// What tells a join with it from others.
    fn fingerprint(&self, how: &str) -> String {
        let before = self.dataset.joined.as_deref().map_or_else(String::new, |before| format!(" ({before})"));
        #[cfg(feature = "records")]
        let state = crate::dataset::plan::data_of(&self.dataset, &self.catalog);
        #[cfg(not(feature = "records"))]
        let state = self.catalog.samples();
        format!("{how} by key with {} samples in the state {state}{before}", self.catalog.samples())
    }
}

impl<U: 'static> Fetch for Right<U> {
    fn fetch(&self, keys: &[String], reading: Reading<'_>) -> Fetched {
        // The dataset may be a join itself, by the same keys.
        let reading = if self.dataset.decode.joins() { Reading { most: reading.most / 2, ..reading } } else { reading };
        let number = |key: &'_ String| self.catalog.find(key).ok().flatten();
        let wanted = keys.iter().filter_map(|key| Some((number(key)?, key.as_str()))).collect();
        let (found, is_full) = read_together(&self.catalog, wanted, reading);
        Fetched { found, is_full, inner: self.dataset.decode.fetch(keys, reading) }
    }
}

/// What two datasets have of each other.
struct Matched {
    lens: [u64; 2],
    /// Samples of the left one that have a partner: the first of each stretch, and how many it has.
    stretches: Vec<(u64, u64)>,
    only_left: Keys,
    only_right: Keys,
    twice_left: Keys,
    twice_right: Keys,
}

impl Matched {
    fn of(left: &Catalog, right: &Catalog) -> Result<Self> {
        let mut seen = Bits::new(right.samples());
        let mut found = Self {
            lens: [left.samples(), right.samples()],
            stretches: Vec::new(),
            only_left: Keys::default(),
            only_right: Keys::default(),
            twice_left: Keys::default(),
            twice_right: Keys::default(),
        };
        left.each_key(&mut |number, key| {
            match right.find(key)? {
                None => found.only_left.add(key),
                Some(partner) if seen.set(partner) => found.twice_left.add(key),
                Some(_) => match found.stretches.last_mut() {
                    Some((first, len)) if *first + *len == number => *len += 1,
                    _ => found.stretches.push((number, 1)),
                },
            }
            Ok(())
        })?;
        right.each_key(&mut |number, key| {
            if !seen.has(number) {
                // Found by its key is the first one.
                match right.find(key)? {
                    Some(first) if first != number => found.twice_right.add(key),
                    _ => found.only_right.add(key),
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn check_unique(&self) -> Result<(), JoinError> {
        for (is_left, keys) in [(true, &self.twice_left), (false, &self.twice_right)] {
            if keys.count > 0 {
                return Err(JoinError::Twice { is_left, keys: keys.clone() });
            }
        }
        Ok(())
    }

    fn check_same(self) -> Result<(), JoinError> {
        let Self { lens, only_left, only_right, .. } = self;
        if only_left.count + only_right.count == 0 {
            return Ok(());
        }
        Err(JoinError::Apart(Differences { lens, only_left, only_right }))
    }
}

/// A bit for each sample.
struct Bits(Vec<u64>);

impl Bits {
    fn new(len: u64) -> Self {
        Self(vec![0; usize::try_from(len.div_ceil(64)).unwrap_or(usize::MAX)])
    }

    fn at(number: u64) -> (usize, u64) {
        (usize::try_from(number / 64).unwrap_or(usize::MAX), 1 << (number % 64))
    }

    /// Whether it was set before.
    fn set(&mut self, number: u64) -> bool {
        let (at, bit) = Self::at(number);
        let Some(bits) = self.0.get_mut(at) else { return false };
        let was_set = *bits & bit != 0;
        *bits |= bit;
        was_set
    }

    fn has(&self, number: u64) -> bool {
        let (at, bit) = Self::at(number);
        self.0.get(at).is_some_and(|bits| bits & bit != 0)
    }
}
