//! A download: the reading end of a shard on its way.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, channel};

use bytes::{Buf, Bytes};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::AbortHandle;

use super::headers::Version;
use super::options::RemoteOptions;
use super::request::Address;
use super::transfer::{Message, Transfer};
use crate::error::{Error, Result};
use crate::net::client::fetcher;
use crate::net::failure::Failure;

/// A shard on its way. Dropping it ends the download.
pub(crate) struct Download {
    messages: Receiver<Message>,
    chunk: Bytes,
    /// The room that `chunk` takes.
    room: Option<OwnedSemaphorePermit>,
    ended: bool,
    task: AbortHandle,
}

impl Download {
    /// Asks for the shard, unless it is one of those `known` by their ETag; returns at once.
    pub(crate) fn start(address: &Address, options: &RemoteOptions, known: Vec<String>) -> Result<Self> {
        let fetcher = fetcher().map_err(Failure::at_once)?;
        let (sender, messages) = channel();
        let transfer = Transfer::new(address.clone(), options.clone(), known, sender);
        let task = fetcher.runtime.spawn(transfer.run()).abort_handle();
        Ok(Self { messages, chunk: Bytes::new(), room: None, ended: false, task })
    }

    /// Waits for what the server says of the shard; to be called first.
    pub(super) fn version(&mut self) -> Result<Found> {
        match self.receive() {
            Message::Version(version) => Ok(Found::New(version)),
            Message::Unchanged(etag) => Ok(Found::Known(etag)),
            Message::Failed(error) => Err(error),
            Message::Data(..) | Message::End => Err(Failure::Stopped.at_once()),
        }
    }

    /// Waits for more; `None` at the end.
    pub(super) fn next_chunk(&mut self) -> Result<Option<Bytes>> {
        self.refill()?;
        let chunk = std::mem::take(&mut self.chunk);
        Ok(Some(chunk).filter(|chunk| !chunk.is_empty()))
    }

    /// Ends the download from another thread.
    pub(super) fn stop(&self) -> Stop {
        Stop(self.task.clone())
    }

    fn receive(&mut self) -> Message {
        // The task ends without a word only if it was stopped.
        self.messages.recv().unwrap_or_else(|_| Message::Failed(Failure::Stopped.at_once()))
    }

    /// Waits for more; leaves nothing in `chunk` at the end.
    fn refill(&mut self) -> Result<()> {
        self.room = None;
        while !self.ended {
            match self.receive() {
                Message::Data(chunk, room) => {
                    self.chunk = chunk;
                    self.room = Some(room);
                    return Ok(());
                }
                Message::End => self.ended = true,
                // Whoever asks once more gets an error again: this is no end.
                Message::Failed(error) => return Err(error),
                Message::Version(_) | Message::Unchanged(_) => {}
            }
        }
        Ok(())
    }
}

/// What the server has.
pub(super) enum Found {
    New(Version),
    /// What is known by this ETag.
    Known(String),
}

/// Ends a download when it is dropped.
pub(crate) struct Stop(AbortHandle);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.chunk.is_empty() && !buffer.is_empty() {
            self.refill().map_err(Error::into_io)?;
        }
        let len = self.chunk.len().min(buffer.len());
        self.chunk.copy_to_slice(buffer.get_mut(..len).unwrap_or_default());
        Ok(len)
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        self.task.abort();
    }
}
