//! Shards that are no files: their bytes are made of something else when they are read.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::io::Read;
use std::sync::Arc;

use crate::error::Result;

/// Bytes that memory is asked for at once.
const PIECE: usize = 1 << 20;

/// Where such bytes come from. They are the same whenever they are read.
pub(crate) trait MakeBytes: fmt::Debug + Send + Sync {
    /// How many there are.
    fn size(&self) -> u64;

    /// All of them from there on, one after the other.
    fn reader_at(self: Arc<Self>, at: u64) -> Box<dyn Read + Send>;

    /// Itself, for who knows what it is.
    fn as_any(&self) -> &(dyn std::any::Any + Send + Sync);
}

/// The bytes of such a shard.
#[derive(Debug, Clone)]
pub(crate) struct Made(Arc<dyn MakeBytes>);

impl Made {
    pub(crate) fn new(bytes: Arc<dyn MakeBytes>) -> Self {
        Self(bytes)
    }

    pub(crate) fn size(&self) -> u64 {
        self.0.size()
    }

    pub(crate) fn reader(&self) -> Box<dyn Read + Send> {
        Arc::clone(&self.0).reader_at(0)
    }

    pub(crate) fn as_any(&self) -> &(dyn std::any::Any + Send + Sync) {
        self.0.as_any()
    }

    /// The bytes in a range, as many as there are of them.
    pub(super) fn part(&self, from: u64, to: u64) -> Result<Vec<u8>> {
        let len = to.min(self.size()).saturating_sub(from);
        let no_memory = || crate::error::Error::from(std::io::Error::from(std::io::ErrorKind::OutOfMemory));
        let len = usize::try_from(len).map_err(|_| no_memory())?;
        let mut reader = Arc::clone(&self.0).reader_at(from);
        let (mut bytes, mut done) = (Vec::new(), 0);
        while done < len {
            // Piece by piece: how long it says to be is an index's word.
            let piece = (len - done).min(PIECE);
            bytes.try_reserve(piece).map_err(|_| no_memory())?;
            bytes.resize(done + piece, 0);
            match reader.read(bytes.get_mut(done..).unwrap_or_default())? {
                0 => break,
                read => done += read,
            }
        }
        bytes.truncate(done);
        Ok(bytes)
    }
}

impl PartialEq for Made {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Made {}

impl Hash for Made {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).cast::<()>().hash(state);
    }
}
