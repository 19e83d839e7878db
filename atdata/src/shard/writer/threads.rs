//! Shards that are compressed, hashed and written by threads of their own, several at a time.
//!
//! What is in a shard is decided by whoever packs the samples, one after the other; a thread gets the blocks of its shard in
//! order, so that the bytes are the same as without it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::packer::{Packed, Packer};
use crate::digest::new_block;

/// Bytes that may wait for the threads of a write, unless one block is larger.
const MEMORY: usize = 256 << 20;

/// The bytes that wait for all threads of a write.
#[derive(Debug, Default)]
pub(super) struct Budget {
    waiting: Mutex<usize>,
    freed: Condvar,
}

impl Budget {
    /// Counts so many bytes more, once there is room for them.
    fn take(self: &Arc<Self>, bytes: Vec<u8>) -> Block {
        let size = bytes.len();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while *waiting > 0 && waiting.saturating_add(size) > MEMORY {
            waiting = self.freed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        *waiting += size;
        Block { bytes, size, budget: Arc::clone(self) }
    }
}

/// A block on its way to a thread, which counts until it is dropped.
struct Block {
    bytes: Vec<u8>,
    size: usize,
    budget: Arc<Budget>,
}

impl Drop for Block {
    fn drop(&mut self) {
        *self.budget.waiting.lock().unwrap_or_else(PoisonError::into_inner) -= self.size;
        self.budget.freed.notify_all();
    }
}

enum Order {
    Write(Block),
    /// The last block.
    Finish(Block),
}

/// The thread of one shard. Dropped before it is done it writes nothing more.
#[derive(Debug)]
pub(super) struct Worker {
    /// `None` once all was sent.
    orders: Option<Sender<Order>>,
    budget: Arc<Budget>,
    is_given_up: Arc<AtomicBool>,
    thread: Option<JoinHandle<io::Result<Packed>>>,
}

impl Worker {
    pub(super) fn spawn(packer: Packer, budget: &Arc<Budget>) -> io::Result<Self> {
        let (orders, inbox) = channel();
        let is_given_up = Arc::new(AtomicBool::new(false));
        let given_up = Arc::clone(&is_given_up);
        let thread = thread::Builder::new().name("atdata-shard".into());
        let thread = thread.spawn(move || work(packer, &inbox, &given_up))?;
        Ok(Self { orders: Some(orders), budget: Arc::clone(budget), is_given_up, thread: Some(thread) })
    }

    /// Hands `block` over and leaves an empty one in its place.
    pub(super) fn write_block(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        let block = self.budget.take(std::mem::replace(block, new_block()));
        self.send(Order::Write(block))
    }

    /// Hands the last block over.
    pub(super) fn finish(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        let block = self.budget.take(std::mem::replace(block, new_block()));
        self.send(Order::Finish(block))?;
        self.orders = None;
        Ok(())
    }

    /// Waits until the shard is whole.
    pub(super) fn wait(mut self) -> io::Result<Packed> {
        self.join()
    }

    fn send(&mut self, order: Order) -> io::Result<()> {
        let is_sent = self.orders.as_ref().is_some_and(|orders| orders.send(order).is_ok());
        // A thread that takes no more has failed, and says how.
        if is_sent { Ok(()) } else { self.join().and_then(|_| Err(ended())) }
    }

    fn join(&mut self) -> io::Result<Packed> {
        self.orders = None;
        let joined = self.thread.take().map(JoinHandle::join);
        joined.and_then(Result::ok).unwrap_or_else(|| Err(ended()))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.is_given_up.store(true, Ordering::Relaxed);
        if self.thread.is_some() {
            // Nothing is left of the shard when the write has ended.
            drop(self.join());
        }
    }
}

fn ended() -> io::Error {
    io::Error::other("the thread that writes the shard has ended")
}

fn work(mut packer: Packer, inbox: &Receiver<Order>, is_given_up: &AtomicBool) -> io::Result<Packed> {
    for order in inbox {
        if is_given_up.load(Ordering::Relaxed) {
            break;
        }
        match order {
            Order::Write(mut block) => packer.write_block(&mut block.bytes)?,
            Order::Finish(mut block) => return packer.finish(&mut block.bytes),
        }
    }
    Err(ended())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn blocks_wait_for_room() {
        let budget = Arc::new(Budget::default());
        let first = budget.take(vec![0; MEMORY - 10]);
        let second = budget.take(vec![0; 10]);
        let (sent, taken) = channel();
        let other = Arc::clone(&budget);
        let thread = thread::spawn(move || {
            let third = other.take(vec![0; 11]);
            sent.send(third.size).map_err(|error| error.to_string())
        });
        assert!(taken.recv_timeout(Duration::from_millis(50)).is_err(), "it has to wait");
        drop(second);
        assert!(taken.recv_timeout(Duration::from_millis(50)).is_err(), "for enough");
        drop(first);
        assert_eq!(taken.recv(), Ok(11));
        assert_eq!(thread.join().map_err(|_| "panicked"), Ok(Ok(())));
        // One that is larger than all of it goes alone.
        assert_eq!(budget.take(vec![0; MEMORY + 1]).size, MEMORY + 1);
        assert_eq!(*budget.waiting.lock().unwrap_or_else(PoisonError::into_inner), 0);
    }
}
