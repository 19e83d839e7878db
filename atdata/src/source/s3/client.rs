//! Signed URLs for the objects of a bucket.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use object_store::RetryConfig;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::signer::Signer;
use reqwest::{Method, Url};

use super::{Credentials, S3Config, S3Error, Settings, profile};
use crate::error::Result;
use crate::source::redacted;
use crate::source::remote::S3Address;

/// Each request gets a signature of its own, which need not live longer than it takes to arrive.
const SIGNED_FOR: Duration = Duration::from_secs(15 * 60);

/// How long the service that gives a machine its credentials is waited for: on other machines there is none.
const CREDENTIALS_WITHIN: Duration = Duration::from_secs(5);

/// The client of each bucket that was asked for, which keeps its credentials as long as they are good.
#[derive(Default)]
pub(super) struct Clients(Mutex<Vec<(String, Arc<Client>)>>);

struct Client {
    /// Where the objects are.
    base: Url,
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

    fn client(&self, bucket: &str) -> Result<Arc<Client>> {
        let mut clients = self.clients.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(own, _)| own == bucket) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(self.settings.client(bucket)?);
        clients.push((bucket.to_owned(), Arc::clone(&client)));
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

impl Settings {
    fn client(&self, bucket: &str) -> Result<Client, S3Error> {
        let mut builder = self.builder()?;
        let config = |builder: &AmazonS3Builder, key| builder.get_config_value(&key);
        let is_set = |value: Option<String>| {
            value.is_some_and(|value| {
                matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on" | "t" | "y")
            })
        };

        let region = config(&builder, AmazonS3ConfigKey::Region);
        let region = region.or_else(|| config(&builder, AmazonS3ConfigKey::DefaultRegion));
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
        if self.credentials == Credentials::Anonymous || is_set(config(&builder, AmazonS3ConfigKey::SkipSignature)) {
            return Ok(Client { base, signer: None });
        }
        // What it takes for the endpoint of a bucket with a host of its own is the whole address.
        builder = builder
            .with_bucket_name(bucket)
            .with_region(region)
            .with_config(AmazonS3ConfigKey::S3Endpoint, base.as_str().trim_end_matches('/'))
            .with_virtual_hosted_style_request(true)
            .with_allow_http(true)
            .with_retry(RetryConfig { max_retries: 2, retry_timeout: CREDENTIALS_WITHIN, ..RetryConfig::default() });
        let signer = builder.build().map_err(|source| S3Error::Client { source })?;
        Ok(Client { base, signer: Some(signer) })
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

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
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
    fn keys_are_escaped_once() {
        let settings = Settings { credentials: Credentials::Anonymous, ..Settings::default() };
        let url = settings.client("b").unwrap().plain_url("a/b c%20?#+.tar");
        assert_eq!(url.as_str(), "https://s3.us-east-1.amazonaws.com/b/a/b%20c%2520%3F%23+.tar");
    }
}
