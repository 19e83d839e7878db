//! The plan of a publication: what is to be done to publish shards, found out before anything is sent.

use std::collections::HashSet;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::manifests::{self, PlannedManifest};
use super::options::{Destination, PublishOptions};
use crate::atmosphere::problem::PublishError;
use crate::atmosphere::record::WriteOptions;
use crate::atproto::Atmosphere;
use crate::cid::Cid;
use crate::dataset::{Dataset, ShardWriter};
use crate::digest::hex;
use crate::error::{Error, Result};
use crate::sample::Packable;
use crate::shard::{Looked, WrittenSample, look_at};
use crate::source::{ReadOptions, Shard};
use crate::store::{AT_ONCE, Before, several};

/// Bytes of a shard that is written to become a blob, with room for what servers allow less.
const REWRITTEN: u64 = 45_000_000;

/// The shards of a dataset, and where they are to be found.
pub(super) struct Plan {
    pub(super) shards: Vec<Planned>,
    /// Those of all shards, or none.
    pub(super) manifests: Vec<PlannedManifest>,
    pub(super) options: ReadOptions,
    pub(super) blobs: bool,
    /// Of the shards that were written for it; removed with the plan.
    _folder: Option<Folder>,
}

pub(super) struct Planned {
    pub(super) shard: Shard,
    /// In hexadecimal; `None` where it is not to be found out.
    pub(super) sha256: Option<String>,
    pub(super) bytes: u64,
    pub(super) cid: Option<Cid>,
    /// The manifest of a shard that becomes a blob.
    pub(super) manifest: Option<PlannedManifest>,
}

impl Plan {
    /// Looks at the shards of a dataset, and reads those whose digest nobody knows.
    pub(super) fn of<S: Packable + 'static>(
        dataset: &Dataset<S>,
        options: &PublishOptions,
        known: &(dyn Fn(&str) -> Option<String> + Sync),
    ) -> Result<Self> {
        let (folder, shards, read) = if options.max_bytes.is_some() || !dataset.is_plain() {
            let (folder, shards) = rewritten(dataset, options.max_bytes.unwrap_or(REWRITTEN), options.max_total)?;
            (Some(folder), shards, ReadOptions::new())
        } else {
            (None, dataset.shards().to_vec(), dataset.read_options().clone())
        };
        let blobs = match options.place {
            Destination::Blobs => true,
            Destination::Auto => folder.is_some() || shards.iter().any(|shard| shard.path().is_some()),
            Destination::Stay => false,
        };
        if blobs {
            check_sizes(&shards, options)?;
        } else {
            shards.iter().try_for_each(|shard| check_place(shard, options.place))?;
        }
        let mut shards = planned(&shards, &read, blobs, options, known)?;
        // Which is of which shard is said by their order: all have one, or none does.
        let manifests: Vec<_> = shards.iter_mut().filter_map(|planned| planned.manifest.take()).collect();
        let bytes = shards.iter().map(|planned| planned.bytes).sum::<u64>();
        let manifests = if options.manifests && manifests::fit(&manifests, shards.len(), bytes, options.max_total) {
            manifests
        } else {
            Vec::new()
        };
        Ok(Self { shards, manifests, options: read, blobs, _folder: folder })
    }

    /// Uploads the blobs that no entry of the account has yet.
    pub(super) fn upload(
        &self,
        atmosphere: &Atmosphere,
        stored: &HashSet<String>,
        options: &PublishOptions,
    ) -> Result<()> {
        for planned in self.shards.iter().filter(|_| self.blobs) {
            if planned.cid.is_some_and(|cid| stored.contains(&cid.to_string())) {
                continue;
            }
            let named = |error: Error| error.with_shard(&planned.shard.redacted());
            let bytes = planned.read(&self.options).map_err(named)?;
            let mut sent = 0;
            let progress = |now: u64, _: u64| {
                // An upload that is tried again begins anew.
                options.tell(now.saturating_sub(sent));
                sent = sent.max(now);
            };
            atmosphere.upload_blob_with(bytes, progress).map_err(named)?;
        }
        Ok(())
    }

    /// The same of the manifests.
    pub(super) fn upload_manifests(&self, atmosphere: &Atmosphere, stored: &HashSet<String>) -> Result<()> {
        self.manifests.iter().try_for_each(|manifest| manifest.upload(atmosphere, &self.options, stored))
    }
}

impl Planned {
    /// The bytes that are to be sent, which have to be the ones that were looked at.
    fn read(&self, options: &ReadOptions) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.shard.bytes(options)?.take(WriteOptions::MAX_BLOB + 1).read_to_end(&mut bytes)?;
        let found = hex(Cid::of_raw(&bytes).digest());
        match &self.sha256 {
            Some(expected) if *expected != found => {
                Err(PublishError::Changed { expected: expected.clone(), found }.into())
            }
            _ => Ok(bytes),
        }
    }
}

/// Looks at the shards, a few at once; the first that cannot be published ends it.
fn planned(
    shards: &[Shard],
    read: &ReadOptions,
    blobs: bool,
    options: &PublishOptions,
    known: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<Vec<Planned>> {
    let (mut planned, mut total, mut failure) = (Vec::with_capacity(shards.len()), 0, None);
    let look_at = |shard: &Shard, tell: &mut dyn FnMut(u64)| plan(shard.clone(), read, blobs, options, known, tell);
    several(shards, AT_ONCE, look_at, &mut |bytes| options.tell(bytes), &mut |_, found| {
        let found = found.and_then(|found| {
            total += found.bytes;
            if blobs { check_total(total, options.max_total).map(|()| found) } else { Ok(found) }
        });
        match found {
            Ok(found) if failure.is_none() => planned.push(found),
            Ok(_) => {}
            Err(error) => drop(failure.get_or_insert(error)),
        }
        if failure.is_none() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    failure.map_or(Ok(planned), Err)
}

fn plan(
    shard: Shard,
    read: &ReadOptions,
    blob: bool,
    options: &PublishOptions,
    known: &(dyn Fn(&str) -> Option<String> + Sync),
    tell: &mut dyn FnMut(u64),
) -> Result<Planned> {
    if !blob {
        let sha256 = known(shard.url()).map(|sha256| sha256.to_ascii_lowercase());
        if sha256.is_some() || options.unknown_checksums {
            return Ok(Planned { shard, sha256, bytes: 0, cid: None, manifest: None });
        }
    }
    if shard.is_stream() {
        return Err(Error::from(PublishError::Stream).with_shard(&shard.redacted()));
    }
    // Files are told of when they are sent.
    let (is_file, before) = (shard.path().is_some(), Before::of(&shard));
    let Looked { sha256, bytes, samples } = look_at(&shard, read, options.lenient, &mut |bytes| {
        if !is_file {
            tell(bytes);
        }
    })?;
    if blob {
        // An entry may name any file, and this one is to be given to everybody.
        if samples == 0 {
            return Err(Error::from(PublishError::NoSamples).with_shard(&shard.redacted()));
        }
        check_size(bytes).map_err(|error| error.with_shard(&shard.redacted()))?;
    }
    let manifest = if blob && options.manifests { PlannedManifest::of(&shard, &before, read) } else { None };
    Ok(Planned { shard, sha256: Some(hex(&sha256)), bytes, cid: blob.then(|| Cid::of_raw_digest(sha256)), manifest })
}

fn check_size(bytes: u64) -> Result<()> {
    let limit = WriteOptions::MAX_BLOB;
    if bytes <= limit { Ok(()) } else { Err(PublishError::LargeShard { found: bytes, limit }.into()) }
}

/// Holds files against the limits, so that nothing is read or sent in vain.
fn check_sizes(shards: &[Shard], options: &PublishOptions) -> Result<()> {
    let mut total = 0;
    for shard in shards {
        let Some(path) = shard.path() else { continue };
        let bytes = std::fs::metadata(path).map_err(|error| Error::from(error).with_shard(&shard.redacted()))?.len();
        check_size(bytes).map_err(|error| error.with_shard(&shard.redacted()))?;
        total += bytes;
    }
    check_total(total, options.max_total)
}

fn check_total(found: u64, limit: u64) -> Result<()> {
    if found <= limit { Ok(()) } else { Err(PublishError::LargeDataset { found, limit }.into()) }
}

/// Whether others can read a shard where it is, as far as the kind of place tells; its URL is checked with the record.
fn check_place(shard: &Shard, place: Destination) -> Result<()> {
    let url = shard.url();
    let problem = if shard.path().is_some() || url == "-" || url.starts_with("at://") {
        PublishError::Elsewhere
    } else if place == Destination::Auto && url.starts_with("s3://") {
        PublishError::Bucket
    } else {
        match crate::atmosphere::record::public_url_problem(url) {
            None | Some(crate::atmosphere::record::UrlProblem::PrivateHost { .. }) => return Ok(()),
            Some(problem) => PublishError::NotPublic { problem },
        }
    };
    Err(Error::from(problem).with_shard(&shard.redacted()))
}

/// Writes a dataset anew, with the keys that its samples have; not more than may be published.
fn rewritten<S: Packable + 'static>(
    dataset: &Dataset<S>,
    max_bytes: u64,
    max_total: u64,
) -> Result<(Folder, Vec<Shard>)> {
    let folder = Folder::new()?;
    let mut total = 0;
    let count = move |place: &WrittenSample<'_>, _: Option<&S>| {
        total += place.members.iter().map(|member| member.data - member.header + member.size).sum::<u64>();
        check_total(total, max_total)
    };
    let writer = ShardWriter::<S>::builder(folder.0.join("data-%06d.tar")).max_bytes(max_bytes).listener(count);
    let mut writer = writer.build()?;
    writer.write_dataset(dataset)?;
    let written = writer.finish()?;
    written.tell_left_out(&dataset.shards().first().map(Shard::redacted).unwrap_or_default());
    let shards = written.paths().into_iter().map(Shard::from_path).collect();
    Ok((folder, shards))
}

/// A folder that goes when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("atdata-{}", uuid::Uuid::new_v4().simple()));
        let mut builder = std::fs::DirBuilder::new();
        // What is written there is not published yet.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let folder: &Path = &self.0;
        if let Err(error) = std::fs::remove_dir_all(folder) {
            log::warn!("{}: left behind: {error}", folder.display());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What is not published yet is nobody else's to read, and goes.
    #[cfg(unix)]
    #[test]
    fn what_is_written_anew_is_read_by_nobody_else() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = Folder::new().unwrap();
        assert_eq!(folder.0.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        let path = folder.0.clone();
        drop(folder);
        assert!(!path.exists());
    }
}
