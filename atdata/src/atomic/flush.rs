//! Flushing: bytes go to the disk while the rest of a shard is still being made, rather than all at its end.

use std::fs::File;
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// Bytes between two flushes: many enough to be worth one, few enough that little is left for the end.
const INTERVAL: u64 = 32 << 20;

/// Flushes one file.
#[derive(Debug, Default)]
pub(super) struct Flusher {
    waiting: u64,
    worker: Option<Worker>,
}

#[derive(Debug)]
struct Worker {
    orders: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Flusher {
    /// Counts bytes that were written to `file`. A flush that is still under way makes no one wait.
    pub(super) fn wrote(&mut self, bytes: usize, file: &File) {
        self.waiting += bytes as u64;
        if self.waiting < INTERVAL {
            return;
        }
        if self.worker.is_none() {
            self.worker = Worker::spawn(file);
        }
        let flushing = self.worker.as_ref().is_some_and(|worker| worker.orders.try_send(()).is_ok());
        if flushing {
            self.waiting = 0;
        }
    }

    /// Waits for what is under way. Its error is told only here: the system tells each one but once.
    pub(super) fn finish(self) -> io::Result<()> {
        let Some(Worker { orders, thread }) = self.worker else { return Ok(()) };
        drop(orders);
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the flushing thread failed")))
    }
}

impl Worker {
    /// `None` where the system has no thread or no handle to give: all is flushed in the end then.
    fn spawn(file: &File) -> Option<Self> {
        let file = file.try_clone().ok()?;
        let (orders, inbox) = sync_channel(1);
        let work = move || inbox.iter().try_for_each(|()| file.sync_data());
        let thread = thread::Builder::new().name("atdata-flush".into()).spawn(work).ok()?;
        Some(Self { orders, thread })
    }
}
