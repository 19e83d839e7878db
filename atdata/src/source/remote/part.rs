//! Parts: some bytes of a remote shard, without the rest of it.

use std::ops::Range;
use std::time::Instant;

use bytes::Buf;
use reqwest::StatusCode;
use reqwest::header::RANGE;
use tokio::time::{sleep, timeout};

use super::headers;
use super::options::RemoteOptions;
use super::request::Address;
use super::transfer::refused;
use crate::error::Result;
use crate::net::client::fetcher;
use crate::net::failure::Failure;

/// The bytes `range` of what is at `address`, as many as there are of them. Waits for them; asks again as a download does.
pub(crate) fn read_part(address: &Address, options: &RemoteOptions, range: Range<u64>) -> Result<Vec<u8>> {
    let (address, options) = (address.clone(), options.clone());
    let (sender, part) = std::sync::mpsc::channel();
    let fetcher = fetcher().map_err(Failure::at_once)?;
    let task = fetcher.runtime.spawn(async move {
        // Where nobody waits any more there is nobody to tell.
        let _ = sender.send(read(&address, &options, range).await);
    });
    let part = part.recv().unwrap_or_else(|_| Err(Failure::Stopped.at_once()));
    task.abort();
    part
}

async fn read(address: &Address, options: &RemoteOptions, range: Range<u64>) -> Result<Vec<u8>> {
    let (mut failed, since) = (0, Instant::now());
    loop {
        let failure = match attempt(address, options, &range).await {
            Ok(bytes) => return Ok(bytes),
            Err(failure) => failure,
        };
        failed += 1;
        let pause = options.retry.pause(failed, failure.retry_after()).filter(|_| failure.is_passing());
        let Some(pause) = pause else { return Err(failure.after(failed, since.elapsed())) };
        log::debug!("asking again in {pause:.1?} for bytes {range:?}: {failure}");
        sleep(pause).await;
    }
}

async fn attempt(address: &Address, options: &RemoteOptions, range: &Range<u64>) -> Result<Vec<u8>, Failure> {
    let silence = options.retry.silence();
    let request = address.get(options).await?;
    let request = request.header(RANGE, format!("bytes={}-{}", range.start, range.end.saturating_sub(1)));
    let response = timeout(silence, request.send()).await.map_err(|_| Failure::TimedOut(silence))?;
    let mut response = response.map_err(Failure::of)?;
    headers::check_encoding(&response)?;
    let start = match response.status() {
        StatusCode::PARTIAL_CONTENT => headers::range(&response)?.0,
        // A server that knows no ranges sends all of it.
        StatusCode::OK => 0,
        StatusCode::RANGE_NOT_SATISFIABLE => return Ok(Vec::new()),
        _ => return Err(refused(response, address).await),
    };
    let mut skip = range.start.checked_sub(start).ok_or_else(|| {
        Failure::Nonsense(format!("asked for bytes from {} on, it sends those from {start} on", range.start))
    })?;
    let promised = headers::length(&response);
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
    match promised {
        Some(expected) if bytes.len() < wanted && sent < expected => Err(Failure::Short { expected, found: sent }),
        _ => Ok(bytes),
    }
}
