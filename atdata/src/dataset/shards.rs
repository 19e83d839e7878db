//! The shards of a dataset, whatever their samples are.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::dataset::catalog::{self, Catalog, IndexOptions, Indexed, Packed};
use crate::dataset::raw::RawSamples;
use crate::error::{Error, Result};
use crate::sample::SampleLayout;
use crate::shard::{ImportFormat, Importer, IndexFormat};
use crate::source::{ReadOptions, Shard};

/// An ordered list of shards and how they are read: a dataset without the type of its samples.
#[derive(Debug, Clone)]
pub struct Shards {
    list: Arc<[Shard]>,
    /// The one path or pattern that they were named by.
    #[cfg_attr(not(feature = "_index"), allow(dead_code))]
    given: Option<Arc<str>>,
    options: ReadOptions,
    /// What the samples of the type are made of that the shards were opened with.
    layout: SampleLayout,
    /// Where their samples are, once somebody asked.
    known: Arc<Known>,
}

#[derive(Debug, Default)]
struct Known {
    catalog: OnceLock<Arc<Catalog>>,
    /// Whether servers said that they have no contents of these shards: they are not asked again.
    is_absent: OnceLock<()>,
    told: OnceLock<()>,
}

impl Shards {
    pub(super) fn new(list: Vec<Shard>, given: Option<Arc<str>>, layout: SampleLayout) -> Self {
        Self { list: list.into(), given, options: ReadOptions::default(), layout, known: Arc::default() }
    }

    /// The same shards, read with other options.
    #[must_use]
    pub fn with_options(self, options: ReadOptions) -> Self {
        Self { options, known: Arc::default(), ..self }
    }

    /// The shards, in order.
    pub fn list(&self) -> &[Shard] {
        &self.list
    }

    /// How they are read.
    pub fn options(&self) -> &ReadOptions {
        &self.options
    }

    /// The path or pattern that they were opened with, where that was one text.
    pub fn given(&self) -> Option<&str> {
        self.given.as_deref()
    }

    /// Where the samples are, if the contents of all shards are kept beside them.
    pub(super) fn catalog(&self) -> Result<Option<Arc<Catalog>>> {
        if let Some(catalog) = self.known.catalog.get() {
            return Ok(Some(Arc::clone(catalog)));
        }
        if self.known.is_absent.get().is_some() {
            return Ok(None);
        }
        // What is made of an index has its contents in that.
        if self.list.iter().all(|shard| shard.made().is_some()) {
            return Ok(Some(self.keep(Catalog::scan(&self.list, &self.options, self.layout)?)));
        }
        let catalog = Catalog::open(&self.list, &self.options, self.layout)?;
        if catalog.is_none() {
            self.tell_of_contents();
        }
        Ok(catalog.map(|catalog| self.keep(catalog)))
    }

    #[cold]
    fn tell_of_contents(&self) {
        let Some(shard) = self.list.first() else { return };
        let is_file = shard.path().is_some();
        if !is_file {
            // Somebody may make those of files meanwhile; those of servers cost a request.
            self.known.is_absent.get_or_init(|| ());
        }
        self.known.told.get_or_init(|| {
            let how = if is_file { "" } else { ", where they are files, and the contents put beside them," };
            log::info!(
                "{shard}: shards are read from their start to find samples, for not all have their contents beside them; \
                 `atdata index-shards`{how} saves that"
            );
        });
    }

    /// Where the samples are; shards whose contents are not kept beside them are read for that, once.
    pub(super) fn catalog_or_scan(&self) -> Result<Arc<Catalog>> {
        match self.catalog()? {
            Some(catalog) => Ok(catalog),
            None => Ok(self.keep(Catalog::scan(&self.list, &self.options, self.layout)?)),
        }
    }

    /// Makes the [contents](crate::shard::Contents) of all shards that have none, or stale ones, and keeps them beside the
    /// shards: in `threads` threads, of which 0 are as many as there are processors. `progress` is told of the bytes that
    /// were read since it was last told, and may be called by any of them.
    ///
    /// # Errors
    /// Those of [`Contents::scan`](crate::shard::Contents::scan) for the first shard in order that has one; the contents of
    /// all others are made, and kept. [`Unsupported`](crate::ErrorKind::Unsupported) of shards that are no files.
    pub fn index(&self, threads: usize, progress: &(dyn Fn(u64) + Sync)) -> Result<Indexed> {
        let mut first = None;
        let how = IndexOptions::new().threads(threads);
        let indexed = self.index_with(how, progress, &mut |error| {
            first.get_or_insert(error);
        });
        first.map_or(Ok(indexed), Err)
    }

    /// [`index`](Self::index), which tells `bad` of each shard what is wrong with it, in order, and goes on with the others;
    /// they are [counted](Indexed::failed). Contents that are there are kept if the shard has the size, the end, the first and the
    /// last header that they say, and was not changed since they were written; with [`IndexOptions::anew`] none are.
    ///
    /// ```
    /// use atdata::dataset::IndexOptions;
    /// use atdata::{Dataset, DictSample};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let (sound, cut) = (dir.path().join("a.tar"), dir.path().join("b.tar"));
    /// # Dataset::write(&sound, [DictSample::from_iter([("number", 1)])])?;
    /// # std::fs::write(&cut, &std::fs::read(&sound).unwrap()[..600]).unwrap();
    /// let shards = Dataset::<DictSample>::open([sound, cut])?.untyped().clone();
    /// let mut bad = Vec::new();
    /// let indexed = shards.index_with(IndexOptions::new(), &|_bytes| (), &mut |error| bad.push(error.to_string()));
    /// assert_eq!((indexed.made, indexed.failed, bad.len()), (1, 1, 1));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn index_with(
        &self,
        how: IndexOptions,
        progress: &(dyn Fn(u64) + Sync),
        bad: &mut dyn FnMut(Error),
    ) -> Indexed {
        catalog::index(&self.list, &self.options, how, progress, bad)
    }

    /// Makes the [contents](crate::shard::Contents) of all shards that have none, or stale ones, and keeps those of all of
    /// them in one file for each folder, `_contents.atxp`: that many shards are opened by one read, and need no file each
    /// beside them. Other shards that are in such a file stay in it as long as they are what they were. Threads and `progress`
    /// are those of [`index`](Self::index).
    ///
    /// ```
    /// use atdata::{DictSample, ShardWriter};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// let samples = (0..100_i64).map(|number| DictSample::from_iter([("number", number)]));
    /// let written = ShardWriter::builder(dir.path().join("n-%03d.tar")).max_count(10).write_all(samples)?;
    /// let numbers = written.open::<DictSample>()?;
    /// let packed = numbers.untyped().pack(0, &|_| ())?;
    /// assert_eq!((packed.indexed.made, packed.indexed.samples, packed.files.len()), (10, 100, 1));
    /// assert_eq!(numbers.at(57)?.get("number"), Some(&57_i64.into()));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`index`](Self::index), behind which a file that was there is unchanged;
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for names of shards that are no text, or have a `\` in them.
    pub fn pack(&self, threads: usize, progress: &(dyn Fn(u64) + Sync)) -> Result<Packed> {
        catalog::pack(&self.list, &self.options, IndexOptions::new().threads(threads), progress, None)
    }

    /// [`pack`](Self::pack), which tells `bad` of each shard what is wrong with it, and packs the contents of the others, as
    /// [`index_with`](Self::index_with) keeps them.
    ///
    /// # Errors
    /// Those of writing the files, and of names that they cannot have.
    pub fn pack_with(
        &self,
        how: IndexOptions,
        progress: &(dyn Fn(u64) + Sync),
        bad: &mut dyn FnMut(Error),
    ) -> Result<Packed> {
        catalog::pack(&self.list, &self.options, how, progress, Some(bad))
    }

    /// Writes for another program where the samples of the shards lie, in its own form, and gives the files: of most forms
    /// one for each shard, in the folder `to` or beside it; of [`Wids`](IndexFormat::Wids) and [`Barecat`](IndexFormat::Barecat) one for all,
    /// which is `to`. Files that are there are replaced, but for those of barecat. The shards are read for their headers, or of barecat
    /// for its checksums; threads and `progress` are those of
    /// [`index`](Self::index).
    ///
    /// Samples are those of `WebDataset`, whatever is in their members, and what wids counts is what it counts itself: also
    /// groups that describe a shard, by names of up to 100 bytes.
    ///
    /// # Errors
    /// Damage of a shard. [`Unsupported`](crate::ErrorKind::Unsupported) of compressed shards, of those that are no files,
    /// of links and sparse members, and of names that the form cannot have.
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there is one file for all, and `to` is none.
    pub fn export(
        &self,
        format: IndexFormat,
        to: Option<&Path>,
        threads: usize,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<PathBuf>> {
        catalog::export(&self.list, &self.options, format, to, threads, progress)
    }

    /// Makes the [contents](crate::shard::Contents) of shards by indexes that another program has of them: of most forms one for
    /// each shard, in the folder `from` or beside it; of [wids](ImportFormat::Wids) and [barecat](ImportFormat::Barecat) one for all,
    /// which is `from`. Contents that are there are kept, `progress` is told and `bad` as [`index_with`](Self::index_with) does it.
    ///
    /// An index is not believed: the headers of the shard are read, twice, and all that it says has to be what they say. What it saves
    /// is reading what members hold, of which there are checksums then only if the index has them, as that of barecat may; the others
    /// have none, as with [`IndexOptions::checksums`].
    ///
    /// ```
    /// use atdata::dataset::IndexOptions;
    /// use atdata::shard::{ImportFormat, IndexFormat};
    /// use atdata::{Dataset, DictSample};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("numbers.tar");
    /// # Dataset::write(&path, (0..5_i64).map(|number| DictSample::from_iter([("number", number)])))?;
    /// let numbers = Dataset::<DictSample>::open(&path)?;
    /// # numbers.untyped().export(IndexFormat::Energon, None, 0, &|_| ())?;
    /// // There is a `numbers.tar.idx`, as Energon makes it.
    /// let mut bad = Vec::new();
    /// let how = IndexOptions::new();
    /// let done = numbers.untyped().import(ImportFormat::Energon, None, how, &|_| (), &mut |error| bad.push(error))?;
    /// assert_eq!((done.made, done.samples, bad.len()), (1, 5, 0));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the one index of all; [`InvalidInput`](crate::ErrorKind::InvalidInput) where `from` does not say which it is. `bad` is
    /// told of a shard whose index is not there ([`NotFound`](crate::ErrorKind::NotFound)), is damaged or something else
    /// ([`Corrupt`](crate::ErrorKind::Corrupt)), or is not of the shard as it is ([`Conflict`](crate::ErrorKind::Conflict)), and of what
    /// is wrong with the shard.
    pub fn import(
        &self,
        format: ImportFormat,
        from: Option<&Path>,
        how: IndexOptions,
        progress: &(dyn Fn(u64) + Sync),
        bad: &mut dyn FnMut(Error),
    ) -> Result<Indexed> {
        let importer = Importer::open(format, from)?;
        Ok(catalog::import(&self.list, &self.options, &importer, how, progress, bad))
    }

    fn keep(&self, catalog: Catalog) -> Arc<Catalog> {
        Arc::clone(self.known.catalog.get_or_init(|| Arc::new(catalog)))
    }

    /// All samples as they are in the shards, in order.
    pub fn raw(&self) -> RawSamples {
        RawSamples::new(Arc::clone(&self.list), None, self.options.clone()).read_as(self.layout)
    }

    /// The same, whose samples are all their members as they are.
    pub(super) fn of_groups(&self) -> Self {
        if matches!(self.layout, SampleLayout::Group) {
            return self.clone();
        }
        Self { layout: SampleLayout::Group, known: Arc::default(), ..self.clone() }
    }

    /// The shard of that number alone; none if there is no such.
    pub(super) fn only(&self, number: usize) -> Self {
        let list = self.list.get(number).into_iter().cloned().collect();
        Self { list, given: None, options: self.options.clone(), layout: self.layout, known: Arc::default() }
    }

    /// [`raw`](Self::raw) with the shards in the order of these positions.
    pub(super) fn raw_in(&self, order: Vec<usize>) -> RawSamples {
        RawSamples::new(Arc::clone(&self.list), Some(order), self.options.clone()).read_as(self.layout)
    }

    /// The same shards, whose samples are where the catalogue says.
    #[cfg(feature = "manifest")]
    pub(super) fn placed_by(&self, catalog: &Arc<Catalog>) -> Self {
        let known = Known::default();
        known.catalog.get_or_init(|| Arc::clone(catalog));
        Self { known: Arc::new(known), ..self.clone() }
    }

    /// The catalogue of shards of which that is wanted, each.
    #[cfg(feature = "manifest")]
    pub(super) fn catalog_of(&self, wants: &[catalog::Wants]) -> Result<Catalog> {
        Catalog::partly(&self.list, &self.options, self.layout, wants)
    }

    /// [`raw`](Self::raw), but whatever is odd about a shard is an error: for what counts and copies.
    pub(super) fn strict(&self) -> RawSamples {
        RawSamples::new(Arc::clone(&self.list), None, self.options.clone().strict()).read_as(self.layout)
    }

    /// The same of the shards of these numbers.
    #[cfg(feature = "manifest")]
    pub(super) fn strict_of(&self, numbers: std::ops::Range<usize>) -> RawSamples {
        let options = self.options.clone().strict();
        RawSamples::new(Arc::clone(&self.list), Some(numbers.collect()), options).read_as(self.layout)
    }
}
