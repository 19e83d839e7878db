//! From header to header: the regular files of an archive, with what extended headers say of them applied.

mod ends;
mod extended;
mod links;

use bytes::Bytes;

use super::header::{self, Block, Header, Kind, PREFIX};
use super::pax::{Records, Size};
use super::sparse::Sparse;
use super::warning::{PassedOver, Reason, escaped};
use super::{BLOCK, TarError, Warning, padded};
use crate::archive::compression::{Compression, Tail};
use crate::archive::input::Placed;
use crate::archive::key;
use crate::archive::window::Window;
use crate::error::{Error, Result};

use extended::Extension;
pub(crate) use links::Again;
use links::Links;

/// Data of so many bytes costs more to copy than to come back for.
const LARGE: u64 = 1 << 14;

/// As much of the begin of large data is in the window as there is before a first large value.
const BEGIN: u64 = 1024;

/// What happens to large data in a file that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Large {
    /// It is read, as all other data is.
    Read,
    /// It is left where it is.
    Left,
    /// Its begin is read, and the rest left where it is.
    Begun,
}

/// A regular file of the archive.
#[derive(Debug, Default)]
struct Member {
    /// Offset of its first header: that of the extended header where there is one.
    offset: u64,
    data: u64,
    size: u64,
    /// `None` where the name is in [`Scan::text`], for it is not in one piece in the archive.
    name: Option<Span>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Span {
    at: u64,
    len: usize,
}

/// A member whose data was not all in the window when its header was read.
struct Unread {
    name: String,
    member: u64,
    data: u64,
    size: u64,
}

/// What is not ordinary about a member.
enum Odd {
    Sparse(Sparse),
    /// Its data is that of the member that begins there.
    Link(u64),
    /// Its own headers are not sound, but it is known where the next member begins.
    Fault(TarError),
}

/// What keeps the data of a member from being had.
pub(crate) enum Fault {
    /// Something about this member alone: the next one can be read.
    Member(Error),
    Archive(Error),
}

pub(crate) struct Scan {
    window: Window,
    compression: Compression,
    /// What follows a compressed stream.
    tail: Tail,
    end: End,
    max_member: u64,
    large: Large,
    /// Offset of the next header.
    next: u64,
    ended: bool,
    /// What is behind the two zero blocks, where nothing should be.
    behind_end: Option<u64>,
    /// The member of the last header.
    member: Member,
    odd: Option<Odd>,
    text: Vec<u8>,
    /// What the last link points to.
    target: Vec<u8>,
    links: Links,
    has_globals: bool,
    global_path: Option<Vec<u8>>,
    global_size: Option<u64>,
    unread: Option<Unread>,
    warnings: Vec<Warning>,
    passed: PassedOver,
}

/// What the end of an archive is to be.
#[derive(Debug, Clone, Copy)]
struct End {
    /// Whether an odd one is an error.
    required: bool,
    /// Whether anything else odd is an error there, too.
    strict: bool,
    /// Whether what follows it is read as well, for what is checked behind that.
    read: bool,
}

#[cold]
fn fail<T>(offset: u64, error: TarError) -> Result<T> {
    Err(Error::from(error).with_offset(offset))
}

fn is_zero(block: &Block) -> bool {
    block.iter().all(|byte| *byte == 0)
}

impl Scan {
    pub(crate) fn new(window: Window, compression: Compression) -> Self {
        Self {
            window,
            end: End { required: false, strict: false, read: compression != Compression::None },
            compression,
            tail: Tail::default(),
            max_member: u64::MAX,
            large: Large::Read,
            next: 0,
            ended: false,
            behind_end: None,
            member: Member::default(),
            odd: None,
            text: Vec::new(),
            target: Vec::new(),
            links: Links::default(),
            has_globals: false,
            global_path: None,
            global_size: None,
            unread: None,
            warnings: Vec::new(),
            passed: PassedOver::default(),
        }
    }

    /// Another scan of an archive that is being read already.
    fn second(window: Window) -> Self {
        Self::new(window, Compression::None)
    }

    /// The same, for which an odd end, or whatever is odd, is an error there.
    pub(crate) fn refusing(self, required: bool, strict: bool) -> Self {
        Self { end: End { required, strict, ..self.end }, ..self }
    }

    /// The same, of members of up to `limit` bytes.
    pub(crate) fn max_member(self, limit: u64) -> Self {
        Self { max_member: limit, ..self }
    }

    /// The same, which knows what follows its compressed stream.
    pub(crate) fn tail(self, tail: Tail) -> Self {
        Self { tail, ..self }
    }

    /// The same, which follows hard links where its archive can be read a second time.
    pub(crate) fn following(self, again: Option<Again>) -> Self {
        Self { links: Links::new(again), ..self }
    }

    /// The same, whose source is read to its end in any case, where its own checks are.
    pub(crate) fn whole(self, yes: bool) -> Self {
        Self { end: End { read: self.end.read || yes, ..self.end }, ..self }
    }

    pub(crate) fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The members that belong to no sample, so far.
    pub(crate) fn passed(&self) -> &PassedOver {
        &self.passed
    }

    /// Counts the member as one that belongs to no sample.
    #[cold]
    pub(crate) fn pass_over(&mut self, reason: Reason) {
        let mut passed = std::mem::take(&mut self.passed);
        passed.add(reason, self.name(), self.member.offset);
        self.passed = passed;
    }

    /// Moves to the next regular file, or hard link to one; `false` at the end of the archive, where the rest of the
    /// stream is not yet verified. The file's name must be asked for before its data.
    #[inline]
    pub(crate) fn next_member(&mut self) -> Result<bool> {
        while !self.ended {
            if self.plain_member() {
                return Ok(true);
            }
            let Some(kind) = self.entry()? else { break };
            if matches!(kind, Kind::File | Kind::Sparse) || self.is_file_otherwise(kind)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Moves to the next member of whatever kind; `None` at the end of the archive.
    fn entry(&mut self) -> Result<Option<Kind>> {
        if self.ended {
            return Ok(None);
        }
        let start = self.next;
        let Some(header) = self.header(start, start)? else { return Ok(None) };
        if header.kind.extends() {
            return self.extended(start, header);
        }
        self.member(start, start, start, header, Extension::default()).map(Some)
    }

    /// Whether a member that is no file leads to one; it is counted otherwise.
    #[cold]
    fn is_file_otherwise(&mut self, kind: Kind) -> Result<bool> {
        match kind {
            Kind::HardLink if self.follow()? => return Ok(true),
            Kind::HardLink => self.lost_link(false),
            Kind::SymbolicLink => self.lost_link(true),
            Kind::Special => self.pass_over(Reason::Special),
            Kind::Other => self.pass_over(Reason::OtherKind),
            _ => {}
        }
        Ok(false)
    }

    /// One warning tells of all such links: an archive may consist of them.
    fn lost_link(&mut self, is_symbolic: bool) {
        self.pass_over(if is_symbolic { Reason::SymbolicLink } else { Reason::HardLink });
        // Others would be no part of a sample either way.
        if key::split(self.name()).is_none() {
            return;
        }
        for warning in &mut self.warnings {
            if let Warning::Links { count, symbolic, .. } = warning
                && *symbolic == is_symbolic
            {
                *count += 1;
                return;
            }
        }
        let (name, target) = (escaped(self.name()), escaped(&self.target));
        let offset = self.member.offset;
        self.warnings.push(Warning::Links { offset, count: 1, name, target, symbolic: is_symbolic });
    }

    /// What the link points to that the scan is at.
    fn target(&self) -> &[u8] {
        &self.target
    }

    /// The common case, kept in registers: a sound header that no other header says anything of, but perhaps times, and
    /// its data, all in the window. Where it is not so, nothing is changed.
    #[inline]
    fn plain_member(&mut self) -> bool {
        let start = self.next;
        let Some(mut block) = self.window.block(start) else { return false };
        let mut at = start;
        if Header::is_pax(block) {
            let Some(behind) = self.behind_times(start, block) else { return false };
            let Some(next) = self.window.block(behind) else { return false };
            (at, block) = (behind, next);
        }
        if !Header::is_plain(block) {
            return false;
        }
        let Some(Header { size, name, .. }) = Header::parse(block) else { return false };
        let data = at + BLOCK;
        let Some(next) = padded(size).and_then(|size| data.checked_add(size)) else { return false };
        if next > self.window.end() || self.odd.is_some() || self.has_globals {
            return false;
        }
        self.member = Member { offset: start, data, size, name: Some(Span { at, len: name }) };
        self.next = next;
        self.window.look_ahead(start, next);
        true
    }

    /// Where the header is behind an extended one that says nothing that counts: that of Python has the time in parts of
    /// seconds.
    fn behind_times(&self, at: u64, block: &Block) -> Option<u64> {
        let Header { size, .. } = Header::parse(block)?;
        let data = at + BLOCK;
        let text = self.window.get(data, usize::try_from(size).ok()?)?;
        if Records::parse(text).ok()?.is_empty() { data.checked_add(padded(size)?) } else { None }
    }

    /// Brings `from..to` into the window, as far as the archive goes.
    #[inline]
    fn ensure(&mut self, from: u64, to: u64) -> Result<()> {
        self.window.ensure(from, to).or_else(|error| fail(from, TarError::read(self.compression, error)))
    }

    /// The header at `at` of the member that begins at `start`; `None` at the end of the archive.
    #[inline]
    fn header(&mut self, start: u64, at: u64) -> Result<Option<Header>> {
        self.ensure(start, at.saturating_add(BLOCK))?;
        let Some(block) = self.window.block(at) else { return self.no_header(at) };
        if block[0] == 0 && is_zero(block) {
            return self.zero_block(at);
        }
        match Header::parse(block) {
            Some(header) => Ok(Some(header)),
            None => self.bad_header(at),
        }
    }

    /// Takes in the member whose header is at `at`, and whose first one is at `start`; `from` is where of these the
    /// window has to begin.
    #[inline]
    fn member(&mut self, start: u64, from: u64, at: u64, header: Header, mut extension: Extension) -> Result<Kind> {
        let name = self.name_of(at, header, &extension);
        let size = match (extension.size, self.global_size) {
            _ if !header.kind.has_data() => 0,
            (Some(Size::Is(size)), _) | (None, Some(size)) => size,
            (Some(Size::AsInHeader), _) | (None, None) => header.size,
        };
        if matches!(header.kind, Kind::HardLink | Kind::SymbolicLink) {
            self.take_target(at, header, &extension);
        }
        self.odd = extension.odd.take();
        let data = if header.kind == Kind::Sparse { self.sparse_map(from, at)? } else { at + BLOCK };
        self.member = Member { offset: start, data, size, name };
        match padded(size).and_then(|size| data.checked_add(size)) {
            Some(next) if next <= self.window.end() => self.next = next,
            next => self.reaches_out(next)?,
        }
        Ok(header.kind)
    }

    #[cold]
    fn take_target(&mut self, at: u64, header: Header, extension: &Extension) {
        let in_header = || Span { at: at + header::LINK as u64, len: header.link };
        let Span { at, len } = extension.link.unwrap_or_else(in_header);
        self.target.clear();
        self.target.extend_from_slice(self.window.get(at, len).unwrap_or_default());
    }

    #[inline]
    fn name_of(&mut self, at: u64, header: Header, extension: &Extension) -> Option<Span> {
        if let Some(path) = extension.path.filter(|path| path.len > 0).or(extension.long) {
            return Some(path);
        }
        if header.prefix == 0 && self.global_path.is_none() {
            return Some(Span { at, len: header.name });
        }
        self.join_name(at, header, extension);
        None
    }

    #[cold]
    fn join_name(&mut self, at: u64, header: Header, extension: &Extension) {
        self.text.clear();
        if let (Some(path), None) = (&self.global_path, extension.path) {
            self.text.extend_from_slice(path);
            return;
        }
        let part = |at, len| self.window.get(at, len).unwrap_or_default();
        if header.prefix > 0 {
            self.text.extend_from_slice(part(at + PREFIX as u64, header.prefix));
            self.text.push(b'/');
        }
        self.text.extend_from_slice(part(at, header.name));
    }

    /// The data of a member does not end in the window: the rest is still to come, or it is cut short.
    ///
    /// Which of them it is shows when the data or the next header is wanted, mapped or streamed, so that a group before
    /// this member is given in either case.
    #[cold]
    fn reaches_out(&mut self, next: Option<u64>) -> Result<()> {
        let name = escaped(self.name());
        let Member { offset, data, size, .. } = self.member;
        let Some(next) = next else {
            return fail(offset, TarError::Absurd { member: name, size });
        };
        self.next = next;
        self.unread = Some(Unread { name, member: offset, data, size });
        Ok(())
    }

    /// Offset of the member's first header: that of its extended header where it has one.
    #[inline]
    pub(crate) fn offset(&self) -> u64 {
        self.member.offset
    }

    /// Where the member's data is, its size, and the header before it; to be asked for before the data. `None` of a link,
    /// of a sparse member, and of one in a compressed shard, whose data is nowhere in one piece.
    pub(crate) fn whereabouts(&self) -> Option<(u64, u64, &[u8])> {
        if self.compression == Compression::None { self.place_in_archive() } else { None }
    }

    /// The same of a compressed shard as well: where it is in the archive.
    pub(crate) fn place_in_archive(&self) -> Option<(u64, u64, &[u8])> {
        if self.odd.is_some() {
            return None;
        }
        let Member { data, size, .. } = self.member;
        Some((data, size, self.window.block(data.checked_sub(BLOCK)?)?))
    }

    pub(crate) fn compression(&self) -> Compression {
        self.compression
    }

    /// The member's name as it is in the archive.
    #[inline]
    pub(crate) fn name(&self) -> &[u8] {
        match self.member.name {
            Some(Span { at, len }) => self.window.get(at, len).unwrap_or_default(),
            None => &self.text,
        }
    }

    /// What is wrong with the member's headers, where the next one's place is known all the same.
    #[inline]
    pub(crate) fn fault(&mut self) -> Option<Error> {
        if self.odd.is_none() { None } else { self.take_fault() }
    }

    #[cold]
    fn take_fault(&mut self) -> Option<Error> {
        match self.odd.take() {
            Some(Odd::Fault(error)) => Some(Error::from(error).with_offset(self.member.offset)),
            odd => {
                self.odd = odd;
                None
            }
        }
    }

    /// Whether the member's data is empty.
    pub(crate) fn is_empty(&mut self) -> Result<bool, Fault> {
        match &self.odd {
            None | Some(Odd::Fault(_)) => Ok(self.member.size == 0),
            Some(Odd::Sparse(sparse)) => Ok(sparse.size() == 0),
            Some(Odd::Link(place)) => {
                let place = *place;
                self.links.read(place, self.max_member).map(|bytes| bytes.is_empty())
            }
        }
    }

    /// Brings the member's data into the window.
    #[inline]
    fn load(&mut self) -> Result<Span, Fault> {
        let Member { data, size, .. } = self.member;
        let end = data.saturating_add(size);
        if size > self.max_member {
            return self.too_large(end);
        }
        if let Err(error) = self.window.ensure(data, end) {
            return self.not_loaded(error);
        }
        match usize::try_from(size) {
            Ok(len) if end <= self.window.end() => Ok(Span { at: data, len }),
            _ => self.short_data().map_err(Fault::Archive),
        }
    }

    /// Of an archive that ends before, the size is what is damaged.
    #[cold]
    fn too_large<T>(&mut self, end: u64) -> Result<T, Fault> {
        if self.window.ends_before(end) {
            return self.short_data().map_err(Fault::Archive);
        }
        self.member_fault(TarError::LargeMember { size: self.member.size, limit: self.max_member })
    }

    #[cold]
    fn member_fault<T>(&self, error: TarError) -> Result<T, Fault> {
        Err(Fault::Member(Error::from(error).with_offset(self.member.offset)))
    }

    /// Keeps the member's data until [`Self::release`].
    #[inline]
    pub(crate) fn hold(&mut self) -> Result<(), Fault> {
        if self.odd.is_some() {
            let bytes = self.odd_bytes()?;
            self.window.hold_bytes(bytes);
            return Ok(());
        }
        if self.large != Large::Read && self.member.size >= LARGE && self.place()? {
            return Ok(());
        }
        self.hold_all()
    }

    /// Keeps all of the member's data, of which the begin may be held already.
    #[inline]
    pub(crate) fn hold_all(&mut self) -> Result<(), Fault> {
        let Span { at, len } = self.load()?;
        self.window.hold_whole(at, len);
        Ok(())
    }

    /// Whether the member's data is kept as a place in the file, all or the rest of it.
    fn place(&mut self) -> Result<bool, Fault> {
        let Member { data, size, .. } = self.member;
        let Some(len) = usize::try_from(size).ok().filter(|_| size <= self.max_member) else { return Ok(false) };
        if self.large == Large::Left {
            return Ok(self.window.place(data, len));
        }
        self.ensure(data, data.saturating_add(BEGIN)).map_err(Fault::Archive)?;
        Ok(self.window.place_rest(data, len))
    }

    /// The first `len` bytes of the member's data, or all of it if that is less; name and data can be asked for all the
    /// same. `None` of a member that is not ordinary, of more than a member may have, or where it is cut short.
    #[cold]
    pub(crate) fn peek(&mut self, len: u64) -> Result<Option<&[u8]>> {
        let Member { offset, data, size, .. } = self.member;
        let len = len.min(size);
        if self.odd.is_some() || len > self.max_member {
            return Ok(None);
        }
        self.ensure(offset, data.saturating_add(len))?;
        Ok(usize::try_from(len).ok().and_then(|len| self.window.get(data, len)))
    }

    /// A handle to the member's data.
    pub(crate) fn bytes(&mut self) -> Result<Bytes, Fault> {
        if self.odd.is_some() {
            return self.odd_bytes();
        }
        let Span { at, len } = self.load()?;
        let bytes = self.window.handle(at, len);
        bytes.map_err(|error| Fault::Member(Error::from(error).with_offset(self.member.offset)))
    }

    #[cold]
    fn odd_bytes(&mut self) -> Result<Bytes, Fault> {
        match self.odd.take() {
            Some(Odd::Link(place)) => self.links.read(place, self.max_member),
            Some(Odd::Sparse(sparse)) => {
                let Span { at, len } = self.load()?;
                let member = self.told_name();
                let data = self.window.get(at, len).unwrap_or_default();
                sparse.expand(&member, data, self.max_member).map(Bytes::from).or_else(|error| self.member_fault(error))
            }
            Some(Odd::Fault(error)) => self.member_fault(error),
            None => Ok(Bytes::new()),
        }
    }

    /// The held data, and its owner where a handle to it would not pin a read buffer.
    #[inline]
    pub(crate) fn held(&self) -> (&[u8], Option<&Bytes>) {
        self.window.held()
    }

    /// Where the held data is, if it was left there.
    pub(crate) fn placed(&self) -> Option<Placed> {
        self.window.placed()
    }

    /// From now on that happens to large data that is held, if it is in a file: [`placed`](Self::placed) says where.
    pub(crate) fn treat_large(&mut self, large: Large) {
        self.large = large;
    }

    /// Whether only the begin of the held data is held.
    #[inline]
    pub(crate) fn is_partial(&self) -> bool {
        self.window.is_partial()
    }

    #[inline]
    pub(crate) fn release(&mut self) {
        self.window.release();
    }
}
