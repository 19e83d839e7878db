//! Presigned URLs for the objects of a bucket.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{ClientOptions, RetryConfig};
use reqwest::{Method, Url};

use super::{Credentials, S3Config, S3Error, Settings, profile};
use crate::error::Result;
use crate::net::Retry;
use crate::net::crypto;
use crate::net::host::is_loopback;
use crate::net::url::redacted;
use crate::source::remote::S3Address;

/// Each request gets a signature of its own, which need not live longer than it takes to arrive.
const SIGNED_FOR: Duration = Duration::from_secs(15 * 60);

/// How long the service that gives a machine its credentials is waited for: on other machines there is none.
const CREDENTIALS_WITHIN: Duration = Duration::from_secs(5);

const CONNECTED_WITHIN: Duration = Duration::from_secs(30);

/// A part of an upload may take this many times as long as a server may be silent: only its end is answered.
const SLOW_PART: u32 = 5;

/// The client of each bucket that was asked for, which keeps its credentials as long as they are good.
#[derive(Default)]
pub(super) struct Clients(Mutex<Known>);

#[derive(Default)]
struct Known {
    clients: Vec<(String, Arc<Client>)>,
    /// The regions that servers have named for buckets.
    regions: Vec<(String, String)>,
}

impl Known {
    fn region(&self, bucket: &str) -> Option<&str> {
        self.regions.iter().find(|(own, _)| own == bucket).map(|(_, region)| region.as_str())
    }
}

struct Client {
    region: String,
    /// Where the objects are.
    base: Url,
    /// Where the buckets are, if not on AWS.
    endpoint: Option<Url>,
    /// `None` for unsigned requests.
    signer: Option<AmazonS3>,
}

impl S3Config {
    /// The URL of an object, with a signature that is good for some minutes.
    ///
    /// The client of `object_store` finds credentials and signs; the request is made by ours, the one of all `http`
    /// shards, for theirs keeps to itself what a server says of when to come back.
    pub(in crate::source) async fn url(&self, address: &S3Address) -> Result<Url> {
        let client = self.client(&address.bucket)?;
        let Some(signer) = &client.signer else { return Ok(client.plain_url(&address.key)) };
        // Cannot fail: keys that a path cannot hold were refused before.
        let key = Path::parse(&address.key).map_err(|source| S3Error::Client { source: source.into() })?;
        let url = signer.signed_url(Method::GET, &key, SIGNED_FOR).await;
        Ok(url.map_err(|source| S3Error::NoCredentials { source })?)
    }

    /// Takes note of the region that a server names for a bucket; whether it is another one than was thought.
    pub(in crate::source) fn learn_region(&self, bucket: &str, region: &str) -> bool {
        let is_other = self.client(bucket).is_ok_and(|client| client.region != region);
        if !is_other || !is_region(region) {
            return false;
        }
        log::debug!("the bucket {bucket} is in the region {region}");
        let mut known = self.clients.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.clients.retain(|(own, _)| own != bucket);
        known.regions.retain(|(own, _)| own != bucket);
        known.regions.push((bucket.to_owned(), region.to_owned()));
        true
    }

    /// The settings, in the region that a server has named for a bucket.
    fn settings_of(&self, bucket: &str) -> Settings {
        let known = self.clients.0.lock().unwrap_or_else(PoisonError::into_inner);
        let region = known.region(bucket).map(str::to_owned);
        Settings { region: region.or_else(|| self.settings.region.clone()), ..self.settings.clone() }
    }

    /// Asks AWS where a bucket is, if nobody says so: what is written cannot be sent a second time.
    fn find_region(&self, bucket: &str) -> Result<()> {
        let Resolved { base, endpoint, has_region, .. } = self.settings_of(bucket).resolve(bucket)?;
        if endpoint.is_none() && !has_region {
            let region = crate::net::runtime::wait(async move { region_at(base).await })?;
            if let Some(region) = region {
                self.learn_region(bucket, &region);
            }
        }
        Ok(())
    }

    /// What writes to the objects of a bucket.
    pub(crate) fn writer(&self, bucket: &str, retry: &Retry) -> Result<ObjectWriter> {
        self.find_region(bucket)?;
        let Resolved { builder, base, signs, .. } = self.settings_of(bucket).resolve(bucket)?;
        let options = ClientOptions::new()
            .with_allow_http(true)
            .with_connect_timeout(retry.silence().min(CONNECTED_WITHIN))
            .with_timeout(retry.silence().saturating_mul(SLOW_PART));
        let builder = at_base(builder, bucket, &base)
            .with_client_options(options)
            .with_skip_signature(!signs)
            // One object at a time is removed, and not all servers know of more.
            .with_disable_bulk_delete(true)
            .with_retry(retry.of_object_store());
        let client = built(builder)?;
        Ok(ObjectWriter { client, signs })
    }

    /// Where a client without credentials may read what `key` names; `None` on AWS, where `s3://` says it all.
    pub(crate) fn plain_url(&self, bucket: &str, key: &str) -> Option<String> {
        let mut url = self.client(bucket).ok()?.endpoint.clone()?;
        url.path_segments_mut().ok()?.pop_if_empty().push(bucket).extend(key.split('/'));
        Some(url.into())
    }

    /// Endpoint and region of a bucket as others have to be told them, wherever they are from; no endpoint on AWS.
    ///
    /// # Errors
    /// Those of the settings.
    #[cfg_attr(not(feature = "atmosphere"), allow(dead_code))]
    pub(crate) fn public_place(&self, bucket: &str) -> Result<(Option<String>, String)> {
        let Resolved { endpoint, region, .. } = self.settings_of(bucket).resolve(bucket)?;
        Ok((endpoint.map(|url| url.as_str().trim_end_matches('/').to_owned()), region))
    }

    fn client(&self, bucket: &str) -> Result<Arc<Client>> {
        let settings = self.settings_of(bucket);
        let mut known = self.clients.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = known.clients.iter().find(|(own, _)| own == bucket) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(settings.client(bucket)?);
        known.clients.push((bucket.to_owned(), Arc::clone(&client)));
        Ok(client)
    }
}

impl Client {
    fn plain_url(&self, key: &str) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(key.split('/'));
        }
        url
    }
}

/// A client of `object_store`, to write with.
#[derive(Debug, Clone)]
pub(crate) struct ObjectWriter {
    pub(crate) client: AmazonS3,
    signs: bool,
}

impl ObjectWriter {
    /// Fails if there are no credentials to be had; otherwise the first request would, for reasons hard to tell apart.
    pub(crate) async fn check_credentials(&self) -> Result<()> {
        if self.signs {
            let found = self.client.credentials().get_credential().await;
            found.map_err(|source| S3Error::NoCredentials { source })?;
        }
        Ok(())
    }
}

/// Settings, with what the environment adds to them.
struct Resolved {
    builder: AmazonS3Builder,
    base: Url,
    endpoint: Option<Url>,
    region: String,
    /// Whether somebody says so.
    has_region: bool,
    signs: bool,
}

/// The region of the bucket at a URL, as AWS says it whoever asks: in its own region and in others.
async fn region_at(base: Url) -> Option<String> {
    let client = &crate::net::client::fetcher().ok()?.client;
    let answer = tokio::time::timeout(CREDENTIALS_WITHIN, client.head(base).send()).await.ok()?.ok()?;
    Some(answer.headers().get(BUCKET_REGION)?.to_str().ok()?.to_owned())
}

/// Where S3 says in which region a bucket is.
pub(in crate::source) const BUCKET_REGION: &str = "x-amz-bucket-region";

/// It becomes a part of the host.
pub(in crate::source) fn is_region(text: &str) -> bool {
    !text.is_empty() && text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn built(builder: AmazonS3Builder) -> Result<AmazonS3, S3Error> {
    crypto::provider();
    builder.build().map_err(|source| S3Error::Client { source })
}

/// What it takes for the endpoint of a bucket with a host of its own is the whole address.
fn at_base(builder: AmazonS3Builder, bucket: &str, base: &Url) -> AmazonS3Builder {
    builder
        .with_bucket_name(bucket)
        .with_config(AmazonS3ConfigKey::S3Endpoint, base.as_str().trim_end_matches('/'))
        .with_virtual_hosted_style_request(true)
}

impl Settings {
    fn client(&self, bucket: &str) -> Result<Client, S3Error> {
        let Resolved { builder, base, endpoint, region, signs, .. } = self.resolve(bucket)?;
        if !signs {
            return Ok(Client { region, base, endpoint, signer: None });
        }
        let builder = at_base(builder, bucket, &base).with_allow_http(true).with_retry(RetryConfig {
            max_retries: 2,
            retry_timeout: CREDENTIALS_WITHIN,
            ..RetryConfig::default()
        });
        let signer = built(builder)?;
        Ok(Client { region, base, endpoint, signer: Some(signer) })
    }

    fn resolve(&self, bucket: &str) -> Result<Resolved, S3Error> {
        let builder = self.builder()?;
        let config = |builder: &AmazonS3Builder, key| builder.get_config_value(&key);
        let is_set = |value: Option<String>| {
            value.is_some_and(|value| {
                matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on" | "t" | "y")
            })
        };

        let region = config(&builder, AmazonS3ConfigKey::Region);
        let region = region.or_else(|| config(&builder, AmazonS3ConfigKey::DefaultRegion));
        let has_region = region.is_some();
        let region = region.unwrap_or_else(|| "us-east-1".into());
        let virtual_hosted = match self.path_style {
            Some(path_style) => !path_style,
            None => is_set(config(&builder, AmazonS3ConfigKey::VirtualHostedStyleRequest)),
        };
        let endpoint =
            config(&builder, AmazonS3ConfigKey::S3Endpoint).or_else(|| config(&builder, AmazonS3ConfigKey::Endpoint));
        let allow_http = self.allow_http
            || self.endpoint.is_some()
            || is_set(config(&builder, AmazonS3ConfigKey::Client(object_store::ClientConfigKey::AllowHttp)));
        let base = base(endpoint.as_deref(), &region, bucket, virtual_hosted, allow_http)?;
        let skips = is_set(config(&builder, AmazonS3ConfigKey::SkipSignature));
        let signs = self.credentials != Credentials::Anonymous && !skips;
        // It stands in records for all to read.
        let public = endpoint.and_then(|endpoint| {
            let mut url = Url::parse(&endpoint).ok()?;
            url.set_username("").and_then(|()| url.set_password(None)).ok()?;
            url.set_query(None);
            url.set_fragment(None);
            Some(url)
        });
        Ok(Resolved { builder: builder.with_region(&region), base, endpoint: public, region, has_region, signs })
    }

    /// With credentials, and with region and endpoint where they are not those of AWS.
    fn builder(&self) -> Result<AmazonS3Builder, S3Error> {
        let builder = match &self.credentials {
            Credentials::Environment => profile::complete(AmazonS3Builder::from_env())?,
            Credentials::Profile(name) => profile::named(name, AmazonS3Builder::new())?,
            Credentials::Keys(keys) => {
                let builder = AmazonS3Builder::new().with_access_key_id(&keys.id).with_secret_access_key(&keys.secret);
                keys.token.iter().fold(builder, AmazonS3Builder::with_token)
            }
            Credentials::Anonymous => AmazonS3Builder::new(),
        };
        let builder = self.region.iter().fold(builder, AmazonS3Builder::with_region);
        Ok(self
            .endpoint
            .iter()
            .fold(builder, |builder, endpoint| builder.with_config(AmazonS3ConfigKey::S3Endpoint, endpoint)))
    }
}

/// The URL that the keys of a bucket follow.
fn base(
    endpoint: Option<&str>,
    region: &str,
    bucket: &str,
    virtual_hosted: bool,
    allow_http: bool,
) -> Result<Url, S3Error> {
    let aws = format!("https://s3.{region}.amazonaws.com");
    let endpoint = endpoint.unwrap_or(&aws);
    let malformed = || S3Error::Endpoint(redacted(endpoint));
    let mut url = Url::parse(endpoint).map_err(|_| malformed())?;
    let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")).ok_or_else(malformed)?.to_owned();
    if url.scheme() == "http" && !allow_http && !is_loopback(&host) {
        return Err(S3Error::Http(redacted(endpoint)));
    }
    url.set_query(None);
    url.set_fragment(None);
    if virtual_hosted {
        url.set_host(Some(&format!("{bucket}.{host}"))).map_err(|_| malformed())?;
    } else {
        url.path_segments_mut().map_err(|()| malformed())?.pop_if_empty().push(bucket);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn url(endpoint: Option<&str>, virtual_hosted: bool) -> String {
        base(endpoint, "eu-west-1", "b.c", virtual_hosted, true).unwrap().to_string()
    }

    #[test]
    fn a_bucket_is_in_the_path_or_in_the_host() {
        assert_eq!(url(None, false), "https://s3.eu-west-1.amazonaws.com/b.c");
        assert_eq!(url(None, true), "https://b.c.s3.eu-west-1.amazonaws.com/");
        assert_eq!(url(Some("http://host:9000/"), false), "http://host:9000/b.c");
        assert_eq!(url(Some("http://host:9000/s3/"), false), "http://host:9000/s3/b.c");
        assert_eq!(url(Some("https://host"), true), "https://b.c.host/");
    }

    #[test]
    fn an_endpoint_is_a_url_and_encrypted_unless_it_is_allowed_to_be_not() {
        for bad in ["localhost:9000", "host", "ftp://host", ""] {
            assert!(matches!(base(Some(bad), "r", "b", false, true), Err(S3Error::Endpoint(_))), "{bad}");
        }
        assert!(matches!(base(Some("http://host"), "r", "b", false, false), Err(S3Error::Http(_))));
        for local in ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"] {
            base(Some(local), "r", "b", false, false).unwrap();
        }
    }

    #[test]
    fn the_region_that_a_server_names_is_taken_note_of() {
        let config = S3Config::anonymous();
        let url = |config: &S3Config| config.client("b").unwrap().plain_url("k").to_string();
        assert_eq!(url(&config), "https://s3.us-east-1.amazonaws.com/b/k");
        assert!(config.learn_region("b", "eu-west-1") && !config.learn_region("b", "eu-west-1"));
        // Clones share it, and what is no name of a region never becomes a part of the host.
        assert!(!config.clone().learn_region("b", "evil.example/x"));
        assert_eq!(url(&config.clone()), "https://s3.eu-west-1.amazonaws.com/b/k");
        assert_eq!(config.public_place("b").unwrap(), (None, "eu-west-1".to_owned()));
        assert_eq!(config.public_place("c").unwrap(), (None, "us-east-1".to_owned()));
    }

    #[test]
    fn the_region_of_a_bucket_is_asked_for() {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}/b", listener.local_addr().unwrap())).unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let length = stream.read(&mut request).unwrap();
            let answer =
                "HTTP/1.1 301 X\r\nConnection: close\r\nContent-Length: 0\r\nx-amz-bucket-region: eu-west-1\r\n\r\n";
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(request.get(..length).unwrap()).into_owned()
        });
        let region = crate::net::runtime::wait(async move { region_at(url).await }).unwrap();
        assert_eq!(region.as_deref(), Some("eu-west-1"));
        assert!(server.join().unwrap().starts_with("HEAD /b "));
    }

    #[test]
    fn keys_are_escaped_once() {
        let settings = Settings { credentials: Credentials::Anonymous, ..Settings::default() };
        let url = settings.client("b").unwrap().plain_url("a/b c%20?#+.tar");
        assert_eq!(url.as_str(), "https://s3.us-east-1.amazonaws.com/b/a/b%20c%2520%3F%23+.tar");
    }
}
