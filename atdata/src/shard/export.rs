//! Exports: where the samples of a shard lie, in the forms of other programs.

mod listing;

use std::ffi::OsString;
use std::fmt;
#[cfg(feature = "barecat")]
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

#[cfg(any(feature = "json", feature = "barecat"))]
pub(super) use self::listing::Listed;
pub(super) use self::listing::Listing;
use super::named::{NamedForm, UnknownName};
use crate::atomic::AtomicFile;
#[cfg(feature = "barecat")]
use crate::barecat::{TarFile, write_over_tars};
use crate::error::{Cause, Error, ErrorKind, Printable, Result, kind_of_io};
#[cfg(feature = "barecat")]
use crate::raw;
use crate::source::ReadOptions;

/// A form in which another program keeps where the samples of shards lie: see [`Shards::export`](crate::dataset::Shards::export).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IndexFormat {
    /// Megatron-Energon: `NAME.tar.idx`, where each sample begins, and with the feature `json` the number of samples of each
    /// shard in `.nv-meta/.info.json`, below the folder that all shards are in.
    Energon,
    /// NVIDIA DALI: `NAME.idx`, as its `wds2idx` writes it.
    Dali,
    /// webshart: `NAME.json`, the place of each file.
    #[cfg(feature = "json")]
    Webshart,
    /// wids: one JSON file for all shards, with the samples of each.
    #[cfg(feature = "json")]
    Wids,
    /// barecat: an index in SQLite of all files, with checksums, whose shards are links to the tar files.
    #[cfg(feature = "barecat")]
    Barecat,
}

impl IndexFormat {
    /// Whether there is one file for all shards, and not one for each.
    pub fn is_of_all(self) -> bool {
        match self {
            Self::Energon | Self::Dali => false,
            #[cfg(feature = "json")]
            Self::Webshart => false,
            #[cfg(feature = "json")]
            Self::Wids => true,
            #[cfg(feature = "barecat")]
            Self::Barecat => true,
        }
    }

    /// The name of its file for a shard of that name.
    fn name_for(self, shard: &Path) -> OsString {
        let ending = match self {
            Self::Energon => {
                let mut name = shard.file_name().unwrap_or_default().to_owned();
                name.push(".idx");
                return name;
            }
            Self::Dali => ".idx",
            #[cfg(feature = "json")]
            Self::Webshart | Self::Wids => ".json",
            #[cfg(feature = "barecat")]
            Self::Barecat => ".barecat",
        };
        let mut name = shard.file_stem().unwrap_or_default().to_owned();
        name.push(ending);
        name
    }
}

impl NamedForm for IndexFormat {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Energon, "energon"),
        (Self::Dali, "dali"),
        #[cfg(feature = "json")]
        (Self::Webshart, "webshart"),
        #[cfg(feature = "json")]
        (Self::Wids, "wids"),
        #[cfg(feature = "barecat")]
        (Self::Barecat, "barecat"),
    ];
}

/// `energon`, `dali`, `webshart`, `wids`, `barecat`.
impl fmt::Display for IndexFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a text is no [`IndexFormat`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct IndexFormatError(UnknownName);

impl FromStr for IndexFormat {
    type Err = IndexFormatError;

    fn from_str(text: &str) -> Result<Self, IndexFormatError> {
        Self::of_name(text).map_err(IndexFormatError)
    }
}

#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error(
        "the shard is {compression} data, in which no file has a place: write it as `.tar` first, with `atdata reshard`"
    )]
    Compressed { compression: String },
    #[error("the form cannot name \"{}\", for {what}: name the members otherwise, or take another form", Printable(.name))]
    Name { name: String, what: &'static str },
    #[error("\"{}\" is a link or sparse, which the form cannot name: write the shard anew with `atdata convert`", Printable(.name))]
    Odd { name: String },
    #[error("\"{}\" is in the shard twice, which the form cannot say", Printable(.name))]
    #[cfg_attr(not(feature = "json"), allow(dead_code))]
    Twice { name: String },
    #[error("there are no samples in the shard, of which the form cannot say anything")]
    Empty,
    #[error("cannot read the shard")]
    #[cfg_attr(not(feature = "barecat"), allow(dead_code))]
    Read { source: io::Error },
    #[cfg(feature = "json")]
    #[error(
        "expected the counts of shards that Energon keeps, an object with `shard_counts`, found something else: remove it"
    )]
    Info,
    #[error("cannot write the index")]
    Io { source: io::Error },
}

impl Cause for ExportError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Compressed { .. } | Self::Name { .. } | Self::Odd { .. } | Self::Twice { .. } | Self::Empty => {
                ErrorKind::Unsupported
            }
            #[cfg(feature = "json")]
            Self::Info => ErrorKind::Corrupt,
            Self::Read { source } | Self::Io { source } => kind_of_io(source),
        }
    }
}

/// What a form has of a shard: a file of its own, or what the file of all has of it.
#[derive(Debug)]
pub(crate) struct Exported {
    bytes: Vec<u8>,
    #[cfg_attr(not(feature = "json"), allow(dead_code))]
    of_wids: usize,
    /// Samples, as Energon counts them.
    #[cfg_attr(not(feature = "json"), allow(dead_code))]
    samples: usize,
    size: u64,
    #[cfg(feature = "barecat")]
    files: Vec<TarFile>,
}

impl Exported {
    /// Reads the headers of the shard.
    pub(crate) fn of(path: &Path, format: IndexFormat, options: &ReadOptions) -> Result<Self> {
        let listing = Listing::of(path, options)?;
        let bytes = match format {
            IndexFormat::Energon => energon(&listing),
            IndexFormat::Dali => dali(&listing),
            #[cfg(feature = "json")]
            IndexFormat::Webshart => webshart(&listing, path),
            #[cfg(feature = "json")]
            IndexFormat::Wids => Ok(Vec::new()),
            #[cfg(feature = "barecat")]
            IndexFormat::Barecat => Ok(Vec::new()),
        };
        let bytes = bytes.map_err(|error| Error::from(error).with_shard(&path.to_string_lossy()))?;
        #[cfg(feature = "barecat")]
        let files = if format == IndexFormat::Barecat { summed(&listing, path)? } else { Vec::new() };
        Ok(Self {
            bytes,
            of_wids: listing.of_wids,
            samples: listing.samples().len(),
            size: listing.size,
            #[cfg(feature = "barecat")]
            files,
        })
    }

    /// Bytes of the shard.
    pub(crate) fn shard_size(&self) -> u64 {
        self.size
    }

    /// Samples of the shard.
    #[cfg(feature = "json")]
    pub(crate) fn samples(&self) -> usize {
        self.samples
    }

    /// Writes the file of the shard, in place of one that is there.
    pub(crate) fn save(&self, shard: &Path, folder: Option<&Path>, format: IndexFormat) -> Result<PathBuf> {
        let folder = folder.unwrap_or_else(|| crate::atomic::folder_of(shard));
        let path = folder.join(format.name_for(shard));
        write(&path, &self.bytes)?;
        Ok(path)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = AtomicFile::create(path)?;
        file.write_all(bytes)?;
        file.sync()?;
        file.commit()
    };
    write().map(drop).map_err(|source| Error::from(ExportError::Io { source }).with_shard(&path.to_string_lossy()))
}

/// Where each sample begins, and where the last one ends.
#[expect(clippy::unnecessary_wraps, reason = "as the other forms")]
fn energon(listing: &Listing) -> Result<Vec<u8>, ExportError> {
    Ok(listing.starts().into_iter().flat_map(u64::to_le_bytes).collect())
}

/// A line for each sample: of each of its files extension, place, size and name, divided by spaces.
fn dali(listing: &Listing) -> Result<Vec<u8>, ExportError> {
    use std::fmt::Write as _;

    let samples = listing.samples();
    if samples.is_empty() {
        return Err(ExportError::Empty);
    }
    let mut text = format!("v1.2 {}\n", samples.len());
    for sample in samples {
        for (number, file) in sample.into_iter().enumerate() {
            let Some((_, field)) = file.split() else { continue };
            if file.name.contains(char::is_whitespace) || field.is_empty() {
                let what = "spaces divide it there, and each name has an extension";
                return Err(ExportError::Name { name: file.name.clone(), what });
            }
            if number > 0 {
                text.push(' ');
            }
            // Nothing fails that is written to memory.
            let _ = write!(text, "{field} {} {} {}", file.data, file.size, file.name);
        }
        text.push('\n');
    }
    Ok(text.into_bytes())
}

/// An object with the place of each file, by its name.
#[cfg(feature = "json")]
fn webshart(listing: &Listing, path: &Path) -> Result<Vec<u8>, ExportError> {
    let mut files = serde_json::Map::new();
    for file in &listing.files {
        let place = serde_json::json!({"offset": file.data, "length": file.size});
        if files.insert(file.name.clone(), place).is_some() {
            return Err(ExportError::Twice { name: file.name.clone() });
        }
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let index = serde_json::json!({
        "path": name,
        "filesize": listing.size,
        "includes_image_geometry": false,
        "files": files,
    });
    Ok(index.to_string().into_bytes())
}

/// All files with their checksums, for which they are read.
#[cfg(feature = "barecat")]
fn summed(listing: &Listing, path: &Path) -> Result<Vec<TarFile>> {
    const PIECE: u64 = 1 << 20;
    let failed = |source| Error::from(ExportError::Read { source }).with_shard(&path.to_string_lossy());
    let (shard, mut piece) = (File::open(path).map_err(failed)?, Vec::new());
    let mut sum = |at: u64, size: u64| {
        let (mut crc32c, end) = (0, at.saturating_add(size));
        for from in (at..end).step_by(1 << 20) {
            piece.clear();
            let len = usize::try_from(PIECE.min(end - from)).unwrap_or(0);
            if raw::read_plain(&shard, from, &mut piece, len)? < len {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            crc32c = crc32c::crc32c_append(crc32c, &piece);
        }
        Ok(crc32c)
    };
    let file = |file: &Listed| {
        let Listed { name, data, size, .. } = file;
        Ok(TarFile { path: name.clone(), offset: *data, size: *size, crc32c: sum(*data, *size).map_err(failed)? })
    };
    listing.files.iter().map(file).collect()
}

/// The index of all shards in SQLite, and links to them.
#[cfg(feature = "barecat")]
pub(crate) fn save_over(shards: &[(&Path, Exported)], to: &Path) -> Result<PathBuf> {
    let tars: Vec<(&Path, &[TarFile])> = shards.iter().map(|(path, of)| (*path, &*of.files)).collect();
    write_over_tars(to, &tars)?;
    Ok(to.to_path_buf())
}

/// The file of Energon with how many samples each shard has, in the folder of a dataset: in `to`, or where all of them are.
/// What it says of other shards stays.
#[cfg(feature = "json")]
pub(crate) fn save_info(shards: &[(&Path, usize)], to: Option<&Path>) -> Result<PathBuf> {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let (folder, root) = match to {
        Some(to) => (to.to_path_buf(), whole(to)),
        None => {
            let paths: Vec<PathBuf> = shards.iter().map(|(path, _)| whole(path)).collect();
            let (up, root) = common_folder(&paths);
            // As the shards are named, where they are named up to there.
            let named = shards.first().and_then(|(path, _)| path.ancestors().nth(up));
            let named = named.map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
            (named.map_or_else(|| root.clone(), Path::to_path_buf), root)
        }
    };
    let path = folder.join(".nv-meta").join(".info.json");
    let at = |error: Error| error.with_shard(&path.to_string_lossy());
    let mut info = info_of(&path).map_err(|error| at(error.into()))?;
    let counts = info.entry("shard_counts").or_insert_with(|| serde_json::json!({}));
    for (shard, samples) in shards {
        let shard = whole(shard);
        let name = match shard.strip_prefix(&root) {
            Ok(name) if to.is_none() => name,
            // Its index is beside the info then, under its name.
            _ => Path::new(shard.file_name().unwrap_or_default()),
        };
        let name = name.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        if let Some(counts) = counts.as_object_mut() {
            counts.insert(name, (*samples).into());
        }
    }
    let made = std::fs::create_dir_all(folder.join(".nv-meta"));
    made.map_err(|source| at(ExportError::Io { source }.into()))?;
    write(&path, format!("{:#}\n", serde_json::Value::Object(info)).as_bytes())?;
    Ok(path)
}

/// What is there already.
#[cfg(feature = "json")]
fn info_of(path: &Path) -> Result<serde_json::Map<String, serde_json::Value>, ExportError> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(serde_json::Map::new()),
        bytes => bytes.map_err(|source| ExportError::Io { source })?,
    };
    match serde_json::from_slice(&bytes) {
        Ok(serde_json::Value::Object(info)) if info.get("shard_counts").is_some_and(serde_json::Value::is_object) => {
            Ok(info)
        }
        _ => Err(ExportError::Info),
    }
}

/// The folder that all of these whole paths are in, at whatever depth, and how far above the first of them that is.
#[cfg(feature = "json")]
fn common_folder(paths: &[PathBuf]) -> (usize, PathBuf) {
    let Some(first) = paths.first() else { return (0, PathBuf::new()) };
    let is_common = |(_, folder): &(usize, &Path)| paths.iter().all(|path| path.starts_with(folder));
    let found = first.ancestors().enumerate().skip(1).find(is_common);
    found.map_or_else(|| (0, PathBuf::new()), |(up, folder)| (up, folder.to_path_buf()))
}

/// One file for all shards: where they are, seen from it, and how many samples each has.
#[cfg(feature = "json")]
pub(crate) fn save_of_all(shards: &[(&Path, Exported)], to: &Path) -> Result<PathBuf> {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = whole(crate::atomic::folder_of(to));
    let list: Vec<_> = shards
        .iter()
        .map(|(path, of)| {
            let path = whole(path);
            let url = path.strip_prefix(&folder).unwrap_or(&path);
            let url = url.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
            serde_json::json!({"url": url, "nsamples": of.of_wids, "filesize": of.size})
        })
        .collect();
    let index = serde_json::json!({"__kind__": "wids-shard-index-v1", "wids_version": 1, "shardlist": list});
    write(to, format!("{index:#}\n").as_bytes())?;
    Ok(to.to_path_buf())
}
