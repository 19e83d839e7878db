//! The end of an archive, as it should be or not.

use super::{Scan, Unread, fail, is_zero};
use crate::archive::compression::Compression;
use crate::archive::tar::header::explain;
use crate::archive::tar::{BLOCK, TarError, Warning, padded};
use crate::error::Result;

impl Scan {
    /// To be called at the end: looks whether anything follows it, and reads the rest of a compressed stream, whose
    /// checksum comes last, and of a blob.
    #[cold]
    pub(crate) fn finish(&mut self) -> Result<()> {
        // A hole in a file is zeros too: only what follows tells it from the end.
        if let Some(from) = self.behind_end.take() {
            let found = self.window.find_data(from);
            if let Some(offset) = found.or_else(|error| fail(self.next, TarError::read(self.compression, error)))? {
                self.warnings.push(Warning::DataAfterEnd { offset });
            }
        }
        if self.end.required
            && let Some(warning) = self.warnings.first()
        {
            return fail(warning.offset(), TarError::End(warning.clone()));
        }
        if !self.end.read {
            return Ok(());
        }
        self.window.drain().or_else(|error| fail(self.next, TarError::read(self.compression, error)))
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
        let found = self.window.get(0, end).unwrap_or_default().escape_ascii().to_string();
        match self.compression {
            Compression::None => TarError::NotTar { found },
            compression => TarError::NoTarInside { compression, found },
        }
    }

    /// The archive ends where a header should begin.
    #[cold]
    pub(crate) fn no_header<T>(&mut self, at: u64) -> Result<Option<T>> {
        let Some(found) = self.window.end().checked_sub(at) else { return self.short_data() };
        match (found, at) {
            (0, 0) => fail(0, TarError::Empty),
            (0, _) => {
                self.end_with(Warning::MissingEnd { offset: at });
                Ok(None)
            }
            (_, 0) => fail(0, self.no_tar()),
            _ => fail(at, TarError::ShortHeader { found }),
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
        let end = self.window.end();
        let Some(Unread { name, member, data, size }) = self.unread.take() else {
            return fail(end, TarError::ShortHeader { found: 0 });
        };
        let (padded, found) = (padded(size).unwrap_or(size), end.saturating_sub(data));
        fail(member, TarError::ShortData { member: name, size, padded, found })
    }
}
