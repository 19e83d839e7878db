//! Listing: all members of a shard with their places, without their data.

use std::path::Path;

use super::ExportError;
use crate::archive::compression::Compression;
use crate::archive::key;
use crate::atomic::check_regular;
use crate::error::{Error, Result};
use crate::shard::reader::ShardReader;
use crate::source::ReadOptions;

/// A file of a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::shard) struct Listed {
    pub(in crate::shard) name: String,
    /// Where its first header begins, and its data.
    pub(in crate::shard) start: u64,
    pub(in crate::shard) data: u64,
    pub(in crate::shard) size: u64,
    /// Where the dot between key and field is; `None` of what is no part of a sample.
    pub(in crate::shard) dot: Option<usize>,
}

impl Listed {
    /// Key and field, of what is part of a sample.
    pub(in crate::shard) fn split(&self) -> Option<(&str, &str)> {
        let (key, rest) = self.name.split_at_checked(self.dot?)?;
        Some((key, rest.get(1..)?))
    }
}

/// What is in a shard.
#[derive(Debug)]
pub(in crate::shard) struct Listing {
    pub(in crate::shard) files: Vec<Listed>,
    /// Where the last of them ends, with its padding.
    pub(in crate::shard) end: u64,
    /// Bytes of the shard.
    pub(in crate::shard) size: u64,
    /// Samples as wids counts them: by names of up to 100 bytes, and also of what describes the shard.
    #[cfg_attr(not(feature = "json"), allow(dead_code))]
    pub(in crate::shard) of_wids: usize,
}

/// The key that wids makes of the name in a header: up to the first dot in the last part of it that has one.
fn key_of_wids(header: &[u8]) -> Option<&[u8]> {
    let name = header.get(..100)?.split(|byte| *byte == 0).next()?;
    let last_dot = name.iter().rposition(|byte| *byte == b'.')?;
    let part = name.get(..last_dot)?.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    let dot = name.get(part..)?.iter().position(|byte| *byte == b'.')?;
    name.get(..part + dot)
}

impl Listing {
    /// Of the files of a shard. Which of them are samples is what `WebDataset` says: also files that a file manager left.
    pub(in crate::shard) fn of(path: &Path, options: &ReadOptions) -> Result<Self> {
        let name = path.to_string_lossy();
        Self::read(path, options).map_err(|error| error.with_shard(&name))
    }

    fn read(path: &Path, options: &ReadOptions) -> Result<Self> {
        check_regular(path)?;
        let size = std::fs::metadata(path)?.len();
        let mut groups = ShardReader::open(path, &options.clone().strict().rust_beta(false))?.into_groups();
        let members = groups.members_mut();
        let (mut files, mut end) = (Vec::new(), 0);
        let (mut of_wids, mut last) = (0, None);
        while members.next_member()? {
            let at = |error: ExportError, offset| Error::from(error).with_offset(offset);
            let offset = members.offset();
            if members.compression() != Compression::None {
                return Err(at(ExportError::Compressed { compression: members.compression().to_string() }, offset));
            }
            if let Some(error) = members.fault() {
                return Err(error);
            }
            let name = String::from_utf8(members.name().to_vec());
            let name = name.map_err(|error| {
                let name = String::from_utf8_lossy(error.as_bytes()).into_owned();
                at(ExportError::Name { name, what: "it is no UTF-8" }, offset)
            })?;
            let Some((data, size, header)) = members.whereabouts() else {
                return Err(at(ExportError::Odd { name }, offset));
            };
            if let Some(key) = key_of_wids(header) {
                of_wids += usize::from(last.as_deref() != Some(key));
                last = Some(key.to_owned());
            }
            end = data.saturating_add(size).next_multiple_of(512);
            let dot = key::split_with_litter(name.as_bytes()).map(|split| split.key.len());
            files.push(Listed { name, start: offset, data, size, dot });
        }
        if members.compression() != Compression::None {
            return Err(ExportError::Compressed { compression: members.compression().to_string() }.into());
        }
        // Where an odd end is an error: what is behind a hole would be in no index.
        members.finish()?;
        Ok(Self { files, end, size, of_wids })
    }

    /// The files of each sample: those of one key that lie behind each other.
    pub(in crate::shard) fn samples(&self) -> Vec<Vec<&Listed>> {
        let mut samples: Vec<Vec<&Listed>> = Vec::new();
        let mut last = None;
        for file in &self.files {
            let Some((key, _)) = file.split() else { continue };
            match samples.last_mut() {
                Some(sample) if last == Some(key) => sample.push(file),
                _ => samples.push(vec![file]),
            }
            last = Some(key);
        }
        samples
    }

    /// Where each of them begins, and where the last one ends.
    pub(in crate::shard) fn starts(&self) -> Vec<u64> {
        let starts = self.samples().into_iter().filter_map(|sample| sample.first().map(|file| file.start));
        starts.chain([self.end]).collect()
    }
}
