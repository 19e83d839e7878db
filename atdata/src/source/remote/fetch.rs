//! The reading end of a shard on its way.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, channel};

use bytes::{Buf, Bytes};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::AbortHandle;

use super::failure::Failure;
use super::options::RemoteOptions;
use super::request::Address;
use super::runtime::network;
use super::transfer::{Message, Transfer};
use crate::error::{Error, Result};

/// A shard on its way. Dropping it ends the download.
pub(crate) struct Fetch {
    messages: Receiver<Message>,
    chunk: Bytes,
    /// The room that `chunk` takes.
    room: Option<OwnedSemaphorePermit>,
    ended: bool,
    task: AbortHandle,
}

impl Fetch {
    /// Asks for the shard; returns at once.
    pub(crate) fn start(address: &Address, options: &RemoteOptions) -> Result<Self> {
        let network = network().map_err(|failure| failure.after(1, std::time::Duration::ZERO))?;
        let (sender, messages) = channel();
        let transfer = Transfer::new(address.clone(), options.clone(), sender);
        let task = network.runtime.spawn(transfer.run()).abort_handle();
        Ok(Self { messages, chunk: Bytes::new(), room: None, ended: false, task })
    }

    /// Waits for more; leaves nothing in `chunk` at the end.
    fn refill(&mut self) -> Result<()> {
        self.room = None;
        // The task ends without a word only if it panics.
        let stopped = || Message::Failed(Failure::Stopped.after(1, std::time::Duration::ZERO));
        let message = if self.ended { Message::End } else { self.messages.recv().unwrap_or_else(|_| stopped()) };
        match message {
            Message::Data(chunk, room) => {
                self.chunk = chunk;
                self.room = Some(room);
                Ok(())
            }
            Message::End => {
                self.ended = true;
                Ok(())
            }
            // Whoever asks once more gets an error again: this is no end.
            Message::Failed(error) => Err(error),
        }
    }
}

impl Read for Fetch {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.chunk.is_empty() && !buffer.is_empty() {
            self.refill().map_err(Error::into_io)?;
        }
        let len = self.chunk.len().min(buffer.len());
        self.chunk.copy_to_slice(buffer.get_mut(..len).unwrap_or_default());
        Ok(len)
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
