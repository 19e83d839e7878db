//! Imports: the contents of a shard by the index that another program has of it, which is held against the shard's headers.

#[cfg(feature = "json")]
mod json;

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::contents::Contents;
#[cfg(any(feature = "json", feature = "barecat"))]
use super::export::Listed;
use super::export::Listing;
use super::named::{NamedForm, UnknownName};
use crate::atomic::check_regular;
#[cfg(feature = "barecat")]
use crate::barecat::Archive;
use crate::error::{Cause, ErrorKind, Printable, Result, kind_of_io};
use crate::source::ReadOptions;

/// A form in which another program keeps where the samples of shards lie, and of which
/// [`Shards::import`](crate::dataset::Shards::import) makes contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImportFormat {
    /// Megatron-Energon: `NAME.tar.idx`, where each sample begins.
    Energon,
    /// webshart: `NAME.json`, the place of each file.
    #[cfg(feature = "json")]
    Webshart,
    /// wids: one JSON file for all shards, with the size of each and how many samples it has.
    #[cfg(feature = "json")]
    Wids,
    /// barecat: an index in SQLite whose shards are links to the tar files, as its `convert --wrap` makes it.
    #[cfg(feature = "barecat")]
    Barecat,
}

impl ImportFormat {
    /// Whether there is one index for all shards, and not one for each.
    pub fn is_of_all(self) -> bool {
        match self {
            Self::Energon => false,
            #[cfg(feature = "json")]
            Self::Webshart => false,
            #[cfg(feature = "json")]
            Self::Wids => true,
            #[cfg(feature = "barecat")]
            Self::Barecat => true,
        }
    }
}

impl NamedForm for ImportFormat {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Energon, "energon"),
        #[cfg(feature = "json")]
        (Self::Webshart, "webshart"),
        #[cfg(feature = "json")]
        (Self::Wids, "wids"),
        #[cfg(feature = "barecat")]
        (Self::Barecat, "barecat"),
    ];
}

/// `energon`, `webshart`, `wids`, `barecat`.
impl fmt::Display for ImportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a text is no [`ImportFormat`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct ImportFormatError(UnknownName);

impl FromStr for ImportFormat {
    type Err = ImportFormatError;

    fn from_str(text: &str) -> Result<Self, ImportFormatError> {
        Self::of_name(text).map_err(ImportFormatError)
    }
}

/// Bytes that an index may have more than what it is of lets expect.
const LEEWAY: u64 = 1 << 20;

/// What to do where an index is of no use.
const ADVICE: &str = "make the contents without it, with `atdata index-shards`";

#[derive(Debug, thiserror::Error)]
pub(super) enum ImportError {
    #[error(
        "there is one index of {format} for all shards: say which file it is, by `from` (the program by --from FILE)"
    )]
    NoFile { format: ImportFormat },
    #[error("there is no index of {format} at \"{}\": say where it is, by `from` (the program by --from), or {ADVICE}", Printable(.path))]
    Missing { format: ImportFormat, path: String },
    #[error("\"{}\" is no index of {format}, {what}: {ADVICE}", Printable(.path))]
    Form { format: ImportFormat, path: String, what: String },
    #[error("\"{}\" is not of the shard as it is, {what}: {ADVICE}", Printable(.path))]
    Stale { path: String, what: String },
    #[error("cannot read the index \"{}\"", Printable(.path))]
    Io { path: String, source: io::Error },
}

impl Cause for ImportError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoFile { .. } => ErrorKind::InvalidInput,
            Self::Missing { .. } => ErrorKind::NotFound,
            Self::Form { .. } => ErrorKind::Corrupt,
            Self::Stale { .. } => ErrorKind::Conflict,
            Self::Io { source, .. } => kind_of_io(source),
        }
    }
}

/// Indexes of one form, wherever they are.
#[derive(Debug)]
pub(crate) struct Importer {
    format: ImportFormat,
    /// The folder of the indexes, if that is not the folder of each shard; or the one index of all.
    from: Option<PathBuf>,
    #[cfg(feature = "json")]
    wids: Option<json::Wids>,
    #[cfg(feature = "barecat")]
    barecat: Option<(Archive, HashMap<PathBuf, u32>)>,
}

impl Importer {
    /// Reads what is of all shards.
    pub(crate) fn open(format: ImportFormat, from: Option<&Path>) -> Result<Self> {
        if format.is_of_all() && from.is_none() {
            return Err(ImportError::NoFile { format }.into());
        }
        let from = from.map(Path::to_owned);
        #[cfg(any(feature = "json", feature = "barecat"))]
        let path = from.as_deref().unwrap_or(Path::new(""));
        #[cfg(feature = "json")]
        let wids = if format == ImportFormat::Wids { Some(json::Wids::read(path)?) } else { None };
        #[cfg(feature = "barecat")]
        let barecat = if format == ImportFormat::Barecat {
            let archive = Archive::open(path)?;
            let shards = archive.files_of_shards()?;
            Some((archive, shards))
        } else {
            None
        };
        Ok(Self {
            format,
            from,
            #[cfg(feature = "json")]
            wids,
            #[cfg(feature = "barecat")]
            barecat,
        })
    }

    /// The contents of a shard, whose headers are read: the index has to be of what they say. With the checksums that it has, if they
    /// are wanted.
    pub(crate) fn contents(
        &self,
        shard: &Path,
        options: &ReadOptions,
        checksums: bool,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Contents> {
        let listing = Listing::of(shard, options)?;
        let known = self.check(shard, &listing).map_err(|error| error.with_shard(&shard.to_string_lossy()))?;
        Contents::scan_known(shard, options, &|data| known.get(&data).copied().filter(|_| checksums), progress)
    }

    /// Holds the index against the shard; the checksums that it has, by where contents begin.
    fn check(&self, shard: &Path, listing: &Listing) -> Result<HashMap<u64, u32>> {
        match self.format {
            ImportFormat::Energon => {
                let mut name = shard.file_name().unwrap_or_default().to_owned();
                name.push(".idx");
                let starts = listing.starts();
                let limit = LEEWAY.saturating_add(8 * starts.len() as u64);
                check_starts(&Index::read(self.format, &self.beside(shard).join(name), limit)?, &starts)?;
            }
            #[cfg(feature = "json")]
            ImportFormat::Webshart => {
                let mut name = shard.file_stem().unwrap_or_default().to_owned();
                name.push(".json");
                let index = Index::read(self.format, &self.beside(shard).join(name), json::most_of(listing))?;
                json::check_files(&index, listing)?;
            }
            #[cfg(feature = "json")]
            ImportFormat::Wids => {
                if let Some(wids) = &self.wids {
                    wids.check(shard, listing)?;
                }
            }
            #[cfg(feature = "barecat")]
            ImportFormat::Barecat => {
                if let Some((archive, shards)) = &self.barecat {
                    return check_rows(archive, shards, shard, listing);
                }
            }
        }
        Ok(HashMap::new())
    }

    /// The folder of the index of a shard.
    fn beside<'a>(&'a self, shard: &'a Path) -> &'a Path {
        self.from.as_deref().unwrap_or_else(|| crate::atomic::folder_of(shard))
    }
}

/// The file of an index.
pub(super) struct Index {
    format: ImportFormat,
    path: String,
    pub(super) bytes: Vec<u8>,
}

impl Index {
    /// Of no more bytes than that: how large an index can be the shard says that it is of.
    pub(super) fn read(format: ImportFormat, path: &Path, limit: u64) -> Result<Self, ImportError> {
        let name = path.to_string_lossy().into_owned();
        let mut index = Self { format, path: name.clone(), bytes: Vec::new() };
        let read = check_regular(path).and_then(|()| File::open(path));
        match read.and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut index.bytes)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ImportError::Missing { format, path: name }),
            Err(source) => Err(ImportError::Io { path: name, source }),
            Ok(read) if read as u64 > limit => Err(index.no_form(format!("for it has more than {limit} bytes"))),
            Ok(_) => Ok(index),
        }
    }

    pub(super) fn no_form(&self, what: impl Into<String>) -> ImportError {
        ImportError::Form { format: self.format, path: self.path.clone(), what: what.into() }
    }

    pub(super) fn stale(&self, what: impl Into<String>) -> ImportError {
        ImportError::Stale { path: self.path.clone(), what: what.into() }
    }
}

/// Of Megatron-Energon: where each sample begins, and where the last one ends.
fn check_starts(index: &Index, expected: &[u64]) -> Result<(), ImportError> {
    if index.bytes.is_empty() || !index.bytes.len().is_multiple_of(8) {
        let found = index.bytes.len();
        return Err(index.no_form(format!("expected 8 bytes for each sample and the end, found {found} bytes")));
    }
    let found: Vec<u64> =
        index.bytes.chunks_exact(8).filter_map(|bytes| bytes.first_chunk().copied().map(u64::from_le_bytes)).collect();
    if found.len() != expected.len() {
        let (found, expected) = (found.len() - 1, expected.len() - 1);
        return Err(index.stale(format!("which has {expected} samples, and {found} in the index")));
    }
    match found.iter().zip(expected).position(|(found, expected)| found != expected) {
        None => Ok(()),
        Some(number) => {
            let at = |list: &[u64]| list.get(number).copied().unwrap_or_default();
            let (found, begins) = (at(&found), at(expected));
            let what = if number + 1 == expected.len() { "the last sample ends" } else { "a sample begins" };
            Err(index.stale(format!("where {what} at {begins}, and at {found} in the index, number {number}")))
        }
    }
}

/// A file that an index names, held against the shard.
#[cfg(any(feature = "json", feature = "barecat"))]
pub(super) struct Named<'n> {
    pub(super) name: &'n str,
    pub(super) offset: u64,
    pub(super) size: u64,
}

/// Whether the files that an index names are those of the shard, each at its place, and none of a sample is missing; `is_same` says
/// whether a name of the index is that of a member.
#[cfg(any(feature = "json", feature = "barecat"))]
pub(super) fn check_places<'n>(
    named: impl Iterator<Item = Named<'n>>,
    listing: &Listing,
    is_same: impl Fn(&str, &str) -> bool,
) -> Result<(), String> {
    let mut left: HashMap<u64, &Listed> = listing.files.iter().map(|file| (file.data, file)).collect();
    for Named { name, offset, size } in named {
        match left.remove(&offset) {
            Some(file) if file.size == size && is_same(name, &file.name) => {}
            Some(file) => {
                let (of_size, expected, name) = (file.size, Printable(&file.name), Printable(name));
                return Err(format!(
                    "which has {of_size} bytes \"{expected}\" at {offset}, and {size} bytes \"{name}\" in the index"
                ));
            }
            None => {
                return Err(format!("in which nothing begins at {offset}, and \"{}\" in the index", Printable(name)));
            }
        }
    }
    let missing = listing.files.iter().find(|file| file.dot.is_some() && left.contains_key(&file.data));
    match missing {
        Some(file) => Err(format!("which has \"{}\" at {}, and the index has not", Printable(&file.name), file.data)),
        None => Ok(()),
    }
}

/// Of barecat: the rows of the shard that is a link to this one.
#[cfg(feature = "barecat")]
fn check_rows(
    archive: &Archive,
    shards: &HashMap<PathBuf, u32>,
    shard: &Path,
    listing: &Listing,
) -> Result<HashMap<u64, u32>> {
    let path = archive.index_path().to_string_lossy().into_owned();
    let stale = |what| ImportError::Stale { path: path.clone(), what };
    let Some(number) = shard.canonicalize().ok().and_then(|file| shards.get(&file)) else {
        return Err(stale("for none of its shards is a link to that file".to_owned()).into());
    };
    let rows = archive.files_of(*number, listing.files.len(), listing.size)?;
    let Some(rows) = rows else {
        return Err(stale(format!("which has {} files, and more in the index", listing.files.len())).into());
    };
    let named = rows.iter().map(|row| Named { name: &row.path, offset: row.offset, size: row.size });
    check_places(named, listing, Archive::is_path_of).map_err(stale)?;
    Ok(rows.iter().filter_map(|row| Some((row.offset, row.crc32c?))).collect())
}
