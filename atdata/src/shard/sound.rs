//! A shard that is read once, as it is stored: for its SHA-256, for a copy, and to see whether it is whole.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::reader::ShardReader;
use crate::archive::key;
use crate::digest::{BLOCK, Digest, new_block};
use crate::error::{Error, Result};
use crate::source::{ReadOptions, Shard};
use crate::store::{Before, Carried, Copied, Store, Upload};

/// What one reading of a shard found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looked {
    pub(crate) sha256: [u8; 32],
    pub(crate) bytes: u64,
    /// Groups of members, by their names alone.
    pub(crate) samples: u64,
}

/// Reads a shard once: its digest and size, if its archive is sound from header to header and ends as it should. What its
/// members hold is not looked at; the checksums of a compressed one are.
///
/// With `lenient` what readers tolerate at the end of a shard is a warning in the log.
///
/// # Errors
/// [`Corrupt`](crate::ErrorKind::Corrupt) for a shard that is damaged, or cut, or empty.
pub(crate) fn look_at(
    shard: &Shard,
    options: &ReadOptions,
    lenient: bool,
    progress: &mut dyn FnMut(u64),
) -> Result<Looked> {
    read_once(shard, options, lenient, None, progress).map(|(looked, _)| looked)
}

/// The same of a shard that is copied meanwhile into `store`, under `name`: it appears there if it is sound, with the manifest that is
/// beside it.
pub(crate) fn copy_sound(
    shard: &Shard,
    options: &ReadOptions,
    lenient: bool,
    (store, name): (&dyn Store, &str),
    progress: &mut dyn FnMut(u64),
) -> Result<Copied> {
    let url = store.object_url(name);
    let to = crate::net::url::redacted(&url);
    let named = |error: Error| error.with_shard(&to);
    let upload = store.create(name).map_err(named)?;
    let before = Before::of(shard);
    let (looked, upload) = read_once(shard, options, lenient, Some((upload, to.clone())), progress)?;
    if let Some(mut upload) = upload {
        upload.sync().map_err(named)?;
        let manifest = Carried::begin(shard, &before, options, store, name);
        upload.commit().map_err(named)?;
        manifest.commit(store);
    }
    Ok(Copied::new(url, looked.bytes, looked.sha256))
}

fn read_once(
    shard: &Shard,
    options: &ReadOptions,
    lenient: bool,
    upload: Option<(Box<dyn Upload>, String)>,
    progress: &mut dyn FnMut(u64),
) -> Result<(Looked, Option<Box<dyn Upload>>)> {
    let bytes = shard.bytes(options)?;
    let source = Source { bytes, digest: Digest::new(), block: new_block(), read: 0, upload, failure: None };
    let source = Arc::new(Mutex::new(source));
    let mut told = 0;
    let mut tell = |source: &Mutex<Source>| {
        let read = lock(source).read;
        if read > told {
            progress(read - told);
            told = read;
        }
    };
    let blamed = |error: Error| lock(&source).failure.take().unwrap_or(error);
    let samples = walk(shard, options, lenient, &source, &mut tell).map_err(blamed)?;
    // What is behind the archive belongs to the file.
    let rest = lock(&source).read_rest();
    rest.map_err(|error| blamed(Error::from(error).with_shard(&shard.redacted())))?;
    tell(&source);
    let mut source = lock(&source);
    let looked = Looked { sha256: source.digest.finish(), bytes: source.read, samples };
    Ok((looked, source.upload.take().map(|(upload, _)| upload)))
}

/// Goes from header to header to the end; how many samples the members are of.
fn walk(
    shard: &Shard,
    options: &ReadOptions,
    lenient: bool,
    source: &Arc<Mutex<Source>>,
    tell: &mut dyn FnMut(&Mutex<Source>),
) -> Result<u64> {
    let name = shard.redacted();
    let options = options.clone().require_end(!lenient);
    let mut groups = ShardReader::from_reader(&name, Shared(Arc::clone(source)), &options)?.into_groups();
    let scan = groups.members_mut();
    let (mut samples, mut of) = (0, Vec::new());
    let mut go = || -> Result<()> {
        while scan.next_member()? {
            if let Some(error) = scan.fault() {
                return Err(error);
            }
            // Those of the Rust beta are a member each.
            let key =
                if options.rust_beta { Some(scan.name()) } else { key::split(scan.name()).map(|split| split.key) };
            if let Some(key) = key.filter(|key| *key != of) {
                samples += 1;
                of.clear();
                of.extend_from_slice(key);
            }
            tell(source);
        }
        scan.finish()
    };
    go().map_err(|error| error.with_shard(&name))?;
    for warning in scan.warnings() {
        log::warn!("{name}: {warning}");
    }
    Ok(samples)
}

/// The bytes of a shard, hashed and perhaps copied as they are read.
struct Source {
    bytes: Box<dyn Read + Send>,
    digest: Digest,
    block: Vec<u8>,
    read: u64,
    /// A copy, and where that goes.
    upload: Option<(Box<dyn Upload>, String)>,
    /// Why that could not be written, which is none of the fault of the shard that is read.
    failure: Option<Error>,
}

impl Source {
    fn pass_on(&mut self) -> io::Result<()> {
        if let Some((upload, to)) = &mut self.upload {
            io::Write::write_all(upload, &self.block).map_err(|error| {
                let text = error.to_string();
                self.failure = Some(Error::from(error).with_shard(to));
                io::Error::other(text)
            })?;
        }
        self.digest.update(&mut self.block);
        Ok(())
    }

    fn read_rest(&mut self) -> io::Result<()> {
        let mut room = vec![0; 1 << 16];
        while self.read(&mut room)? > 0 {}
        self.pass_on()
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = loop {
            match self.bytes.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.block.extend_from_slice(buffer.get(..len).unwrap_or_default());
        self.read += len as u64;
        if self.block.len() >= BLOCK {
            self.pass_on()?;
        }
        Ok(len)
    }
}

/// The source while an archive is read from it.
struct Shared(Arc<Mutex<Source>>);

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        lock(&self.0).read(buffer)
    }
}

fn lock(source: &Mutex<Source>) -> MutexGuard<'_, Source> {
    source.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::error::ErrorKind;
    use crate::shard::WriteOptions;
    use crate::shard::group::Group;
    use crate::shard::writer::ShardSink;
    use crate::store::{LocalStore, sha256_of};

    fn write(path: &Path) {
        let mut sink = ShardSink::create(path, &WriteOptions::new()).unwrap();
        for number in 0..40_u8 {
            let key = format!("{number:02}");
            sink.append_members(&key, [("bin", &vec![number; 50_000][..])]).unwrap();
        }
        sink.finish().unwrap();
    }

    fn looked(path: &Path, lenient: bool) -> Result<Looked> {
        look_at(&Shard::from_path(path), &ReadOptions::new(), lenient, &mut |_| ())
    }

    /// One reading finds what hashing alone does.
    #[test]
    fn a_sound_shard_has_its_digest_and_its_copy_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        write(&path);
        let (shard, options, mut told) = (Shard::from_path(&path), ReadOptions::new(), 0);
        let found = look_at(&shard, &options, false, &mut |bytes| told += bytes).unwrap();
        let expected = sha256_of(&shard, &options, &mut |_| ()).unwrap();
        assert_eq!(((found.sha256, found.bytes), told, found.samples), (expected, expected.1, 40));
        let store = LocalStore::new(folder.path().join("there"));
        let copied = copy_sound(&shard, &options, false, (&store, "b.tar"), &mut |_| ()).unwrap();
        assert_eq!((copied.sha256, copied.bytes), expected);
        assert!(fs::read(&copied.url).unwrap() == fs::read(&path).unwrap());
    }

    #[test]
    fn a_shard_that_is_not_whole_is_an_error_and_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        write(&path);
        let whole = fs::read(&path).unwrap();
        let (mut hole, mut cut) = (whole.clone(), whole.clone());
        hole.get_mut(512_000..).unwrap().fill(0);
        cut.truncate(600_000);
        let store = LocalStore::new(folder.path().join("there"));
        for (bytes, lenient) in [(&hole[..], true), (&cut, false), (&[], false)] {
            fs::write(&path, bytes).unwrap();
            let error = looked(&path, false).unwrap_err();
            assert_eq!((error.kind(), error.shard()), (ErrorKind::Corrupt, path.to_str()), "{error}");
            assert_eq!(looked(&path, true).is_ok(), lenient, "{error}");
            let shard = Shard::from_path(&path);
            copy_sound(&shard, &ReadOptions::new(), false, (&store, "b.tar"), &mut |_| ()).unwrap_err();
            assert!(!store.root().join("b.tar").exists());
        }
    }

    /// A disk that is full is not the fault of the shard that is read.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_copy_that_cannot_be_written_is_blamed_itself() {
        #[derive(Debug)]
        struct Full;

        impl io::Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        impl Upload for Full {
            fn sync(&mut self) -> Result<()> {
                Ok(())
            }

            fn commit(self: Box<Self>) -> Result<()> {
                Ok(())
            }
        }

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        write(&path);
        let (shard, to) = (Shard::from_path(&path), (Box::new(Full) as Box<dyn Upload>, "there/b.tar".to_owned()));
        let error = read_once(&shard, &ReadOptions::new(), false, Some(to), &mut |_| ()).map(drop).unwrap_err();
        assert_eq!((error.shard(), error.kind()), (Some("there/b.tar"), ErrorKind::StorageFull), "{error}");
    }

    /// What is behind the end of a compressed archive is part of the file, and of its digest.
    #[test]
    fn groups_are_not_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        let mut sink = ShardSink::create(&path, &WriteOptions::new()).unwrap();
        let group = Group::new("a", [("txt", "one")]);
        sink.append_members(&group.key, group.fields.iter().map(|(name, bytes)| (name.as_str(), &bytes[..]))).unwrap();
        sink.finish().unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(b"more");
        fs::write(&path, &bytes).unwrap();
        assert_eq!(looked(&path, true).unwrap().bytes, bytes.len() as u64);
        assert!(looked(&path, false).is_err());
    }
}
