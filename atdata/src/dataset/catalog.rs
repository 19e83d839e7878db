//! The catalogue: where each sample of a dataset is, by the contents of its shards.

mod entry;
mod export;
#[cfg(test)]
mod held;
mod index;
mod kept;
mod look;
mod pack;
#[cfg(feature = "manifest")]
mod partly;
mod table;

use std::collections::HashMap;
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use self::entry::{Entry, Reading, Where};
pub(super) use self::export::export;
pub use self::index::{IndexOptions, Indexed};
pub(super) use self::index::{import, index};
use self::kept::Kept;
use self::look::{Look, unfit};
pub use self::pack::Packed;
pub(super) use self::pack::pack;
#[cfg(feature = "manifest")]
pub(super) use self::partly::Wants;
use self::table::KeyTable;
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::sample::SampleLayout;
use crate::shard::{Contents, Keys, Picked, Picker, Summary, as_of_shard, hash_of, is_other_bytes};
use crate::source::{Ranges, ReadOptions, Seen, Shard};
use crate::store::several;

/// Shards that are open at a time: a process may hold 1024 files open, often no more.
const OPEN: usize = 256;
/// Bytes of contents that are kept in memory; those that were found by a scan come on top.
const HELD: usize = 256 << 20;
/// Contents beyond that which are open at a time, some 40 KiB and a file each.
const BY_BLOCKS: usize = 64;
/// Bytes that the table of all keys may have.
const TABLE: usize = 256 << 20;
/// Servers are asked by more threads than there are processors, for each of them only waits.
const ASKED_AT_ONCE: usize = 16;

#[derive(Debug, thiserror::Error)]
enum CatalogError {
    #[error("its samples cannot be read in any order: {why}")]
    InOrder { why: &'static str },
    #[error("the contents of the shard are others than when they were first looked at: open the dataset anew")]
    Changed,
    #[cfg(feature = "manifest")]
    #[error("a query has left the shard out, and its samples are not at hand: open the dataset anew")]
    LeftOut,
    #[error("a pack names shards as text, which the name of this one is not: rename it, or index it without `--pack`")]
    NotText,
    #[error("the index of that form is one file for all shards: say where it is to be (`--out FILE`)")]
    #[cfg_attr(not(feature = "json"), allow(dead_code))]
    NoFile,
}

impl Cause for CatalogError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InOrder { .. } => ErrorKind::Unsupported,
            Self::Changed => ErrorKind::Conflict,
            #[cfg(feature = "manifest")]
            Self::LeftOut => ErrorKind::Unsupported,
            Self::NotText | Self::NoFile => ErrorKind::InvalidInput,
        }
    }
}

/// Whether what is being read is wanted no longer.
pub(super) type IsStopped<'a> = &'a (dyn Fn() -> bool + Sync);
/// For who waits in any case.
pub(super) const NEVER: IsStopped<'static> = &|| false;

/// Where the samples of some shards are.
pub(super) struct Catalog {
    entries: Vec<Entry>,
    /// Number of the first sample of each shard, and how many there are in all.
    starts: Vec<u64>,
    is_remote: bool,
    is_asked: bool,
    /// Shards that are open, each counted as one.
    open: Kept<Ranges>,
    /// What servers said of those that were opened.
    #[cfg_attr(not(feature = "http"), allow(clippy::zero_sized_map_values))]
    seen: Mutex<HashMap<usize, Seen>>,
    /// Those whose contents are in memory, by the size of these.
    pickers: Kept<Picker>,
    /// Those for which there is no room any more, of which blocks are read: each counted as one.
    by_blocks: Kept<Picker>,
    keys: OnceLock<Option<KeyTable>>,
    /// For whoever makes the table of keys, so that it is made once.
    making: Mutex<()>,
    /// Shards that were asked for keys, one by one.
    asked: AtomicU64,
}

impl Catalog {
    /// `None` if the contents of one are not kept beside it.
    pub(super) fn open(shards: &Arc<[Shard]>, options: &ReadOptions, layout: SampleLayout) -> Result<Option<Self>> {
        if in_order(options).is_some() {
            return Ok(None);
        }
        let look = Look::new(&Reading::new(shards, options, layout))?;
        // Most datasets have none at all.
        let first = shards.len().min(1);
        let mut entries = Vec::with_capacity(shards.len());
        for numbers in [0..first, first..shards.len()] {
            let Some(mut found) = look.all(numbers)? else { return Ok(None) };
            entries.append(&mut found);
        }
        Ok(Some(Self::new(entries)))
    }

    /// Reads those whose contents are not kept beside them.
    pub(super) fn scan(shards: &Arc<[Shard]>, options: &ReadOptions, layout: SampleLayout) -> Result<Self> {
        if let Some(why) = in_order(options) {
            return Err(CatalogError::InOrder { why }.into());
        }
        let reading = Reading::new(shards, options, layout);
        let look = Look::new(&reading)?;
        let numbers: Vec<usize> = (0..shards.len()).collect();
        let found = over_all(&numbers, look.threads(), |number| match look.of(*number)? {
            Some(entry) => Ok(Some(entry)),
            None => shards.get(*number).map_or(Ok(()), is_scannable).map(|()| None),
        })?;
        let is_read = |(entry, shard): &(&Option<Entry>, &Shard)| entry.is_none() && shard.made().is_none();
        let missing = found.iter().zip(shards.iter()).filter(is_read).count();
        if missing > 0 {
            log::info!("{missing} shards are read to find their samples; `atdata index-shards` saves it the next time");
        }
        let found: Vec<_> = shards.iter().zip(found).enumerate().collect();
        let entries = over_all(&found, threads(), |(number, (shard, entry))| {
            let entry = match entry {
                Some(entry) => entry.clone(),
                None => {
                    let made = Contents::of_made(shard)?;
                    let scanned = Arc::new(made.map_or_else(|| Contents::scan(path_of(shard)?, options), Ok)?);
                    Entry::new(*number, Where::Scanned(scanned), &reading)
                }
            };
            match unfit(&entry.summary(), layout) {
                Some(why) => Err(Error::from(CatalogError::InOrder { why }).with_shard(&shard.redacted())),
                None => Ok(entry),
            }
        })?;
        Ok(Self::new(entries))
    }

    /// The samples of all, one catalogue behind the other.
    pub(super) fn of_parts(catalogs: &[Arc<Self>]) -> Arc<Self> {
        match catalogs {
            [only] => Arc::clone(only),
            several => {
                Arc::new(Self::new(several.iter().flat_map(|catalog| catalog.entries.iter().cloned()).collect()))
            }
        }
    }

    fn new(entries: Vec<Entry>) -> Self {
        let mut starts = Vec::with_capacity(entries.len() + 1);
        let mut total = 0_u64;
        starts.push(total);
        for entry in &entries {
            total = total.saturating_add(entry.summary().samples);
            starts.push(total);
        }
        Self {
            open: Kept::new(entries.len(), OPEN),
            seen: Mutex::default(),
            pickers: Kept::new(entries.len(), HELD),
            by_blocks: Kept::new(entries.len(), BY_BLOCKS),
            is_remote: entries.iter().any(Entry::is_remote),
            is_asked: entries.iter().any(Entry::is_asked),
            entries,
            starts,
            keys: OnceLock::new(),
            making: Mutex::default(),
            asked: AtomicU64::new(0),
        }
    }

    /// How many shards there are.
    pub(super) fn shards(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn samples(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Whether any of the shards is on a server.
    pub(super) fn is_remote(&self) -> bool {
        self.is_remote
    }

    /// Whether each range of a shard is a request to a server: of one that is kept in a cache it is read of a file.
    pub(super) fn asks_for(&self, shard: usize) -> bool {
        self.entries.get(shard).is_some_and(Entry::is_asked)
    }

    /// Whether that is so of any of them.
    pub(super) fn is_asked(&self) -> bool {
        self.is_asked
    }

    /// Samples and sizes of the shards, and the digests of what is in them.
    pub(super) fn summaries(&self) -> impl Iterator<Item = Summary> {
        self.entries.iter().map(Entry::summary)
    }

    /// The number of the first sample with that key, counted over all shards.
    pub(super) fn find(&self, key: &str) -> Result<Option<u64>> {
        let mut found = None;
        let searched = self.each_with(key, &mut |sample| {
            found = Some(sample);
            ControlFlow::Break(())
        });
        // Where something is wrong with a shard it may be in one that is sound.
        if found.is_some() { Ok(found) } else { searched.map(|()| None) }
    }

    /// Tells the numbers of all samples with that key, in order, until it is told to stop. What is wrong with a shard is told behind
    /// those of all others.
    pub(super) fn each_with(&self, key: &str, then: &mut dyn FnMut(u64) -> ControlFlow<()>) -> Result<()> {
        let hash = hash_of(key.as_bytes());
        if let Some(table) = self.table() {
            for sample in table.candidates(hash) {
                let (shard, number) = self.locate(sample);
                let picker = self.picker(shard, NEVER).map_err(|error| self.named(shard, error))?;
                let mut keys = Keys::default();
                let found = picker.contents().key_in(number, &mut keys).map_err(|error| self.named(shard, error))?;
                if found == key.as_bytes() && then(sample).is_break() {
                    break;
                }
            }
            return Ok(());
        }
        let mut failed = None;
        for (shard, start) in self.with_samples() {
            if self.is_remote && shard.is_multiple_of(ASKED_AT_ONCE) {
                let next: Vec<usize> = (shard..self.entries.len()).take(ASKED_AT_ONCE).collect();
                self.ask_for(&next, NEVER);
            }
            self.asked.fetch_add(1, Ordering::Relaxed);
            let of_shard = &mut |number| then(start + number);
            match self.picker(shard, NEVER).and_then(|picker| picker.contents().each_hashed(hash, key, of_shard)) {
                Ok(ControlFlow::Break(())) => return Ok(()),
                Ok(ControlFlow::Continue(())) => {}
                Err(error) => failed = failed.or(Some(self.named(shard, error))),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// The shards whose samples somebody may ask for, with the numbers of their first ones.
    fn with_samples(&self) -> impl Iterator<Item = (usize, &u64)> {
        let all = self.entries.iter().enumerate().zip(&self.starts);
        all.filter(|((_, entry), _)| !entry.is_left_out()).map(|((shard, _), start)| (shard, start))
    }

    /// An error of looking into the contents of that shard.
    #[cold]
    pub(super) fn named(&self, shard: usize, error: Error) -> Error {
        match self.entries.get(shard).map(Entry::shard) {
            Some(Ok(shard)) => error.with_shard(&shard.redacted()),
            _ => error,
        }
    }

    /// Tells of all samples their numbers and keys, in order.
    pub(super) fn each_key(&self, then: &mut dyn FnMut(u64, &str) -> Result<()>) -> Result<()> {
        self.each_key_of(0, self.samples(), then)
    }

    /// The same of so many samples from the first one on.
    pub(super) fn each_key_of(
        &self,
        first: u64,
        len: u64,
        then: &mut dyn FnMut(u64, &str) -> Result<()>,
    ) -> Result<()> {
        let end = first.saturating_add(len).min(self.samples());
        if first >= end {
            return Ok(());
        }
        let shards = self.locate(first).0..self.locate(end - 1).0 + 1;
        if self.is_remote {
            self.ask_for(&shards.clone().collect::<Vec<_>>(), NEVER);
        }
        for shard in shards {
            let (picker, mut keys, start) = (self.picker(shard, NEVER)?, Keys::default(), self.start_of(shard));
            let numbers = first.saturating_sub(start)..picker.contents().samples().min(end - start);
            for number in numbers {
                // Keys are text, and what damaged contents have instead is no key of anything.
                then(start + number, &String::from_utf8_lossy(picker.contents().key_in(number, &mut keys)?))?;
            }
        }
        Ok(())
    }

    /// The table of all keys, once asking each shard has taken as long as making it; `None` until then, of one shard,
    /// which has its own, of more keys than there may be in memory, and where one cannot be asked for its keys.
    fn table(&self) -> Option<&KeyTable> {
        if let Some(table) = self.keys.get() {
            return table.as_ref();
        }
        let is_worth_it = self.entries.len() > 1 && self.asked.load(Ordering::Relaxed) > self.samples() / 2;
        if !is_worth_it || KeyTable::size(self.samples()).is_none_or(|size| size > TABLE) {
            return None;
        }
        // Others ask each shard meanwhile.
        let Ok(_making) = self.making.try_lock() else { return None };
        self.keys.get_or_init(|| self.make_table().ok().flatten()).as_ref()
    }

    fn make_table(&self) -> Result<Option<KeyTable>> {
        let Some(mut table) = KeyTable::new(self.samples()) else { return Ok(None) };
        if self.is_remote {
            self.ask_for(&(0..self.entries.len()).collect::<Vec<_>>(), NEVER);
        }
        for (shard, start) in self.with_samples() {
            let (picker, mut keys) = (self.picker(shard, NEVER)?, Keys::default());
            for number in 0..picker.contents().samples() {
                let key = picker.contents().key_in(number, &mut keys)?;
                table.insert(hash_of(key), start + number);
            }
        }
        Ok(Some(table))
    }

    /// The key of a sample.
    pub(super) fn key(&self, sample: u64, is_stopped: IsStopped<'_>) -> Result<String> {
        let (shard, number) = self.locate(sample);
        self.picker(shard, is_stopped)?.contents().key(number)
    }

    /// The shard of a sample, and its number in that.
    pub(super) fn locate(&self, sample: u64) -> (usize, u64) {
        let shard = self.starts.partition_point(|start| *start <= sample).saturating_sub(1);
        (shard, sample - self.starts.get(shard).copied().unwrap_or(0))
    }

    /// The number of the first sample of a shard.
    pub(super) fn start_of(&self, shard: usize) -> u64 {
        self.starts.get(shard).copied().unwrap_or(0)
    }

    /// The sample of that number, counted over all shards.
    pub(super) fn read(&self, sample: u64) -> Result<Picked> {
        self.read_unless(sample, NEVER)
    }

    /// The same, unless that is given up while a server is waited for.
    pub(super) fn read_unless(&self, sample: u64, is_stopped: IsStopped<'_>) -> Result<Picked> {
        let (shard, number) = self.locate(sample);
        let picker = self.picker(shard, is_stopped)?;
        let ranges = self.ranges(shard, &picker, is_stopped)?;
        picker.read(&ranges, number, is_stopped)
    }

    /// Whether a sample that cannot be read is alone in that: other samples of its shard are what its contents say.
    pub(super) fn is_alone(&self, sample: u64, is_stopped: IsStopped<'_>) -> Result<bool> {
        let (shard, number) = self.locate(sample);
        let picker = self.picker(shard, is_stopped)?;
        let ranges = self.ranges(shard, &picker, is_stopped)?;
        Ok(picker.has_sound(&ranges, number, is_stopped))
    }

    /// The same, but of a shard that was replaced the error is none of that sample.
    pub(super) fn read_settled(&self, sample: u64, is_stopped: IsStopped<'_>) -> Result<Picked> {
        self.read_unless(sample, is_stopped).map_err(|error| {
            let is_replaced = is_other_bytes(&error) && !self.is_alone(sample, is_stopped).unwrap_or(false);
            if is_replaced { as_of_shard(error) } else { error }
        })
    }

    /// The shard, open. Where there is a cache it is fetched to that as a whole.
    pub(super) fn ranges(&self, shard: usize, picker: &Picker, is_stopped: IsStopped<'_>) -> Result<Arc<Ranges>> {
        if let Some(ranges) = self.open.get(shard) {
            return Ok(ranges);
        }
        // Without a lock: others may read what is open meanwhile.
        let place = self.entries.get(shard).ok_or(CatalogError::Changed)?.shard()?;
        let ranges = Arc::new(picker.open(place, &self.seen(shard), is_stopped)?);
        self.open.put(shard, &ranges, 1);
        Ok(ranges)
    }

    /// What the server of a shard said of it when it was first read: also of one that was closed since.
    fn seen(&self, shard: usize) -> Seen {
        if !self.asks_for(shard) {
            return Seen::default();
        }
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).entry(shard).or_default().clone()
    }

    /// What makes samples of the bytes of a shard.
    pub(super) fn picker(&self, shard: usize, is_stopped: IsStopped<'_>) -> Result<Arc<Picker>> {
        if let Some(picker) = self.pickers.get(shard).or_else(|| self.by_blocks.get(shard)) {
            return Ok(picker);
        }
        let entry = self.entries.get(shard).ok_or(CatalogError::Changed)?;
        let (place, Reading { options, layout, .. }) = (entry.shard()?, entry.reading());
        let (contents, size) = entry.contents(self.pickers.room(), is_stopped)?;
        let is_whole = contents.is_whole();
        let picker = Arc::new(Picker::new(place, contents, options, *layout));
        // What contents do not have is not believed either, unless they are held against the shard.
        if entry.is_unseen() {
            self.ranges(shard, &picker, is_stopped)?;
        }
        if is_whole {
            self.pickers.put(shard, &picker, size);
        } else {
            self.by_blocks.put(shard, &picker, 1);
        }
        Ok(picker)
    }

    fn has_picker(&self, shard: usize) -> bool {
        let is_left_out = self.entries.get(shard).is_some_and(Entry::is_left_out);
        is_left_out || self.pickers.get(shard).is_some() || self.by_blocks.get(shard).is_some()
    }

    /// The same, which has no more contents in memory.
    #[cfg(test)]
    pub(super) fn within(self, bytes: usize) -> Self {
        Self { pickers: Kept::new(self.entries.len(), bytes), ..self }
    }

    /// Has the contents of these shards at hand, as many at a time as servers are asked. What is wrong with one is told by
    /// whoever asks for it.
    pub(super) fn ask_for(&self, shards: &[usize], is_stopped: IsStopped<'_>) {
        let missing: Vec<usize> = shards.iter().copied().filter(|shard| !self.has_picker(*shard)).collect();
        if missing.len() > 1 {
            let work = |shard: &usize, _: &mut dyn FnMut(u64)| drop(self.picker(*shard, is_stopped));
            several(&missing, ASKED_AT_ONCE, work, &mut |_| (), &mut |_, ()| ControlFlow::Continue(()));
        }
    }
}

/// Why samples are read one after the other only, whatever their contents say.
fn in_order(options: &ReadOptions) -> Option<&'static str> {
    options.rust_beta.then_some("shards of the Rust beta are read one after the other only: write the dataset anew")
}

fn is_scannable(shard: &Shard) -> Result<()> {
    if shard.made().is_some() { Ok(()) } else { path_of(shard).map(drop) }
}

fn path_of(shard: &Shard) -> Result<&Path> {
    let why = if shard.made().is_some() {
        "it is a part of an archive of barecat, whose index says where its samples are: it needs no contents beside it. \
         Copy it to a tar file with `atdata cp` for what takes files alone"
    } else if shard.is_pinned() {
        "it is a blob, or its entry or record has its SHA-256: only the whole of it can be held against that, and no range. \
         Copy it to a file with `atdata cp` to read it in any order"
    } else {
        "it is no file, and has no contents beside it that are of use: make them where it is one, by `atdata index-shards`, \
         and put them there as well, or copy it with `atdata cp`"
    };
    shard.path().ok_or_else(|| Error::from(CatalogError::InOrder { why }).with_shard(&shard.redacted()))
}

/// As many as there are processors, up to 8.
pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(8)
}

/// How many of the shards are looked at at a time.
pub(super) fn at_once(shards: &[Shard]) -> usize {
    if shards.iter().any(|shard| shard.path().is_none()) { ASKED_AT_ONCE } else { threads() }
}

/// Does it for all, by so many threads; the results are in order, or the first error. After one no other is begun.
fn over_all<I: Sync, T: Send>(items: &[I], at_once: usize, run: impl Fn(&I) -> Result<T> + Sync) -> Result<Vec<T>> {
    let (mut results, mut failure) = (Vec::with_capacity(items.len()), None);
    // Known before anybody is shown the error.
    let failed = AtomicBool::new(false);
    let work = |item: &I, _: &mut dyn FnMut(u64)| {
        let result = if failed.load(Ordering::Relaxed) { None } else { Some(run(item)) };
        failed.fetch_or(matches!(result, Some(Err(_))), Ordering::Relaxed);
        result
    };
    several(items, at_once, work, &mut |_| (), &mut |_, result| {
        match result {
            Some(Ok(result)) => results.push(result),
            Some(Err(error)) => {
                failure.get_or_insert(error);
            }
            None => {}
        }
        if failed.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    failure.map_or(Ok(results), Err)
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog")
            .field("shards", &self.entries.len())
            .field("samples", &self.samples())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "http"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// No server is asked, for there is nothing to be had of one.
    #[test]
    fn a_shard_of_which_the_digest_is_known_says_why_it_is_not_read_in_any_order() {
        let shard = Shard::from_url("https://host.invalid/a.tar").unwrap().on(|terms| terms.sha256 = Some([7; 32]));
        let shards: Arc<[Shard]> = vec![shard].into();
        let options = ReadOptions::new();
        assert!(Catalog::open(&shards, &options, SampleLayout::Packed).unwrap().is_none());
        let error = Catalog::scan(&shards, &options, SampleLayout::Packed).unwrap_err();
        assert_eq!((error.kind(), error.shard()), (ErrorKind::Unsupported, Some("https://host.invalid/a.tar")));
        let text = format!("{error:#}");
        assert!(text.contains("SHA-256") && text.contains("`atdata cp`"), "{text}");
    }
}
