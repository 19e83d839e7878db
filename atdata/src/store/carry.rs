//! What goes with a shard that is copied: its manifest.

use std::io::{self, Read, Write as _};
use std::path::Path;

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

/// The URL of an object, and that on its way.
type Object = (String, Box<dyn Upload>);

/// The manifest of a shard on its way to where the copy of the shard goes. Dropped it is discarded.
#[derive(Debug, Default)]
pub(crate) struct Carried(Vec<Object>);

impl Carried {
    /// What is beside `shard`, if there is anything, for a copy called `name`. What cannot be read stays behind, which is told:
    /// nothing is known of the copy then, and nothing wrong.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn begin(shard: &Shard, options: &ReadOptions, store: &dyn Store, name: &str) -> Result<Self> {
        match read(shard, options, store, name) {
            Ok(carried) => Ok(carried),
            Err(Failure::Store(error)) => Err(error),
            Err(Failure::Source(error)) => {
                log::warn!("copied without its manifest: {error:#}");
                Ok(Self::default())
            }
        }
    }

    /// Names it, once the copy of the shard, at `copy`, has its name. If that fails the copy goes, too.
    pub(crate) fn commit(self, store: &dyn Store, copy: &str) -> Result<()> {
        let mut named = vec![copy.to_owned()];
        for (url, upload) in self.0 {
            named.push(url.clone());
            let Err(error) = upload.commit() else { continue };
            for url in named.iter().rev() {
                if let Err(error) = store.remove(url) {
                    log::warn!("{}: of a copy that failed, cannot be removed: {error:#}", redacted(url));
                }
            }
            return Err(error.with_shard(&redacted(&url)));
        }
        Ok(())
    }
}

enum Failure {
    Source(Error),
    Store(Error),
}

fn read(shard: &Shard, options: &ReadOptions, store: &dyn Store, name: &str) -> Result<Carried, Failure> {
    let none = Ok(Carried::default());
    if shard.is_stream() || shard.name().is_none_or(|own| is_sidecar(Path::new(&own))) {
        return none;
    }
    let Some((_, ManifestPlaces { header, samples })) = shard.manifest_places() else { return none };
    let bytes = match read_whole(&header, options, MOST_HEADER).map_err(Failure::Source)? {
        Whole::Nothing => return none,
        Whole::Large(found) => return Err(large(&header, found, MOST_HEADER)),
        Whole::Bytes(bytes) => bytes,
    };
    if is_older(&header, shard) {
        log::warn!("{}: older than its shard, which is copied without it", header.redacted());
        return none;
    }
    let to = name.rsplit('/').next().unwrap_or(name);
    let bytes = renamed(&bytes, manifest_stem(to));
    let [header_name, samples_name] = manifest_names(name);
    let mut all = Vec::new();
    // The rows get their name first: nobody looks for them without a header.
    if let Some(samples) = samples {
        all.extend(rows(&samples, options, store, &samples_name)?);
    }
    let mut upload = create(store, &header_name)?;
    let written = upload.write_all(&bytes).map_err(Error::from).and_then(|()| upload.sync());
    written.map_err(|error| failed(store, &header_name, error))?;
    all.push((store.object_url(&header_name), upload));
    Ok(Carried(all))
}

/// The rows, if there are any.
fn rows(place: &Shard, options: &ReadOptions, store: &dyn Store, name: &str) -> Result<Option<Object>, Failure> {
    let source = |error: Error| Failure::Source(error.with_shard(&place.redacted()));
    let mut bytes = match place.bytes(&options.clone().uncached()) {
        Err(error) if is_of_none(place, &error) => return Ok(None),
        bytes => bytes.map_err(source)?,
    };
    let (mut block, mut upload, mut read) = (new_block(), None, 0);
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
        let upload = match &mut upload {
            Some(upload) => upload,
            none => none.insert(create(store, name)?),
        };
        if count == 0 {
            break;
        }
        read += count;
        if read > MOST_SAMPLES {
            return Err(large(place, read, MOST_SAMPLES));
        }
        upload.write_all(&block).map_err(|error| failed(store, name, error.into()))?;
    }
    let Some(mut upload) = upload else { return Ok(None) };
    upload.sync().map_err(|error| failed(store, name, error))?;
    Ok(Some((store.object_url(name), upload)))
}

fn create(store: &dyn Store, name: &str) -> Result<Box<dyn Upload>, Failure> {
    store.create(name).map_err(|error| failed(store, name, error))
}

fn failed(store: &dyn Store, name: &str, error: Error) -> Failure {
    Failure::Store(error.with_shard(&redacted(&store.object_url(name))))
}

fn large(place: &Shard, found: u64, limit: u64) -> Failure {
    let text = format!("a file of a manifest: expected at most {limit} bytes, found {found} or more");
    Failure::Source(Error::from(io::Error::new(io::ErrorKind::FileTooLarge, text)).with_shard(&place.redacted()))
}

/// Whether a manifest is of what was there before its shard, as the times of their files tell.
pub(crate) fn is_older(header: &Shard, shard: &Shard) -> bool {
    let time = |shard: &Shard| shard.path().and_then(|path| path.metadata().ok()?.modified().ok());
    time(header).zip(time(shard)).is_some_and(|(header, shard)| header < shard)
}

/// A header that says of itself that it is of the shard `stem`; as it was where it says of nothing that it is.
fn renamed(header: &[u8], stem: &str) -> Vec<u8> {
    let Some(place) = shard_id(header) else { return header.to_vec() };
    let (before, behind) = (header.get(..place.start), header.get(place.end..));
    let mut text = Vec::with_capacity(header.len() + stem.len());
    text.extend_from_slice(before.unwrap_or_default());
    text.push(b'"');
    for c in stem.chars() {
        match c {
            '"' => text.extend(b"\\\""),
            '\\' => text.extend(b"\\\\"),
            c if c.is_control() => text.extend(format!("\\u{:04x}", u32::from(c)).bytes()),
            c => text.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    text.push(b'"');
    text.extend_from_slice(behind.unwrap_or_default());
    text
}

/// Where the value of the member `shard_id` of an object is, if that is text. It need not be JSON: Python writes `Infinity`.
fn shard_id(json: &[u8]) -> Option<std::ops::Range<usize>> {
    let (mut depth, mut at, mut is_next) = (0_u32, 0, false);
    loop {
        match json.get(at)? {
            b'"' => {
                let end = end_of_text(json, at)?;
                if is_next {
                    return Some(at..end);
                }
                let behind = json.get(end..)?.trim_ascii_start();
                is_next = depth == 1 && behind.starts_with(b":") && json.get(at..end)? == b"\"shard_id\"";
                at = end;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        // Between the name and the value there is a colon.
        is_next &= matches!(json.get(at)?, b':' | b' ' | b'\t' | b'\r' | b'\n');
        at += 1;
    }
}

/// Where a text that begins there ends, behind its quotation mark.
fn end_of_text(json: &[u8], at: usize) -> Option<usize> {
    let mut end = at + 1;
    loop {
        match json.get(end)? {
            b'"' => return Some(end + 1),
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_of_its_new_name_and_else_as_it_was() {
        let renamed = |header: &str| String::from_utf8_lossy(&renamed(header.as_bytes(), "b\"ü\\")).into_owned();
        for (header, expected) in [
            (r#"{"v": "1", "shard_id": "a", "n": Infinity}"#, r#"{"v": "1", "shard_id": "b\"ü\\", "n": Infinity}"#),
            (
                r#"{"x": {"shard_id": "no"}, "shard_id" : "a\"\\" }"#,
                r#"{"x": {"shard_id": "no"}, "shard_id" : "b\"ü\\" }"#,
            ),
            (r#"{"v": "shard_id", "y": "a"}"#, r#"{"v": "shard_id", "y": "a"}"#),
            (r#"{"shard_id": 3, "y": "a"}"#, r#"{"shard_id": 3, "y": "a"}"#),
            (r#"}{"shard_id": "a"}"#, r#"}{"shard_id": "a"}"#),
            (r#"{"shard_id": "a"#, r#"{"shard_id": "a"#),
            ("", ""),
        ] {
            assert_eq!(renamed(header), expected);
        }
    }
}
