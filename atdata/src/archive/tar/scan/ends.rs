//! The end of an archive, as it should be or not.

use std::io;

use super::{End, Fault, Scan, Unread, fail, is_zero};
use crate::archive::compression::Compression;
use crate::archive::tar::header::explain;
use crate::archive::tar::{BLOCK, TarError, Warning, escaped, hint, padded};
use crate::error::Result;

/// Archives are filled up to a multiple of it by all writers that fill them up at all, unless they are told otherwise.
const USUAL_RECORD: u64 = 10_240;
const LARGEST_RECORD: u64 = 8 << 20;

impl Scan {
    /// To be called at the end: looks whether anything follows it, and reads the rest of a compressed stream, whose
    /// checksum comes last, and of a blob.
    #[cold]
    pub(crate) fn finish(&mut self) -> Result<()> {
        // A hole in a file is zeros too: only what follows tells it from the end.
        if let Some(from) = self.behind_end.take() {
            let found = self.window.find_data(from);
            match found.or_else(|error| fail(self.next, TarError::read(self.compression, error)))? {
                Some(offset) => self.warnings.push(Warning::DataAfterEnd { offset }),
                None => self.check_zeros(from),
            }
        }
        if self.end.read {
            self.window.drain().or_else(|error| fail(self.next, TarError::read(self.compression, error)))?;
        }
        if let Some(stored) = self.tail.offset() {
            self.warnings.push(Warning::DataAfterStream { offset: self.next, stored });
        }
        let End { required, strict, .. } = self.end;
        match self.warnings.iter().find(|warning| strict || (required && warning.is_of_end())) {
            Some(warning) => fail(warning.offset(), TarError::End(warning.clone())),
            None => Ok(()),
        }
    }

    /// The data that ended too early goes on behind something that is not compressed.
    fn check_tail(&self, at: u64) -> Result<()> {
        let Some(stored) = self.tail.offset() else { return Ok(()) };
        fail(at, TarError::Between { compression: self.compression, at: stored })
    }

    /// Tells of more zeros than writers fill an archive up with: from the two blocks before `from` to the end.
    fn check_zeros(&mut self, from: u64) {
        let (begin, end) = (from - 2 * BLOCK, self.window.end());
        // `tar --blocking-factor`: its whole multiples look like any other end, powers of two do not come by chance.
        let record = if begin > 0 { 1 << end.trailing_zeros().min(LARGEST_RECORD.ilog2()) } else { 0 };
        let zeros = end - begin;
        if zeros >= USUAL_RECORD.max(record) + 2 * BLOCK {
            self.warnings.push(Warning::ZerosAfterEnd { offset: begin, zeros });
        }
    }

    #[cold]
    pub(crate) fn bad_header<T>(&self, at: u64) -> Result<T> {
        let error = match self.window.block(at).map_or(TarError::ShortHeader { found: 0 }, explain) {
            TarError::Checksum { .. } | TarError::Number { field: "checksum", .. } if at == 0 => self.no_tar(),
            error => error,
        };
        fail(at, error)
    }

    fn no_tar(&self) -> TarError {
        let end = usize::try_from(self.window.end()).unwrap_or(usize::MAX).min(16);
        let head = self.window.get(0, end).unwrap_or_default();
        let (found, hint) = (head.escape_ascii().to_string(), hint(head));
        match self.compression {
            Compression::None => TarError::NotTar { found, hint },
            compression => TarError::NoTarInside { compression, found, hint },
        }
    }

    /// Whether what there is of the first header looks like one.
    fn begins_as_tar(&self) -> bool {
        let end = usize::try_from(self.window.end()).unwrap_or(usize::MAX);
        let head = self.window.get(0, end).unwrap_or_default();
        let is_mode = |mode: &[u8]| mode.strip_suffix(b"\0").is_some_and(|mode| mode.iter().all(u8::is_ascii_digit));
        head.starts_with(b"././@PaxHeader\0")
            || head.starts_with(b"././@LongLink\0")
            || head.get(257..262).is_some_and(|magic| magic == b"ustar")
            || head.get(100..108).is_some_and(is_mode)
    }

    /// The archive ends where a header should begin.
    #[cold]
    pub(crate) fn no_header<T>(&mut self, at: u64) -> Result<Option<T>> {
        let Some(found) = self.window.end().checked_sub(at) else { return self.short_data() };
        match (found, at) {
            (0, 0) => fail(0, TarError::Empty),
            (0, _) => {
                self.check_tail(at)?;
                self.end_with(Warning::MissingEnd { offset: at });
                Ok(None)
            }
            (_, 0) if self.begins_as_tar() => fail(0, TarError::ShortHeader { found }),
            (_, 0) => fail(0, self.no_tar()),
            _ => {
                self.check_tail(at)?;
                fail(at, TarError::ShortHeader { found })
            }
        }
    }

    #[cold]
    pub(crate) fn zero_block<T>(&mut self, at: u64) -> Result<Option<T>> {
        self.ensure(at, at.saturating_add(2 * BLOCK))?;
        self.ended = true;
        match self.window.block(at + BLOCK) {
            Some(second) if is_zero(second) => self.behind_end = Some(at + 2 * BLOCK),
            Some(_) => self.end_with(Warning::LoneZeroBlock { offset: at }),
            None => self.end_with(Warning::MissingEnd { offset: at }),
        }
        Ok(None)
    }

    fn end_with(&mut self, warning: Warning) {
        self.ended = true;
        self.warnings.push(warning);
    }

    #[cold]
    pub(crate) fn short_data<T>(&mut self) -> Result<T> {
        let end = self.window.archive_end();
        self.check_tail(end)?;
        let Some(Unread { name, member, data, size }) = self.unread.take() else {
            return fail(end, TarError::ShortHeader { found: 0 });
        };
        let (padded, found) = (padded(size).unwrap_or(size), end.saturating_sub(data));
        fail(member, TarError::ShortData { member: name, size, padded, found })
    }

    /// That there is no memory for a member is the fault of that member: what follows it can be read.
    #[cold]
    pub(super) fn not_loaded<T>(&self, error: io::Error) -> Result<T, Fault> {
        // One of the window itself; that of a decompressor says what it is about.
        if error.kind() == io::ErrorKind::OutOfMemory && error.get_ref().is_none() {
            return self.member_fault(TarError::NoMemory { member: self.told_name(), size: self.member.size });
        }
        fail(self.member.data, TarError::read(self.compression, error)).map_err(Fault::Archive)
    }

    /// The member's name for an error, when its header may have left the window.
    pub(super) fn told_name(&self) -> String {
        let unread = self.unread.as_ref().filter(|unread| unread.data == self.member.data);
        unread.map_or_else(|| escaped(self.name()), |unread| unread.name.clone())
    }
}
