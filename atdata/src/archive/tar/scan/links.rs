//! Hard links: members whose data is that of an earlier one.

use std::collections::HashMap;

use bytes::Bytes;

use super::{Fault, Odd, Scan};
use crate::archive::tar::header::Kind;
use crate::archive::window::Window;
use crate::error::Result;

/// No path is longer; what is longer in an archive is no name that a link leads to.
const LONGEST: usize = 4096;

/// How many bytes of names are remembered. Compressed, as many as one likes take no room in an archive.
const REMEMBERED: usize = 1 << 30;

/// Makes a window at the begin of the same archive; `None` of a stream, which cannot be read twice.
pub(crate) type Again = Box<dyn Fn() -> Result<Window> + Send>;

/// Where the members of an archive are, looked up only once a link asks.
#[derive(Default)]
pub(crate) struct Links {
    again: Option<Again>,
    /// Begin of each member that was passed, of those that are links that of what they lead to. Of one name the last
    /// counts, for it would replace the others when the archive is unpacked.
    places: HashMap<Vec<u8>, u64>,
    /// About how much memory these take.
    remembered: usize,
    /// Passes over the archive behind the reader, as far as the last link.
    index: Option<Box<Scan>>,
    /// Reads what links lead to.
    data: Option<Box<Scan>>,
}

impl Links {
    pub(crate) fn new(again: Option<Again>) -> Self {
        Self { again, ..Self::default() }
    }

    /// Where the member `name` begins, if it is before `end`.
    fn find(&mut self, name: &[u8], end: u64) -> Result<Option<u64>> {
        let Some(again) = &self.again else { return Ok(None) };
        let mut index = match self.index.take() {
            Some(index) => index,
            None => Box::new(Scan::second(again()?)),
        };
        while index.next < end
            && let Some(kind) = index.entry()?
        {
            let place = match kind {
                Kind::File | Kind::Sparse => Some(index.member.offset),
                Kind::HardLink => self.places.get(&normal(index.target())).copied(),
                _ => None,
            };
            if let Some(place) = place {
                self.remember(index.name(), place);
            }
        }
        self.index = Some(index);
        Ok(self.places.get(&normal(name)).copied())
    }

    fn remember(&mut self, name: &[u8], place: u64) {
        if name.len() > LONGEST {
            return;
        }
        let name = normal(name);
        match self.places.get_mut(&name) {
            Some(known) => *known = place,
            None if self.remembered < REMEMBERED => {
                self.remembered += name.len() + size_of::<(Vec<u8>, u64)>();
                self.places.insert(name, place);
            }
            None => {}
        }
    }

    /// The data of the member that begins at `place`.
    pub(crate) fn read(&mut self, place: u64, max_member: u64) -> Result<Bytes, Fault> {
        let Some(again) = &self.again else { return Ok(Bytes::new()) };
        let mut data = match self.data.take().filter(|data| data.next <= place) {
            Some(data) => data,
            None => Box::new(Scan::second(again().map_err(Fault::Archive)?)),
        };
        data.max_member = max_member;
        data.next = place;
        data.entry().map_err(Fault::Archive)?;
        let bytes = data.bytes()?;
        self.data = Some(data);
        Ok(bytes)
    }
}

impl Scan {
    /// Turns the link that the scan is at into the file it leads to; `false` where that cannot be had.
    #[cold]
    pub(crate) fn follow(&mut self) -> Result<bool> {
        let end = self.member.offset;
        let target = self.target().to_vec();
        let Some(place) = self.links.find(&target, end)? else { return Ok(false) };
        self.odd = Some(Odd::Link(place));
        Ok(true)
    }
}

/// A path without what makes no difference: `./a//b` is `a/b`.
fn normal(path: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join(&b'/')
}
