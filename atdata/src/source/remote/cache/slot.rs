//! A slot of the cache: the versions of one shard.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Cache, names};
use crate::error::Result;
use crate::source::remote::download::{Download, Found};
use crate::source::remote::headers::Version;

/// A server is asked about no more versions than these; there are more only where a shard changes all the time.
const MOST: usize = 8;

/// Where a shard is kept.
pub(in crate::source::remote) struct Slot {
    cache: Cache,
    folder: PathBuf,
}

impl Slot {
    pub(super) fn new(cache: Cache, name: &str) -> Self {
        let folder = cache.folder.join(name);
        Self { cache, folder }
    }

    /// The versions that are here.
    pub(in crate::source::remote) fn etags(&self) -> Vec<String> {
        let names = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let etag = |name: &str| names::etag(names::parse(name)?.0);
        names.filter_map(|entry| etag(entry.file_name().to_str()?)).take(MOST).collect()
    }

    /// The shard as a locked file, from here or from the server; `None` if what the server confirmed is not here any more.
    pub(in crate::source::remote) fn fill(&self, mut download: Download) -> Result<Option<File>> {
        match download.version()? {
            Found::Known(etag) => {
                let version = Version { etag: Some(etag), ..Version::default() };
                Ok(self.open(&version))
            }
            Found::New(version) => match self.open(&version) {
                Some(file) => Ok(Some(file)),
                None => self.store(&version, download).map(Some),
            },
        }
    }

    /// The shard from the server, which was asked about no version.
    pub(in crate::source::remote) fn fill_new(&self, mut download: Download) -> Result<File> {
        let version = match download.version()? {
            Found::New(version) => version,
            Found::Known(etag) => Version { etag: Some(etag), ..Version::default() },
        };
        self.store(&version, download)
    }

    /// A version that is here, whole.
    fn open(&self, version: &Version) -> Option<File> {
        let wanted = names::of_version(version)?;
        for entry in fs::read_dir(&self.folder).ok()?.flatten() {
            let name = entry.file_name();
            let Some((found, length)) = name.to_str().and_then(names::parse) else { continue };
            if found != wanted || version.length.is_some_and(|wanted| wanted != length) {
                continue;
            }
            if let Ok(file) = File::open(entry.path())
                && file.lock_shared().is_ok()
                // The name promises it; a machine that crashed may not have kept the promise.
                && file.metadata().is_ok_and(|data| data.len() == length)
            {
                // Only what is read is kept; not to know when costs little.
                let _ = file.set_modified(SystemTime::now());
                return Some(file);
            }
        }
        None
    }

    /// Writes the shard to a temporary file, and gives that its name.
    fn store(&self, version: &Version, mut download: Download) -> Result<File> {
        let mut temporary = Temporary::create(&self.cache).map_err(|error| self.cache.failed(error))?;
        let mut length = 0;
        while let Some(chunk) = download.next_chunk()? {
            temporary.file.write_all(&chunk).map_err(|error| self.cache.failed(error))?;
            length += chunk.len() as u64;
        }
        let file = match names::of_version(version) {
            Some(name) => temporary.keep(&self.folder, &names::with_length(&name, length)),
            None => temporary.unnamed(),
        };
        let file = file.map_err(|error| self.cache.failed(error))?;
        if let Err(error) = self.cache.evict() {
            log::warn!("{}: old shards cannot be removed: {error}", self.cache.folder.display());
        }
        Ok(file)
    }
}

/// A file that is being written, and that goes away if it is not kept.
struct Temporary {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl Temporary {
    fn create(cache: &Cache) -> io::Result<Self> {
        let folder = cache.temporary();
        fs::create_dir_all(&folder)?;
        // Whoever removes what was left behind must not see this one before it is locked.
        let all = OpenOptions::new().create(true).truncate(false).write(true).open(cache.lock_file())?;
        all.lock_shared()?;
        let path = folder.join(uuid::Uuid::now_v7().to_string());
        let file = OpenOptions::new().create_new(true).read(true).write(true).open(&path)?;
        file.lock()?;
        Ok(Self { file, path, kept: false })
    }

    /// The file from its start, for as long as it is open.
    fn unnamed(&self) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        Ok(file)
    }

    /// Gives the file its name; it is locked for reading then.
    fn keep(&mut self, folder: &Path, name: &str) -> io::Result<File> {
        self.file.sync_data()?;
        // The folder of a shard may be removed, as it is empty, at any time.
        let mut attempts = 0;
        while let Err(error) = fs::create_dir_all(folder).and_then(|()| fs::rename(&self.path, folder.join(name))) {
            attempts += 1;
            if error.kind() != io::ErrorKind::NotFound || attempts > 3 {
                return Err(error);
            }
        }
        self.kept = true;
        let file = File::open(folder.join(name)).or_else(|_| self.unnamed())?;
        // Not all systems turn one lock into another. What is evicted in between stays readable by whoever has it open.
        self.file.unlock()?;
        file.lock_shared()?;
        Ok(file)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}
