//! The quarantine: a side shard with a row for each sample that could not be read.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use atdata_derive::Packable;
use sha2::{Digest as _, Sha256};

use crate::atomic::folder_of;
use crate::dataset::{Dataset, ShardWriter};
use crate::digest::hex;
use crate::error::{Error, Result};
use crate::shard::RawSample;

/// A sample that cannot be read.
pub(super) struct Bad {
    pub(super) error: Error,
    /// Its number over all shards, where that is known.
    pub(super) sample: Option<u64>,
    /// SHA-256 of what was to be decoded, where that could be read.
    pub(super) digest: Option<[u8; 32]>,
}

/// SHA-256 of a sample that is in memory as a whole.
pub(super) fn digest_of(raw: &RawSample<'_>) -> Option<[u8; 32]> {
    raw.is_whole().then(|| Sha256::digest(raw.payload()).into())
}

/// A sample that could not be read: a row of a [quarantine](crate::dataset::Policy::quarantine).
#[derive(Debug, Clone, PartialEq, Eq, Packable)]
#[packable(name = "Quarantined")]
#[non_exhaustive]
pub struct Quarantined {
    /// Whole path or URL of the shard.
    pub shard: String,
    /// Offset in the (decompressed) shard of the member or header at fault, where that is known.
    pub offset: Option<u64>,
    /// Key of the sample; none where the shard itself is damaged there.
    pub key: Option<String>,
    /// Path of the field at fault, such as `Photo.tags[3]`.
    pub field: Option<String>,
    /// Name and version of the type that it was read as.
    pub sample_type: String,
    /// What kind of error it was, in a few words: `corrupt`, `schema mismatch`.
    pub kind: String,
    /// What was expected and what was found.
    pub cause: String,
    /// SHA-256, in hexadecimal, of the packed sample as it was read, where it could be read.
    pub digest: Option<String>,
    /// Number of the sample, counted over all shards, where the reader knew it.
    pub sample: Option<u64>,
    /// Where a [join](crate::Dataset::join) read the sample for another one: whole path or URL of the shard of that, whose number
    /// `sample` is then.
    #[packable(default)]
    pub joined_to: Option<String>,
}

impl Quarantined {
    pub(super) fn new(bad: &Bad, sample_type: &str) -> Self {
        let Bad { error, sample, digest } = bad;
        let (field, partner) = (error.field_path(), error.partner());
        // What was read is the other sample.
        let digest = digest.filter(|_| partner.is_none());
        Self {
            shard: whole_name(error.shard().unwrap_or_default()),
            offset: error.offset(),
            key: error.key().map(str::to_owned),
            field: (!field.is_empty()).then_some(field),
            sample_type: partner.map_or(sample_type, |partner| &partner.sample_type).to_owned(),
            kind: error.kind().to_string(),
            cause: error.cause_text(),
            digest: digest.map(|digest| hex(&digest)),
            sample: *sample,
            joined_to: partner.map(|partner| whole_name(&partner.of)),
        }
    }

    /// What is the same for a sample that is met again.
    pub(super) fn identity(&self) -> (String, Option<String>, Option<u64>) {
        // Readers by number and readers in order may tell of other offsets.
        let offset = if self.key.is_some() { None } else { self.offset };
        (self.shard.clone(), self.key.clone(), offset)
    }
}

/// The name by which a shard is found from everywhere.
pub(super) fn whole_name(shard: &str) -> String {
    if shard.is_empty() || shard == "-" || shard.contains("://") {
        return shard.to_owned();
    }
    std::path::absolute(shard).map_or_else(|_| shard.to_owned(), |path| path.to_string_lossy().into_owned())
}

/// Rows, and the shard that has them or will.
#[derive(Debug)]
pub(super) struct Quarantine {
    path: PathBuf,
    rows: Vec<Quarantined>,
    known: HashSet<(String, Option<String>, Option<u64>)>,
    /// How many rows the shard has.
    saved: usize,
}

impl Quarantine {
    /// With the rows that are there.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let rows = read(path)?;
        let (known, saved) = (rows.iter().map(Quarantined::identity).collect(), rows.len());
        Ok(Self { path: path.to_owned(), rows, known, saved })
    }

    /// Adds a row, unless it is there.
    pub(super) fn add(&mut self, row: Quarantined) -> Result<()> {
        if !self.known.insert(row.identity()) {
            return Ok(());
        }
        self.rows.push(row);
        // A shard is written as a whole: so often, all writes together are of twice as many rows as there are.
        if self.rows.len() >= 2 * self.saved { self.save() } else { Ok(()) }
    }

    /// Writes the rows, if there are new ones, behind those that others wrote meanwhile.
    pub(super) fn save(&mut self) -> Result<()> {
        if self.rows.len() == self.saved {
            return Ok(());
        }
        let _lock = lock(&self.path);
        let mut rows = read(&self.path)?;
        let there: HashSet<_> = rows.iter().map(Quarantined::identity).collect();
        rows.extend(self.rows.iter().filter(|row| !there.contains(&row.identity())).cloned());
        let mut writer = ShardWriter::<Quarantined>::builder(&self.path).sha256(false).build()?;
        for (number, row) in rows.iter().enumerate() {
            let written = writer.write_with_key(&format!("{number:08}"), row);
            if let Err(error) = written {
                writer.discard();
                return Err(error);
            }
        }
        writer.finish()?;
        self.known.extend(there);
        (self.saved, self.rows) = (rows.len(), rows);
        Ok(())
    }
}

/// The rows that are there.
fn read(path: &Path) -> Result<Vec<Quarantined>> {
    match path.try_exists() {
        Ok(false) => Ok(Vec::new()),
        _ => Dataset::<Quarantined>::open(path)?.ordered().collect(),
    }
}

/// What is held while a quarantine is read and replaced, so that of two that write it neither undoes what the other wrote:
/// its folder, or beside it a hidden file where folders cannot be held. Nothing where the file system has no locks.
fn lock(path: &Path) -> Option<File> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).ok()?;
    let open = || {
        if cfg!(unix) {
            return File::open(folder);
        }
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(".lock");
        File::options().create(true).append(true).open(folder.join(name))
    };
    let file = open().ok()?;
    file.lock().ok()?;
    Some(file)
}
