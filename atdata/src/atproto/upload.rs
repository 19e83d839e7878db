//! Uploading blobs to a PDS.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// What a blob may have at most, in bytes; Python has the same limit.
pub(crate) const BLOB_LIMIT: u64 = 50_000_000;

/// What is handed to the network at once.
const PIECE: usize = 64 << 10;

/// Bytes in pieces, each of which is told of when it goes.
#[derive(Debug)]
pub(super) struct Pieces {
    left: Bytes,
    sent: u64,
    /// Is told of bytes, and with `None` of the end.
    progress: Option<Sender<Option<u64>>>,
    /// Of all attempts, by which it is seen that it goes on.
    all: Arc<AtomicU64>,
}

impl Pieces {
    pub(super) fn new(bytes: Bytes, progress: Option<Sender<Option<u64>>>, all: Arc<AtomicU64>) -> Self {
        Self { left: bytes, sent: 0, progress, all }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let pieces = self.get_mut();
        if pieces.left.is_empty() {
            return Poll::Ready(None);
        }
        let piece = pieces.left.split_to(pieces.left.len().min(PIECE));
        pieces.sent += piece.len() as u64;
        pieces.all.fetch_add(piece.len() as u64, Ordering::Relaxed);
        if let Some(progress) = &pieces.progress {
            // Where nobody listens there is nobody to tell.
            let _ = progress.send(Some(pieces.sent));
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
