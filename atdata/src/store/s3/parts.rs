//! Multipart uploads: the parts of one that is under way.

use std::time::Duration;

use object_store::aws::AmazonS3;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::S3StoreError;
use crate::error::Result;
use crate::net::runtime::{runtime, wait};
use crate::source::told;

const FIRST_SIZE: usize = 8 << 20;
/// All of one size, as some servers (R2) demand it, for the 8 GB that shards hardly ever have; then twice as large each.
const OF_ONE_SIZE: usize = 1000;
/// What S3 takes.
const MAX_PARTS: usize = 10_000;

/// Bytes that may be on their way to the server.
const IN_FLIGHT: usize = 32 << 20;

/// Whoever drops an upload waits for so long at most.
const ARRIVED_WITHIN: Duration = Duration::from_secs(5);
const ABORTED_WITHIN: Duration = Duration::from_secs(10);

/// How many bytes part `index` has, unless it is the last.
pub(super) fn size(index: usize) -> usize {
    FIRST_SIZE << (index / OF_ONE_SIZE).min(MAX_PARTS / OF_ONE_SIZE)
}

/// Dropped without [`complete`](Self::complete) the upload is aborted.
#[derive(Debug)]
pub(super) struct Parts {
    client: AmazonS3,
    path: Path,
    /// What the server calls the upload; `None` once there is nothing to abort.
    id: Option<String>,
    tasks: JoinSet<Sent>,
    in_flight: usize,
    begun: usize,
    bytes: u64,
    done: Vec<(usize, PartId)>,
}

struct Sent {
    index: usize,
    bytes: usize,
    part: object_store::Result<PartId>,
}

impl Parts {
    pub(super) fn begin(client: AmazonS3, path: Path) -> Result<Self> {
        let (own, to) = (client.clone(), path.clone());
        let id = wait(async move { own.create_multipart(&to).await })?.map_err(|error| told(&error))?;
        let tasks = JoinSet::new();
        Ok(Self { client, path, id: Some(id), tasks, in_flight: 0, begun: 0, bytes: 0, done: Vec::new() })
    }

    /// How many were sent, or are on their way.
    pub(super) fn len(&self) -> usize {
        self.begun
    }

    /// Sends a part, when there is room for it on the way. The error may be one of a part before.
    pub(super) fn send(&mut self, payload: PutPayload) -> Result<()> {
        let (index, bytes) = (self.begun, payload.content_length());
        if index >= MAX_PARTS {
            return Err(S3StoreError::Large.into());
        }
        while let Some(sent) = self.tasks.try_join_next() {
            self.note(sent)?;
        }
        while self.in_flight > 0 && self.in_flight + bytes > IN_FLIGHT {
            self.join_next()?;
        }
        let id = self.id.clone().ok_or(S3StoreError::Ended)?;
        let (client, path) = (self.client.clone(), self.path.clone());
        let send = async move { Sent { index, bytes, part: client.put_part(&path, &id, index, payload).await } };
        self.tasks.spawn_on(send, runtime()?.handle());
        self.begun += 1;
        self.in_flight += bytes;
        self.bytes += bytes as u64;
        Ok(())
    }

    /// Waits until all parts are on the server.
    pub(super) fn sync(&mut self) -> Result<()> {
        while !self.tasks.is_empty() {
            self.join_next()?;
        }
        Ok(())
    }

    fn join_next(&mut self) -> Result<()> {
        let mut tasks = std::mem::take(&mut self.tasks);
        let (tasks, sent) = wait(async move {
            let sent = tasks.join_next().await;
            (tasks, sent)
        })?;
        self.tasks = tasks;
        sent.map_or(Ok(()), |sent| self.note(sent))
    }

    fn note(&mut self, sent: Result<Sent, tokio::task::JoinError>) -> Result<()> {
        let Sent { index, bytes, part } = sent.map_err(S3StoreError::Task)?;
        self.in_flight -= bytes;
        self.done.push((index, part.map_err(|error| told(&error))?));
        Ok(())
    }

    /// Makes the object of its parts.
    pub(super) fn complete(mut self) -> Result<()> {
        let id = self.id.clone().ok_or(S3StoreError::Ended)?;
        self.done.sort_by_key(|(index, _)| *index);
        let parts: Vec<_> = self.done.iter().map(|(_, part)| part.clone()).collect();
        let (client, path, bytes) = (self.client.clone(), self.path.clone(), self.bytes);
        wait(async move {
            let suffix = format!("-{}\"", parts.len());
            match client.complete_multipart(&path, &id, parts).await {
                // The upload is gone where the first request arrived and only its answer did not.
                Err(gone @ object_store::Error::NotFound { .. }) => match client.head(&path).await {
                    Ok(found)
                        if found.size == bytes && found.e_tag.as_ref().is_some_and(|tag| tag.ends_with(&suffix)) =>
                    {
                        Ok(())
                    }
                    _ => Err(told(&gone)),
                },
                completed => completed.map(drop).map_err(|error| told(&error)),
            }
        })??;
        self.id = None;
        Ok(())
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        let (client, path) = (self.client.clone(), self.path.clone());
        let mut tasks = std::mem::take(&mut self.tasks);
        let aborted = wait(async move {
            // A part that arrives behind the abort would stay: those on their way are let through, if that is soon.
            let arrived = async { while tasks.join_next().await.is_some() {} };
            let _ = timeout(ARRIVED_WITHIN, arrived).await;
            tasks.shutdown().await;
            timeout(ABORTED_WITHIN, client.abort_multipart(&path, &id)).await
        });
        let reason = match aborted {
            // It is gone where the server completed it after all.
            Ok(Ok(Ok(()) | Err(object_store::Error::NotFound { .. }))) => return,
            Ok(Ok(Err(error))) => format!("{:#}", told(&error)),
            Ok(Err(_)) => "no answer from the server in time".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        log::warn!("{}: parts of an upload that was given up may be left in the bucket: {reason}", self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_so_that_the_largest_object_has_room() {
        assert_eq!((size(0), size(999), size(1000)), (8 << 20, 8 << 20, 16 << 20));
        let all: u64 = (0..MAX_PARTS).map(|index| size(index) as u64).sum();
        assert!(all >= 5 << 40, "{all}");
        // An own limit of S3.
        assert!(size(MAX_PARTS - 1) as u64 <= 5 << 30);
    }
}
