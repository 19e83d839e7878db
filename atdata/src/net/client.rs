//! The HTTP client that fetches, on the threads of the [runtime](crate::net::runtime).

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::redirect::{Action, Attempt, Policy};
use tokio::runtime::Runtime;

use super::failure::Failure;

const CONNECTED_WITHIN: Duration = Duration::from_secs(30);
const REDIRECTS: usize = 10;

/// What all fetches of the process share: threads, and connections that stay open between requests.
pub(crate) struct Fetcher {
    pub(crate) runtime: &'static Runtime,
    pub(crate) client: reqwest::Client,
}

/// Started with the first fetch, and never stopped.
pub(crate) fn fetcher() -> Result<&'static Fetcher, Failure> {
    static FETCHER: OnceLock<Result<Fetcher, String>> = OnceLock::new();
    FETCHER.get_or_init(start).as_ref().map_err(|reason| Failure::NoRuntime(reason.clone()))
}

fn start() -> Result<Fetcher, String> {
    let client = client_builder()
        // Shards are few and large: a connection each is faster than sharing the windows of one.
        .http1_only()
        .redirect(Policy::custom(follow))
        .build()
        .map_err(|error| error.to_string())?;
    let runtime = crate::net::runtime::runtime().map_err(|error| error.to_string())?;
    Ok(Fetcher { runtime, client })
}

/// What all clients of the library have in common.
pub(crate) fn client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("atdata/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECTED_WITHIN)
        // What a shard is compressed with is seen from its bytes; another crate may have turned these on.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .referer(false)
        .retry(reqwest::retry::never())
}

fn follow(attempt: Attempt<'_>) -> Action {
    if attempt.previous().len() > REDIRECTS {
        return attempt.error(Failure::Redirects(REDIRECTS));
    }
    let was_secure = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
    if was_secure && attempt.url().scheme() != "https" {
        return attempt.error(Failure::Downgrade);
    }
    attempt.follow()
}
