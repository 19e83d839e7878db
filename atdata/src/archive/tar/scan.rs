//! Scanning a tar: from header to header. The regular files of an archive, with what extended headers say of them
//! applied.

mod ends;
mod extended;

use bytes::Bytes;

use super::header::{Block, Header, Kind, PREFIX};
use super::pax::Size;
use super::sparse::Sparse;
use super::{BLOCK, TarError, Warning, padded};
use crate::archive::compression::Compression;
use crate::archive::window::Window;
use crate::error::{Error, Result};

use extended::Extension;

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

pub(crate) struct Scan {
    window: Window,
    compression: Compression,
    end: End,
    /// Offset of the next header.
    next: u64,
    ended: bool,
    /// What is behind the two zero blocks, where nothing should be.
    behind_end: Option<u64>,
    /// The member of the last header.
    member: Member,
    sparse: Option<Sparse>,
    text: Vec<u8>,
    has_globals: bool,
    global_path: Option<Vec<u8>>,
    global_size: Option<u64>,
    unread: Option<Unread>,
    warnings: Vec<Warning>,
}

/// What the end of an archive is to be.
#[derive(Debug, Clone, Copy)]
struct End {
    /// Whether an odd one is an error.
    required: bool,
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
    pub(crate) fn new(window: Window, compression: Compression, require_end: bool) -> Self {
        Self {
            window,
            end: End { required: require_end, read: compression != Compression::None },
            compression,
            next: 0,
            ended: false,
            behind_end: None,
            member: Member::default(),
            sparse: None,
            text: Vec::new(),
            has_globals: false,
            global_path: None,
            global_size: None,
            unread: None,
            warnings: Vec::new(),
        }
    }

    /// The same, whose source is read to its end in any case, where its own checks are.
    pub(crate) fn whole(self, yes: bool) -> Self {
        Self { end: End { read: self.end.read || yes, ..self.end }, ..self }
    }

    pub(crate) fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Moves to the next regular file; `false` at the end of the archive, where the rest of the stream is not yet
    /// verified. The file's name must be asked for before its data.
    #[inline]
    pub(crate) fn next_member(&mut self) -> Result<bool> {
        while !self.ended {
            if self.plain_member() {
                return Ok(true);
            }
            let start = self.next;
            let Some(header) = self.header(start, start)? else { break };
            let is_file = match header.kind {
                Kind::File | Kind::Bare | Kind::Other | Kind::Sparse => {
                    self.member(start, start, header, &Extension::default())?
                }
                Kind::Pax | Kind::PaxGlobal | Kind::LongName | Kind::LongLink => self.extended(start, header)?,
            };
            if is_file {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The common case, kept in registers: a sound header that no other header says anything of, and its data, all in
    /// the window. Where it is not so, nothing is changed.
    #[inline]
    fn plain_member(&mut self) -> bool {
        let at = self.next;
        let Some(block) = self.window.block(at).filter(|block| Header::is_plain(block)) else { return false };
        let Some(Header { size, name, .. }) = Header::parse(block) else { return false };
        let data = at + BLOCK;
        let Some(next) = padded(size).and_then(|size| data.checked_add(size)) else { return false };
        if next > self.window.end() || self.sparse.is_some() || self.has_globals {
            return false;
        }
        self.member = Member { offset: at, data, size, name: Some(Span { at, len: name }) };
        self.next = next;
        self.window.look_ahead(at, next);
        true
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

    /// Takes in the member whose header is at `at`; whether it is a regular file.
    #[inline]
    fn member(&mut self, start: u64, at: u64, header: Header, extension: &Extension) -> Result<bool> {
        let name = self.name_of(at, header, extension);
        let size = match (extension.size, self.global_size) {
            _ if header.kind == Kind::Bare => 0,
            (Some(Size::Is(size)), _) | (None, Some(size)) => size,
            (Some(Size::AsInHeader), _) | (None, None) => header.size,
        };
        self.sparse = None;
        let data = if header.kind == Kind::Sparse { self.sparse_map(start, at)? } else { at + BLOCK };
        self.member = Member { offset: start, data, size, name };
        match padded(size).and_then(|size| data.checked_add(size)) {
            Some(next) if next <= self.window.end() => self.next = next,
            next => self.reaches_out(next)?,
        }
        Ok(matches!(header.kind, Kind::File | Kind::Sparse))
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
        let name = String::from_utf8_lossy(self.name()).into_owned();
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

    /// The member's name as it is in the archive.
    #[inline]
    pub(crate) fn name(&self) -> &[u8] {
        match self.member.name {
            Some(Span { at, len }) => self.window.get(at, len).unwrap_or_default(),
            None => &self.text,
        }
    }

    /// Brings the member's data into the window.
    #[inline]
    fn load(&mut self) -> Result<Span> {
        let Member { data, size, .. } = self.member;
        let end = data.saturating_add(size);
        self.ensure(data, end)?;
        match usize::try_from(size) {
            Ok(len) if end <= self.window.end() => Ok(Span { at: data, len }),
            _ => self.short_data(),
        }
    }

    /// Keeps the member's data until [`Self::release`].
    #[inline]
    pub(crate) fn hold(&mut self) -> Result<()> {
        let Span { at, len } = self.load()?;
        if self.sparse.is_none() {
            self.window.hold(at, len);
        } else {
            let file = self.expand(at, len)?;
            self.window.hold_bytes(file);
        }
        Ok(())
    }

    /// A handle to the member's data.
    pub(crate) fn bytes(&mut self) -> Result<Bytes> {
        let Span { at, len } = self.load()?;
        if self.sparse.is_none() { Ok(self.window.handle(at, len).unwrap_or_default()) } else { self.expand(at, len) }
    }

    #[cold]
    fn expand(&mut self, at: u64, len: usize) -> Result<Bytes> {
        let Some(sparse) = self.sparse.take() else { return Ok(Bytes::new()) };
        let data = self.window.get(at, len).unwrap_or_default();
        sparse.expand(data).map(Bytes::from).or_else(|error| fail(self.member.offset, error))
    }

    /// The held data, and its owner where a handle to it would not pin a read buffer.
    #[inline]
    pub(crate) fn held(&self) -> (&[u8], Option<&Bytes>) {
        self.window.held()
    }

    #[inline]
    pub(crate) fn release(&mut self) {
        self.window.release();
    }
}
