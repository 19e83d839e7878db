//! Samples as the Rust crate `atdata` 0.8.0-beta writes them: a member for each, whose name is the key and nothing else,
//! and whose msgpack map holds that key again and the version of the format beside the fields.
//!
//! `WebDataset` passes over members without a field in their names, so that to all other readers such a shard is empty.
//! What is read here is what a packed sample would be today: the map without these two entries.

use std::ops::Range;

use bytes::Bytes;

use super::{Group, Groups, PAYLOAD};
use crate::archive::key;
use crate::archive::tar::{Reason, escaped};
use crate::error::{Cause, Error, ErrorKind, Printable, Result, buffer};
use crate::sample::{Cursor, write_map_len};
use crate::shard::members::Members;

const KEY: &str = "__key__";
const VERSION: &str = "atdataSchemaVersion";

/// What that crate reads itself.
const MAX_MAJOR: u64 = 1;

/// What is known of the samples of the Rust beta in an archive. That they are there its first member shows, for no writer
/// mixes them with others.
#[derive(Default)]
pub(super) struct Beta {
    /// Whether they are to be read.
    pub(super) is_wanted: bool,
    pub(super) state: State,
    /// Where the first was passed over, for they are not to be read.
    pub(super) passed: Option<u64>,
    /// Whether there was a sample of another kind.
    pub(super) has_others: bool,
    /// The last one, as it would be packed today.
    pub(super) payload: Option<Bytes>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No member was looked at.
    #[default]
    Undecided,
    Absent,
    /// They are there, and the members are at the first of them already.
    AtFirst,
    Present,
}

impl Beta {
    /// Whether they are there, and read.
    #[inline]
    pub(super) fn is_there(&self) -> bool {
        matches!(self.state, State::AtFirst | State::Present)
    }
}

#[derive(Debug, thiserror::Error)]
enum BetaError {
    #[error("expected a sample of the Rust crate `atdata` 0.8.0-beta as those before it, found no `{KEY}` in its map")]
    NoKey,
    #[error("expected a `{KEY}` that is the name of the member, `{}`, found \"{}\"", Printable(.name), Printable(.key))]
    OtherKey { name: String, key: String },
    #[error("expected a sample of version {MAX_MAJOR}, found `{VERSION}` \"{}\"", Printable(.0))]
    Version(String),
    #[error(
        "expected members named `key.{PAYLOAD}`, found samples of the Rust crate `atdata` 0.8.0-beta, whose names are keys \
         alone: read them with `ReadOptions::rust_beta`, the program with --rust-beta"
    )]
    NotAskedFor,
}

impl Cause for BetaError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoKey | Self::OtherKey { .. } => ErrorKind::Corrupt,
            Self::Version(_) | Self::NotAskedFor => ErrorKind::Unsupported,
        }
    }
}

impl<M: Members> Groups<M> {
    /// Looks at the first member that could be a sample of either kind.
    #[cold]
    pub(super) fn decide(&mut self) -> Result<()> {
        self.beta.state = State::Absent;
        while self.members.next_member()? {
            let name = self.members.name();
            let field =
                key::split(name).map(|split| (split.key.len(), split.field.eq_ignore_ascii_case(PAYLOAD.as_bytes())));
            let could_be = match field {
                None if key::why_not(name) != Reason::NoDot => {
                    self.pass_over();
                    continue;
                }
                None => true,
                // A packed sample as all others write it stays one, whatever is in it.
                Some((_, is_packed)) => self.beta.is_wanted && !is_packed,
            };
            let is_there = if could_be { self.is_at_beta()? } else { Some(false) };
            if is_there.is_none() && field.is_none() {
                // It could be one of either kind: the next one shows.
                self.pass_over();
                continue;
            }
            let is_there = is_there == Some(true);
            if is_there && self.beta.is_wanted {
                self.beta.state = State::AtFirst;
                return Ok(());
            }
            match field {
                Some((dot, _)) => self.pending = Some(dot),
                None => {
                    self.beta.passed = is_there.then(|| self.members.offset());
                    self.pass_over();
                }
            }
            return Ok(());
        }
        Ok(())
    }

    /// Whether the member is a sample of the Rust beta; `None` where it cannot be looked at. Its data is read only where
    /// it begins as such.
    fn is_at_beta(&mut self) -> Result<Option<bool>> {
        let name = self.members.name().to_vec();
        match self.members.peek(6)?.map(begins_as_sample) {
            Some(true) => Ok(self.members.peek(u64::MAX)?.map(|content| is_sample(&name, content))),
            begins => Ok(begins),
        }
    }

    /// That there were no samples but those.
    pub(super) fn not_asked_for(&mut self) -> Option<Error> {
        let offset = self.beta.passed.filter(|_| !self.beta.has_others)?;
        Some(Error::from(BetaError::NotAskedFor).with_offset(offset))
    }

    /// Moves to the next sample of the Rust beta.
    pub(super) fn next_beta(&mut self) -> Result<Option<()>> {
        self.beta.payload = None;
        while std::mem::replace(&mut self.beta.state, State::Present) == State::AtFirst || self.members.next_member()? {
            let name = self.members.name().to_vec();
            if key::split(&name).is_none() && matches!(key::why_not(&name), Reason::AppleDouble | Reason::FileManager) {
                self.pass_over();
                continue;
            }
            self.offset = self.members.offset();
            self.key = escaped(&name);
            if let Some(error) = self.members.fault() {
                return self.refuse(self.offset, error);
            }
            let content = self.members.bytes().or_else(|fault| self.fault(fault))?;
            let (key, payload) = read(&name, &content).or_else(|error| self.refuse(self.offset, error))?;
            self.key = key;
            self.beta.payload = Some(payload);
            return Ok(Some(()));
        }
        self.end()
    }

    pub(super) fn next_beta_group(&mut self) -> Result<Option<Group>> {
        let Some(()) = self.next_beta()? else { return Ok(None) };
        let payload = self.beta.payload.clone().unwrap_or_default();
        Ok(Some(self.group(vec![(PAYLOAD.to_owned(), payload)])))
    }
}

/// An error about a sample of the Rust beta whose key looks like the name of a member of another sample.
pub(super) fn refuse_sample(content: &[u8]) -> Result<()> {
    let is_one = begins_as_sample(content)
        && Entries::read(content).is_ok_and(|entries| entries.key.is_some() && entries.version.is_some());
    if is_one { Err(BetaError::NotAskedFor.into()) } else { Ok(()) }
}

/// Whether bytes begin as a map that has a text as its first key.
fn begins_as_sample(bytes: &[u8]) -> bool {
    let key = match bytes {
        [0x82..=0x8f, key, ..] | [0xde, _, _, key, ..] | [0xdf, _, _, _, _, key] => *key,
        _ => return false,
    };
    matches!(key, 0xa0..=0xbf | 0xd9..=0xdb)
}

fn is_sample(name: &[u8], content: &[u8]) -> bool {
    let Ok(Entries { key, version, .. }) = Entries::read(content) else { return false };
    version.is_some() && key.is_some_and(|key| is_name_of(name, key))
}

/// The key of a sample, and its map without what is no field.
fn read(name: &[u8], content: &Bytes) -> Result<(String, Bytes)> {
    let Entries { key, version, fields, count } = Entries::read(content)?;
    let key = key.ok_or(BetaError::NoKey)?;
    if !is_name_of(name, key) {
        return Err(BetaError::OtherKey { name: escaped(name), key: key.to_owned() }.into());
    }
    if let Some(version) = version.filter(|version| !is_known(version)) {
        return Err(BetaError::Version(version.to_owned()).into());
    }
    let mut payload = buffer(content.len())?;
    write_map_len(count, &mut payload);
    for range in fields {
        payload.extend_from_slice(content.get(range).unwrap_or_default());
    }
    Ok((key.to_owned(), payload.into()))
}

fn is_known(version: &str) -> bool {
    let major = version.split('.').next().and_then(|major| major.parse::<u64>().ok());
    major.is_some_and(|major| major <= MAX_MAJOR)
}

/// Whether a member of this name is that of the key: archives name it without what changes nothing about a path.
fn is_name_of(name: &[u8], key: &str) -> bool {
    let parts = |path| <[u8]>::split(path, |byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".");
    parts(name).eq(parts(key.as_bytes()))
}

/// The entries of the map of a sample.
struct Entries<'a> {
    key: Option<&'a str>,
    version: Option<&'a str>,
    /// Where the other entries are, and what follows the map.
    fields: Vec<Range<usize>>,
    count: usize,
}

impl<'a> Entries<'a> {
    fn read(content: &'a [u8]) -> Result<Self> {
        let mut cursor = Cursor::new(content);
        let len = cursor.read_map_len()?;
        let mut entries = Self { key: None, version: None, fields: Vec::new(), count: 0 };
        let mut begin = cursor.position();
        for _ in 0..len {
            let end = cursor.position();
            let name = cursor.read_key()?;
            let place = match name {
                KEY => &mut entries.key,
                VERSION => &mut entries.version,
                _ => {
                    cursor.skip().map_err(|error| error.in_entry(name))?;
                    entries.count += 1;
                    continue;
                }
            };
            *place = Some(cursor.read_str().map_err(|error| error.in_entry(name))?);
            entries.fields.push(begin..end);
            begin = cursor.position();
        }
        entries.fields.push(begin..content.len());
        Ok(entries)
    }
}
