//! The catalogue: where each sample of a dataset is, by the contents of its shards.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, thread};

use crate::error::{Cause, Error, ErrorKind, Result};
use crate::sample::SampleLayout;
use crate::shard::{Contents, Kind, Picked, Picker, Summary};
use crate::source::{ReadOptions, Shard};

/// Shards that are open at a time: a process may hold 1024 files open, often no more.
const OPEN: usize = 256;
/// Bytes of contents that are kept in memory, those of the shards that are open apart.
const HELD: usize = 256 << 20;

#[derive(Debug, thiserror::Error)]
enum CatalogError {
    #[error("its samples cannot be read in any order: {why}")]
    InOrder { why: &'static str },
    #[error("the contents of the shard are others than when they were first looked at: open the dataset anew")]
    Changed,
    #[error("cannot start a thread")]
    Thread { source: std::io::Error },
}

impl Cause for CatalogError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InOrder { .. } => ErrorKind::Unsupported,
            Self::Changed => ErrorKind::Conflict,
            Self::Thread { .. } => ErrorKind::Io,
        }
    }
}

/// Where the samples of some shards are.
pub(super) struct Catalog {
    entries: Vec<Entry>,
    /// Number of the first sample of each shard, and how many there are in all.
    starts: Vec<u64>,
    /// Shards that are open, each counted as one.
    open: Mutex<Kept<Picker>>,
    /// Contents of shards, by their size.
    contents: Mutex<Kept<Contents>>,
}

/// What was used for the shards of these numbers, up to a limit; what came first goes first.
struct Kept<V> {
    by_shard: HashMap<usize, Arc<V>>,
    order: VecDeque<(usize, usize)>,
    size: usize,
    limit: usize,
}

impl<V> Kept<V> {
    fn new(limit: usize) -> Mutex<Self> {
        Mutex::new(Self { by_shard: HashMap::new(), order: VecDeque::new(), size: 0, limit })
    }

    fn get(kept: &Mutex<Self>, shard: usize) -> Option<Arc<V>> {
        kept.lock().unwrap_or_else(PoisonError::into_inner).by_shard.get(&shard).map(Arc::clone)
    }

    fn put(kept: &Mutex<Self>, shard: usize, value: &Arc<V>, size: usize) {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.by_shard.insert(shard, Arc::clone(value)).is_some() {
            // Two threads had it made at the same time.
            return;
        }
        kept.order.push_back((shard, size));
        kept.size += size;
        while kept.order.len() > 1 && kept.size > kept.limit {
            let Some((oldest, size)) = kept.order.pop_front() else { break };
            kept.by_shard.remove(&oldest);
            kept.size -= size;
        }
    }
}

#[derive(Clone)]
struct Entry {
    path: PathBuf,
    summary: Summary,
    /// What a scan found, where nothing is kept beside the shard.
    scanned: Option<Arc<Contents>>,
    reading: Arc<Reading>,
}

/// How shards of a dataset are read.
struct Reading {
    options: ReadOptions,
    layout: SampleLayout,
}

impl Reading {
    fn new(options: &ReadOptions, layout: SampleLayout) -> Arc<Self> {
        Arc::new(Self { options: options.clone(), layout })
    }
}

impl Catalog {
    /// `None` if the contents of one are not kept beside it.
    pub(super) fn open(shards: &[Shard], options: &ReadOptions, layout: SampleLayout) -> Result<Option<Self>> {
        if in_order(options).is_some() {
            return Ok(None);
        }
        let reading = Reading::new(options, layout);
        let mut entries = Vec::with_capacity(shards.len());
        for shard in shards {
            let Some(path) = shard.path() else { return Ok(None) };
            let Some(summary) = Summary::open(path)? else { return Ok(None) };
            if unfit(&summary, layout).is_some() {
                return Ok(None);
            }
            entries.push(Entry { path: path.to_owned(), summary, scanned: None, reading: Arc::clone(&reading) });
        }
        Ok(Some(Self::new(entries)))
    }

    /// Reads those whose contents are not kept beside them.
    pub(super) fn scan(shards: &[Shard], options: &ReadOptions, layout: SampleLayout) -> Result<Self> {
        if let Some(why) = in_order(options) {
            return Err(CatalogError::InOrder { why }.into());
        }
        let paths = shards.iter().map(path_of).collect::<Result<Vec<_>>>()?;
        let without = paths.iter().map(|path| Ok(Summary::open(path)?.is_none())).collect::<Result<Vec<_>>>()?;
        let missing = without.iter().filter(|is| **is).count();
        if missing > 0 {
            log::info!("{missing} shards are read to find their samples; `atdata index-shards` saves it the next time");
        }
        let reading = Reading::new(options, layout);
        let scan = |number: usize, path: &Path| {
            let summary = if without.get(number) == Some(&false) { Summary::open(path)? } else { None };
            let scanned = match summary {
                Some(_) => None,
                None => Some(Arc::new(Contents::scan(path, options)?)),
            };
            let summary = summary.or_else(|| scanned.as_deref().map(Summary::from)).ok_or(CatalogError::Changed)?;
            if let Some(why) = unfit(&summary, layout) {
                let error = Error::from(CatalogError::InOrder { why });
                return Err(error.with_shard(&path.to_string_lossy()));
            }
            Ok(Entry { path: path.to_owned(), summary, scanned, reading: Arc::clone(&reading) })
        };
        let entries = in_parallel(&paths, threads(), scan)?.into_iter().collect::<Result<Vec<_>>>()?;
        Ok(Self::new(entries))
    }

    /// The samples of all, one catalogue behind the other.
    pub(super) fn join(catalogs: &[Arc<Self>]) -> Self {
        Self::new(catalogs.iter().flat_map(|catalog| catalog.entries.iter().cloned()).collect())
    }

    fn new(entries: Vec<Entry>) -> Self {
        let mut starts = Vec::with_capacity(entries.len() + 1);
        let mut total = 0;
        starts.push(total);
        for entry in &entries {
            total += entry.summary.samples;
            starts.push(total);
        }
        Self { entries, starts, open: Kept::new(OPEN), contents: Kept::new(HELD) }
    }

    pub(super) fn samples(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Samples and sizes of the shards, and the digests of what is in them.
    pub(super) fn summaries(&self) -> impl Iterator<Item = &Summary> {
        self.entries.iter().map(|entry| &entry.summary)
    }

    /// The first sample with that key.
    pub(super) fn find(&self, key: &str) -> Result<Option<Picked>> {
        for shard in 0..self.entries.len() {
            let picker = self.picker(shard)?;
            if let Some(number) = picker.contents().find(key)? {
                return picker.read(number).map(Some);
            }
        }
        Ok(None)
    }

    /// The sample of that number, counted over all shards.
    pub(super) fn read(&self, sample: u64) -> Result<Picked> {
        let shard = self.starts.partition_point(|start| *start <= sample).saturating_sub(1);
        let start = self.starts.get(shard).copied().unwrap_or(0);
        self.picker(shard)?.read(sample - start)
    }

    fn picker(&self, shard: usize) -> Result<Arc<Picker>> {
        if let Some(picker) = Kept::get(&self.open, shard) {
            return Ok(picker);
        }
        let entry = self.entries.get(shard).ok_or(CatalogError::Changed)?;
        // Without a lock: others may read what is open meanwhile.
        let Reading { options, layout } = &*entry.reading;
        let picker = Arc::new(Picker::open(&entry.path, self.contents_of(shard, entry)?, options, *layout)?);
        Kept::put(&self.open, shard, &picker, 1);
        Ok(picker)
    }

    fn contents_of(&self, shard: usize, entry: &Entry) -> Result<Arc<Contents>> {
        if let Some(contents) = entry.scanned.as_ref().map(Arc::clone).or_else(|| Kept::get(&self.contents, shard)) {
            return Ok(contents);
        }
        let contents = Contents::open(&entry.path)?.filter(|found| Summary::from(found) == entry.summary);
        let changed = || Error::from(CatalogError::Changed).with_shard(&entry.path.to_string_lossy());
        let contents = Arc::new(contents.ok_or_else(changed)?);
        Kept::put(&self.contents, shard, &contents, contents.as_bytes().len());
        Ok(contents)
    }
}

/// Why samples are read one after the other only, whatever their contents say.
fn in_order(options: &ReadOptions) -> Option<&'static str> {
    options.rust_beta.then_some("shards of the Rust beta are read one after the other only: write the dataset anew")
}

/// Why contents of that kind do not say where the samples are of a type with that layout.
fn unfit(summary: &Summary, layout: SampleLayout) -> Option<&'static str> {
    let reads_payload = matches!((layout, summary.kind), (SampleLayout::Packed, _) | (SampleLayout::Any, Kind::Packed));
    if summary.gaps && !reads_payload {
        return Some(
            "there is something else between samples of the shard, such as folders: write it anew with `atdata convert`",
        );
    }
    match (layout, summary.kind) {
        (SampleLayout::Packed, Kind::Plain) => Some(
            "no sample of the shard is packed: read it by a type with `#[packable(layout = \"members\")]`, as `DictSample` or as `Group`",
        ),
        (SampleLayout::Packed, Kind::PackedAmongOthers) | (_, Kind::Packed | Kind::Plain) => None,
        (_, Kind::PackedAmongOthers | Kind::Mixed) => {
            Some("some samples of the shard are packed and others are not: write them anew with `atdata convert`")
        }
    }
}

fn path_of(shard: &Shard) -> Result<PathBuf> {
    let why = "that is done in files, not yet in shards that a server or a stream has: copy them with `atdata cp`";
    let path = shard.path().map(Path::to_owned);
    path.ok_or_else(|| Error::from(CatalogError::InOrder { why }).with_shard(&shard.redacted()))
}

/// As many as there are processors, up to 8.
pub(super) fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(8)
}

/// Does it for all, in as many threads; the results are in order. After an error no other is begun.
fn in_parallel<T: Send>(
    paths: &[PathBuf],
    threads: usize,
    run: impl Fn(usize, &Path) -> Result<T> + Sync,
) -> Result<Vec<Result<T>>> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let results = Mutex::new(Vec::with_capacity(paths.len()));
    let work = || {
        while !failed.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = paths.get(number) else { break };
            let result = run(number, path);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((number, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(paths.len()) {
            // The scope waits for it, and passes on a panic.
            let spawned = thread::Builder::new().name("atdata-contents".into()).spawn_scoped(scope, work);
            spawned.map_err(|source| {
                failed.store(true, Ordering::Relaxed);
                CatalogError::Thread { source }
            })?;
        }
        work();
        Ok::<(), CatalogError>(())
    })?;
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(number, _)| *number);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// What [`Shards::index`](super::Shards::index) did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Indexed {
    /// Shards whose contents were made.
    pub made: usize,
    /// Shards whose contents were there and are of the shard as it is.
    pub kept: usize,
    /// Samples of all shards.
    pub samples: u64,
}

/// Makes the contents of all shards that have none, or stale ones: see [`Shards::index`](super::Shards::index).
pub(super) fn index(
    shards: &[Shard],
    options: &ReadOptions,
    threads: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Indexed> {
    let paths = shards.iter().map(path_of).collect::<Result<Vec<_>>>()?;
    let (made, samples) = (AtomicUsize::new(0), AtomicU64::new(0));
    let threads = if threads == 0 { self::threads() } else { threads };
    let results = in_parallel(&paths, threads, |_, path| {
        let size = std::fs::metadata(path).map_or(0, |data| data.len());
        let kept = Contents::open(path).unwrap_or_else(|error| {
            log::warn!("made anew: {error:#}");
            None
        });
        if let Some(contents) = kept {
            samples.fetch_add(contents.samples(), Ordering::Relaxed);
            progress(size);
            return Ok(());
        }
        let mut told = 0;
        let contents = Contents::scan_with(path, options, &mut |at| {
            progress(at.saturating_sub(told));
            told = at.max(told);
        })?;
        progress(size.saturating_sub(told));
        contents.save(path)?;
        made.fetch_add(1, Ordering::Relaxed);
        samples.fetch_add(contents.samples(), Ordering::Relaxed);
        Ok(())
    })?;
    results.into_iter().collect::<Result<()>>()?;
    let made = made.into_inner();
    Ok(Indexed { made, kept: paths.len() - made, samples: samples.into_inner() })
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog")
            .field("shards", &self.entries.len())
            .field("samples", &self.samples())
            .finish_non_exhaustive()
    }
}
