//! Copying shards as bytes, and their digests.

use std::io::{Read, Write};
use std::ops::ControlFlow;

use super::Store;
use super::carry::{Before, Carried};
use super::several::{AT_ONCE, several};
use crate::digest::{BLOCK, Digest, hex, new_block};
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::source::{ReadOptions, Shard};

/// A shard that was copied into a store, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// Where it is now.
    pub url: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of it.
    pub sha256: [u8; 32],
}

impl Copied {
    /// A copy that is there already.
    pub fn new(url: impl Into<String>, bytes: u64, sha256: [u8; 32]) -> Self {
        Self { url: url.into(), bytes, sha256 }
    }

    /// The digest in lower-case hexadecimal, as `sha256sum` prints it.
    pub fn sha256_hex(&self) -> String {
        hex(&self.sha256)
    }
}

/// SHA-256 and size of a shard as it is stored, wherever that is; compressed ones are not unpacked.
///
/// It is read once, as a stream: memory does not depend on its size. `progress` is told of each step how many bytes it
/// was. Where `options` have a cache, a shard that is in there is read from there: to check what a server has, leave the
/// cache out.
///
/// ```
/// use atdata::ReadOptions;
/// use atdata::source::Shard;
/// use atdata::store::sha256_of;
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("a.tar");
/// # let mut sample = atdata::DictSample::new();
/// # sample.insert("text", "one");
/// # let info = atdata::Dataset::write(&path, [sample])?.shards.remove(0);
/// let (sha256, bytes) = sha256_of(&Shard::from_path(&path), &ReadOptions::new(), &mut |_| {})?;
/// assert_eq!((Some(sha256), bytes), (info.sha256, info.bytes));
/// # Ok::<(), atdata::Error>(())
/// ```
///
/// # Errors
/// Those of reading the shard.
pub fn sha256_of(shard: &Shard, options: &ReadOptions, progress: &mut dyn FnMut(u64)) -> Result<([u8; 32], u64)> {
    each_block(shard, options, progress, |_| Ok(()))
}

/// Copies a shard into `store`, under `name`, as it is. It appears when all of it is there; should anything fail before,
/// nothing is left of it. An object of that name is replaced.
///
/// It goes from source to store as a stream, hashed on its way; `progress` is told of each step how many bytes it was. The
/// manifest beside it, if there is one that is not older, goes with it, and has its new name; one that cannot be read or put is a
/// warning in the log, and the copy is without.
///
/// # Errors
/// Those of reading the shard, which name it, and those of the store, which name the copy;
/// [`Corrupt`](ErrorKind::Corrupt) for a shard of an index or a record that is not what its checksum says.
pub fn copy(
    shard: &Shard,
    options: &ReadOptions,
    store: &dyn Store,
    name: &str,
    progress: &mut dyn FnMut(u64),
) -> Result<Copied> {
    let url = store.object_url(name);
    let named = |error: Error| error.with_shard(&crate::net::url::redacted(&url));
    let mut upload = store.create(name).map_err(named)?;
    let before = Before::of(shard);
    let (sha256, bytes) =
        each_block(shard, options, progress, |block| upload.write_all(block).map_err(|error| named(error.into())))?;
    if bytes == 0 {
        return Err(Error::from(EmptySource).with_shard(&shard.redacted()));
    }
    if let Some(expected) = shard.known_sha256().filter(|expected| **expected != sha256) {
        let changed = Changed { expected: hex(expected), found: hex(&sha256) };
        return Err(Error::from(changed).with_shard(&shard.redacted()));
    }
    upload.sync().map_err(named)?;
    let manifest = Carried::begin(shard, &before, options, store, name);
    upload.commit().map_err(named)?;
    manifest.commit(store);
    Ok(Copied { url, bytes, sha256 })
}

/// In the words of those that come from elsewhere, which are held against their digests on the way.
#[derive(Debug, thiserror::Error)]
#[error("it is not what it has to be: expected the SHA-256 {expected}, found {found}")]
struct Changed {
    expected: String,
    found: String,
}

impl Cause for Changed {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Corrupt
    }
}

#[derive(Debug, thiserror::Error)]
#[error("expected a shard, found nothing: it is empty")]
struct EmptySource;

impl Cause for EmptySource {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Corrupt
    }
}

/// A copy that is to be made.
#[derive(Debug, Clone)]
pub struct Copy {
    /// What is to be copied.
    pub shard: Shard,
    /// How it is read.
    pub options: ReadOptions,
    /// The name that the copy gets.
    pub name: String,
}

/// Makes several copies, a few at once: see [`copy`]. What came of each is shown to `each` in their order, with its number;
/// when that breaks off no further one is begun, and what came of those under way is shown all the same.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use atdata::ReadOptions;
/// use atdata::source::IntoShards;
/// use atdata::store::{Copy, LocalStore, copy_all};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let mut sample = atdata::DictSample::new();
/// # sample.insert("text", "one");
/// # for number in 0..3 {
/// #     atdata::Dataset::write(dir.path().join(format!("a-{number}.tar")), [sample.clone()])?;
/// # }
/// # let pattern = format!("{}/a-{{0..2}}.tar", dir.path().display());
/// let to_copy = |(number, shard)| Copy { shard, options: ReadOptions::new(), name: format!("b-{number}.tar") };
/// let copies: Vec<_> = pattern.into_shards()?.into_iter().enumerate().map(to_copy).collect();
/// let store = LocalStore::new(dir.path().join("there"));
/// copy_all(&copies, &store, &mut |_bytes| {}, &mut |number, copied| {
///     println!("{number}: {copied:?}");
///     if copied.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
/// });
/// # assert!(dir.path().join("there/b-2.tar").is_file());
/// # Ok::<(), atdata::Error>(())
/// ```
pub fn copy_all(
    copies: &[Copy],
    store: &dyn Store,
    progress: &mut dyn FnMut(u64),
    each: &mut dyn FnMut(usize, Result<Copied>) -> ControlFlow<()>,
) {
    let work =
        |Copy { shard, options, name }: &Copy, tell: &mut dyn FnMut(u64)| copy(shard, options, store, name, tell);
    several(copies, AT_ONCE, work, progress, each);
}

/// Hands all bytes to `each`, and gives their digest and number.
fn each_block(
    shard: &Shard,
    options: &ReadOptions,
    progress: &mut dyn FnMut(u64),
    mut each: impl FnMut(&[u8]) -> Result<()>,
) -> Result<([u8; 32], u64)> {
    let mut source = shard.bytes(options)?;
    let (mut digest, mut block, mut bytes) = (Digest::new(), new_block(), 0);
    loop {
        let read = source.by_ref().take(BLOCK as u64).read_to_end(&mut block);
        let count = read.map_err(|error| Error::from(error).with_shard(&shard.redacted()))? as u64;
        if count == 0 {
            return Ok((digest.finish(), bytes));
        }
        each(&block)?;
        digest.update(&mut block);
        bytes += count;
        progress(count);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::store::LocalStore;

    #[test]
    fn a_copy_has_the_bytes_and_the_digest_of_what_was_copied() {
        let folder = tempfile::tempdir().unwrap();
        let (from, store) = (folder.path().join("a.tar"), LocalStore::new(folder.path().join("data")));
        for size in [1, BLOCK, 5 * BLOCK + 17] {
            let bytes: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect();
            fs::write(&from, &bytes).unwrap();
            let (shard, options, mut told) = (Shard::from_path(&from), ReadOptions::new(), 0);
            let copied = copy(&shard, &options, &store, "x/b.tar", &mut |count| told += count).unwrap();
            assert!(fs::read(&copied.url).unwrap() == bytes);
            assert_eq!((copied.bytes, told), (size as u64, size as u64));
            assert_eq!(copied.sha256, <[u8; 32]>::from(Sha256::digest(&bytes)));
            assert_eq!(sha256_of(&shard, &options, &mut |_| {}).unwrap(), (copied.sha256, copied.bytes));
        }
    }

    #[test]
    fn nothing_is_no_shard() {
        let folder = tempfile::tempdir().unwrap();
        let (from, store) = (folder.path().join("a.tar"), LocalStore::new(folder.path().join("data")));
        fs::write(&from, b"").unwrap();
        let error = copy(&Shard::from_path(&from), &ReadOptions::new(), &store, "b.tar", &mut |_| ()).unwrap_err();
        assert_eq!((error.kind(), error.shard()), (ErrorKind::Corrupt, from.to_str()));
        assert!(!store.root().join("b.tar").exists());
    }

    #[test]
    fn what_cannot_be_read_leaves_no_copy() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::new(folder.path().join("data"));
        let missing = folder.path().join("no.tar");
        let shard = Shard::from_path(&missing);
        let error = copy(&shard, &ReadOptions::new(), &store, "b.tar", &mut |_| {}).unwrap_err();
        assert_eq!((error.kind(), error.shard()), (ErrorKind::NotFound, missing.to_str()));
        assert!(!store.root().join("b.tar").exists());
        let error = copy(&shard, &ReadOptions::new(), &store, "../b.tar", &mut |_| {}).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
