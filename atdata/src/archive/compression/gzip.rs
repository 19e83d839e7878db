//! Gzip streams: several members, and the zeros that some writers fill their last block with.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// The members of a stream, as one stream. `flate2` has this too, but takes padding for a damaged member.
pub(crate) struct Members<R> {
    /// `None` at the end.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { member: Some(GzDecoder::new(source)) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(member) = &mut self.member {
            let got = member.read(buffer)?;
            if got > 0 {
                return Ok(got);
            }
            self.member = match self.member.take().map(GzDecoder::into_inner) {
                Some(mut source) => (!ends_in_zeros(&mut source)?).then(|| GzDecoder::new(source)),
                None => None,
            };
        }
        Ok(0)
    }
}

/// Passes over zeros; whether nothing else comes.
fn ends_in_zeros(source: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = source.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        match (bytes.len(), zeros) {
            (0, _) => return Ok(true),
            (_, 0) => return Ok(false),
            _ => source.consume(zeros),
        }
    }
}
