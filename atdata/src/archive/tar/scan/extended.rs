//! Headers that say something of the file behind them, and the map of a sparse file.

use std::ops::Range;

use super::{Odd, Scan, Span, Unread, fail};
use crate::archive::tar::header::{Header, Kind, until_nul};
use crate::archive::tar::pax::{Records, Size, SparseFile};
use crate::archive::tar::sparse::Sparse;
use crate::archive::tar::{BLOCK, TarError, padded};
use crate::error::Result;

/// An extended header is a name, a few numbers, and whatever attributes a file system had: larger ones are passed over
/// with the member that they are about.
const EXTENSION_LIMIT: u64 = 64 << 20;

/// What stands for the name of such a header in errors.
const EXTENSION: &str = "(extended header)";

/// What the extended headers before a file say of it. Of what is said twice, the last counts.
#[derive(Default)]
pub(crate) struct Extension {
    is_there: bool,
    pub(crate) long: Option<Span>,
    pub(crate) path: Option<Span>,
    pub(crate) link: Option<Span>,
    pub(crate) size: Option<Size>,
    pub(crate) odd: Option<Odd>,
}

impl Extension {
    /// What it says cannot be relied on; the first fault is told.
    #[cold]
    fn spoil(&mut self, error: TarError) {
        if !matches!(self.odd, Some(Odd::Fault(_))) {
            self.odd = Some(Odd::Fault(error));
        }
    }
}

impl Scan {
    /// The member behind one or more extended headers, the first of which is at `start`.
    ///
    /// They speak of the next *file*: a size or path never changes how another extended header is read.
    pub(crate) fn extended(&mut self, mut start: u64, mut header: Header) -> Result<Option<Kind>> {
        let mut extension = Extension::default();
        // Where the window has to begin for what they say.
        let mut from = start;
        let mut at = start;
        while header.kind.extends() {
            let behind = self.extension(from, at, header, &mut extension)?;
            if behind - from > EXTENSION_LIMIT {
                extension = Extension { is_there: true, odd: extension.odd, ..Extension::default() };
                extension.spoil(TarError::LongExtension { size: behind - from, limit: EXTENSION_LIMIT });
                from = behind;
            }
            at = behind;
            if !extension.is_there {
                (start, from) = (at, at);
            }
            header = match self.header(from, at)? {
                Some(header) => header,
                None if !extension.is_there => return Ok(None),
                None => return fail(start, TarError::LoneExtension),
            };
        }
        self.member(start, from, at, header, extension).map(Some)
    }

    /// Takes in the extended header at `at`; the offset behind it.
    #[inline]
    fn extension(&mut self, from: u64, at: u64, header: Header, extension: &mut Extension) -> Result<u64> {
        extension.is_there |= header.kind != Kind::PaxGlobal;
        let data = at + BLOCK;
        let Some(behind) = padded(header.size).and_then(|size| data.checked_add(size)) else {
            return fail(at, TarError::LongExtension { size: header.size, limit: EXTENSION_LIMIT });
        };
        self.next = behind;
        if behind - from > EXTENSION_LIMIT {
            // Should the archive end within it.
            self.unread = Some(Unread { name: EXTENSION.to_owned(), member: at, data, size: header.size });
            return Ok(behind);
        }
        self.ensure(from, behind)?;
        let text = usize::try_from(header.size).ok().and_then(|len| self.window.get(data, len));
        let Some(text) = text.filter(|_| behind <= self.window.end()) else {
            let found = self.window.end().saturating_sub(data);
            let member = EXTENSION.to_owned();
            return fail(at, TarError::ShortData { member, size: header.size, padded: behind - data, found });
        };
        match header.kind {
            Kind::LongName => extension.long = Some(Span { at: data, len: until_nul(text) }),
            Kind::LongLink => extension.link = Some(Span { at: data, len: until_nul(text) }),
            _ => match Records::parse(text) {
                Ok(records) if header.kind == Kind::Pax => apply(data, records, extension),
                Ok(records) => self.apply_to_all(data, records),
                Err(error) => extension.spoil(error),
            },
        }
        Ok(behind)
    }

    #[cold]
    fn apply_to_all(&mut self, data: u64, records: Records) {
        self.has_globals = true;
        if let Some(path) = records.path {
            let Span { at, len } = span(data, path);
            let text = self.window.get(at, len).unwrap_or_default();
            self.global_path = (!text.is_empty()).then(|| text.to_vec());
        }
        match records.size {
            Some(Size::Is(size)) => self.global_size = Some(size),
            Some(Size::AsInHeader) => self.global_size = None,
            None => {}
        }
    }

    /// Takes in the map of a sparse member in the old GNU form; where its data begins behind it.
    #[cold]
    pub(crate) fn sparse_map(&mut self, from: u64, at: u64) -> Result<u64> {
        let Some(block) = self.window.block(at) else { return fail(at, TarError::ShortHeader { found: 0 }) };
        let mut sparse = Sparse::of_header(block);
        let mut more = Sparse::goes_on(block);
        let mut data = at + BLOCK;
        while more {
            // Of a map that cannot be used only the end is looked for.
            if data - from > EXTENSION_LIMIT && sparse.is_ok() {
                sparse = Err(TarError::SparseMap("it is too long"));
            }
            self.ensure(if sparse.is_ok() { from } else { data }, data + BLOCK)?;
            let Some(block) = self.window.block(data) else {
                return fail(data, TarError::ShortHeader { found: self.window.end().saturating_sub(data) });
            };
            more = Sparse::goes_on_behind(block);
            sparse = sparse.and_then(|mut sparse| sparse.extend_by(block).map(|()| sparse));
            data += BLOCK;
        }
        if self.odd.is_none() {
            self.odd = Some(sparse.map_or_else(Odd::Fault, Odd::Sparse));
        }
        Ok(data)
    }
}

#[inline]
fn apply(data: u64, mut records: Records, extension: &mut Extension) {
    extension.path = records.path.take().map(|path| span(data, path)).or(extension.path);
    extension.link = records.link.take().map(|link| span(data, link)).or(extension.link);
    extension.size = records.size.or(extension.size);
    match records.sparse() {
        Ok(None) => {}
        Ok(Some(SparseFile { sparse, name })) => {
            extension.path = name.map(|name| span(data, name)).or(extension.path);
            if extension.odd.is_none() {
                extension.odd = Some(Odd::Sparse(sparse));
            }
        }
        Err(error) => extension.spoil(error),
    }
}

fn span(data: u64, text: Range<usize>) -> Span {
    Span { at: data + text.start as u64, len: text.len() }
}
