//! What goes with a shard that is copied: its manifest.

mod age;
mod header;

use std::io::{self, Read, Write as _};
use std::path::Path;

pub(crate) use self::age::Before;
use self::header::renamed;
pub(crate) use self::header::{is_header, is_rows, without_provenance};
use super::{Store, Upload, is_sidecar};
use crate::digest::new_block;
use crate::error::{Error, Result};
use crate::net::url::redacted;
use crate::source::{ManifestPlaces, ReadOptions, Shard, Whole, is_of_none, manifest_names, manifest_stem, read_whole};

/// Bytes that a header may have, and rows: what is read of manifests.
const MOST_HEADER: u64 = 64 << 20;
const MOST_SAMPLES: u64 = 1 << 30;
/// Bytes that are copied at a time.
const STEP: u64 = 1 << 20;
/// Bytes that rows begin and end with.
const MARK: usize = 4;

/// The URL of an object, and that on its way.
type Object = (String, Box<dyn Upload>);

/// The manifest of a shard on its way to where the copy of the shard goes. Dropped it is discarded.
#[derive(Debug, Default)]
pub(crate) struct Carried(Vec<Object>);

impl Carried {
    /// What is beside `shard`, if there is anything, for a copy called `name`; `before` is the shard as it was before it was copied.
    /// What cannot be read, or put, stays behind, which is told: nothing is known of the copy then, and nothing wrong.
    pub(crate) fn begin(shard: &Shard, before: &Before, options: &ReadOptions, store: &dyn Store, name: &str) -> Self {
        read(shard, before, options, store, name).unwrap_or_else(|error| {
            log::warn!("copied without its manifest: {error:#}");
            Self::default()
        })
    }

    /// Names it, once the copy of the shard has its name. A manifest is a hint: if that fails, the copy stays without one.
    pub(crate) fn commit(self, store: &dyn Store) {
        let mut named = Vec::new();
        for (url, upload) in self.0 {
            named.push(url.clone());
            let Err(error) = upload.commit() else { continue };
            log::warn!("{}: copied without its manifest: {error:#}", redacted(&url));
            // The header first, without which nobody looks for the rest. What failed may be there all the same.
            for url in named.iter().rev() {
                if let Err(error) = store.remove(url) {
                    log::warn!("{}: of a manifest that is not whole, cannot be removed: {error:#}", redacted(url));
                }
            }
            return;
        }
    }
}

fn read(shard: &Shard, before: &Before, options: &ReadOptions, store: &dyn Store, name: &str) -> Result<Carried> {
    let none = Ok(Carried::default());
    if shard.is_stream() || shard.name().is_none_or(|own| is_sidecar(Path::new(&own))) {
        return none;
    }
    let Some((_, places)) = shard.manifest_places() else { return none };
    let ManifestPlaces { header, samples } = &places;
    let bytes = match read_whole(header, options, MOST_HEADER)? {
        Whole::Nothing => return none,
        Whole::Large(found) => return Err(large(header, found, MOST_HEADER)),
        Whole::Bytes(bytes) if is_header(&bytes) => bytes,
        Whole::Bytes(_) => {
            // Another file, or what a server answers whatever it is asked for: there is no manifest.
            log::info!("{}: {}", header.redacted(), other("the header of a manifest"));
            return none;
        }
    };
    let to = name.rsplit('/').next().unwrap_or(name);
    let bytes = renamed(&bytes, manifest_stem(to));
    let [header_name, samples_name] = manifest_names(name);
    let mut all = Vec::new();
    // The rows get their name first: nobody looks for them without a header.
    if let Some(samples) = samples {
        all.extend(rows(samples, options, store, &samples_name)?);
    }
    // What was read is of the shard that was copied only if both are still what they were.
    if let Some(why) = before.why_not(shard, &places) {
        log::warn!("{}: {why}, which is copied without it", header.redacted());
        return none;
    }
    let mut upload = create(store, &header_name)?;
    let written = upload.write_all(&bytes).map_err(Error::from).and_then(|()| upload.sync());
    written.map_err(|error| failed(store, &header_name, error))?;
    all.push((store.object_url(&header_name), upload));
    Ok(Carried(all))
}

/// The rows, if there are any.
fn rows(place: &Shard, options: &ReadOptions, store: &dyn Store, name: &str) -> Result<Option<Object>> {
    let source = |error: Error| error.with_shard(&place.redacted());
    let mut bytes = match place.bytes(&options.clone().uncached()) {
        Err(error) if is_of_none(place, &error) => return Ok(None),
        bytes => bytes.map_err(source)?,
    };
    let (mut block, mut upload, mut read) = (new_block(), None, 0);
    let (mut begin, mut end) = (Vec::new(), Vec::new());
    loop {
        block.clear();
        let count = match bytes.by_ref().take(STEP).read_to_end(&mut block) {
            // What a server answers shows when it is read.
            Err(error) => match Error::from(error) {
                error if read == 0 && is_of_none(place, &error) => return Ok(None),
                error => return Err(source(error)),
            },
            Ok(count) => count as u64,
        };
        if read == 0 {
            begin.extend(block.iter().take(MARK));
        }
        if count == 0 || !is_rows(&begin, b"PAR1") {
            break;
        }
        end.extend_from_slice(block.get(block.len().saturating_sub(MARK)..).unwrap_or_default());
        end.drain(..end.len().saturating_sub(MARK));
        let upload = match &mut upload {
            Some(upload) => upload,
            none => none.insert(create(store, name)?),
        };
        read += count;
        if read > MOST_SAMPLES {
            return Err(large(place, read, MOST_SAMPLES));
        }
        upload.write_all(&block).map_err(|error| failed(store, name, error.into()))?;
    }
    if !is_rows(&begin, &end) {
        return Err(Error::from(other("the rows of a manifest, a Parquet file")).with_shard(&place.redacted()));
    }
    let Some(mut upload) = upload else { return Ok(None) };
    upload.sync().map_err(|error| failed(store, name, error))?;
    Ok(Some((store.object_url(name), upload)))
}

fn create(store: &dyn Store, name: &str) -> Result<Box<dyn Upload>> {
    store.create(name).map_err(|error| failed(store, name, error))
}

fn failed(store: &dyn Store, name: &str, error: Error) -> Error {
    error.with_shard(&redacted(&store.object_url(name)))
}

fn large(place: &Shard, found: u64, limit: u64) -> Error {
    let text = format!("a file of a manifest: expected at most {limit} bytes, found {found} or more");
    Error::from(io::Error::new(io::ErrorKind::FileTooLarge, text)).with_shard(&place.redacted())
}

fn other(expected: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("expected {expected}, found something else of that name"))
}
