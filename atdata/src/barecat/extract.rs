//! Archives made folders again: nothing is written outside of the folder, whatever the index says.

#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod unix;

use std::io::Write;
use std::path::Path;

#[cfg(not(unix))]
use self::portable::Place;
#[cfg(unix)]
use self::unix::Place;
use super::archive::Archive;
use super::error::BarecatError;
use super::node::{Entry, FileInfo, Metadata, Node};
use super::path::{fault, name, parent};
use super::verify::pieces;
use crate::error::Result;

/// Bytes that are copied at once.
const PIECE: usize = 1 << 20;

/// How [`Archive::extract`] treats what is there.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct ExtractOptions {
    /// Files that are there are replaced; without it they are an error.
    pub replace: bool,
}

impl ExtractOptions {
    /// Nothing is replaced.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to replace files that are there.
    #[must_use]
    pub fn replace(mut self, replace: bool) -> Self {
        self.replace = replace;
        self
    }
}

/// What was extracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Extracted {
    /// Files.
    pub files: u64,
    /// Directories that the archive has rows of.
    pub dirs: u64,
    /// Bytes of the files.
    pub bytes: u64,
}

/// Extracts files and directories one by one.
///
/// Files appear under their names whole, with their checksums compared, their permissions and times. A symlink in the folder is
/// never followed, and a path that would leave it is an error.
#[derive(Debug)]
pub struct Extractor<'a> {
    archive: &'a Archive,
    place: Place,
    replace: bool,
    extracted: Extracted,
    /// What directories are to be like when nothing more is put into them.
    dirs: Vec<(String, Metadata)>,
    buffer: Vec<u8>,
}

impl Archive {
    /// Extracts everything into `folder`, which is made where it does not exist, up to the first error.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a file that is there already, unless it is to be replaced, and for a
    /// path that leads out of the folder, by `..` or through a symlink; else those of [`get`](Self::get) and of the file system.
    pub fn extract(&self, folder: impl AsRef<Path>, options: &ExtractOptions) -> Result<Extracted> {
        let mut extractor = self.extractor(folder, options)?;
        for node in self.walk("")? {
            extractor.extract(&node?)?;
        }
        extractor.finish()
    }

    /// Begins to extract into `folder`, which is made where it does not exist.
    pub fn extractor(&self, folder: impl AsRef<Path>, options: &ExtractOptions) -> Result<Extractor<'_>> {
        let folder = folder.as_ref();
        let place = Place::open(folder).map_err(|source| {
            let what = "make the folder to extract to";
            self.failed(BarecatError::Io { what, source })
        })?;
        let buffer = vec![0; PIECE];
        let extracted = Extracted::default();
        Ok(Extractor { archive: self, place, replace: options.replace, extracted, dirs: Vec::new(), buffer })
    }
}

impl Extractor<'_> {
    /// Extracts one file or directory, without what is in it.
    pub fn extract(&mut self, node: &Node) -> Result<()> {
        self.extract_node(node).map_err(|cause| self.archive.failed_at(node.path(), cause))
    }

    fn extract_node(&mut self, node: &Node) -> Result<(), BarecatError> {
        if let Some(fault) = fault(node.path()) {
            return Err(BarecatError::Path(format!("it is not extracted: its path {fault}")));
        }
        match node {
            // The folder is the caller's, and stays as it is.
            Node::Dir(dir) if dir.path.is_empty() => {}
            Node::Dir(dir) => {
                self.place.enter(&dir.path)?;
                self.dirs.push((dir.path.clone(), dir.metadata));
                self.extracted.dirs += 1;
            }
            Node::File(file) => self.file(file)?,
        }
        Ok(())
    }

    fn file(&mut self, file: &FileInfo) -> Result<(), BarecatError> {
        let entry = Entry::from(file);
        let shard = self.archive.shard_of(&entry)?;
        shard.check(&entry)?;
        self.place.enter(parent(&file.path).unwrap_or_default())?;
        let buffer = &mut self.buffer;
        self.place.file(name(&file.path), file.metadata, self.replace, &mut |out| {
            let mut crc = 0;
            pieces(shard, &entry, buffer, &mut |piece| {
                crc = crc32c::crc32c_append(crc, piece);
                out.write_all(piece).map_err(|source| BarecatError::Io { what: "write the file", source })
            })?;
            entry.crc32c.map_or(Ok(()), |expected| shard.compare(expected, crc))
        })?;
        self.extracted.files += 1;
        self.extracted.bytes += file.size;
        Ok(())
    }

    /// Gives the directories their permissions and times, and says what was extracted.
    pub fn finish(mut self) -> Result<Extracted> {
        // What is in one goes before it: writing into it would change its time, or be forbidden.
        self.dirs.sort_by(|(one, _), (other, _)| other.cmp(one));
        for (path, metadata) in std::mem::take(&mut self.dirs) {
            self.place.set_dir(&path, metadata).map_err(|cause| self.archive.failed_at(&path, cause))?;
        }
        Ok(self.extracted)
    }
}
