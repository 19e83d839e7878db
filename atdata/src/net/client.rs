//! The HTTP client that fetches, on the threads of the [runtime](crate::net::runtime).

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Action, Attempt, Policy};
use tokio::runtime::Runtime;

use super::crypto;
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
    let guarded = guarded_builder().http1_only().redirect(Policy::custom(follow_guarded));
    let [client, guarded] = [client, guarded].map(|builder| builder.build().map_err(|error| error.to_string()));
    let runtime = crate::net::runtime::runtime().map_err(|error| error.to_string())?;
    Ok(Fetcher { runtime, client: client?, guarded: guarded? })
}

/// What clients that follow the addresses of strangers have in common: names that stand for private hosts lead nowhere.
pub(crate) fn guarded_builder() -> reqwest::ClientBuilder {
    let variables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    let proxies = variables.into_iter().filter_map(|name| std::env::var(name).ok());
    client_builder().dns_resolver(Arc::new(PublicNames { proxies: proxies.filter_map(|url| host_of(&url)).collect() }))
}

/// The host of a proxy, whose scheme may be left out.
fn host_of(proxy: &str) -> Option<String> {
    let has_scheme = proxy.contains("://");
    let url = reqwest::Url::parse(&if has_scheme { proxy.to_owned() } else { format!("http://{proxy}") }).ok()?;
    url.host_str().map(str::to_ascii_lowercase)
}

/// Fails for a URL whose host is not public, as far as it tells by itself.
pub(crate) fn check_public(url: &reqwest::Url) -> Result<(), Failure> {
    match url.host_str() {
        Some(host) if reach(host) == Reach::Public => Ok(()),
        host => Err(Failure::Private(host.unwrap_or_default().to_owned())),
    }
}

/// Looks names up, and leaves out the addresses of private hosts.
struct PublicNames {
    /// The hosts of proxies, which may be private: by them other names are looked up.
    proxies: Vec<String>,
}

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        let is_proxy = self.proxies.iter().any(|proxy| proxy.eq_ignore_ascii_case(name.as_str()));
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let is_public = |address: &SocketAddr| is_proxy || reach(&address.ip().to_string()) == Reach::Public;
            let public: Vec<_> = found.filter(is_public).collect();
            if public.is_empty() {
                return Err(Failure::Private(name.as_str().to_owned()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// What all clients of the library have in common.
pub(crate) fn client_builder() -> reqwest::ClientBuilder {
    crypto::provider();
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::str::FromStr;

    use super::*;

    async fn found(name: &str, proxies: &[&str]) -> Result<usize, String> {
        let names = PublicNames { proxies: proxies.iter().filter_map(|url| host_of(url)).collect() };
        let found = names.resolve(Name::from_str(name).unwrap()).await;
        found.map(Iterator::count).map_err(|error| error.to_string())
    }

    /// A server that sends everybody on to `location`, and its port.
    fn sends_on(location: String) -> u16 {
        use std::io::{Read as _, Write as _};

        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let _ = stream.read(&mut [0; 4096]);
                let answer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        port
    }

    /// A public server may send on to a private one.
    #[tokio::test]
    async fn redirects_of_strangers_lead_to_no_private_host() {
        let private = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        private.set_nonblocking(true).unwrap();
        let port = private.local_addr().unwrap().port();
        for location in [
            format!("http://127.0.0.1:{port}/x"),
            format!("http://localhost:{port}/x"),
            format!("http://[::1]:{port}/x"),
            format!("http://2130706433:{port}/x"),
            "http://169.254.169.254/latest/meta-data".to_owned(),
        ] {
            let public = sends_on(location.clone());
            let client = client_builder().no_proxy().redirect(Policy::custom(follow_guarded));
            // A name that looks public, for which the test stands.
            let client = client.resolve("public.example", ([127, 0, 0, 1], public).into()).build().unwrap();
            let error = client.get(format!("http://public.example:{public}/a.tar")).send().await.unwrap_err();
            let failure = Failure::of(error);
            assert!(matches!(failure, Failure::Private(_)), "{location}: {failure:?}");
        }
        assert_eq!(private.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody was sent there");
    }

    #[tokio::test]
    async fn names_that_stand_for_private_hosts_lead_nowhere_but_those_of_proxies() {
        assert!(found("localhost", &[]).await.unwrap_err().contains("localhost"));
        // One that is for another name, or only for another scheme, changes nothing.
        assert!(found("localhost", &["http://proxy.example:3128", ""]).await.is_err());
        for proxy in ["http://localhost:3128", "http://user:secret@LOCALHOST:1/", "localhost:3128"] {
            assert_ne!(found("localhost", &[proxy]).await, Ok(0), "{proxy}");
        }
    }
}
