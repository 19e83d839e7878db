//! Targets of copies: a folder, or the prefix of a bucket.

use std::path::{Path, PathBuf};

use atdata::index::InsertOptions;
use atdata::shard::numbered_path;
use atdata::source::{Shard, path_to_write, shard_suffix};
use atdata::store::{LocalStore, Store};
use atdata::{Error, ErrorKind, Result};

pub(crate) enum Place {
    Folder(LocalStore),
    #[cfg(feature = "s3")]
    Bucket(Box<atdata::store::S3Store>),
}

impl Place {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if is_bucket(text) {
            return Self::bucket(text);
        }
        Ok(Self::Folder(LocalStore::new(path_to_write(text)?)))
    }

    /// The place of a copy that gets a name of its own, and that name, where the last part is that of a shard.
    pub(crate) fn parse_file(text: &str) -> Result<Option<(Self, String)>> {
        if is_bucket(text) {
            let Some((folder, name)) = split_last(text).filter(|(_, name)| shard_suffix(name).is_some()) else {
                return Ok(None);
            };
            return Ok(Some((Self::parse(folder)?, name.to_owned())));
        }
        // The path and not the text, in which a name may be escaped.
        let path = path_to_write(text)?;
        if path.is_dir() {
            return Ok(None);
        }
        let Some(whole) = path.to_str() else {
            let message = "a copy gets a name that is text in UTF-8: write another one, or a folder that is there";
            return Err(Error::new(ErrorKind::InvalidInput, message).with_shard(text));
        };
        let name = whole.rsplit(std::path::is_separator).next();
        let name = name.filter(|name| shard_suffix(name).is_some());
        Ok(name.map(|name| (Self::Folder(LocalStore::new(folder_of(&path))), name.to_owned())))
    }

    #[cfg(feature = "s3")]
    fn bucket(url: &str) -> Result<Self> {
        atdata::store::S3Store::from_url(url, atdata::source::S3Config::from_env())
            .map(|store| Self::Bucket(Box::new(store)))
    }

    #[cfg(not(feature = "s3"))]
    fn bucket(url: &str) -> Result<Self> {
        // The error names the feature that is not there.
        let refused = atdata::source::Shard::from_url(&format!("{url}/x")).err();
        Err(refused.unwrap_or_else(|| Error::new(ErrorKind::Unsupported, "no S3")))
    }

    /// The same place, in which files get the names that they have, whatever these are.
    pub(crate) fn with_any_names(self) -> Self {
        match self {
            Self::Folder(store) => Self::Folder(store.any_names()),
            #[cfg(feature = "s3")]
            Self::Bucket(store) => Self::Bucket(Box::new(store.any_names())),
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        match self {
            Self::Folder(store) => store,
            #[cfg(feature = "s3")]
            Self::Bucket(store) => &**store,
        }
    }

    /// The options with this place as the store.
    pub(crate) fn insert_into(self, options: InsertOptions, name: &str) -> InsertOptions {
        let options = options.prefix(name);
        match self {
            Self::Folder(store) => options.store(store),
            #[cfg(feature = "s3")]
            Self::Bucket(store) => options.store(*store),
        }
    }
}

/// The path of what is to be written, unless it is no path.
pub(crate) fn destination(path: &Path) -> Result<PathBuf> {
    // What is no text is no URL.
    path.to_str().map_or_else(|| Ok(path.to_owned()), path_to_write)
}

/// Refuses to write over one of the shards that are read: what is not taken along would be gone. `is_numbered` says that there may be
/// several to write.
pub(crate) fn refuse_source(dest: &Path, sources: &[Shard], is_numbered: bool) -> Result<()> {
    if is_numbered {
        refuse_numbered(dest, sources)?;
    }
    let Some(dest) = dest.canonicalize().ok() else { return Ok(()) };
    let same = |source: &&Shard| source.path().and_then(|path| path.canonicalize().ok()).as_ref() == Some(&dest);
    sources.iter().find(same).map_or(Ok(()), |source| Err(is_source(source)))
}

/// Refuses sources that have a name which the pattern gives to a shard of any number, there or not: one that is written would be taken
/// for a source by whoever looks for sources later.
pub(crate) fn refuse_numbered(pattern: &Path, sources: &[Shard]) -> Result<()> {
    // What is wrong with a pattern is told by what writes to it.
    let Ok(names) = Numbered::of(pattern) else { return Ok(()) };
    let is_named = |source: &&Shard| {
        let Some(path) = source.path() else { return false };
        // A link may have any name, and its file another; most paths are neither.
        names.gives(path) || path.canonicalize().is_ok_and(|path| names.gives(&path))
    };
    sources.iter().find(is_named).map_or(Ok(()), |source| Err(is_source(source)))
}

fn is_source(source: &Shard) -> Error {
    let text = "this is one of the shards that are read, or may be taken for one: write to another name";
    Error::new(ErrorKind::InvalidInput, text).with_shard(&source.redacted())
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// The names that shards get which are written to a pattern such as `x-%06d.tar`, or to `x.tar`, which stands for the same.
struct Numbered<'p> {
    pattern: &'p Path,
    /// What the paths begin with, and end with; a number is between.
    begin: String,
    end: String,
    /// The folder that the part with the number is in, with all links followed.
    folder: Option<PathBuf>,
}

impl<'p> Numbered<'p> {
    fn of(pattern: &'p Path) -> Result<Self> {
        // Two numbers of as many digits that have none in common.
        let [ones, twos] = [1_111_111_111, 2_222_222_222].map(|number| numbered_path(pattern, number));
        let (ones, twos) = (ones?.to_string_lossy().into_owned(), twos?.to_string_lossy().into_owned());
        let begin = ones.bytes().zip(twos.bytes()).take_while(|(one, two)| one == two).count();
        let end = ones.bytes().rev().zip(twos.bytes().rev()).take_while(|(one, two)| one == two).count();
        let begin = ones.get(..begin).unwrap_or_default().to_owned();
        let end = ones.get(ones.len().saturating_sub(end)..).unwrap_or_default().to_owned();
        let folder = begin.rfind(std::path::is_separator).and_then(|at| begin.get(..=at)).unwrap_or(".");
        let folder = Path::new(folder).canonicalize().ok();
        Ok(Self { pattern, begin, end, folder })
    }

    /// Whether one of the shards is at that path.
    fn gives(&self, path: &Path) -> bool {
        // The number may be in the name of a folder.
        let behind = self.end.matches(std::path::is_separator).count();
        let Some(folder) = path.ancestors().nth(behind + 1) else { return false };
        let Ok(name) = path.strip_prefix(folder) else { return false };
        let name = name.to_string_lossy();
        let at = self.begin.rfind(std::path::is_separator).map_or(0, |at| at + 1);
        // Zeros before a number are its own, or no different from such.
        let begin = self.begin.get(at..).unwrap_or_default().trim_end_matches('0');
        let digits = name.strip_prefix(begin).and_then(|name| name.strip_suffix(&*self.end));
        let number = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(number) = number.and_then(|digits| digits.parse().ok()) else { return false };
        let given = numbered_path(self.pattern, number);
        let is_it = given.is_ok_and(|given| given.to_string_lossy().get(at..) == Some(&*name));
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        is_it && self.folder.is_some() && folder.canonicalize().ok() == self.folder
    }
}

fn is_bucket(text: &str) -> bool {
    text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("s3://"))
}

/// The prefix in a bucket, and the last part.
fn split_last(url: &str) -> Option<(&str, &str)> {
    url.rsplit_once('/').filter(|(prefix, _)| !prefix.ends_with([':', '/']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_copy_gets_a_name_that_is_text() {
        let refused = Place::parse_file("file:///nowhere/%FF.tar").map(|_| ()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
        assert!(refused.to_string().starts_with("file:///nowhere/%FF.tar: "), "{refused}");
    }

    #[test]
    fn names_of_a_pattern_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let gives = |pattern: &str, name: &str| {
            let pattern = folder.path().join(pattern);
            Numbered::of(&pattern).unwrap().gives(&folder.path().join(name))
        };
        for (pattern, name) in [
            ("x-%06d.tar", "x-000001.tar"),
            ("%d.tar", "7.tar"),
            ("x.tar", "x-000001.tar"),
            ("x-0%03d.tar.gz", "x-01234.tar.gz"),
            ("%%x1%d.tar", "%x10.tar"),
            ("x-%06d.tar", "x-1234567.tar"),
            ("x-%012d.tar", "x-000000000003.tar"),
            ("%04d/x.tar", "0003/x.tar"),
        ] {
            std::fs::create_dir_all(folder.path().join("0003")).unwrap();
            assert!(gives(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("x-%06d.tar", "x-.tar"),
            ("x-%06d.tar", "x-1.tar"),
            ("x-%06d.tar", "x-000001.tar.gz"),
            ("x.tar", "x.tar"),
            ("x-%06d.tar", "y-000001.tar"),
            ("x-%06d.tar", "0003/x-000001.tar"),
            ("%d.tar", "+7.tar"),
        ] {
            assert!(!gives(pattern, name), "{pattern} {name}");
        }
    }
}
