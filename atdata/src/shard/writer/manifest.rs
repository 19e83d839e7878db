//! The manifest of the shard that is being written.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::ShardSink;
use super::error::WriteError;
use crate::error::{Error, Result};
use crate::manifest::{Builder, Fields, Files, Row};
use crate::shard::PAYLOAD;
use crate::source::manifest_stem;

/// What makes manifests of the samples of a write.
#[derive(Debug)]
pub(super) struct Manifests {
    builder: Builder,
    /// When the write began, in seconds since 1970.
    made: u64,
    /// The next sample as it is packed, where it is written as its members.
    packed: Option<Bytes>,
}

impl ShardSink {
    /// From now on makes manifests, with those fields.
    pub(crate) fn describe_fields(&mut self, fields: Fields) {
        let made = self.emitter.mtime();
        self.manifests = Some(Manifests { builder: Builder::new(Arc::new(fields)), made, packed: None });
        self.remember();
    }

    /// Whether it asks for samples that are written as their members to be packed as well.
    pub(crate) fn wants_packed(&self) -> bool {
        self.manifests.is_some()
    }

    /// The next sample as it is packed; `None` of one that was not written after all.
    pub(crate) fn give_packed(&mut self, packed: Option<&Bytes>) {
        if let Some(manifests) = &mut self.manifests {
            manifests.packed = packed.cloned();
        }
    }

    /// What the manifest is to have of the sample that was put into the block last.
    pub(super) fn row(&mut self) -> Result<Option<Row>> {
        let Some(manifests) = &mut self.manifests else { return Ok(None) };
        if let Some(packed) = manifests.packed.take() {
            return manifests.builder.row(&packed).map(Some);
        }
        let payload = self.written.iter().flatten().find(|member| member.field == PAYLOAD);
        let Some(payload) = payload else { return Err(WriteError::NoValues.into()) };
        let place = usize::try_from(payload.data).ok().zip(usize::try_from(payload.size).ok());
        let bytes = place.and_then(|(at, size)| self.block.get(self.filled + at..self.filled + at + size));
        manifests.builder.row(bytes.unwrap_or_default()).map(Some)
    }

    /// Adds the last sample to the manifest of its shard.
    pub(super) fn add_row(&mut self, row: Option<Row>) {
        let (Some(manifests), Some(row)) = (&mut self.manifests, row) else { return };
        let members = self.written.as_deref().unwrap_or_default();
        let payload = members.iter().find(|member| member.field == PAYLOAD);
        let (offset, size) = match (payload, members.first()) {
            (Some(payload), _) => (payload.data, payload.size),
            (None, Some(first)) => (first.data, members.iter().map(|member| member.size).sum()),
            (None, None) => (0, 0),
        };
        manifests.builder.push(self.keys.last(), offset, size, row);
    }

    /// The manifest of the shard whose samples are all packed.
    pub(super) fn finish_manifest(&mut self, shard: &Path) -> Result<Option<Files>> {
        let Some(manifests) = &mut self.manifests else { return Ok(None) };
        let name = shard.file_name().unwrap_or_default().to_string_lossy();
        let files = manifests.builder.finish(manifest_stem(&name), manifests.made);
        let at = |error: Error| error.with_shard(&shard.to_string_lossy());
        files.map(Some).map_err(at)
    }
}
