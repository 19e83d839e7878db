//! Grouping: samples out of members, consecutive ones with the same key.

mod beta;
mod borrowed;
#[cfg(feature = "records")]
mod by_schema;
mod convert;
mod dotted;
mod layout;
mod over;
mod sample;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use bytes::Bytes;

use self::beta::{Beta, State};
use self::layout::Layout;
use super::members::Members;
use crate::archive::input::Placed;
use crate::archive::key::{self, Split};
use crate::archive::tar::{Fault, Large, PassedOver, Scan, Warning, escaped};
use crate::error::{Cause, Error, ErrorKind, Printable, Result, push};

/// The name of the member that holds a packed sample, behind the key and a dot.
pub const PAYLOAD: &str = "msgpack";

/// A sample with this field was marked by its writer as not to be read.
pub(super) const BAD: &str = "__bad__";

pub use self::borrowed::GroupRef;
#[cfg(feature = "records")]
pub use self::by_schema::SchemaMembers;
pub use self::convert::{FieldNames, MemberNames};
pub use self::dotted::dotted_keys;
pub use self::sample::Group;
use self::sample::ReaderLimits;

/// How many members a sample may have, and how many bytes all of their names: of these each member takes some, be they empty
/// and the archive compressed to next to nothing.
pub(super) const MOST_MEMBERS: usize = 1 << 18;
pub(super) const MOST_NAMES: usize = 16 << 20;

const DOTTED: &str = "; perhaps the key has a dot, for a key ends at the first dot of its file name";
const BETA: &str = "; there are samples of the Rust crate `atdata` 0.8.0-beta before it: read them with `ReadOptions::rust_beta`, \
                    the program with --rust-beta";
const PLAIN: &str = "; a plain WebDataset archive? `#[packable(layout = \"members\")]` on the type reads each member as a field, \
                     `Dataset::<Group>` takes samples as they are";

#[derive(Debug, thiserror::Error)]
enum GroupError {
    #[error("expected each field once, found `{}` twice", Printable(.0))]
    Duplicate(String),
    #[error("expected a UTF-8 name, found `{}`", Printable(.0))]
    NotUtf8(String),
    #[error("expected a `{PAYLOAD}` field, found {}{hint}", Listing(.fields))]
    NoPayload { fields: Vec<String>, hint: &'static str },
    #[error(
        "expected at most {MOST_MEMBERS} members in a sample, with names of at most {} MiB together, found more",
        MOST_NAMES >> 20
    )]
    TooMany,
    #[error(
        "refused to hold the members of a sample, which are more than {limit} bytes together; the limit is that of one \
         member, which `ReadOptions::max_member` sets (the program by --max-member)"
    )]
    Large { limit: u64 },
    #[error("expected a group, found a packed sample; the raw samples of a `Dataset::<Group>` are groups")]
    Packed,
}

impl GroupError {
    fn no_payload(fields: Vec<String>, otherwise: &'static str) -> Self {
        let dotted = fields.iter().any(|field| field.strip_suffix(PAYLOAD).is_some_and(|rest| rest.ends_with('.')));
        let hint = if dotted { DOTTED } else { otherwise };
        Self::NoPayload { fields, hint }
    }
}

impl Cause for GroupError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Duplicate(_) | Self::NotUtf8(_) => ErrorKind::Corrupt,
            Self::NoPayload { .. } | Self::Packed => ErrorKind::SchemaMismatch,
            Self::TooMany | Self::Large { .. } => ErrorKind::Unsupported,
        }
    }
}

struct Listing<'a>(&'a [String]);

impl std::fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 8;
        for (at, field) in self.0.iter().take(SHOWN).enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}`{}`", Printable(field))?;
        }
        if self.0.len() > SHOWN { write!(f, " and {} more", self.0.len() - SHOWN) } else { Ok(()) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Payload,
    /// Its name is the last of [`Fields::others`].
    Other,
}

/// The fields of a group so far. A lone payload, the common case, costs no allocation.
#[derive(Default)]
struct Fields {
    payload: bool,
    others: Vec<String>,
    /// The same names, once there are too many to compare them one by one.
    set: HashSet<String>,
    /// How many bytes the names have.
    size: usize,
    /// Its writer marked the group as bad.
    bad: bool,
}

impl Fields {
    const FEW: usize = 16;

    #[inline]
    fn clear(&mut self) {
        self.payload = false;
        self.bad = false;
        self.size = 0;
        self.others.clear();
        if !self.set.is_empty() {
            self.set.clear();
        }
    }

    /// Adds a field by its name in the archive.
    #[inline]
    fn add(&mut self, name: &[u8]) -> Result<Field, GroupError> {
        if name == PAYLOAD.as_bytes() && !self.payload {
            self.payload = true;
            return Ok(Field::Payload);
        }
        self.add_other(name)
    }

    #[cold]
    fn add_other(&mut self, name: &[u8]) -> Result<Field, GroupError> {
        let Ok(text) = std::str::from_utf8(name) else {
            return Err(GroupError::NotUtf8(escaped(name)));
        };
        self.size = self.size.saturating_add(name.len());
        if self.others.len() == MOST_MEMBERS || self.size > MOST_NAMES {
            return Err(GroupError::TooMany);
        }
        let name = text.to_lowercase();
        if name == PAYLOAD {
            let second = std::mem::replace(&mut self.payload, true);
            return if second { Err(GroupError::Duplicate(name)) } else { Ok(Field::Payload) };
        }
        if self.others.len() == Self::FEW {
            self.set.extend(self.others.iter().cloned());
        }
        let few = self.others.len() < Self::FEW;
        if if few { self.others.contains(&name) } else { !self.set.insert(name.clone()) } {
            return Err(GroupError::Duplicate(name));
        }
        self.others.push(name);
        Ok(Field::Other)
    }

    /// Whether the field that was added last marks the group as bad, if there is anything in it.
    fn may_mark(&self) -> bool {
        self.others.last().is_some_and(|field| field == BAD)
    }
}

/// Where a sample is: its payload is what the scan holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) offset: u64,
}

/// Why a sample is refused whose members have more bytes together.
pub(super) fn large_group(limit: u64) -> Error {
    GroupError::Large { limit }.into()
}

/// The members of an archive, grouped.
pub(super) struct Groups<M> {
    members: M,
    /// The group that is being read.
    open: bool,
    key: String,
    offset: u64,
    fields: Fields,
    /// The members are at the first one of the next group, whose key has this length.
    pending: Option<usize>,
    /// Key of the group that the last error was about, where the archive itself is sound.
    refused: Option<Box<[u8]>>,
    /// Damage behind a group that was whole.
    later: Option<Error>,
    /// Whether there was a sample with a payload.
    packed: bool,
    beta: Beta,
    /// What samples are made of.
    layout: Layout,
    /// How many bytes the members of a group may have together.
    limit: u64,
}

impl Groups<Scan> {
    /// From now on that happens to large payloads.
    pub(super) fn treat_large(&mut self, large: Large) {
        self.members.treat_large(large);
    }

    /// Whether only the begin is held of the payload.
    #[inline]
    pub(super) fn is_partial(&self) -> bool {
        self.members.is_partial()
    }

    /// Holds all of a payload that the last [`next_payload`](Self::next_payload) led to.
    pub(super) fn hold_all(&mut self) -> Result<()> {
        self.members.hold_all().or_else(|fault| self.fault(fault))
    }
}

impl<M: Members> Groups<M> {
    pub(super) fn new(members: M) -> Self {
        Self {
            members,
            open: false,
            key: String::new(),
            offset: 0,
            fields: Fields::default(),
            pending: None,
            refused: None,
            later: None,
            packed: false,
            beta: Beta::default(),
            layout: Layout::default(),
            limit: u64::MAX,
        }
    }

    /// The same, which holds no group whose members have more bytes together.
    pub(super) fn limited(self, limit: u64) -> Self {
        Self { limit, ..self }
    }

    /// The same, which reads the samples of the Rust beta as well.
    pub(super) fn reading_beta(mut self, yes: bool) -> Self {
        self.beta.is_wanted = yes;
        self
    }

    /// Whether the last error was about one group, behind which the next can be read.
    pub(super) fn can_go_on(&self) -> bool {
        self.refused.is_some()
    }

    /// How many members the last sample has beside its payload.
    #[inline]
    pub(super) fn others(&self) -> usize {
        if self.layout.has_all() { 0 } else { self.fields.others.len() }
    }

    /// The payload of the last sample, and its owner where a handle to it would not pin a read buffer.
    #[inline]
    pub(super) fn held(&self) -> (&[u8], Option<&Bytes>) {
        match self.beta.payload.as_ref().or(self.layout.made()) {
            None => self.members.held(),
            Some(payload) => (payload, Some(payload)),
        }
    }

    /// Where the payload of the last sample is, if it was left there.
    pub(super) fn placed(&self) -> Option<Placed> {
        self.members.placed()
    }

    pub(super) fn warnings(&self) -> &[Warning] {
        self.members.warnings()
    }

    pub(super) fn passed(&self) -> &PassedOver {
        self.members.passed()
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Moves to the next sample with a payload, which the members then hold.
    #[inline]
    pub(super) fn next_sample(&mut self) -> Result<Option<Found>> {
        loop {
            let found = self.next_payload()?;
            if found.is_none() || self.is_sample()? {
                return Ok(found);
            }
        }
    }

    /// Moves to the next payload, which the members then hold. What else is in its group is not known yet: whether it is
    /// a sample is what [`end_sample`](Self::end_sample) says.
    #[inline]
    pub(super) fn next_payload(&mut self) -> Result<Option<Found>> {
        if self.layout.makes() {
            return self.next_made();
        }
        loop {
            self.begin()?;
            if self.beta.is_there() {
                return Ok(self.next_beta()?.map(|()| Found { offset: self.offset }));
            }
            while let Some(field) = self.next_field()? {
                if field == Field::Payload {
                    self.members.hold().or_else(|fault| self.fault(fault))?;
                    return Ok(Some(Found { offset: self.members.offset() }));
                }
            }
            if !self.open {
                return self.end();
            }
            if !self.fields.bad {
                let fields = std::mem::take(&mut self.fields.others);
                let error = GroupError::no_payload(fields, self.hint());
                return self.refuse(self.offset, error.into());
            }
        }
    }

    /// Moves over the rest of the sample, whose payload is not held any longer; whether it is one, or its writer marked
    /// it as bad.
    #[inline]
    pub(super) fn end_sample(&mut self) -> Result<bool> {
        self.members.release();
        self.is_sample()
    }

    #[inline]
    fn is_sample(&mut self) -> Result<bool> {
        if self.beta.is_there() || self.layout.made().is_some() {
            return Ok(true);
        }
        while self.next_field_but(true)?.is_some() {}
        self.packed |= !self.fields.bad;
        Ok(!self.fields.bad)
    }

    /// The next group; of the members that `wanted` turns down only the names.
    pub(super) fn next_group(&mut self, wanted: impl Fn(&str) -> bool) -> Result<Option<Group>> {
        loop {
            self.begin()?;
            if self.beta.is_there() {
                return self.next_beta_group();
            }
            let (mut fields, mut size) = (Vec::new(), 0);
            while let Some(field) = self.next_field_but(self.fields.payload)? {
                let name = if field == Field::Payload { None } else { self.fields.others.last() };
                let name = name.map_or(PAYLOAD, |name| name).to_owned();
                let is_wanted = field == Field::Payload || wanted(&name);
                let bytes = if is_wanted { self.members.bytes() } else { Ok(Bytes::new()) };
                let bytes = match bytes {
                    // As where the header is damaged: the packed sample before it is whole.
                    Err(Fault::Archive(error)) if field == Field::Other && self.fields.payload => {
                        self.later = Some(error.with_key(&self.key));
                        break;
                    }
                    bytes => bytes.or_else(|fault| self.fault(fault))?,
                };
                size += bytes.len() as u64;
                let is_held = self.hold_member(&mut fields, (name, bytes), size);
                is_held.or_else(|error| self.refuse(self.members.offset(), error))?;
            }
            if !self.open {
                return self.end();
            }
            if !self.fields.bad {
                return Ok(Some(self.group(fields)));
            }
        }
    }

    /// Adds a member to those of a group, which then have so many bytes.
    fn hold_member(&self, fields: &mut Vec<(String, Bytes)>, member: (String, Bytes), size: u64) -> Result<()> {
        if size > self.limit {
            return Err(large_group(self.limit));
        }
        Ok(push(fields, member)?)
    }

    /// The group that was read, of these members.
    fn group(&self, fields: Vec<(String, Bytes)>) -> Group {
        Group { key: self.key.clone(), fields, offset: self.offset, limits: ReaderLimits::default() }
    }

    #[inline]
    fn begin(&mut self) -> Result<()> {
        self.open = false;
        self.fields.clear();
        self.layout.forget();
        self.members.release();
        if let Some(error) = self.later.take() {
            return Err(error);
        }
        if self.beta.state == State::Undecided {
            return self.decide();
        }
        if self.refused.is_some() { self.skip_refused() } else { Ok(()) }
    }

    /// What a group without a payload may be.
    #[cold]
    fn hint(&self) -> &'static str {
        match self.beta.passed {
            _ if self.packed => "",
            Some(_) => BETA,
            None => PLAIN,
        }
    }

    #[cold]
    fn end<T>(&mut self) -> Result<Option<T>> {
        self.members.finish()?;
        self.not_asked_for().map_or(Ok(None), Err)
    }

    /// Passes over what is left of the group that was refused.
    #[cold]
    fn skip_refused(&mut self) -> Result<()> {
        let Some(key) = self.refused.take().filter(|_| !self.beta.is_there()) else { return Ok(()) };
        while self.pending.is_none() && self.members.next_member()? {
            let Some(split) = key::split(self.members.name()) else {
                self.pass_over();
                continue;
            };
            if *split.key != *key {
                self.pending = Some(split.key.len());
            }
        }
        Ok(())
    }

    /// [`next_field`](Self::next_field), but that damage of the archive behind a group that is `whole` ends the group
    /// and is told behind it.
    #[inline]
    fn next_field_but(&mut self, whole: bool) -> Result<Option<Field>> {
        match self.next_field() {
            Err(error) if whole && self.open && self.refused.is_none() => {
                self.later = Some(error);
                Ok(None)
            }
            field => field,
        }
    }

    /// Moves to the next member of the group, which it opens if it is the first; `None` behind the group's last one.
    #[inline]
    fn next_field(&mut self) -> Result<Option<Field>> {
        loop {
            let split = match self.pending.take() {
                Some(dot) => Split::at(self.members.name(), dot),
                None => match self.members.next_member() {
                    Ok(true) => key::split(self.members.name()),
                    Ok(false) => return Ok(None),
                    Err(error) => return Err(self.between(error)),
                },
            };
            let Some(split) = split else {
                self.pass_over();
                continue;
            };
            if !self.open {
                let Ok(key) = std::str::from_utf8(split.key) else {
                    self.refused = Some(split.key.into());
                    return self.not_utf8();
                };
                self.key.clear();
                self.key.push_str(key);
                self.offset = self.members.offset();
                self.open = true;
                self.beta.has_others = true;
            } else if split.key != self.key.as_bytes() {
                self.pending = Some(split.key.len());
                return Ok(None);
            }
            let added = self.fields.add(split.field);
            if let Some(error) = self.members.fault() {
                return self.refuse(self.members.offset(), error);
            }
            return match added {
                Ok(Field::Other) => self.mark().map(|()| Some(Field::Other)),
                Ok(field) => Ok(Some(field)),
                Err(error) => self.refuse(self.members.offset(), error.into()),
            };
        }
    }

    /// What is wrong where the next member should begin: that there is no memory for more is about the sample that is read,
    /// whose members are held.
    #[cold]
    fn between(&self, error: Error) -> Error {
        if self.open && error.kind() == ErrorKind::Unsupported { error.with_key(&self.key) } else { error }
    }

    /// Notes whether the last field says that the group is bad: as in Python an empty one says nothing.
    #[inline]
    fn mark(&mut self) -> Result<()> {
        if self.fields.may_mark() {
            let is_empty = self.members.is_empty().or_else(|fault| self.fault(fault))?;
            self.fields.bad |= !is_empty;
        }
        Ok(())
    }

    #[cold]
    fn pass_over(&mut self) {
        self.members.pass_over(key::why_not(self.members.name()));
    }

    #[cold]
    fn not_utf8<T>(&self) -> Result<T> {
        let name = escaped(self.members.name());
        Err(Error::from(GroupError::NotUtf8(name)).with_offset(self.members.offset()))
    }

    #[cold]
    fn fault<T>(&mut self, fault: Fault) -> Result<T> {
        match fault {
            Fault::Member(error) => self.refuse(self.members.offset(), error),
            Fault::Archive(error) => Err(error.with_key(&self.key)),
        }
    }

    #[cold]
    fn refuse<T>(&mut self, offset: u64, error: Error) -> Result<T> {
        self.refused = Some(self.key.as_bytes().into());
        Err(error.with_offset(offset).with_key(&self.key))
    }
}
