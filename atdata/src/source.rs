//! Sources: where the bytes of a dataset come from.

mod braces;
mod collapse;
mod elsewhere;
#[cfg(any(feature = "s3", feature = "cli"))]
mod env_file;
#[cfg_attr(not(feature = "barecat"), allow(dead_code))]
mod made;
mod manifest_name;
mod options;
mod part;
mod path;
mod ranges;
#[cfg(feature = "http")]
mod remote;
#[cfg(feature = "s3")]
mod s3;
mod schemes;
mod terms;
mod url;
mod whole;
mod write_path;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use self::braces::expand;
pub use self::collapse::{collapse, expand_stored};
#[cfg(any(feature = "s3", feature = "cli"))]
pub use self::env_file::{LookUp, read_env_file};
pub(crate) use self::made::Made;
#[cfg(feature = "barecat")]
pub(crate) use self::made::MakeBytes;
pub(crate) use self::manifest_name::{
    MANIFEST_HEADER, MANIFEST_SAMPLES, manifest_names, manifest_paths, manifest_stem,
};
pub use self::options::ReadOptions;
pub(crate) use self::options::Refuse;
pub(crate) use self::ranges::{Glance, Pending, Ranges, Seen};
#[cfg(feature = "http")]
pub use self::remote::Cache;
#[cfg(feature = "http")]
pub(crate) use self::remote::{Address, Fetch, Fetched, RemoteOptions};
#[cfg(feature = "s3")]
pub use self::s3::S3Config;
#[cfg(feature = "s3")]
pub(crate) use self::s3::{ObjectWriter, told};
pub use self::schemes::Schemes;
pub(crate) use self::terms::Terms;
pub(crate) use self::whole::{Whole, is_of_none, read_whole};
pub use self::write_path::path_to_write;

pub use crate::archive::shard_suffix;
use crate::error::Result;
use crate::error::redact::unsecret;
#[cfg(feature = "http")]
pub use crate::net::Retry;
use crate::net::url::{percent_decoded, redacted};

/// One shard: a local file, standard input, or something that a server has.
///
/// `Debug` and `Display` leave out what may be secret: user, password, query and fragment of a URL.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Shard {
    /// Nothing of a path that is the text of its file: there may be a hundred thousand of them.
    url: String,
    place: Place,
    terms: Terms,
    /// Where its manifest is, if that is not beside it.
    manifest: Option<Arc<ManifestPlaces>>,
}

/// Where the files of a manifest are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ManifestPlaces {
    pub(crate) header: Shard,
    /// `None` of a header that is alone.
    pub(crate) samples: Option<Shard>,
}

/// Where the bytes of a shard are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    File(PathBuf),
    Stdin,
    /// Of something that is here and no tar archive.
    #[cfg_attr(not(feature = "barecat"), allow(dead_code))]
    Made(Made),
    #[cfg(feature = "http")]
    Remote(Box<Address>),
}

impl Shard {
    /// The shard that `url` names, literally: a path, a `file:` URL, `-` for standard input, with the feature `http` an
    /// `http:` or `https:` URL, with the feature `s3` one of the form `s3://bucket/key`, with the feature `atmosphere` a
    /// blob of the form `at://{did}/blob/{cid}`.
    ///
    /// User and password in an `http` URL are sent as basic authentication. A key in an `s3` URL is taken as it is:
    /// nothing in it is decoded.
    ///
    /// Fails on other schemes: those that are not read yet, and `pipe:`, which no version will execute. For URLs that
    /// others wrote see [`Schemes`].
    pub fn from_url(url: &str) -> Result<Self> {
        let place = url::place(url)?;
        let is_path = matches!(&place, Place::File(path) if path.as_os_str() == url);
        let url = if is_path { String::new() } else { url.to_owned() };
        Ok(Self { url, place, terms: Terms::default(), manifest: None })
    }

    /// The file at `path`, whatever its name looks like.
    pub fn from_path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let url = if path.to_str().is_some() { String::new() } else { path.to_string_lossy().into_owned() };
        Self { url, place: Place::File(path), terms: Terms::default(), manifest: None }
    }

    /// The shard whose bytes are made when they are read; it is called by that name.
    #[cfg(feature = "barecat")]
    pub(crate) fn from_made(name: String, made: Made) -> Self {
        Self { url: name, place: Place::Made(made), terms: Terms::default(), manifest: None }
    }

    /// Its bytes, if they are made when they are read.
    pub(crate) fn made(&self) -> Option<&Made> {
        if let Place::Made(made) = &self.place { Some(made) } else { None }
    }

    /// The path or URL as it was given. It may hold a password: for messages take [`redacted`](Self::redacted).
    pub fn url(&self) -> &str {
        match &self.place {
            Place::File(path) if self.url.is_empty() => path.to_str().unwrap_or_default(),
            _ => &self.url,
        }
    }

    /// The path or URL without user, password, query and fragment.
    pub fn redacted(&self) -> String {
        match &self.place {
            // A path has none of them, whatever its name looks like.
            Place::File(_) if self.url.is_empty() => self.url().to_owned(),
            Place::Made(_) => self.url.clone(),
            _ => redacted(&self.url),
        }
    }

    /// The last part of the path or URL, without query; `None` for standard input and where nothing is behind the last
    /// slash. What is escaped in a URL of HTTP or of a file is not in its name, unless it is no text; keys of S3 are as they
    /// are.
    ///
    /// ```
    /// use atdata::source::Shard;
    ///
    /// # #[cfg(feature = "http")]
    /// assert_eq!(Shard::from_url("https://host/a%20b.tar?key=1")?.name().as_deref(), Some("a b.tar"));
    /// assert_eq!(Shard::from_path("data/a%20b.tar").name().as_deref(), Some("a%20b.tar"));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn name(&self) -> Option<String> {
        let text = match &self.place {
            Place::Stdin => return None,
            // No file has a query.
            Place::File(path) => path.to_str().unwrap_or(self.url()).to_owned(),
            Place::Made(_) => self.url.clone(),
            // What looks like a query is part of a key of S3.
            #[cfg(feature = "http")]
            Place::Remote(_) if self.url().starts_with("s3://") => self.url().to_owned(),
            #[cfg(feature = "http")]
            Place::Remote(_) => self.redacted(),
        };
        let name = text.rsplit(['/', std::path::MAIN_SEPARATOR]).next().filter(|name| !name.is_empty())?;
        let is_escaped = self.path().is_none() && ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
        let decoded = is_escaped.then(|| String::from_utf8(percent_decoded(name)).ok()).flatten();
        Some(decoded.unwrap_or_else(|| name.to_owned()))
    }

    /// The file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) => Some(path),
            Place::Stdin | Place::Made(_) => None,
            #[cfg(feature = "http")]
            Place::Remote(_) => None,
        }
    }

    /// Whether it can be read only once: standard input, a pipe.
    pub fn is_stream(&self) -> bool {
        match &self.place {
            Place::File(path) => std::fs::metadata(path).is_ok_and(|data| !data.is_file() && !data.is_dir()),
            Place::Stdin => true,
            Place::Made(_) => false,
            #[cfg(feature = "http")]
            Place::Remote(_) => false,
        }
    }

    /// The bytes of the shard as they are stored: those of a server are asked for now, and read while they arrive.
    ///
    /// # Errors
    /// A file that does not exist is an error here; what a server answers is one of the reader, as an
    /// [`io::Error`] that turns into an [`Error`](crate::Error) with its kind (`?` does it).
    pub fn bytes(&self, options: &ReadOptions) -> Result<Box<dyn Read + Send>> {
        #[cfg(not(feature = "http"))]
        let _ = options;
        let bytes: Result<Box<dyn Read + Send>> = match &self.place {
            Place::File(path) => File::open(path).map(|file| Box::new(file) as _).map_err(Into::into),
            Place::Stdin => Ok(Box::new(io::stdin())),
            Place::Made(made) => Ok(made.reader()),
            #[cfg(feature = "http")]
            Place::Remote(address) => self.fetch(address, options).and_then(Fetch::wait).map(Fetched::into_read),
        };
        bytes.map_err(|error| error.with_shard(&self.redacted()))
    }

    /// Asks for its address, on its terms.
    #[cfg(feature = "http")]
    pub(crate) fn fetch(&self, address: &Address, options: &ReadOptions) -> Result<Fetch> {
        Fetch::start(address, &self.remote_options(options))
    }

    /// How its address is asked: on its terms.
    #[cfg(feature = "http")]
    fn remote_options(&self, options: &ReadOptions) -> RemoteOptions {
        options.remote().on(self.terms)
    }

    /// Whether its bytes are held against a digest behind the last of them.
    #[cfg(feature = "http")]
    pub(crate) fn is_checked(&self, address: &Address) -> bool {
        self.terms.sha256.is_some() || address.is_named_by_bytes()
    }

    /// Whether only the whole of it can be believed, for it has to have a digest that is known.
    #[cfg_attr(not(feature = "http"), allow(clippy::unused_self, reason = "nothing is remote"))]
    pub(crate) fn is_pinned(&self) -> bool {
        #[cfg(feature = "http")]
        if let Place::Remote(address) = &self.place {
            return self.is_checked(address);
        }
        false
    }

    /// Whether a digest or a size is asked of its bytes.
    #[cfg(feature = "barecat")]
    pub(crate) fn has_terms_of_bytes(&self) -> bool {
        self.terms.sha256.is_some() || self.terms.size.is_some()
    }

    /// Whether somebody else has named it, so that it may be on a public host only.
    #[cfg_attr(not(feature = "_index"), allow(dead_code))]
    pub(crate) fn is_guarded(&self) -> bool {
        self.terms.guarded
    }

    /// The digest that its bytes have to have, where who has named it says so.
    pub(crate) fn known_sha256(&self) -> Option<&[u8; 32]> {
        self.terms.sha256.as_ref()
    }

    /// The same shard on other terms. Those of a file are looked at where it is copied, and not where it is read.
    #[cfg_attr(not(any(feature = "_index", feature = "http")), allow(dead_code))]
    pub(crate) fn on(mut self, change: impl FnOnce(&mut Terms)) -> Self {
        change(&mut self.terms);
        self
    }

    /// The same shard, whose manifest is there.
    #[cfg_attr(not(feature = "atmosphere"), allow(dead_code))]
    pub(crate) fn with_manifest(mut self, places: ManifestPlaces) -> Self {
        self.manifest = Some(places.into());
        self
    }

    /// The name of the shard without its ending, as that of its manifest has it, and where the files of that are; they need not
    /// be there.
    pub(crate) fn manifest_places(&self) -> Option<(String, ManifestPlaces)> {
        let stem = manifest_stem(&self.name()?).to_owned();
        if let Some(places) = &self.manifest {
            return Some((stem, ManifestPlaces::clone(places)));
        }
        let place = |ending: &str| self.sibling(&format!("{stem}{ending}"));
        let (header, samples) = (place(MANIFEST_HEADER)?, place(MANIFEST_SAMPLES));
        Some((stem, ManifestPlaces { header, samples }))
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }
}

/// A path or URL as it may be shown: without user, password, query and fragment, also where it is none that can be read.
pub fn without_secrets(url: &str) -> String {
    redacted(url)
}

/// A text as it may be shown: [`without_secrets`] of all URLs that stand in it, and of what looks like `user:password@host`.
pub fn text_without_secrets(text: &str) -> String {
    unsecret(text)
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl fmt::Debug for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shard").field(&self.redacted()).finish()
    }
}

/// What names the shards of a dataset.
///
/// | given | meaning |
/// |---|---|
/// | `&str`, `String` | a path or URL; braces are [expanded](expand) |
/// | `&Path`, `PathBuf` | one file, literally |
/// | [`Shard`] | itself |
/// | arrays, slices and vectors of those | one after the other |
pub trait IntoShards {
    /// The shards, in order.
    fn into_shards(self) -> Result<Vec<Shard>>;

    /// The text, where it is one: the pattern that all the shards are named by. Indexes keep it as it is.
    fn pattern(&self) -> Option<String> {
        None
    }
}

impl IntoShards for &str {
    fn pattern(&self) -> Option<String> {
        Some((*self).to_owned())
    }

    fn into_shards(self) -> Result<Vec<Shard>> {
        expand(self)?.iter().map(|url| Shard::from_url(url)).collect()
    }
}

impl IntoShards for String {
    fn pattern(&self) -> Option<String> {
        Some(self.clone())
    }

    fn into_shards(self) -> Result<Vec<Shard>> {
        self.as_str().into_shards()
    }
}

impl IntoShards for &String {
    fn pattern(&self) -> Option<String> {
        self.as_str().pattern()
    }

    fn into_shards(self) -> Result<Vec<Shard>> {
        self.as_str().into_shards()
    }
}

impl IntoShards for PathBuf {
    fn into_shards(self) -> Result<Vec<Shard>> {
        Ok(vec![Shard::from_path(self)])
    }
}

impl IntoShards for &PathBuf {
    fn into_shards(self) -> Result<Vec<Shard>> {
        self.as_path().into_shards()
    }
}

impl IntoShards for &Path {
    fn into_shards(self) -> Result<Vec<Shard>> {
        Ok(vec![Shard::from_path(self)])
    }
}

impl IntoShards for Shard {
    fn into_shards(self) -> Result<Vec<Shard>> {
        Ok(vec![self])
    }
}

impl IntoShards for &Shard {
    fn into_shards(self) -> Result<Vec<Shard>> {
        Ok(vec![self.clone()])
    }
}

impl<T: IntoShards> IntoShards for Vec<T> {
    fn into_shards(self) -> Result<Vec<Shard>> {
        concatenated(self)
    }
}

impl<T: IntoShards + Clone> IntoShards for &Vec<T> {
    fn into_shards(self) -> Result<Vec<Shard>> {
        self.as_slice().into_shards()
    }
}

impl<T: IntoShards + Clone> IntoShards for &[T] {
    fn into_shards(self) -> Result<Vec<Shard>> {
        concatenated(self.iter().cloned())
    }
}

impl<T: IntoShards, const N: usize> IntoShards for [T; N] {
    fn into_shards(self) -> Result<Vec<Shard>> {
        concatenated(self)
    }
}

impl<T: IntoShards + Clone, const N: usize> IntoShards for &[T; N] {
    fn into_shards(self) -> Result<Vec<Shard>> {
        self.as_slice().into_shards()
    }
}

fn concatenated<T: IntoShards>(parts: impl IntoIterator<Item = T>) -> Result<Vec<Shard>> {
    let mut shards = Vec::new();
    for part in parts {
        shards.append(&mut part.into_shards()?);
    }
    Ok(shards)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
    use super::*;

    fn urls(shards: impl IntoShards) -> Vec<String> {
        shards.into_shards().unwrap().iter().map(|shard| shard.url().to_owned()).collect()
    }

    #[test]
    fn strings_are_expanded_and_paths_are_not() {
        assert_eq!(urls("a-{0..1}.tar"), ["a-0.tar", "a-1.tar"]);
        assert_eq!(urls("a-{0..1}.tar".to_owned()), ["a-0.tar", "a-1.tar"]);
        assert_eq!(urls(Path::new("a-{0..1}.tar")), ["a-{0..1}.tar"]);
        assert_eq!(urls(PathBuf::from("-")), ["-"]);
        assert!(PathBuf::from("-").into_shards().unwrap()[0].path().is_some());
        assert_eq!(*"-".into_shards().unwrap()[0].place(), Place::Stdin);
    }

    #[cfg(feature = "http")]
    #[test]
    fn a_name_is_unescaped_where_it_is_a_url() {
        let name = |url: &str| Shard::from_url(url).unwrap().name();
        for (escaped, plain) in [("a%20b", "a b"), ("a%+fb", "a%+fb"), ("%C3%A9", "é"), ("%ff", "%ff"), ("%2", "%2")] {
            assert_eq!(name(&format!("https://h/d/{escaped}.tar?q=%41#x")), Some(format!("{plain}.tar")));
            assert_eq!(name(&format!("d/{escaped}.tar")), Some(format!("{escaped}.tar")));
        }
        for (escaped, plain) in [("a%20b", "a b"), ("a#1?x", "a#1?x"), ("%23%3F", "#?"), ("100%", "100%")] {
            assert_eq!(name(&format!("file:///d/{escaped}.tar")), Some(format!("{plain}.tar")));
            assert_eq!(name(&format!("file:{escaped}.tar")), Some(format!("{plain}.tar")));
        }
        assert_eq!((name("-"), name("https://h/"), name("https://h/d/?a.tar")), (None, None, None));
    }

    #[test]
    fn lists_are_put_one_after_the_other() {
        assert_eq!(urls(["b.tar", "a-{0..1}.tar"]), ["b.tar", "a-0.tar", "a-1.tar"]);
        assert_eq!(urls(["b.tar", "a.tar"].as_slice()), ["b.tar", "a.tar"]);
        assert_eq!(urls(vec![PathBuf::from("b"), PathBuf::from("a{x,y}")]), ["b", "a{x,y}"]);
        assert_eq!(urls(["b".to_owned()].as_slice()), ["b"]);
        assert_eq!(urls(vec![Shard::from_path("b{1,2}")]), ["b{1,2}"]);
        assert!(urls(Vec::<String>::new()).is_empty());
    }

    #[test]
    fn an_error_names_the_pattern_without_its_secrets() {
        let error = "https://me:pass@host/a-{0..1?token=1".into_shards().unwrap_err();
        assert_eq!(error.shard(), Some("https://host/a-{0..1"));
        assert!(!format!("{error:#} {error:?}").contains("token"), "{error:?}");
    }
}
