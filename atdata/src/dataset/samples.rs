//! The iterator over samples.

use std::sync::Arc;

use crate::dataset::catalog::Catalog;
use crate::dataset::decode::{At, Decode, Read};
use crate::dataset::partners::Partners;
use crate::dataset::policy::{Guard, Skipping};
use crate::dataset::quarantine::{Bad, digest_of};
use crate::dataset::raw::RawSamples;
use crate::dataset::shards::Shards;
use crate::dataset::shuffle::{Shuffle, ShuffleBuffer};
use crate::dataset::take::Take;
use crate::dataset::warning::ShardWarning;
use crate::dataset::window::Window;
use crate::error::Result;
use crate::sample::{Column, Packable};
use crate::shard::{PassedOver, RawSample};

/// An iterator over the samples of a dataset.
///
/// How many are left nobody knows before the shards are read to their ends, so its `size_hint` says nothing:
/// [`Dataset::len`](crate::Dataset::len) counts them, and a [plan](crate::Dataset::plan) has.
#[derive(Debug)]
pub struct Samples<T> {
    order: Order,
    decode: Decode<T>,
    guard: Guard,
    /// What the samples are joined with, where that is read together.
    window: Option<Box<Window>>,
}

#[derive(Debug)]
enum Order {
    /// Each sample is decoded before what follows it in its group is looked at.
    Early(RawSamples),
    /// Each is known to be one before a function of the caller sees it.
    Grouped(RawSamples),
    Shuffled(ShuffleBuffer),
}

impl Order {
    /// Hands the next raw sample to `take`.
    #[inline]
    fn take_next<T: Take>(&mut self, take: &mut T) -> Option<Result<T::Taken>> {
        match self {
            Self::Early(raw) => raw.take_next(take),
            Self::Grouped(raw) => match raw.advance() {
                Ok(true) => raw.current().map(|sample| take.take(&sample)),
                Ok(false) => None,
                Err(error) => Some(Err(error)),
            },
            Self::Shuffled(buffer) => buffer.take_next(take),
        }
    }
}

/// Decodes samples one by one, each with what `with` makes of its raw form.
struct One<'a, T, W> {
    decode: &'a Decode<T>,
    window: Option<&'a mut Window>,
    with: W,
    digest: Digest,
}

/// The digest of what could not be decoded, if somebody asks for it.
#[derive(Default)]
struct Digest {
    is_wanted: bool,
    of_last: Option<[u8; 32]>,
}

impl Digest {
    fn wanted(is_wanted: bool) -> Self {
        Self { is_wanted, of_last: None }
    }

    #[cold]
    fn note(&mut self, raw: &RawSample<'_>) {
        if self.is_wanted {
            self.of_last = digest_of(raw);
        }
    }
}

impl<T, K, W: Fn(&RawSample<'_>) -> K> Take for One<'_, T, W> {
    type Taken = Option<(K, T)>;

    #[inline]
    fn take(&mut self, raw: &RawSample<'_>) -> Result<Self::Taken> {
        let (decode, window) = (self.decode, self.window.as_mut());
        match decode.run_asking(raw, || window.and_then(|window| window.of(decode, raw.key()))) {
            Ok(sample) => Ok(sample.map(|sample| ((self.with)(raw), sample))),
            Err(error) => {
                self.digest.note(raw);
                Err(raw.locate(error))
            }
        }
    }

    fn undo(&mut self) {}
}

/// Decodes samples into a batch, each behind those that are there, and says whether it was kept.
struct Row<'a, S: Packable> {
    decode: &'a Decode<S>,
    window: Option<&'a mut Window>,
    builder: &'a mut S::Builder,
    rows: usize,
    /// Those of the samples in the batch, where somebody asks for them.
    keys: Option<&'a mut Vec<String>>,
    digest: Digest,
}

impl<S: Packable> Take for Row<'_, S> {
    type Taken = bool;

    #[inline]
    fn take(&mut self, raw: &RawSample<'_>) -> Result<bool> {
        let (decode, window) = (self.decode, self.window.as_mut());
        let partners = || window.and_then(|window| window.of(decode, raw.key()));
        let kept = read_into(decode, self.builder, raw, partners).map_err(|error| {
            self.digest.note(raw);
            raw.locate(error)
        })?;
        if kept && let Some(keys) = &mut self.keys {
            keys.push(raw.key().to_owned());
        }
        Ok(kept)
    }

    fn undo(&mut self) {
        self.builder.truncate(self.rows);
        if let Some(keys) = &mut self.keys {
            keys.truncate(self.rows);
        }
    }
}

impl<T> Samples<T> {
    pub(super) fn ordered(raw: RawSamples, decode: Decode<T>) -> Self {
        // What a caller's function sees is a sample, and it sees each once.
        if decode.keeps_all() {
            return Self { order: Order::Early(raw.beginning_large()), decode, guard: Guard::default(), window: None };
        }
        Self::grouped(raw, decode)
    }

    /// The same, for who asks of each sample what else is in its group.
    pub(super) fn grouped(raw: RawSamples, decode: Decode<T>) -> Self {
        Self { order: Order::Grouped(raw), decode, guard: Guard::default(), window: None }
    }

    pub(super) fn shuffled(shards: &Shards, shuffle: Shuffle, decode: Decode<T>) -> Self {
        let buffer = ShuffleBuffer::new(shards, shuffle, decode.keeps_all());
        Self { order: Order::Shuffled(buffer), decode, guard: Guard::default(), window: None }
    }

    /// The same, of which bad samples are treated so.
    pub(super) fn skipping(self, skipping: Option<&Arc<Skipping>>) -> Self {
        Self { guard: Guard::new(skipping), ..self }
    }

    /// The same, which come in the order of a catalogue, so that what they are joined with is read together.
    pub(super) fn in_order_of(self, catalog: Arc<Catalog>) -> Self {
        Self { window: Some(Box::new(Window::new(catalog))), ..self }
    }

    /// How many samples were left out so far, which were bad: see [`Dataset::on_error`](crate::Dataset::on_error).
    pub fn skipped(&self) -> u64 {
        self.guard.skipped()
    }

    /// The samples with their keys.
    pub fn with_keys(self) -> Keyed<T> {
        Keyed(self)
    }

    /// What was odd about the shards that were read to their end so far; each is logged as well.
    pub fn warnings(&self) -> &[ShardWarning] {
        match &self.order {
            Order::Early(raw) | Order::Grouped(raw) => raw.warnings(),
            Order::Shuffled(buffer) => buffer.warnings(),
        }
    }

    /// The members that belong to no sample, of the shards that were read to their end.
    pub fn passed_over(&self) -> &PassedOver {
        match &self.order {
            Order::Early(raw) | Order::Grouped(raw) => raw.passed_over(),
            Order::Shuffled(buffer) => buffer.passed_over(),
        }
    }

    /// The shard that the last sample is of, and whether its samples have a member for each field; of a shuffle buffer that
    /// is not known.
    #[cfg(feature = "records")]
    pub(super) fn source(&self) -> Option<(&str, bool)> {
        match &self.order {
            Order::Early(raw) | Order::Grouped(raw) => raw.source(),
            Order::Shuffled(_) => None,
        }
    }

    /// Whether so many samples were bad that nothing comes any longer.
    pub(super) fn is_over(&self) -> bool {
        self.guard.is_over()
    }

    /// The next sample that no filter drops, with what `with` makes of its raw form.
    #[inline]
    pub(super) fn next_kept<K>(&mut self, with: impl Fn(&RawSample<'_>) -> K) -> Option<Result<(K, T)>> {
        let Self { order, decode, guard, window } = self;
        let window = window.as_deref_mut();
        let mut take = One { decode, window, with, digest: Digest::wanted(guard.wants_digests()) };
        while !guard.is_over() {
            match order.take_next(&mut take) {
                Some(Ok(Some(kept))) => {
                    guard.saw(1);
                    return Some(Ok(kept));
                }
                Some(Ok(None)) => guard.saw(1),
                Some(Err(error)) => {
                    let bad = Bad { error, sample: None, digest: take.digest.of_last.take() };
                    if let Some(error) = guard.judge(bad) {
                        return Some(Err(error));
                    }
                }
                None => return guard.end().err().map(Err),
            }
        }
        None
    }
}

impl<S: Packable> Samples<S> {
    /// Decodes the next sample into `builder`, behind the `rows` that it has, and its key into `keys`; `None` at the end.
    #[inline]
    pub(super) fn next_into(
        &mut self,
        builder: &mut S::Builder,
        rows: usize,
        keys: Option<&mut Vec<String>>,
    ) -> Option<Result<()>> {
        let Self { order, decode, guard, window } = self;
        let window = window.as_deref_mut();
        let mut take = Row { decode, window, builder, rows, keys, digest: Digest::wanted(guard.wants_digests()) };
        while !guard.is_over() {
            match order.take_next(&mut take) {
                Some(Ok(true)) => {
                    guard.saw(1);
                    return Some(Ok(()));
                }
                Some(Ok(false)) => guard.saw(1),
                Some(Err(error)) => {
                    let bad = Bad { error, sample: None, digest: take.digest.of_last.take() };
                    if let Some(error) = guard.judge(bad) {
                        return Some(Err(error));
                    }
                    take.undo();
                }
                None => return guard.end().err().map(Err),
            }
        }
        None
    }
}

/// Decodes a sample into `builder`, and says whether it was kept. What it may be joined with is asked for then only.
#[inline]
pub(super) fn read_into<'p, S: Packable>(
    decode: &Decode<S>,
    builder: &mut S::Builder,
    raw: &RawSample<'_>,
    partners: impl FnOnce() -> Option<&'p Partners>,
) -> Result<bool> {
    let mut cursor = raw.cursor();
    if !decode.keeps(&cursor)? {
        return Ok(false);
    }
    decode.hold(raw)?;
    match &decode.read {
        Read::Direct(_) => builder.read(&mut cursor).map(|()| true),
        Read::View(view) => view.read_column(builder, &mut cursor, S::SCHEMA.name).map(|()| true),
        Read::Staged { read, .. } => {
            match read(&mut cursor, At { key: raw.key(), shard: raw.shard(), partners: partners() })? {
                Some(sample) => builder.push(sample).map(|()| true).map_err(|error| error.in_sample(S::SCHEMA.name)),
                None => Ok(false),
            }
        }
    }
}

impl<T> Iterator for Samples<T> {
    type Item = Result<T>;

    #[inline]
    fn next(&mut self) -> Option<Result<T>> {
        self.next_kept(|_| ()).map(|kept| kept.map(|((), sample)| sample))
    }
}

/// An iterator over keys and samples.
#[derive(Debug)]
pub struct Keyed<T>(pub(super) Samples<T>);

impl<T> Keyed<T> {
    /// What was odd about the shards that were read to their end so far.
    pub fn warnings(&self) -> &[ShardWarning] {
        self.0.warnings()
    }

    /// How many samples were left out so far, which were bad.
    pub fn skipped(&self) -> u64 {
        self.0.skipped()
    }
}

impl<T> Iterator for Keyed<T> {
    type Item = Result<(String, T)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next_kept(|raw| raw.key().to_owned())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::dataset::{Dataset, ShardWriter};
    use crate::sample::DictSample;

    fn write(folder: &std::path::Path, name: &str) -> Dataset<DictSample> {
        let mut writer = ShardWriter::builder(folder.join(name)).contents(true).build().unwrap();
        for number in 0..20_i64 {
            writer.write_with_key(&format!("{number}"), &DictSample::from_iter([("number", number)])).unwrap();
        }
        writer.finish().unwrap().open().unwrap()
    }

    #[test]
    fn partners_of_what_is_dropped_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let (left, right) = (write(folder.path(), "l.tar"), write(folder.path(), "r.tar"));
        for keeps in [false, true] {
            let left = left.with_decode(left.decode.filter_bytes(move |_| Ok(keeps)));
            let joined = left.join(&right).unwrap();
            let mut samples = joined.ordered();
            assert_eq!(samples.by_ref().map(Result::unwrap).count(), if keeps { 20 } else { 0 });
            assert_eq!(samples.window.unwrap().has_read(), keeps);
            let stacked = left.join_with(&right, |left, _| left).unwrap();
            let (mut samples, mut rows) = (stacked.ordered(), <DictSample as Packable>::Builder::with_capacity(1));
            assert_eq!(samples.next_into(&mut rows, 0, None).is_some(), keeps);
            assert_eq!(samples.window.unwrap().has_read(), keeps);
        }
    }

    /// Each would be looked for in all shards.
    #[test]
    fn what_is_not_where_it_should_be_is_looked_for_once() {
        let folder = tempfile::tempdir().unwrap();
        let (left, right) = (write(folder.path(), "l.tar"), write(folder.path(), "r.tar"));
        let joined = left.join(&right).unwrap();
        let mut window = Window::new(left.shards.catalog_or_scan().unwrap());
        assert!(window.of(&joined.decode, "0").is_some() && window.of(&joined.decode, "7").is_some());
        assert!(window.of(&joined.decode, "another").is_none() && window.of(&joined.decode, "8").is_none());
    }
}
