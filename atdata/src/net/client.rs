//! The HTTP client that fetches, on the threads of the [runtime](crate::net::runtime).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Action, Attempt, Policy};
use tokio::runtime::Runtime;

use super::failure::Failure;
use super::host::{Reach, reach};

const CONNECTED_WITHIN: Duration = Duration::from_secs(30);
const REDIRECTS: usize = 10;

/// What all fetches of the process share: threads, and connections that stay open between requests.
pub(crate) struct Fetcher {
    pub(crate) runtime: &'static Runtime,
    pub(crate) client: reqwest::Client,
    /// For addresses that strangers have written: it reaches no private host, be it by a redirect or by a name that
    /// stands for one.
    pub(crate) guarded: reqwest::Client,
}

/// Started with the first fetch, and never stopped.
pub(crate) fn fetcher() -> Result<&'static Fetcher, Failure> {
    static FETCHER: OnceLock<Result<Fetcher, String>> = OnceLock::new();
    FETCHER.get_or_init(start).as_ref().map_err(|reason| Failure::NoRuntime(reason.clone()))
}

fn start() -> Result<Fetcher, String> {
    // Shards are few and large: a connection each is faster than sharing the windows of one.
    let client = client_builder().http1_only().redirect(Policy::custom(follow));
    let guarded = client_builder().http1_only().redirect(Policy::custom(follow_guarded));
    // Behind a proxy names are looked up by that.
    let guarded = if has_proxy() { guarded } else { guarded.dns_resolver(Arc::new(PublicNames)) };
    let [client, guarded] = [client, guarded].map(|builder| builder.build().map_err(|error| error.to_string()));
    let runtime = crate::net::runtime::runtime().map_err(|error| error.to_string())?;
    Ok(Fetcher { runtime, client: client?, guarded: guarded? })
}

fn has_proxy() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].into_iter().any(is_set)
}

/// Fails for a URL whose host is not public, as far as it tells by itself.
pub(crate) fn check_public(url: &reqwest::Url) -> Result<(), Failure> {
    match url.host_str() {
        Some(host) if reach(host) == Reach::Public => Ok(()),
        host => Err(Failure::Private(host.unwrap_or_default().to_owned())),
    }
}

/// Looks names up, and leaves out the addresses of private hosts.
struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<_> = found.filter(|address| reach(&address.ip().to_string()) == Reach::Public).collect();
            if public.is_empty() {
                return Err(Failure::Private(name.as_str().to_owned()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
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

fn follow_guarded(attempt: Attempt<'_>) -> Action {
    match check_public(attempt.url()) {
        Ok(()) => follow(attempt),
        Err(failure) => attempt.error(failure),
    }
}
