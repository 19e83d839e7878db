//! Scanning: the contents of a shard that was written without them, by all of it or by its headers.

use std::fs::File;
use std::path::Path;

use bytes::Bytes;

use super::build::{Builder, Place};
use super::check::is_end;
use super::format::BLOCK;
use super::{Contents, ContentsError};
use crate::archive::compression::Compression;
use crate::archive::tar::{Fault, PassedOver, Reason, Scan, Warning};
use crate::atomic::check_regular;
use crate::error::{Error, Result};
use crate::raw;
use crate::shard::PAYLOAD;
use crate::shard::members::Members;
use crate::shard::reader::ShardReader;
use crate::source::ReadOptions;

/// The CRC-32C of the content of a member, by where it begins, from somebody who has read it.
pub(super) type Known<'k> = dyn Fn(u64) -> Option<u32> + 'k;

/// Where the checksums of what members hold are from.
pub(super) enum Checksums<'k> {
    /// All is read.
    Read,
    /// Nothing is read but headers.
    Known(&'k Known<'k>),
    /// The same, and there are none. The places are those in the archive, also of a compressed shard, which nobody reads by them.
    #[cfg(feature = "manifest")]
    None,
}

impl Checksums<'_> {
    fn take_compressed(&self) -> bool {
        match self {
            Self::Read | Self::Known(_) => false,
            #[cfg(feature = "manifest")]
            Self::None => true,
        }
    }
}

pub(super) fn scan(
    path: &Path,
    options: &ReadOptions,
    checksums: &Checksums<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<Contents> {
    let name = path.to_string_lossy();
    scan_file(path, options, checksums, progress).map_err(|error| error.with_shard(&name))
}

fn scan_file(
    path: &Path,
    options: &ReadOptions,
    checksums: &Checksums<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<Contents> {
    let failed = |source| Error::from(ContentsError::Io { what: "make", source });
    check_regular(path).map_err(failed)?;
    let size = std::fs::metadata(path).map_err(failed)?.len();
    // What only this library's Rust beta wrote has other rules of what a sample is.
    let options = options.clone().strict().rust_beta(false);
    let mut groups = ShardReader::open(path, &options)?.into_groups().over(|scan| Noting::new(scan, checksums));
    let (mut builder, mut refused) = (Builder::default(), None);
    // Whether groups without `msgpack` are samples is known when there is one with it, or none.
    let mut plain = Some(Builder::default());
    loop {
        let group = groups.next_group(|_| true);
        // Before anything is read, an empty or compressed file has said nothing.
        let compression = groups.members_mut().scan.compression();
        if compression != Compression::None && !checksums.take_compressed() {
            return Err(ContentsError::Compressed { compression: compression.to_string() }.into());
        }
        match group {
            Ok(Some(group)) => {
                let mut noted = groups.members_mut().take(group.fields.len());
                if let Checksums::Known(known) = checksums {
                    noted.iter_mut().flatten().for_each(|member| member.crc32c = known(member.data));
                }
                let append = |builder: &mut Builder, start: u64| {
                    append(builder, &group.key, start, group.fields.iter().map(|(field, _)| &**field), noted)
                        .map_err(|error| error.with_key(&group.key).with_offset(group.offset))
                };
                if group.fields.iter().any(|(field, _)| field == PAYLOAD) {
                    plain = None;
                    append(&mut builder, group.offset)?;
                } else {
                    builder.leave_out();
                    let appended = plain.as_mut().map_or(Ok(()), |plain| append(plain, plain.begin_of(group.offset)));
                    if let Err(error) = appended {
                        plain = None;
                        builder.refuse();
                        refused.get_or_insert(error);
                    }
                }
                progress(group.offset);
            }
            Ok(None) => break,
            Err(error) if groups.can_go_on() => {
                log::error!("{}: passed over: {error:#}", path.display());
                builder.refuse();
                if let Some(plain) = &mut plain {
                    plain.refuse();
                }
                refused.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    let is_compressed = groups.members_mut().scan.compression() != Compression::None;
    let finish = |builder: &mut Builder| {
        if is_compressed { Ok(builder.finish(builder.end())) } else { finish(builder, path, size) }
    };
    if let Some(mut plain) = plain.filter(|plain| !plain.is_empty()) {
        return finish(&mut plain);
    }
    let contents = finish(&mut builder)?;
    match refused {
        Some(error) if contents.samples() == 0 => Err(error),
        _ => Ok(contents),
    }
}

fn finish(builder: &mut Builder, path: &Path, size: u64) -> Result<Contents> {
    let failed = |source| Error::from(ContentsError::Io { what: "make", source });
    let mut end = Vec::new();
    let len = usize::try_from(BLOCK.min(size.saturating_sub(builder.end()))).unwrap_or(0);
    raw::read_plain(&File::open(path).map_err(failed)?, builder.end(), &mut end, len).map_err(failed)?;
    if !is_end(&end) {
        builder.goes_on();
    }
    Ok(builder.finish(size))
}

fn append<'a>(
    builder: &mut Builder,
    key: &str,
    start: u64,
    fields: impl Iterator<Item = &'a str>,
    noted: Vec<Option<Noted>>,
) -> Result<()> {
    let mut places = Vec::with_capacity(noted.len());
    for (field, noted) in fields.zip(noted) {
        let Some(Noted { data, size, header_crc32c, crc32c }) = noted else {
            return Err(ContentsError::Odd { field: field.to_owned() }.into());
        };
        places.push(Place { field, data, size, header_crc32c, crc32c });
    }
    builder.push(start, key, places)
}

/// Where a member is.
#[derive(Debug, Clone, Copy)]
struct Noted {
    data: u64,
    size: u64,
    header_crc32c: u32,
    crc32c: Option<u32>,
}

/// Members whose places are noted when their data is asked for.
struct Noting {
    scan: Scan,
    /// Whether the data is read when it is asked for.
    reads: bool,
    /// Whether a compressed shard is looked at as well.
    in_archive: bool,
    noted: Vec<Option<Noted>>,
}

impl Noting {
    fn new(scan: Scan, checksums: &Checksums<'_>) -> Self {
        let (reads, in_archive) = (matches!(checksums, Checksums::Read), checksums.take_compressed());
        Self { scan, reads, in_archive, noted: Vec::new() }
    }

    /// The last members that were noted: those before them were of groups that are none.
    fn take(&mut self, count: usize) -> Vec<Option<Noted>> {
        let from = self.noted.len().saturating_sub(count);
        let noted = self.noted.split_off(from);
        self.noted.clear();
        noted
    }
}

impl Members for Noting {
    fn next_member(&mut self) -> Result<bool> {
        self.scan.next_member()
    }

    fn name(&self) -> &[u8] {
        self.scan.name()
    }

    fn offset(&self) -> u64 {
        self.scan.offset()
    }

    fn fault(&mut self) -> Option<Error> {
        self.scan.fault()
    }

    fn is_empty(&mut self) -> Result<bool, Fault> {
        self.scan.is_empty()
    }

    fn peek(&mut self, len: u64) -> Result<Option<&[u8]>> {
        self.scan.peek(len)
    }

    fn bytes(&mut self) -> Result<Bytes, Fault> {
        let place = if self.in_archive { self.scan.place_in_archive() } else { self.scan.whereabouts() };
        let place = place.map(|(data, size, header)| (data, size, crc32c::crc32c(header)));
        let crc32c = if self.reads { Some(crc32c::crc32c(&self.scan.bytes()?)) } else { None };
        let noted = |(data, size, header_crc32c)| Noted { data, size, header_crc32c, crc32c };
        self.noted.push(place.map(noted));
        // All that is asked for: the members of a group are not held together.
        Ok(Bytes::new())
    }

    fn hold(&mut self) -> Result<(), Fault> {
        self.scan.hold()
    }

    fn held(&self) -> (&[u8], Option<&Bytes>) {
        self.scan.held()
    }

    fn release(&mut self) {
        self.scan.release();
    }

    fn pass_over(&mut self, reason: Reason) {
        self.scan.pass_over(reason);
    }

    fn finish(&mut self) -> Result<()> {
        self.scan.finish()
    }

    fn warnings(&self) -> &[Warning] {
        self.scan.warnings()
    }

    fn passed(&self) -> &PassedOver {
        self.scan.passed()
    }
}
