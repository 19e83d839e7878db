//! A transfer: one shard on its way. Asked for, and resumed where it broke off, until all of it is there.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use reqwest::header::{IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, RANGE};
use reqwest::{Response, StatusCode};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::headers::{self, Version};
use super::options::RemoteOptions;
use super::request::{Address, query_values};
use crate::error::Error;
use crate::net::failure::{Failure, TOKEN, code_in, message_in, message_of, wants_token};
use crate::net::wait::retry_after;
#[cfg(feature = "s3")]
use crate::source::s3::BUCKET_REGION;

/// A download that went on by so much since its last failure is not failing.
const PROGRESS: u64 = 4 << 10;

/// So often one is asked that nothing listens at, or whose name nobody knows.
const NOWHERE: u32 = 4;

/// How much of an error page is looked at, and for how long.
const ERROR_PAGE: usize = 4096;
const ERROR_PAGE_WITHIN: Duration = Duration::from_secs(5);

/// What the reader gets.
pub(super) enum Message {
    /// Comes once, before any bytes.
    Version(Version),
    /// Instead of anything else: the shard is what is known by this ETag.
    Unchanged(String),
    /// Bytes, which count against what may wait until the permit is dropped.
    Data(Bytes, OwnedSemaphorePermit),
    /// All bytes were sent.
    End,
    Failed(Error),
}

pub(super) struct Transfer {
    address: Address,
    options: RemoteOptions,
    /// What need not be sent, each by its ETag.
    known: Vec<String>,
    /// As many permits as bytes may wait.
    room: Arc<Semaphore>,
    messages: Sender<Message>,
    /// What was sent so far.
    position: u64,
    /// What the first answer said of the shard.
    version: Option<Version>,
    /// Of what was sent so far, where the name of the shard depends on its bytes.
    digest: Option<Sha256>,
    /// Whether the server has named another region.
    relocated: bool,
}

/// Why an attempt ended early.
enum Stop {
    Failed(Failure),
    /// What is known is what there is.
    Unchanged(String),
    /// Nobody reads any more.
    Unread,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Transfer {
    pub(super) fn new(address: Address, options: RemoteOptions, known: Vec<String>, messages: Sender<Message>) -> Self {
        let room = Arc::new(Semaphore::new(options.share()));
        let is_known = options.terms.sha256.is_some() || address.etag().is_some();
        let digest = is_known.then(Sha256::new);
        Self { address, options, known, room, messages, position: 0, version: None, digest, relocated: false }
    }

    pub(super) async fn run(mut self) {
        let (mut failed, mut since, mut reached) = (0, Instant::now(), 0);
        loop {
            let failure = match self.attempt().await {
                Ok(()) => return self.send(Message::End),
                Err(Stop::Unread) => return,
                Err(Stop::Unchanged(etag)) => return self.send(Message::Unchanged(etag)),
                Err(Stop::Failed(failure)) => failure,
            };
            if self.position >= reached + PROGRESS {
                (failed, since, reached) = (0, Instant::now(), self.position);
            }
            failed += 1;
            // A server that was never there is not waited for as one that was.
            let is_lost = self.version.is_none() && failed >= NOWHERE && failure.is_nowhere();
            let pause = self.options.retry.pause(failed, failure.retry_after());
            let pause = pause.filter(|_| failure.is_passing() && !is_lost);
            let Some(pause) = pause else {
                return self.send(Message::Failed(failure.after(failed, since.elapsed())));
            };
            log::debug!("asking again in {pause:.1?}, behind {} bytes: {failure}", self.position);
            sleep(pause).await;
        }
    }

    fn send(&self, message: Message) {
        // Where nobody reads any more there is nobody to tell.
        let _ = self.messages.send(message);
    }

    async fn attempt(&mut self) -> Result<(), Stop> {
        if self.length() == Some(self.position) {
            return self.check_digest();
        }
        if let Some(name) = self.address.etag().filter(|name| self.known.contains(name)) {
            return Err(Stop::Unchanged(name));
        }
        let mut response = loop {
            if let Some(response) = self.respond().await? {
                break response;
            }
        };
        let mut skip = self.accept(&response)?;
        let silence = self.options.retry.silence();
        loop {
            let chunk = timeout(silence, response.chunk()).await.map_err(|_| Failure::TimedOut(silence))?;
            let Some(mut chunk) = chunk.map_err(Failure::of)? else { break };
            let skipped = usize::try_from(skip).unwrap_or(usize::MAX).min(chunk.len());
            chunk.advance(skipped);
            skip -= skipped as u64;
            if !chunk.is_empty() {
                self.check_length(chunk.len())?;
                self.hand_over(chunk).await?;
            }
        }
        self.check_end(skip)
    }

    /// The answer to a request for what is missing; `None` if it is to be asked for again.
    async fn respond(&mut self) -> Result<Option<Response>, Stop> {
        let silence = self.options.retry.silence();
        let mut request = self.address.get(&self.options).await?;
        // What cannot change needs no conditions.
        let versioned = self.address.etag().is_none();
        if versioned && self.version.is_none() && !self.known.is_empty() {
            request = request.header(IF_NONE_MATCH, self.known.join(", "));
        }
        if self.position > 0 {
            request = request.header(RANGE, format!("bytes={}-", self.position));
            if let Some(version) = self.version.as_ref().filter(|_| versioned) {
                match (version.strong_etag(), &version.modified) {
                    (Some(etag), _) => request = request.header(IF_MATCH, etag),
                    (None, Some(modified)) if version.etag.is_none() => {
                        request = request.header(IF_UNMODIFIED_SINCE, modified);
                    }
                    (None, _) => {}
                }
            }
        }
        let response = timeout(silence, request.send()).await.map_err(|_| Failure::TimedOut(silence))?;
        let response = response.map_err(Failure::of)?;
        match response.status() {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(Some(response)),
            StatusCode::NOT_MODIFIED if self.version.is_none() => self.unchanged(&response).map(|()| None),
            StatusCode::PRECONDITION_FAILED if self.position > 0 => Err(self.changed("another version").into()),
            _ if self.is_in_another_region(&response) => Ok(None),
            _ => Err(refused(response, &self.address).await.into()),
        }
    }

    /// Whether an answer says that the bucket is in another region than was asked; that one is asked from now on.
    fn is_in_another_region(&mut self, response: &Response) -> bool {
        // But not again and again.
        let is_moved = !self.relocated && learns_region(&self.address, &self.options, response);
        self.relocated |= is_moved;
        is_moved
    }

    /// Which of the known versions it is that the server has; where it does not tell, it is asked without them.
    fn unchanged(&mut self, response: &Response) -> Result<(), Stop> {
        // `W/` says that others may be as good, which is how these are compared.
        let weak = |etag: &str| etag.strip_prefix("W/").unwrap_or(etag).to_owned();
        let found = Version::of(response, None).etag.map(|etag| weak(&etag));
        // A single one that was asked about need not be repeated.
        let only = self.known.len() == 1;
        let is_it = |known: &&String| found.as_ref().map_or(only, |found| *found == weak(known));
        if let Some(known) = self.known.iter().find(is_it) {
            return Err(Stop::Unchanged(known.clone()));
        }
        if self.known.is_empty() {
            return Err(Failure::Nonsense("304 for none of the versions that are known".into()).into());
        }
        self.known.clear();
        Ok(())
    }

    /// Checks that the answer is the shard, and the same as before; how many bytes of it are known already.
    fn accept(&mut self, response: &Response) -> Result<u64, Failure> {
        headers::check_encoding(response)?;
        let (start, length) = match response.status() {
            StatusCode::PARTIAL_CONTENT => headers::range(response)?,
            _ => (0, headers::length(response)),
        };
        let found = match self.address.etag() {
            Some(name) => Version { etag: Some(name), modified: None, length },
            None => Version::of(response, length),
        };
        if let Some(version) = &self.version
            && !version.fits(&found)
        {
            return Err(self.changed(&found.to_string()));
        }
        if self.position > 0 && !self.version.as_ref().is_some_and(Version::is_known) {
            return Err(Failure::Unverifiable { position: self.position });
        }
        match &mut self.version {
            // An answer with a part may be the first to say how long the whole is.
            Some(version) => version.complete(found),
            None => {
                self.send(Message::Version(found.clone()));
                self.version = Some(found);
            }
        }
        self.position.checked_sub(start).ok_or_else(|| {
            Failure::Nonsense(format!("asked for bytes from {} on, it sends those from {start} on", self.position))
        })
    }

    fn changed(&self, found: &str) -> Failure {
        let expected = self.version.as_ref().map_or_else(String::new, ToString::to_string);
        Failure::Changed { expected, found: found.to_owned() }
    }

    /// Waits for room, and gives the bytes to the reader.
    async fn hand_over(&mut self, chunk: Bytes) -> Result<(), Stop> {
        let len = chunk.len();
        match self.options.terms.size {
            Some(limit) if self.position + len as u64 > limit => return Err(Failure::Large { limit }.into()),
            _ => {}
        }
        let bytes = u32::try_from(len.min(self.options.share())).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.room).acquire_many_owned(bytes).await.map_err(|_| Stop::Unread)?;
        if let Some(digest) = &mut self.digest {
            digest.update(&chunk);
        }
        self.messages.send(Message::Data(chunk, permit)).map_err(|_| Stop::Unread)?;
        self.position += len as u64;
        Ok(())
    }

    fn length(&self) -> Option<u64> {
        self.version.as_ref()?.length
    }

    /// Refuses more bytes than the server promised.
    fn check_length(&self, more: usize) -> Result<(), Failure> {
        match self.length() {
            Some(length) if self.position + more as u64 > length => {
                Err(Failure::Nonsense(format!("it sends more than the {length} bytes that it promised")))
            }
            _ => Ok(()),
        }
    }

    fn check_end(&self, skip: u64) -> Result<(), Stop> {
        let expected = self.length().unwrap_or(self.position);
        if skip > 0 || self.position < expected {
            let found = self.position - skip.min(self.position);
            return Err(Failure::Short { expected: expected.max(self.position), found }.into());
        }
        self.check_digest()
    }

    /// Compares all that was sent with the name of the shard.
    fn check_digest(&self) -> Result<(), Stop> {
        let Some(digest) = &self.digest else { return Ok(()) };
        let found: [u8; 32] = digest.clone().finalize().into();
        match self.options.terms.sha256 {
            Some(expected) if expected != found => {
                let [expected, found] = [expected, found].map(|digest| crate::digest::hex(&digest));
                Err(Failure::Digest { expected, found }.into())
            }
            _ => Ok(self.address.verify(found)?),
        }
    }
}

/// Whether an answer says that the bucket is in another region than was asked, which is asked from now on.
pub(super) fn learns_region(address: &Address, options: &RemoteOptions, response: &Response) -> bool {
    #[cfg(feature = "s3")]
    if let Address::S3(address) = address
        && let Some(region) = response.headers().get(BUCKET_REGION).and_then(|region| region.to_str().ok())
    {
        return options.s3.learn_region(&address.bucket, region);
    }
    #[cfg(not(feature = "s3"))]
    let _ = (address, options, response);
    false
}

/// What an answer other than the shard means. Some servers repeat what they were sent, which is not shown.
pub(super) async fn refused(mut response: Response, address: &Address) -> Failure {
    let (status, retry_after) = (response.status(), retry_after(response.headers()));
    let (in_header, wants_token) = (message_of(response.headers()), wants_token(response.headers()));
    let secrets = [address.secrets(), query_values(response.url())].concat();
    let page = page(&mut response).await;
    let text = String::from_utf8_lossy(&page);
    let message = in_header.map(|said| without(&secrets, &said)).or_else(|| message_in(&without(&secrets, &text)));
    let code = code(&page, &text).or_else(|| wants_token.then(|| TOKEN.to_owned()));
    if status.is_redirection() || status.is_informational() || status.is_success() {
        let code = code.or_else(|| Some("expected 200 or 206".to_owned()));
        return Failure::Status { status, code, message, retry_after };
    }
    Failure::Status { status, code, message, retry_after }
}

/// A text without these parts.
fn without(secrets: &[String], text: &str) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
}

/// The beginning of what the server says.
async fn page(response: &mut Response) -> Vec<u8> {
    let mut page = Vec::new();
    let read = async {
        while page.len() < ERROR_PAGE
            && let Ok(Some(chunk)) = response.chunk().await
        {
            page.extend_from_slice(&chunk);
        }
    };
    let _ = timeout(ERROR_PAGE_WITHIN, read).await;
    page
}

/// The code of an error of S3, which is XML, or of a PDS, which is JSON.
fn code(page: &[u8], text: &str) -> Option<String> {
    #[cfg(not(feature = "atmosphere"))]
    let _ = page;
    #[cfg(feature = "atmosphere")]
    if let Some(code) = crate::atproto::code_of(page) {
        return Some(code);
    }
    code_in(text)
}
