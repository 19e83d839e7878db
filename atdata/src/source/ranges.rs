//! Ranges: bytes of a shard from anywhere in it, several of them under way at once.

use std::borrow::Cow;
use std::fs::File;
use std::ops::Range;
#[cfg(feature = "http")]
use std::sync::Arc;

#[cfg(feature = "http")]
use super::remote::{Address, Fetched, FirstVersion, Part, PartOnItsWay, RemoteOptions};
use super::{Made, Place, ReadOptions, Shard};
use crate::atomic::check_regular;
use crate::error::{Error, Result};
#[cfg(feature = "http")]
use crate::net::url::percent_decoded;
use crate::net::url::percent_encoded;
use crate::raw;

/// A shard that is read here and there.
#[derive(Debug)]
pub(crate) struct Ranges(Origin);

#[derive(Debug)]
enum Origin {
    File(File),
    Made(Made),
    #[cfg(feature = "http")]
    Remote {
        address: Box<Address>,
        options: Box<RemoteOptions>,
        seen: Seen,
    },
}

/// What a server said of a shard when its first bytes were read: of one that is replaced meanwhile, by another of the same
/// size even, there is an error, for its bytes would be mixed. For all who read a shard at different times.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    #[cfg(feature = "http")]
    first: Arc<FirstVersion>,
}

/// A range that was asked for: of a server it is on its way, of a file it is read once it is waited for.
#[derive(Debug)]
pub(crate) struct Pending {
    range: Range<u64>,
    #[cfg(feature = "http")]
    part: Option<PartOnItsWay>,
}

/// What is at a place of a shard, and how long the whole is.
#[derive(Debug)]
pub(crate) struct Glance {
    pub(crate) bytes: Vec<u8>,
    pub(crate) len: u64,
    /// Whether just these were read, and not the whole for them.
    pub(crate) is_ranged: bool,
}

impl Ranges {
    /// `None` of what cannot be read so: standard input, and what only the whole can be held against, a blob or a shard
    /// with a SHA-256 that it is to have. What is kept in a cache is fetched to it, once, and is a file; it is waited for
    /// unless that is given up.
    pub(crate) fn open(shard: &Shard, options: &ReadOptions, is_stopped: &dyn Fn() -> bool) -> Result<Option<Self>> {
        #[cfg(not(feature = "http"))]
        let _ = is_stopped;
        #[cfg(feature = "http")]
        if let Place::Remote(address) = shard.place()
            && options.remote().cache.is_some()
        {
            return Ok(match shard.fetch(address, options)?.wait_unless(is_stopped)? {
                Fetched::File(file) => Some(Self(Origin::File(file))),
                Fetched::Stream(_) => None,
            });
        }
        Self::open_uncached(shard, options)
    }

    /// The same, where nothing is fetched but what is read.
    pub(crate) fn open_uncached(shard: &Shard, options: &ReadOptions) -> Result<Option<Self>> {
        #[cfg(not(feature = "http"))]
        let _ = options;
        Ok(match shard.place() {
            Place::File(path) => {
                check_regular(path)?;
                Some(Self(Origin::File(File::open(path)?)))
            }
            Place::Stdin => None,
            Place::Made(made) => Some(Self(Origin::Made(made.clone()))),
            #[cfg(feature = "http")]
            Place::Remote(address) if shard.is_checked(address) => None,
            #[cfg(feature = "http")]
            Place::Remote(address) => {
                let (address, options) = (address.clone(), Box::new(shard.remote_options(options)));
                Some(Self(Origin::Remote { address, options, seen: Seen::default() }))
            }
        })
    }

    /// The same, which is to be the version that others have seen, or shows them the first.
    pub(crate) fn seen_by(self, others: &Seen) -> Self {
        #[cfg(not(feature = "http"))]
        let _ = others;
        Self(match self.0 {
            #[cfg(feature = "http")]
            Origin::Remote { address, options, .. } => Origin::Remote { address, options, seen: others.clone() },
            other @ (Origin::File(_) | Origin::Made(_)) => other,
        })
    }

    /// The bytes in the range, as many as there are of them.
    pub(crate) fn read(&self, range: Range<u64>, is_stopped: &dyn Fn() -> bool) -> Result<Vec<u8>> {
        self.finish(self.start(range), is_stopped)
    }

    /// Asks for the bytes in the range, if that is of use before they are waited for.
    #[cfg_attr(not(feature = "http"), allow(clippy::unused_self, reason = "files are not asked"))]
    pub(crate) fn start(&self, range: Range<u64>) -> Pending {
        #[cfg(feature = "http")]
        let part = match &self.0 {
            Origin::Remote { address, options, seen } if range.start < range.end => {
                Some(PartOnItsWay::start(address, options, &seen.first, range.clone()))
            }
            _ => None,
        };
        Pending {
            range,
            #[cfg(feature = "http")]
            part,
        }
    }

    /// The bytes of a range that was asked for here, as many as there are of them; servers are waited for unless that is
    /// given up.
    #[cfg_attr(not(feature = "http"), allow(clippy::needless_pass_by_value, reason = "what is on its way is used up"))]
    pub(crate) fn finish(&self, pending: Pending, is_stopped: &dyn Fn() -> bool) -> Result<Vec<u8>> {
        #[cfg(not(feature = "http"))]
        let _ = is_stopped;
        #[cfg(feature = "http")]
        if let Some(part) = pending.part {
            return part.wait_unless(is_stopped).map(|part| part.bytes);
        }
        let Range { start, end } = pending.range;
        match &self.0 {
            Origin::File(file) => part_of_file(file, start, end),
            Origin::Made(made) => made.part(start, end),
            #[cfg(feature = "http")]
            Origin::Remote { .. } => Ok(Vec::new()),
        }
    }

    /// Up to `len` bytes from `at` on, and the length of the whole; `None` of a server that does not tell it, or knows no
    /// ranges: it would send all of the shard for each.
    pub(crate) fn glance(&self, at: u64, len: u64, is_stopped: &dyn Fn() -> bool) -> Result<Option<Glance>> {
        #[cfg(not(feature = "http"))]
        let _ = is_stopped;
        match &self.0 {
            Origin::File(file) => {
                let whole = file.metadata()?.len();
                let bytes = part_of_file(file, at, at.saturating_add(len))?;
                Ok(Some(Glance { bytes, len: whole, is_ranged: true }))
            }
            Origin::Made(made) => {
                let bytes = made.part(at, at.saturating_add(len))?;
                Ok(Some(Glance { bytes, len: made.size(), is_ranged: true }))
            }
            #[cfg(feature = "http")]
            Origin::Remote { address, options, seen } => {
                let range = at..at.saturating_add(len);
                let part = PartOnItsWay::start(address, options, &seen.first, range).wait_unless(is_stopped)?;
                let Part { bytes, total, is_ranged } = part;
                let total = total.filter(|total| is_ranged || bytes.len() as u64 == *total);
                Ok(total.map(|len| Glance { bytes, len, is_ranged }))
            }
        }
    }

    /// Whether each range is a request to a server.
    pub(crate) fn is_remote(&self) -> bool {
        !matches!(self.0, Origin::File(_) | Origin::Made(_))
    }
}

fn part_of_file(file: &File, from: u64, to: u64) -> Result<Vec<u8>> {
    let len = usize::try_from(to.saturating_sub(from)).map_err(|_| no_memory())?;
    let mut bytes = Vec::new();
    raw::read_plain(file, from, &mut bytes, len)?;
    Ok(bytes)
}

fn no_memory() -> Error {
    std::io::Error::from(std::io::ErrorKind::OutOfMemory).into()
}

impl Shard {
    /// The shard whose name is this one's with `suffix` behind it, before what a URL has behind its path; `None` where
    /// nothing has a name beside it.
    pub(crate) fn beside(&self, suffix: &str) -> Option<Self> {
        match self.place() {
            Place::File(path) => {
                let mut name = path.as_os_str().to_owned();
                name.push(suffix);
                Some(Self::from_path(name))
            }
            Place::Stdin | Place::Made(_) => None,
            #[cfg(feature = "http")]
            Place::Remote(address) => match **address {
                Address::Http(_) => self.with_suffix(self.url().find(['?', '#']), suffix),
                #[cfg(feature = "s3")]
                Address::S3(_) => self.with_suffix(None, suffix),
                #[cfg(feature = "atmosphere")]
                Address::Blob(_) => None,
            },
        }
    }

    /// What has that name where this shard is; `None` where nothing has a name beside it.
    pub(crate) fn sibling(&self, name: &str) -> Option<Self> {
        if let Some(path) = self.path() {
            return Some(Self::from_path(path.with_file_name(name)));
        }
        let (folder, _, behind) = self.parts()?;
        let name = if self.is_escaped() { percent_encoded(name) } else { name.to_owned() };
        let beside = Self::from_url(&format!("{folder}{name}{behind}")).ok()?;
        let guarded = self.is_guarded();
        Some(beside.on(|terms| terms.guarded = guarded))
    }

    /// Where the shard is, in bytes that are the same for others that are there, and its name in that place.
    pub(crate) fn home(&self) -> Option<(&[u8], Cow<'_, str>)> {
        if let Some(path) = self.path() {
            let folder = path.parent()?.as_os_str().as_encoded_bytes();
            return Some((folder, path.file_name()?.to_str()?.into()));
        }
        let (folder, name, _) = self.parts()?;
        Some((folder.as_bytes(), name))
    }

    /// A URL up to the last slash of its path, the name behind that, and what is behind the path.
    #[cfg(not(feature = "http"))]
    #[allow(clippy::unused_self, reason = "nothing else than a file has a name")]
    fn parts(&self) -> Option<(&str, Cow<'_, str>, &str)> {
        None
    }

    /// Whether names are escaped in its URL.
    #[cfg_attr(not(feature = "http"), allow(clippy::unused_self, reason = "nothing else than a file has a name"))]
    fn is_escaped(&self) -> bool {
        #[cfg(feature = "http")]
        if let Place::Remote(address) = self.place() {
            return matches!(**address, Address::Http(_));
        }
        false
    }

    #[cfg(feature = "http")]
    fn parts(&self) -> Option<(&str, Cow<'_, str>, &str)> {
        let Place::Remote(address) = self.place() else { return None };
        let (end, is_encoded) = match **address {
            Address::Http(_) => (self.url().find(['?', '#']), true),
            #[cfg(feature = "s3")]
            Address::S3(_) => (None, false),
            #[cfg(feature = "atmosphere")]
            Address::Blob(_) => return None,
        };
        let (path, behind) = self.url().split_at_checked(end.unwrap_or(self.url().len()))?;
        let (folder, name) = path.split_at_checked(path.rfind('/')? + 1)?;
        let name = if is_encoded && name.contains('%') {
            Cow::Owned(String::from_utf8(percent_decoded(name)).ok()?)
        } else {
            Cow::Borrowed(name)
        };
        (!folder.ends_with("//") && !name.is_empty()).then_some((folder, name, behind))
    }

    #[cfg(feature = "http")]
    fn with_suffix(&self, end: Option<usize>, suffix: &str) -> Option<Self> {
        let (path, rest) = self.url().split_at_checked(end.unwrap_or(self.url().len()))?;
        let beside = Self::from_url(&format!("{path}{suffix}{rest}")).ok()?;
        // Who is not trusted with the one is not with the other.
        let guarded = self.is_guarded();
        Some(beside.on(|terms| terms.guarded = guarded))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_file_is_read_here_and_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        std::fs::write(&path, b"0123456789").unwrap();
        let ranges = Ranges::open(&Shard::from_path(&path), &ReadOptions::new(), &|| false).unwrap().unwrap();
        let pending = [ranges.start(7..9), ranges.start(2..2), ranges.start(9..12), ranges.start(20..30)];
        let found = pending.map(|pending| ranges.finish(pending, &|| false).unwrap());
        assert_eq!(found, [&b"78"[..], b"", b"9", b""]);
        let Glance { bytes, len, .. } = ranges.glance(8, 512, &|| false).unwrap().unwrap();
        assert_eq!((bytes.as_slice(), len, ranges.is_remote()), (&b"89"[..], 10, false));
        assert!(Ranges::open(&Shard::from_url("-").unwrap(), &ReadOptions::new(), &|| false).unwrap().is_none());
    }

    #[test]
    fn what_lies_beside_a_shard_has_its_name_and_more() {
        let beside = |url: &str| Shard::from_url(url).unwrap().beside(".x").map(|shard| shard.url().to_owned());
        assert_eq!(beside("/d/a?b#c.tar").as_deref(), Some("/d/a?b#c.tar.x"));
        assert_eq!(beside("-"), None);
        #[cfg(feature = "http")]
        assert_eq!(beside("https://me:pw@h/d/a.tar?sig=1#f").as_deref(), Some("https://me:pw@h/d/a.tar.x?sig=1#f"));
        #[cfg(feature = "s3")]
        assert_eq!(beside("s3://b/d/a.tar?sig=1").as_deref(), Some("s3://b/d/a.tar?sig=1.x"));
    }

    #[test]
    fn shards_are_at_a_place_under_a_name() {
        let parts = |url: &str| {
            let shard = Shard::from_url(url).unwrap();
            let (folder, name) = shard.home()?;
            let sibling = shard.sibling("_x").map(|shard| shard.url().to_owned());
            Some((String::from_utf8(folder.to_vec()).unwrap(), name.into_owned(), sibling.unwrap()))
        };
        let expected = |folder: &str, name: &str, sibling: &str| Some((folder.into(), name.into(), sibling.into()));
        assert_eq!(parts("/d/a?b#c.tar"), expected("/d", "a?b#c.tar", "/d/_x"));
        assert_eq!(parts("a.tar"), expected("", "a.tar", "_x"));
        assert_eq!(parts("-"), None);
        #[cfg(feature = "http")]
        {
            let found = parts("https://me:pw@h/d/a%20b.tar?sig=1#f");
            assert_eq!(found, expected("https://me:pw@h/d/", "a b.tar", "https://me:pw@h/d/_x?sig=1#f"));
            let manifest = |url: &str| {
                let (stem, places) = Shard::from_url(url).unwrap().manifest_places().unwrap();
                (stem, places.header.url().to_owned())
            };
            for escaped in ["a%23b%20c%3F", "100%25", "%C3%A9", "a+b,c;d=e@f~(g)", "a%252Fb", "a%2Fb"] {
                let url = format!("https://h/d/{escaped}.tar?sig=1");
                assert_eq!(manifest(&url).1, format!("https://h/d/{escaped}.manifest.json?sig=1"), "{url}");
            }
            assert_eq!(parts("https://h/a.tar"), expected("https://h/", "a.tar", "https://h/_x"));
            assert_eq!((parts("https://h"), parts("https://h/d/"), parts("https://h/%ff")), (None, None, None));
        }
        #[cfg(feature = "s3")]
        assert_eq!(parts("s3://b/d/a%20.tar?x"), expected("s3://b/d/", "a%20.tar?x", "s3://b/d/_x"));
    }
}
