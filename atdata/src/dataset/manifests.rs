//! Manifests of shards that are there: made, and held against them.

mod check;
mod walk;

use std::fs;
use std::io::Write as _;
use std::ops::{AddAssign, ControlFlow};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use atdata_schema::SchemaRecord;

pub use self::check::ManifestCheck;
use self::walk::walk;
use crate::atomic::{AtomicFile, commit_all};
use crate::dataset::Dataset;
use crate::dataset::write::manifest_fields;
use crate::error::{Error, Result};
use crate::manifest::{Builder, Fields, Files, Manifest, ManifestError};
use crate::sample::Packable;
use crate::shard::modified;
use crate::source::{ReadOptions, Shard, manifest_paths, manifest_stem};
use crate::store::several;

/// How manifests are made: see [`Dataset::write_manifests`].
#[derive(Debug, Clone, Default)]
#[must_use]
#[non_exhaustive]
pub struct ManifestOptions {
    threads: usize,
    anew: bool,
    fields: Option<Arc<Fields>>,
}

impl ManifestOptions {
    /// As many threads as there are processors; manifests that are there and are younger than their shard are kept.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many shards are read at a time; 0 are as many as there are processors.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Whether all manifests are made anew, also those that are there.
    pub fn anew(mut self, yes: bool) -> Self {
        self.anew = yes;
        self
    }

    /// The fields, their kinds, and the name and version of the type are those of a record, for samples that are read without their
    /// type.
    pub fn record(mut self, record: &SchemaRecord) -> Self {
        self.fields = Some(Arc::new(Fields::of_record(&record.schema)));
        self
    }

    fn at_once(&self) -> usize {
        if self.threads == 0 { super::catalog::threads() } else { self.threads }
    }
}

/// What [`Dataset::write_manifests`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manifested {
    /// Shards whose manifest was made.
    pub made: usize,
    /// Shards whose manifest was there.
    pub kept: usize,
    /// Shards that have none, for something is wrong with them.
    pub failed: usize,
    /// Samples of all shards that have manifests.
    pub samples: u64,
}

/// What was done for some shards, and for others.
impl AddAssign for Manifested {
    fn add_assign(&mut self, other: Self) {
        let Self { made, kept, failed, samples } = other;
        (self.made, self.kept) = (self.made + made, self.kept + kept);
        (self.failed, self.samples) = (self.failed + failed, self.samples + samples);
    }
}

impl<S: Packable + 'static> Dataset<S> {
    /// Makes the [manifests](crate::manifest) of all shards that have none, or one that is older than they are, and writes them beside
    /// the shards, several at a time. `progress` is told of the bytes that were read since it was last told, and may be called by any
    /// thread; `bad` is told of each shard what is wrong with it, in order, and the others are made all the same.
    ///
    /// What a manifest has is what the type says. Without one, of a `Dataset<DictSample>`, samples show it: text and booleans,
    /// numbers, lists of these; or a [record](ManifestOptions::record) says it. Stages do not apply: it is the shards that are
    /// described.
    ///
    /// ```
    /// use atdata::dataset::ManifestOptions;
    /// use atdata::manifest::Manifest;
    /// use atdata::{Dataset, DictSample};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("numbers.tar");
    /// # Dataset::write(&path, (0..5_i64).map(|number| DictSample::from_iter([("number", number)])))?;
    /// let numbers = Dataset::<DictSample>::open(&path)?;
    /// let mut bad = Vec::new();
    /// let done = numbers.write_manifests(&ManifestOptions::new(), &|_bytes| (), &mut |error| bad.push(error));
    /// assert_eq!((done.made, done.samples, bad.len()), (1, 5, 0));
    /// assert_eq!(Manifest::open(dir.path().join("numbers.manifest.json"))?.samples(), Some(5));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// `bad` is told of damaged shards, of samples that do not fit the type ([`SchemaMismatch`](crate::ErrorKind::SchemaMismatch)), and of
    /// what is no file ([`Unsupported`](crate::ErrorKind::Unsupported)).
    pub fn write_manifests(
        &self,
        how: &ManifestOptions,
        progress: &(dyn Fn(u64) + Sync),
        bad: &mut dyn FnMut(Error),
    ) -> Manifested {
        let fields = how.fields.clone().unwrap_or_else(|| Arc::new(manifest_fields::<S>()));
        let work =
            |shard: &Shard, _: &mut dyn FnMut(u64)| make::<S>(shard, self.read_options(), how, &fields, progress);
        let mut done = Manifested::default();
        several(self.shards(), how.at_once(), work, &mut |_| (), &mut |_, made| {
            match made {
                Ok((samples, is_new)) => {
                    done.made += usize::from(is_new);
                    done.kept += usize::from(!is_new);
                    done.samples += samples;
                }
                Err(error) => {
                    done.failed += 1;
                    bad(error);
                }
            }
            ControlFlow::Continue(())
        });
        done
    }

    /// Holds the manifests that lie beside shards against them: how many samples there are, their keys, sizes and places, the values of
    /// the fields, and what is counted of those. Shards without a manifest are passed over. Threads are those of `how`, and
    /// `progress` is told as [`write_manifests`](Self::write_manifests) tells it; `each` is told of each manifest, in order.
    ///
    /// What a manifest does not say is no difference, nor are the places that Python writes, which are those in no file: that is
    /// [noted](ManifestCheck::notes).
    ///
    /// # Errors
    /// `each` is told of shards that cannot be read, and of manifests that are none.
    pub fn check_manifests(
        &self,
        how: &ManifestOptions,
        progress: &(dyn Fn(u64) + Sync),
        each: &mut dyn FnMut(&Shard, Result<ManifestCheck>),
    ) {
        let work = |shard: &Shard, _: &mut dyn FnMut(u64)| check::check::<S>(shard, self.read_options(), progress);
        several(self.shards(), how.at_once(), work, &mut |_| (), &mut |number, checked| {
            if let (Some(shard), Some(checked)) = (self.shards().get(number), checked.transpose()) {
                each(shard, checked);
            }
            ControlFlow::Continue(())
        });
    }
}

/// The samples of a shard that has a manifest then, and whether that is new.
fn make<S: Packable + 'static>(
    shard: &Shard,
    options: &ReadOptions,
    how: &ManifestOptions,
    fields: &Arc<Fields>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(u64, bool)> {
    let at = |error: Error| error.with_shard(&shard.redacted());
    let path = shard.path().ok_or_else(|| at(ManifestError::NoPlace.into()))?;
    if let Some(samples) = kept(shard, path, options).filter(|_| !how.anew) {
        progress(fs::metadata(path).map_or(0, |data| data.len()));
        return Ok((samples, false));
    }
    let mut builder = Builder::new(Arc::clone(fields));
    let mut samples = 0;
    walk::<S>(shard, path, options, progress, &mut |sample| {
        let row = sample.row(&builder)?;
        builder.push(sample.key, sample.offset, sample.size, row);
        samples += 1;
        Ok(())
    })?;
    let made = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let files = builder.finish(manifest_stem(&name), made).map_err(at)?;
    save(path, &files).map_err(|source| at(ManifestError::Io { what: "written", source }.into()))?;
    Ok((samples, true))
}

/// In the units of times.
const SECOND: u64 = 1_000_000_000;

/// Whether a shard was changed after its manifest was made: what queries do not ask then is what is made anew.
pub(super) fn is_older(shard: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).map_or(0, |data| modified(&data));
    let [header, samples] = manifest_paths(shard);
    let of_shard = time(shard);
    // Where times are whole seconds, the shard may have been changed in the second in which the manifest was made.
    let is_older = |of: u64| of < of_shard || (of == of_shard && of.is_multiple_of(SECOND));
    is_older(time(&header)) || fs::metadata(&samples).is_ok_and(|data| is_older(modified(&data)))
}

/// The samples that the manifest of a shard says, if there is one with rows that says something and is not older than the shard.
fn kept(shard: &Shard, path: &Path, options: &ReadOptions) -> Option<u64> {
    let [_, samples] = manifest_paths(path);
    if !samples.exists() || is_older(path) {
        return None;
    }
    let manifest = Manifest::beside(shard, options).unwrap_or_else(|error| {
        log::warn!("made anew: {error:#}");
        None
    });
    manifest.and_then(|manifest| manifest.samples())
}

/// Both files appear together, for nobody who may not read the shard.
fn save(shard: &Path, files: &Files) -> std::io::Result<()> {
    let [header, samples] = manifest_paths(shard);
    let write = |path: &Path, bytes: &[u8]| {
        crate::atomic::check_regular(path)?;
        let mut file = AtomicFile::create(path)?;
        if !path.exists() {
            file.be_as_private_as(shard);
        }
        file.write_all(bytes)?;
        file.sync()?;
        Ok::<_, std::io::Error>(file)
    };
    let files = vec![write(&samples, &files.samples)?, write(&header, &files.header)?];
    commit_all(files).map_err(|(_, error)| error)
}
