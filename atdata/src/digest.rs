//! Hashing: SHA-256 of blocks, at once while there is little, on a thread of its own once there is much.

use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use sha2::{Digest as _, Sha256};

/// Bytes that a block holds before it is passed on.
pub(crate) const BLOCK: usize = 1 << 20;
/// Blocks are allocated a little larger: the last sample of a block runs over its end.
const CAPACITY: usize = BLOCK + BLOCK / 4;
/// From here on a thread pays for itself: hashing this much takes milliseconds, starting a thread microseconds.
const ENOUGH: u64 = 4 << 20;
/// Blocks that may wait for the hashing thread before the writer has to.
const BACKLOG: usize = 4;

/// An empty block.
pub(crate) fn new_block() -> Vec<u8> {
    Vec::with_capacity(CAPACITY)
}

/// Hashes the blocks of one shard after another.
#[derive(Debug)]
pub(crate) struct Digest {
    worker: Worker,
    seen: u64,
}

#[derive(Debug)]
enum Worker {
    Inline(Sha256),
    Thread(Hasher),
}

impl Digest {
    pub(crate) fn new() -> Self {
        Self { worker: Worker::Inline(Sha256::new()), seen: 0 }
    }

    /// Hashes `block` and leaves an empty one in its place.
    pub(crate) fn update(&mut self, block: &mut Vec<u8>) {
        self.seen += block.len() as u64;
        if let Worker::Inline(hash) = &mut self.worker
            && self.seen > ENOUGH
            && let Some(thread) = Hasher::spawn(hash.clone())
        {
            self.worker = Worker::Thread(thread);
        }
        match &mut self.worker {
            Worker::Inline(hash) => {
                hash.update(&block);
                recycle(block);
            }
            Worker::Thread(thread) => thread.update(block),
        }
    }

    /// The digest of all blocks since the last one.
    pub(crate) fn finish(&mut self) -> [u8; 32] {
        match &mut self.worker {
            Worker::Inline(hash) => {
                self.seen = 0;
                hash.finalize_reset().into()
            }
            Worker::Thread(thread) => thread.finish(),
        }
    }
}

/// Empties a block for its next use; one that a huge sample made huge is let go.
pub(crate) fn recycle(block: &mut Vec<u8>) {
    if block.capacity() > 8 * CAPACITY {
        *block = new_block();
    }
    block.clear();
}

enum Order {
    Hash(Vec<u8>),
    Finish,
}

enum Reply {
    Used(Vec<u8>),
    Digest([u8; 32]),
}

#[derive(Debug)]
struct Hasher {
    /// `None` only while dropping.
    orders: Option<SyncSender<Order>>,
    replies: Receiver<Reply>,
    thread: Option<JoinHandle<()>>,
}

impl Hasher {
    /// Goes on from `hash`; `None` where the system has no thread to give.
    fn spawn(mut hash: Sha256) -> Option<Self> {
        let (orders, inbox) = sync_channel(BACKLOG);
        let (outbox, replies) = channel();
        let work = move || {
            for order in inbox {
                let reply = match order {
                    Order::Hash(mut block) => {
                        hash.update(&block);
                        recycle(&mut block);
                        Reply::Used(block)
                    }
                    Order::Finish => Reply::Digest(hash.finalize_reset().into()),
                };
                if outbox.send(reply).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("atdata-sha256".into()).spawn(work).ok()?;
        Some(Self { orders: Some(orders), replies, thread: Some(thread) })
    }

    fn update(&self, block: &mut Vec<u8>) {
        let empty = match self.replies.try_recv() {
            Ok(Reply::Used(block)) => block,
            _ => new_block(),
        };
        self.order(Order::Hash(std::mem::replace(block, empty)));
    }

    fn finish(&self) -> [u8; 32] {
        self.order(Order::Finish);
        loop {
            match self.replies.recv() {
                Ok(Reply::Used(_)) => {}
                Ok(Reply::Digest(digest)) => return digest,
                Err(_) => unreachable!("the hashing thread lives as long as its sender"),
            }
        }
    }

    fn order(&self, order: Order) {
        let sent = self.orders.as_ref().is_some_and(|orders| orders.send(order).is_ok());
        assert!(sent, "the hashing thread lives as long as its sender");
    }
}

impl Drop for Hasher {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // It cannot fail: hashing does not panic, and there is nobody to tell.
            let _ = thread.join();
        }
    }
}

/// A SHA-256 from its 64 hexadecimal digits of either case.
#[cfg_attr(not(feature = "_index"), allow(dead_code))]
pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    let pairs = text.as_bytes().chunks_exact(2);
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(pairs) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
    use super::*;

    fn in_blocks(digest: &mut Digest, bytes: &[u8]) -> [u8; 32] {
        let mut block = new_block();
        for part in bytes.chunks(BLOCK + 12_345) {
            block.extend_from_slice(part);
            digest.update(&mut block);
            assert!(block.is_empty());
        }
        digest.finish()
    }

    #[test]
    fn the_digest_is_that_of_all_bytes_at_once() {
        let bytes: Vec<u8> = (0..12_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let mut reused = Digest::new();
        for size in [0, 1, 63, 64, 1 << 20, 4 << 20, (4 << 20) + 1, 5_300_000, 12_000_000, 0, 17] {
            let expected: [u8; 32] = Sha256::digest(&bytes[..size]).into();
            assert_eq!(in_blocks(&mut reused, &bytes[..size]), expected, "{size}");
            assert_eq!(in_blocks(&mut Digest::new(), &bytes[..size]), expected, "{size}");
        }
    }
}
