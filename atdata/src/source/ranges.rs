//! Ranges: bytes of a shard from anywhere in it, several of them under way at once.

use std::fs::File;
use std::ops::Range;

#[cfg(feature = "http")]
use super::remote::{Address, Fetched, Part, PartOnItsWay, RemoteOptions};
use super::{Place, ReadOptions, Shard};
use crate::error::{Error, Result};
use crate::raw;

/// A shard that is read here and there.
#[derive(Debug)]
pub(crate) struct Ranges(Origin);

#[derive(Debug)]
enum Origin {
    File(File),
    #[cfg(feature = "http")]
    Remote {
        address: Address,
        options: Box<RemoteOptions>,
    },
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
            Place::File(path) => Some(Self(Origin::File(File::open(path)?))),
            Place::Stdin => None,
            #[cfg(feature = "http")]
            Place::Remote(address) if shard.is_checked(address) => None,
            #[cfg(feature = "http")]
            Place::Remote(address) => {
                let (address, options) = (address.clone(), Box::new(shard.remote_options(options)));
                Some(Self(Origin::Remote { address, options }))
            }
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
            Origin::Remote { address, options } if range.start < range.end => {
                Some(PartOnItsWay::start(address, options, range.clone()))
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
                Ok(Some(Glance { bytes: part_of_file(file, at, at.saturating_add(len))?, len: whole }))
            }
            #[cfg(feature = "http")]
            Origin::Remote { address, options } => {
                let part = PartOnItsWay::start(address, options, at..at.saturating_add(len)).wait_unless(is_stopped)?;
                let Part { bytes, total, is_ranged } = part;
                let total = total.filter(|total| is_ranged || bytes.len() as u64 == *total);
                Ok(total.map(|len| Glance { bytes, len }))
            }
        }
    }

    /// Whether each range is a request to a server.
    pub(crate) fn is_remote(&self) -> bool {
        !matches!(self.0, Origin::File(_))
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
            Place::Stdin => None,
            #[cfg(feature = "http")]
            Place::Remote(Address::Http(_)) => self.with_suffix(self.url().find(['?', '#']), suffix),
            #[cfg(feature = "s3")]
            Place::Remote(Address::S3(_)) => self.with_suffix(None, suffix),
            #[cfg(feature = "atmosphere")]
            Place::Remote(Address::Blob(_)) => None,
        }
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
        let Glance { bytes, len } = ranges.glance(8, 512, &|| false).unwrap().unwrap();
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
}
