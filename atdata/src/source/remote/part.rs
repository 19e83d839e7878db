//! Parts: some bytes of a remote shard, without the rest of it.

use std::ops::Range;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Buf;
use reqwest::header::{IF_MATCH, IF_UNMODIFIED_SINCE, RANGE};
use reqwest::{RequestBuilder, Response, StatusCode};
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::headers::{self, Version};
use super::options::RemoteOptions;
use super::request::Address;
use super::transfer::{learns_region, refused};
use super::wait_for;
use crate::error::Result;
use crate::net::client::fetcher;
use crate::net::failure::Failure;

/// Parts that are asked for at a time, by all of the process: a connection each.
const AT_ONCE: usize = 16;
static ROOM: Semaphore = Semaphore::const_new(AT_ONCE);

/// Some bytes of a shard.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) bytes: Vec<u8>,
    /// Length of the whole, if the server tells it.
    pub(crate) total: Option<u64>,
    /// Whether the server sent just these, and not the shard from its begin.
    pub(crate) is_ranged: bool,
}

/// What the first answer said of a shard, by which one that was replaced is noticed, whatever its size: all that follow have
/// to fit it.
#[derive(Debug, Default)]
pub(crate) struct FirstVersion(Mutex<Option<Version>>);

impl FirstVersion {
    fn lock(&self) -> MutexGuard<'_, Option<Version>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for that version alone, where it is known.
    fn demand(&self, request: RequestBuilder) -> RequestBuilder {
        let first = self.lock();
        let Some(version) = &*first else { return request };
        match (version.strong_etag(), &version.modified) {
            (Some(etag), _) => request.header(IF_MATCH, etag),
            // Mirrors with one weak ETag have times of their own.
            (None, Some(modified)) if version.etag.is_none() => request.header(IF_UNMODIFIED_SINCE, modified),
            (None, _) => request,
        }
    }

    fn check(&self, found: Version) -> Result<(), Failure> {
        let mut first = self.lock();
        match &mut *first {
            Some(version) if !version.fits(&found) => {
                Err(Failure::Changed { expected: version.to_string(), found: found.to_string() })
            }
            // Not every answer says how long the whole is.
            Some(version) => {
                version.complete(found);
                Ok(())
            }
            None => {
                *first = found.is_known().then_some(found);
                Ok(())
            }
        }
    }

    fn is_gone(&self) -> Failure {
        let expected = self.lock().as_ref().map_or_else(String::new, ToString::to_string);
        Failure::Changed { expected, found: "another version".to_owned() }
    }
}

/// A part that was asked for. Dropping it ends the request.
#[derive(Debug)]
pub(crate) struct PartOnItsWay {
    part: Receiver<Result<Part>>,
    task: Option<AbortHandle>,
}

impl PartOnItsWay {
    /// Asks for the bytes `range` of what is at `address`, as many as there are of them, and again as a download does;
    /// returns at once. They have to be of the version that was there first.
    pub(crate) fn start(
        address: &Address,
        options: &RemoteOptions,
        first: &Arc<FirstVersion>,
        range: Range<u64>,
    ) -> Self {
        let (address, options, first) = (address.clone(), options.clone(), Arc::clone(first));
        let (sender, part) = channel();
        let task = match fetcher() {
            Ok(fetcher) => fetcher.runtime.spawn(async move {
                // Where nobody waits any more there is nobody to tell.
                let _ = sender.send(read(&address, &options, &first, range).await);
            }),
            Err(failure) => {
                let _ = sender.send(Err(failure.at_once()));
                return Self { part, task: None };
            }
        };
        Self { part, task: Some(task.abort_handle()) }
    }

    /// Waits for the bytes.
    pub(crate) fn wait(self) -> Result<Part> {
        self.wait_unless(&|| false)
    }

    /// The same, as long as that is not given up.
    pub(crate) fn wait_unless(self, is_stopped: &dyn Fn() -> bool) -> Result<Part> {
        wait_for(&self.part, is_stopped)
    }
}

impl Drop for PartOnItsWay {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

fn is_answer(status: StatusCode) -> bool {
    matches!(status, StatusCode::PARTIAL_CONTENT | StatusCode::OK | StatusCode::RANGE_NOT_SATISFIABLE)
}

async fn read(address: &Address, options: &RemoteOptions, first: &FirstVersion, range: Range<u64>) -> Result<Part> {
    let (mut failed, since) = (0, Instant::now());
    loop {
        let outcome = {
            // It is never closed. Who waits to ask again leaves the place to others.
            let _room = ROOM.acquire().await;
            attempt(address, options, first, &range).await
        };
        let failure = match outcome {
            Ok(part) => return Ok(part),
            Err(failure) => failure,
        };
        failed += 1;
        let pause = options.retry.pause(failed, failure.retry_after()).filter(|_| failure.is_passing());
        let Some(pause) = pause else { return Err(failure.after(failed, since.elapsed())) };
        log::debug!("asking again in {pause:.1?} for bytes {range:?}: {failure}");
        sleep(pause).await;
    }
}

async fn ask(
    address: &Address,
    options: &RemoteOptions,
    first: &FirstVersion,
    range: &Range<u64>,
) -> Result<Response, Failure> {
    let silence = options.retry.silence();
    let request = first.demand(address.get(options).await?);
    let request = request.header(RANGE, format!("bytes={}-{}", range.start, range.end.saturating_sub(1)));
    let response = timeout(silence, request.send()).await.map_err(|_| Failure::TimedOut(silence))?;
    response.map_err(Failure::of)
}

async fn attempt(
    address: &Address,
    options: &RemoteOptions,
    first: &FirstVersion,
    range: &Range<u64>,
) -> Result<Part, Failure> {
    let silence = options.retry.silence();
    let mut response = ask(address, options, first, range).await?;
    if !is_answer(response.status()) && learns_region(address, options, &response) {
        response = ask(address, options, first, range).await?;
    }
    headers::check_encoding(&response)?;
    let promised = headers::length(&response);
    let (start, total, is_ranged) = match response.status() {
        StatusCode::PARTIAL_CONTENT => {
            let (start, total) = headers::range(&response)?;
            (start, total, true)
        }
        // A server that knows no ranges sends all of it.
        StatusCode::OK => (0, promised, false),
        StatusCode::RANGE_NOT_SATISFIABLE => {
            let total = headers::whole(&response);
            first.check(Version::of(&response, total))?;
            return Ok(Part { bytes: Vec::new(), total, is_ranged: true });
        }
        StatusCode::PRECONDITION_FAILED => return Err(first.is_gone()),
        _ => return Err(refused(response, address).await),
    };
    first.check(Version::of(&response, total))?;
    // What is asked for may go past the end of the shard, and only then less is all there is.
    let least = total.map_or(0, |total| total.min(range.end).saturating_sub(range.start));
    let mut skip = range.start.checked_sub(start).ok_or_else(|| {
        Failure::Nonsense(format!("asked for bytes from {} on, it sends those from {start} on", range.start))
    })?;
    let (mut bytes, mut sent) = (Vec::new(), 0);
    let wanted = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
    while bytes.len() < wanted {
        let chunk = timeout(silence, response.chunk()).await.map_err(|_| Failure::TimedOut(silence))?;
        let Some(mut chunk) = chunk.map_err(Failure::of)? else { break };
        sent += chunk.len() as u64;
        let skipped = usize::try_from(skip).unwrap_or(usize::MAX).min(chunk.len());
        chunk.advance(skipped);
        skip -= skipped as u64;
        chunk.truncate(wanted - bytes.len());
        bytes.extend_from_slice(&chunk);
    }
    let found = bytes.len() as u64;
    match promised {
        Some(expected) if bytes.len() < wanted && sent < expected => Err(Failure::Short { expected, found: sent }),
        _ if found < least => Err(Failure::Short { expected: least, found }),
        _ => Ok(Part { bytes, total, is_ranged }),
    }
}
