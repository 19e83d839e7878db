//! Extended headers (PAX, GNU): they say something of the file behind them, or are the map of a sparse file.

use super::{Scan, Span, fail};
use crate::archive::tar::header::{Header, Kind, until_nul};
use crate::archive::tar::pax::{Records, Size};
use crate::archive::tar::sparse::Sparse;
use crate::archive::tar::{BLOCK, TarError, padded};
use crate::error::{Error, Result};

/// An extended header is a name and a few numbers; this is generous.
const EXTENSION_LIMIT: u64 = 1 << 20;

/// What the extended headers before a file say of it.
#[derive(Default)]
pub(crate) struct Extension {
    pax: bool,
    link: bool,
    pub(crate) long: Option<Span>,
    pub(crate) path: Option<Span>,
    pub(crate) size: Option<Size>,
}

impl Extension {
    fn is_empty(&self) -> bool {
        !self.pax && !self.link && self.long.is_none()
    }
}

impl Scan {
    /// The member behind one or more extended headers, the first of which is at `start`.
    ///
    /// They speak of the next *file*: a size or path never changes how another extended header is read.
    pub(crate) fn extended(&mut self, mut start: u64, mut header: Header) -> Result<bool> {
        let mut extension = Extension::default();
        let mut at = start;
        loop {
            match header.kind {
                Kind::Pax | Kind::PaxGlobal | Kind::LongName | Kind::LongLink => {}
                _ => return self.member(start, at, header, &extension),
            }
            at = self.extension(start, at, header, &mut extension)?;
            if extension.is_empty() {
                start = at;
            }
            header = match self.header(start, at)? {
                Some(header) => header,
                None if extension.is_empty() => return Ok(false),
                None => return fail(start, TarError::LoneExtension),
            };
        }
    }

    /// Takes in the extended header at `at`; the offset behind it.
    #[inline]
    fn extension(&mut self, start: u64, at: u64, header: Header, extension: &mut Extension) -> Result<u64> {
        let limited = header.size <= EXTENSION_LIMIT && at - start <= 4 * EXTENSION_LIMIT;
        let (true, Some(size)) = (limited, padded(header.size)) else {
            return fail(at, TarError::LongExtension { size: header.size, limit: EXTENSION_LIMIT });
        };
        let data = at + BLOCK;
        self.ensure(start, data + size)?;
        let text = usize::try_from(header.size).ok().and_then(|len| self.window.get(data, len));
        let Some(text) = text.filter(|_| data + size <= self.window.end()) else {
            let found = self.window.end().saturating_sub(data);
            let member = "(extended header)".to_owned();
            return fail(at, TarError::ShortData { member, size: header.size, padded: size, found });
        };
        let second = match header.kind {
            Kind::Pax => std::mem::replace(&mut extension.pax, true),
            Kind::LongName => extension.long.is_some(),
            Kind::LongLink => std::mem::replace(&mut extension.link, true),
            _ => false,
        };
        if second {
            let kind = self.window.block(at).map_or('?', |block| char::from(block[156]));
            return fail(at, TarError::SecondExtension { kind });
        }
        match header.kind {
            Kind::LongName => extension.long = Some(Span { at: data, len: until_nul(text) }),
            Kind::Pax | Kind::PaxGlobal => {
                let records = match Records::parse(text) {
                    Ok(records) if records.sparse => return fail(at, TarError::SparsePax),
                    Ok(records) => records,
                    Err(error) => return fail(at, error),
                };
                self.apply(data, records, header.kind, extension);
            }
            _ => {}
        }
        self.next = data + size;
        Ok(self.next)
    }

    #[inline]
    fn apply(&mut self, data: u64, records: Records, kind: Kind, extension: &mut Extension) {
        let path = records.path.map(|path| Span { at: data + path.start as u64, len: path.len() });
        if kind == Kind::Pax {
            extension.path = path;
            extension.size = records.size;
            return;
        }
        self.has_globals = true;
        if let Some(path) = path {
            let text = self.window.get(path.at, path.len).unwrap_or_default();
            self.global_path = (!text.is_empty()).then(|| text.to_vec());
        }
        match records.size {
            Some(Size::Is(size)) => self.global_size = Some(size),
            Some(Size::AsInHeader) => self.global_size = None,
            None => {}
        }
    }

    /// Takes in the map of a sparse member; where its data begins behind it.
    #[cold]
    pub(crate) fn sparse_map(&mut self, start: u64, at: u64) -> Result<u64> {
        let wrong = |error| Error::from(error).with_offset(start);
        let Some(block) = self.window.block(at) else { return fail(at, TarError::ShortHeader { found: 0 }) };
        let (mut sparse, mut more) = Sparse::of_header(block).map_err(wrong)?;
        let mut data = at + BLOCK;
        while more {
            if data - start > 2 * EXTENSION_LIMIT {
                return fail(start, TarError::SparseMap("it is too long"));
            }
            self.ensure(start, data + BLOCK)?;
            let Some(block) = self.window.block(data) else {
                return fail(data, TarError::ShortHeader { found: self.window.end().saturating_sub(data) });
            };
            more = sparse.extend_by(block).map_err(wrong)?;
            data += BLOCK;
        }
        self.sparse = Some(sparse);
        Ok(data)
    }
}
