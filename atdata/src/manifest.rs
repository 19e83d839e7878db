//! Manifests of shards: what is in the fields of their samples, in a file of counts and one of columns beside each.
//!
//! Beside `photos-000003.tar` there are `photos-000003.manifest.json`, the [header](ManifestHeader), which says how many samples
//! there are and what their fields have, and `photos-000003.manifest.parquet`, with a [row](Rows) for each sample. They are those of
//! the Python library atdata 0.7, which reads what is written here.
//!
//! A manifest is never more than a hint: what it does not say may be there all the same, and what it says of a sample is to be held
//! against the sample when that is read.

mod build;
mod column;
mod error;
mod fields;
mod header;
mod json;
mod parse;
mod python;
mod rows;
#[cfg(test)]
mod tests;
mod write;

use std::path::Path;

use bytes::Bytes;

pub(crate) use self::build::{Builder, Files, Row};
pub(crate) use self::error::ManifestError;
pub(crate) use self::fields::Fields;
pub(crate) use self::header::Made;
pub use self::header::{Aggregate, ManifestHeader, Provenance};
pub(crate) use self::rows::ColumnKind;
pub use self::rows::{Column, Rows};

use crate::error::{Error, Result};
use crate::source::{MANIFEST_HEADER, MANIFEST_SAMPLES, ManifestPlaces, ReadOptions, Shard, Whole, read_whole};

/// Bytes of a header that is read.
const MOST_HEADER: u64 = 64 << 20;
/// Bytes of rows that are read.
const MOST_SAMPLES: u64 = 1 << 30;

/// The manifest of one shard: its header, and a way to its rows.
#[derive(Debug, Clone)]
pub struct Manifest {
    shard: String,
    header: ManifestHeader,
    /// Bytes that were read for it.
    bytes: u64,
    samples: Samples,
}

/// Where the rows are.
#[derive(Debug, Clone)]
enum Samples {
    Here(Option<Bytes>),
    At(Box<(Shard, ReadOptions)>),
}

impl Manifest {
    /// The manifest beside a shard, here or on a server, or where the entry of the network says that it is; `None` if there is none, which says nothing of the shard. The rows are
    /// read when they are asked for.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if what is there is no header, [`Unsupported`](crate::ErrorKind::Unsupported) if it is of another
    /// version or longer than 64 MiB; those of reading.
    pub fn beside(shard: &Shard, options: &ReadOptions) -> Result<Option<Self>> {
        let Some((stem, ManifestPlaces { header, samples })) = shard.manifest_places() else { return Ok(None) };
        let Some(bytes) = read(&header, options, MOST_HEADER)? else { return Ok(None) };
        let len = bytes.len() as u64;
        let header = ManifestHeader::from_json(&bytes).map_err(|error| error.with_shard(&header.redacted()))?;
        let samples = match samples {
            Some(samples) => Samples::At((samples, options.clone()).into()),
            None => Samples::Here(None),
        };
        Ok(Some(Self { shard: stem, header, bytes: len, samples }))
    }

    /// The manifest whose header is at that path: its rows are looked for beside it.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such file, and as [`beside`](Self::beside).
    pub fn open(header: impl AsRef<Path>) -> Result<Self> {
        let path = header.as_ref();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = name.strip_suffix(MANIFEST_HEADER).unwrap_or(&name);
        let samples = path.with_file_name(format!("{stem}{MANIFEST_SAMPLES}"));
        let (place, options) = (Shard::from_path(path), ReadOptions::new());
        let at = |error: Error| error.with_shard(&place.redacted());
        let missing = || at(std::io::Error::from(std::io::ErrorKind::NotFound).into());
        let bytes = read(&place, &options, MOST_HEADER)?.ok_or_else(missing)?;
        let header = ManifestHeader::from_json(&bytes).map_err(at)?;
        let samples = Samples::At((Shard::from_path(samples), options).into());
        Ok(Self { shard: stem.to_owned(), header, bytes: bytes.len() as u64, samples })
    }

    /// The manifest of a shard of that name, without its ending, of the bytes of both files.
    ///
    /// # Errors
    /// As [`beside`](Self::beside).
    pub fn from_bytes(shard: &str, header: &[u8], samples: Option<Bytes>) -> Result<Self> {
        let len = header.len() as u64;
        let header = ManifestHeader::from_json(header)?;
        Ok(Self { shard: shard.to_owned(), header, bytes: len, samples: Samples::Here(samples) })
    }

    /// The name of its shard without the ending, as the name of the manifest says it: `photos-000003`. What the header says is not
    /// asked, for Python writes that of the shard before there.
    pub fn shard(&self) -> &str {
        &self.shard
    }

    /// All that the header says, as it is written there.
    pub fn header(&self) -> &ManifestHeader {
        &self.header
    }

    /// Bytes of its header.
    pub(crate) fn header_bytes(&self) -> u64 {
        self.bytes
    }

    /// How many samples the shard has; `None` where that is not known, for 0 is what Python writes of a last shard, whatever is in
    /// it.
    pub fn samples(&self) -> Option<u64> {
        Some(self.header.num_samples).filter(|samples| *samples > 0)
    }

    /// What all samples have in a field; `None` if nothing is known of it.
    pub fn aggregate(&self, field: &str) -> Option<&Aggregate> {
        self.samples()?;
        self.header.aggregates.iter().find(|(name, _)| name == field).map(|(_, aggregate)| aggregate)
    }

    /// All rows with all columns; `None` if there are none, or nothing is known, which says nothing of the samples.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if they are no Parquet file with keys, or not as many as the header says;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) if they are beyond 2^24 rows or 512 MiB; those of reading.
    pub fn rows(&self) -> Result<Option<Rows>> {
        self.read_rows(None)
    }

    /// The same with the columns of some fields only.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    pub fn rows_of(&self, fields: &[&str]) -> Result<Option<Rows>> {
        self.read_rows(Some(fields))
    }

    fn read_rows(&self, fields: Option<&[&str]>) -> Result<Option<Rows>> {
        let Some(expected) = self.samples() else { return Ok(None) };
        let (bytes, place) = match &self.samples {
            Samples::Here(bytes) => (bytes.clone(), self.shard.clone()),
            Samples::At(at) => {
                let (place, options) = &**at;
                (read(place, options, MOST_SAMPLES)?, place.redacted())
            }
        };
        let Some(bytes) = bytes else { return Ok(None) };
        // A field that no sample has a value of has no column.
        let nulls = self.header.aggregates.iter().filter(|(_, aggregate)| aggregate.is_of_none());
        let nulls: Vec<_> = nulls
            .map(|(name, _)| name.as_str())
            .filter(|name| fields.is_none_or(|fields| fields.contains(name)))
            .collect();
        let rows = Rows::read(&bytes, fields, &nulls).map_err(|error| error.with_shard(&place))?;
        let found = rows.len() as u64;
        if found != expected {
            return Err(Error::from(ManifestError::Rows { expected, found }).with_shard(&place));
        }
        Ok(Some(rows))
    }
}

/// All bytes at a place; `None` if there is nothing.
fn read(place: &Shard, options: &ReadOptions, most: u64) -> Result<Option<Bytes>> {
    match read_whole(place, options, most)? {
        Whole::Nothing => Ok(None),
        Whole::Bytes(bytes) => Ok(Some(bytes)),
        Whole::Large(found) => {
            let large = ManifestError::Large { what: "a file of a manifest, in bytes,", found, limit: most };
            Err(Error::from(large).with_shard(&place.redacted()))
        }
    }
}
