//! Uploads to S3: an object on its way into the bucket.

use std::fmt;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;

use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload, PutPayloadMut};

use super::parts::{self, Parts};
use super::{Room, S3StoreError, Shared, beside};
use crate::atomic::Scratch;
use crate::error::{Error, Result};
use crate::net::runtime::wait;
use crate::source::{shard_suffix, told};
use crate::store::Upload;

/// Bytes that a block of a part has: those that come small are gathered.
const BLOCK: usize = 256 << 10;

pub(super) struct S3Upload {
    client: AmazonS3,
    path: Path,
    url: String,
    shared: Arc<Shared>,
    state: State,
}

enum State {
    Writing(Filling),
    /// Written to a file of its own, and sent when it ends.
    Cached(Scratch),
    /// Small enough to be sent as a whole.
    Small(PutPayload, Room),
    Sent(Parts),
    Broken,
}

/// What was written, the last part of it in memory.
struct Filling {
    part: PutPayloadMut,
    parts: Option<Parts>,
}

impl Filling {
    fn new() -> Self {
        Self { part: new_part(), parts: None }
    }

    fn size(&self) -> usize {
        parts::size(self.parts.as_ref().map_or(0, Parts::len))
    }
}

fn new_part() -> PutPayloadMut {
    PutPayloadMut::new().with_block_size(BLOCK)
}

impl S3Upload {
    pub(super) fn new(client: AmazonS3, path: Path, shared: Arc<Shared>) -> Self {
        Self { client, path, url: String::new(), shared, state: State::Writing(Filling::new()) }
    }

    /// The same, by way of a temporary file.
    pub(super) fn cached(mut self) -> Result<Self> {
        let scratch = Scratch::create().map_err(|error| S3StoreError::Scratch("made", error))?;
        self.state = State::Cached(scratch);
        Ok(self)
    }

    /// Names the object, for errors.
    pub(super) fn at(self, url: String) -> Self {
        Self { url, ..self }
    }

    /// As much of `bytes` as the part has room for; a full one is sent before.
    fn fill(&self, filling: &mut Filling, bytes: &[u8]) -> Result<usize> {
        if filling.part.content_length() >= filling.size() {
            self.send(filling)?;
        }
        let room = filling.size() - filling.part.content_length();
        let taken = bytes.get(..room).unwrap_or(bytes);
        filling.part.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn send(&self, filling: &mut Filling) -> Result<()> {
        let payload = std::mem::replace(&mut filling.part, new_part()).freeze();
        let parts = match &mut filling.parts {
            Some(parts) => parts,
            none => none.insert(Parts::begin(self.client.clone(), self.path.clone())?),
        };
        parts.send(payload)
    }

    fn end(&self, mut filling: Filling) -> Result<State> {
        let bytes = filling.part.content_length();
        if filling.parts.is_none()
            && let Some(room) = self.shared.hold(bytes)
        {
            return Ok(State::Small(filling.part.freeze(), room));
        }
        if bytes > 0 || filling.parts.is_none() {
            self.send(&mut filling)?;
        }
        let mut parts = filling.parts.ok_or(S3StoreError::Broken)?;
        parts.sync()?;
        Ok(State::Sent(parts))
    }

    fn end_cached(&self, mut scratch: Scratch) -> Result<State> {
        let read = |error| Error::from(S3StoreError::Scratch("read", error));
        let file = scratch.file().map_err(read)?;
        file.rewind().map_err(read)?;
        let (mut filling, mut block) = (Filling::new(), vec![0; BLOCK]);
        loop {
            let count = match file.read(&mut block) {
                Ok(0) => return self.end(filling),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(read(error)),
            };
            let mut rest = block.get(..count).unwrap_or_default();
            while !rest.is_empty() {
                let taken = self.fill(&mut filling, rest)?;
                rest = rest.get(taken..).unwrap_or_default();
            }
        }
    }

    fn end_state(&mut self) -> Result<()> {
        self.state = match std::mem::replace(&mut self.state, State::Broken) {
            State::Writing(filling) => self.end(filling)?,
            State::Cached(scratch) => self.end_cached(scratch)?,
            State::Broken => return Err(S3StoreError::Broken.into()),
            ended => ended,
        };
        Ok(())
    }

    /// Removes the manifest of what has the name, which says nothing of what takes its place: the header first.
    fn remove_manifest(&self) -> Result<()> {
        if shard_suffix(self.path.as_ref()).is_none() {
            return Ok(());
        }
        let client = self.client.clone();
        let files = beside(self.path.as_ref())?.into_iter().take(2);
        let removed = wait(async move {
            for file in files {
                match client.head(&file).await {
                    Err(object_store::Error::NotFound { .. }) => {}
                    // Who may not look may still remove, or only write.
                    Err(error) if is_refused(&error) => match delete(&client, &file).await {
                        Err(error) if is_refused(&error) => {
                            log::warn!(
                                "{file}: it may be of a shard that was replaced, and cannot be removed: {}",
                                told(&error)
                            );
                        }
                        deleted => drop(deleted?),
                    },
                    found => {
                        found?;
                        delete(&client, &file).await?;
                    }
                }
            }
            Ok(())
        })?;
        removed.map_err(|error: object_store::Error| told(&error))
    }

    fn put(self, payload: PutPayload) -> Result<()> {
        let Self { client, path, .. } = self;
        wait(async move { client.put(&path, payload).await })?.map(drop).map_err(|error| told(&error))
    }
}

/// Removes an object. AWS says of what is not there that it is gone, and other servers, such as that of Google, that it is not there.
pub(super) async fn delete(client: &AmazonS3, path: &Path) -> object_store::Result<bool> {
    match client.delete(path).await {
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        deleted => deleted.map(|()| true),
    }
}

fn is_refused(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. })
}

impl Upload for S3Upload {
    fn sync(&mut self) -> Result<()> {
        self.end_state().map_err(|error| error.with_shard(&self.url))
    }

    fn commit(mut self: Box<Self>) -> Result<()> {
        let url = self.url.clone();
        let ended = self.end_state().and_then(|()| self.remove_manifest());
        let committed = ended.and_then(|()| match std::mem::replace(&mut self.state, State::Broken) {
            State::Small(payload, _room) => self.put(payload),
            State::Sent(parts) => parts.complete(),
            _ => Err(S3StoreError::Broken.into()),
        });
        committed.map_err(|error| error.with_shard(&url))
    }
}

impl Write for S3Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (state, written) = match std::mem::replace(&mut self.state, State::Broken) {
            State::Writing(mut filling) => match self.fill(&mut filling, bytes) {
                Ok(count) => (State::Writing(filling), Ok(count)),
                Err(error) => (State::Broken, Err(error)),
            },
            State::Cached(mut scratch) => {
                let written = scratch.file().and_then(|file| file.write(bytes));
                (State::Cached(scratch), written.map_err(|error| S3StoreError::Scratch("written", error).into()))
            }
            State::Broken => (State::Broken, Err(S3StoreError::Broken.into())),
            ended => (ended, Err(S3StoreError::Ended.into())),
        };
        self.state = state;
        written.map_err(|error: Error| error.with_shard(&self.url).into_io())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for S3Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Upload").field("url", &self.url).finish_non_exhaustive()
    }
}
