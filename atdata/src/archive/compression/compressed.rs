//! The compressed bytes of a shard, and what follows the last stream in them.

use std::io::{self, BufRead, Read};

use super::{Compression, MAGIC_LEN, Tail};
use crate::archive::input::Input;

/// How much of the compressed data is read at a time.
const BUFFER: usize = 128 << 10;

/// A buffered source that knows how far it was read, and can look further ahead than its buffer happens to end.
pub(crate) struct Compressed {
    source: Input,
    buffer: Box<[u8]>,
    /// What of the buffer is used up, and what was filled.
    used: usize,
    filled: usize,
    /// Where in the compressed data the rest of the buffer begins.
    at: u64,
    tail: Tail,
}

impl Compressed {
    pub(crate) fn new(source: Input, tail: Tail) -> Self {
        Self { source, buffer: vec![0; BUFFER].into(), used: 0, filled: 0, at: 0, tail }
    }

    /// Passes over zeros, which writers fill their last block with; whether another stream of this compression begins.
    ///
    /// The programs of all four formats take anything else for something that does not concern them, and so is it
    /// here: it is noted where it begins, and the data ends before it.
    pub(crate) fn begins_another(&mut self, compression: Compression) -> io::Result<bool> {
        loop {
            let bytes = self.fill_buf()?;
            match (bytes.len(), bytes.iter().take_while(|byte| **byte == 0).count()) {
                (0, _) => return Ok(false),
                (_, 0) => break,
                (_, zeros) => self.consume(zeros),
            }
        }
        let begins = Compression::of(self.peek(MAGIC_LEN)?) == compression;
        if !begins {
            self.tail.is_at(self.at);
        }
        Ok(begins)
    }

    /// What is in the buffer.
    fn rest(&self) -> &[u8] {
        self.buffer.get(self.used..self.filled).unwrap_or_default()
    }

    /// The next bytes, `len` of them unless the data ends before.
    pub(super) fn peek(&mut self, len: usize) -> io::Result<&[u8]> {
        while self.rest().len() < len && self.fill()? > 0 {}
        let rest = self.rest();
        Ok(rest.get(..len).unwrap_or(rest))
    }

    /// Adds to what is left of the buffer, which is little; how much.
    fn fill(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.used..self.filled, 0);
        (self.used, self.filled) = (0, self.filled - self.used);
        loop {
            match self.source.read(self.buffer.get_mut(self.filled..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(read) => {
                    self.filled += read;
                    return Ok(read);
                }
            }
        }
    }
}

impl BufRead for Compressed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used == self.filled {
            self.fill()?;
        }
        Ok(self.rest())
    }

    fn consume(&mut self, amount: usize) {
        self.used = (self.used + amount).min(self.filled);
        self.at += amount as u64;
    }
}

impl Read for Compressed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let len = bytes.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..len), bytes.get(..len)) {
            to.copy_from_slice(from);
        }
        self.consume(len);
        Ok(len)
    }
}
