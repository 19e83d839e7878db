//! Contents beside a shard: looked for where the shard is, in a folder or on a server.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::check::check_end;
use super::format::{BLOCK, HEAD, Head};
use super::{Contents, ContentsError, Summary};
use crate::atomic::check_regular;
use crate::error::{Error, ErrorKind, Result};
use crate::raw;
use crate::source::{Glance, Ranges, ReadOptions, Shard};
use crate::store::{SIDECAR, sidecar_of};

/// The begin of a sidecar, or all of it.
struct Found {
    name: Arc<str>,
    bytes: Bytes,
    /// Its length, where that was asked for.
    len: Option<u64>,
}

impl Found {
    fn head(&self) -> Result<Head> {
        let head = Head::parse(&self.bytes);
        let head = head.and_then(|head| self.len.map_or(Ok(()), |len| head.check_length(len)).map(|()| head));
        head.map_err(|error| error.with_shard(&self.name))
    }
}

pub(super) fn summary(shard: &Shard, options: &ReadOptions) -> Result<Option<Summary>> {
    // Of a hundred thousand sidecars only the heads are read: that they are whole shows when they are.
    let found = match shard.path() {
        Some(path) => local(path, Some(HEAD))?,
        None => remote(shard, options, false, &|| false)?,
    };
    let Some(found) = found else { return Ok(None) };
    let head = found.head()?;
    let at = |error: Error| error.with_shard(&shard.redacted());
    let end = Ranges::open_uncached(shard, options).map_err(at)?;
    let end = end.map_or(Ok(None), |ranges| ranges.glance(head.end, BLOCK, &|| false)).map_err(at)?;
    let Some(end) = end else {
        log::info!("{shard}: its contents are of no use, for its server sends it as a whole only");
        return Ok(None);
    };
    check_end((&head).into(), &end, Some(&found.name)).map_err(at)?;
    Ok(Some(Summary::from(&head)))
}

pub(super) fn contents(
    shard: &Shard,
    options: &ReadOptions,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Option<Contents>> {
    let found = match shard.path() {
        Some(path) => local(path, None)?,
        None => remote(shard, options, true, is_stopped)?,
    };
    let Some(Found { name, bytes, .. }) = found else { return Ok(None) };
    let contents = Contents::from_bytes(bytes).map_err(|error| error.with_shard(&name))?;
    Ok(Some(Contents { sidecar: Some(name), ..contents }))
}

/// The contents that are in a file beside that one, whole if they are within `room`.
pub(super) fn of_file(path: &Path, room: usize) -> Result<Option<Contents>> {
    let sidecar = sidecar_of(path);
    let name: Arc<str> = sidecar.to_string_lossy().into();
    // What is no file is told by who reads all of it.
    let len = match fs::metadata(&sidecar) {
        Ok(data) if data.is_file() && data.len() > room as u64 => data.len(),
        _ => return contents(&Shard::from_path(path), &ReadOptions::new(), &|| false),
    };
    let file = Ranges::open_uncached(&Shard::from_path(&sidecar), &ReadOptions::new())?;
    let Some(file) = file else { return Ok(None) };
    let contents = Contents::by_blocks(Arc::new(file), 0, len).map_err(|error| error.with_shard(&name))?;
    Ok(Some(Contents { sidecar: Some(name), ..contents }))
}

fn failed(source: io::Error) -> Error {
    ContentsError::Io { what: "read", source }.into()
}

/// The first bytes of a sidecar, or all of it; `None` where there is none.
fn local(shard: &Path, most: Option<usize>) -> Result<Option<Found>> {
    let sidecar = sidecar_of(shard);
    let name: Arc<str> = sidecar.to_string_lossy().into();
    let at = |source| failed(source).with_shard(&name);
    check_regular(&sidecar).map_err(at)?;
    let file = match File::open(&sidecar) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(at)?,
    };
    let (len, room) = match most {
        Some(most) => (None, most),
        // What is allocated is what is there.
        None => {
            let len = file.metadata().map_err(at)?.len();
            (Some(len), usize::try_from(len).unwrap_or(usize::MAX))
        }
    };
    let mut bytes = Vec::new();
    raw::read_plain(&file, 0, &mut bytes, room).map_err(at)?;
    Ok(Some(Found { bytes: bytes.into(), len, name }))
}

/// The same of a server, where nobody knows what it has beside a shard: what is no sidecar is none.
fn remote(shard: &Shard, options: &ReadOptions, whole: bool, is_stopped: &dyn Fn() -> bool) -> Result<Option<Found>> {
    let Some(sidecar) = shard.beside(SIDECAR) else { return Ok(None) };
    if Ranges::open_uncached(shard, options)?.is_none() {
        return Ok(None);
    }
    let name: Arc<str> = sidecar.redacted().into();
    let at = |error: Error| error.with_shard(&name);
    let Some(ranges) = Ranges::open_uncached(&sidecar, options).map_err(at)? else { return Ok(None) };
    let begin = match ranges.glance(0, HEAD as u64, is_stopped) {
        // A bucket that does not list what it has refuses what it does not have.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Permission) => return Ok(None),
        begin => begin.map_err(at)?,
    };
    let Some(Glance { mut bytes, len, .. }) = begin else { return Ok(None) };
    let head = match Head::parse(&bytes) {
        Ok(head) => head,
        Err(error) if !bytes.starts_with(super::format::MAGIC) => {
            log::info!("{name}: passed over, for it is something else: {error}");
            return Ok(None);
        }
        Err(error) => return Err(at(error)),
    };
    // Of whatever shard they are, contents say less than its headers.
    if len > head.shard_size.max(HEAD as u64) {
        return Err(at(ContentsError::Large { found: len, shard: head.shard_size }.into()));
    }
    if whole {
        head.check_length(len).map_err(at)?;
        bytes.extend_from_slice(&ranges.read(HEAD as u64..len, is_stopped).map_err(at)?);
    }
    Ok(Some(Found { name, bytes: bytes.into(), len: Some(len) }))
}
