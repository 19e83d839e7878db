//! S3 credentials and endpoint: where S3 is and who asks.

mod client;
mod env_file;
mod failure;
mod profile;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

pub(in crate::source) use self::client::BUCKET_REGION;
use self::client::Clients;
pub(crate) use self::client::ObjectWriter;
#[cfg(feature = "atmosphere")]
pub(in crate::source) use self::client::is_region;
pub(crate) use self::failure::told;
use crate::error::{Cause, ErrorKind, Result, kind_of_io};

/// Endpoint, region and credentials for `s3://bucket/key` shards, on AWS or another server that speaks its protocol.
///
/// ```
/// use atdata::ReadOptions;
/// use atdata::source::S3Config;
///
/// let minio = S3Config::with_keys("access key", "secret key").endpoint("http://localhost:9000");
/// let options = ReadOptions::new().s3(minio);
///
/// // `Debug` shows no credentials.
/// assert!(!format!("{options:?}").contains("secret key"));
/// ```
#[derive(Clone)]
#[must_use]
pub struct S3Config {
    settings: Settings,
    /// Shared by clones, so that credentials are fetched once.
    clients: Arc<Clients>,
}

#[derive(Clone, PartialEq, Eq, Default)]
struct Settings {
    credentials: Credentials,
    endpoint: Option<String>,
    region: Option<String>,
    path_style: Option<bool>,
    allow_http: bool,
}

#[derive(Clone, PartialEq, Eq, Default)]
enum Credentials {
    /// Whatever the environment says, when they are needed.
    #[default]
    Environment,
    Profile(String),
    Keys(Keys),
    Anonymous,
}

#[derive(Clone, PartialEq, Eq)]
struct Keys {
    id: String,
    secret: String,
    token: Option<String>,
}

#[derive(Debug, thiserror::Error)]
enum S3Error {
    #[error("the endpoint {0} is no http or https URL of a host")]
    Endpoint(String),
    #[error(
        "the endpoint {0}, which the environment names, is not encrypted: allow it by `S3Config::allow_http(true)` or \
         AWS_ALLOW_HTTP=true"
    )]
    Http(String),
    #[error("{}: cannot be read", .file.display())]
    Read { file: std::path::PathBuf, source: std::io::Error },
    #[error("{}: expected {missing}, which is not there", .file.display())]
    Missing { file: std::path::PathBuf, missing: &'static str },
    #[error("expected the variable {missing}, which is not there")]
    NoVariable { missing: &'static str },
    #[error("no profile `{name}` in the files of AWS credentials and configuration")]
    NoProfile { name: String },
    #[error(
        "the profile `{name}` holds no keys; only profiles with aws_access_key_id and aws_secret_access_key are read: for \
         others put what `aws configure export-credentials --format env` prints into the environment"
    )]
    NoKeys { name: String },
    #[error(
        "no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give an `S3Config`; \
             a public bucket is read with `S3Config::anonymous`, and the keys of a login by SSO or by a process are what \
             `aws configure export-credentials --format env` prints"
    )]
    NoCredentials { source: object_store::Error },
    #[error("the client for S3 cannot be set up")]
    Client { source: object_store::Error },
}

impl Cause for S3Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Read { source, .. } => kind_of_io(source),
            Self::NoCredentials { .. } => ErrorKind::Permission,
            Self::NoProfile { .. } => ErrorKind::NotFound,
            _ => ErrorKind::InvalidInput,
        }
    }
}

impl S3Config {
    /// What the environment says, when it is needed; what the methods below set goes before it.
    ///
    /// | | from |
    /// |---|---|
    /// | credentials | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`; else `AWS_WEB_IDENTITY_TOKEN_FILE` with `AWS_ROLE_ARN`; else the profile `AWS_PROFILE`, or `default`, of `~/.aws/credentials` and `~/.aws/config`; else the role of the container or machine; `AWS_SKIP_SIGNATURE=true` for none |
    /// | region | `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile; else `us-east-1`, or the one that the server names for the bucket |
    /// | endpoint | `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_ENDPOINT`, the profile; else AWS. One that is not encrypted and not on this machine needs `AWS_ALLOW_HTTP=true` |
    pub fn from_env() -> Self {
        Self::new(Settings::default())
    }

    /// With these keys, and nothing from the environment.
    pub fn with_keys(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        let keys = Keys { id: access_key_id.into(), secret: secret_access_key.into(), token: None };
        Self::new(Settings { credentials: Credentials::Keys(keys), ..Settings::default() })
    }

    /// Unsigned requests, for public buckets, and nothing from the environment.
    pub fn anonymous() -> Self {
        Self::new(Settings { credentials: Credentials::Anonymous, ..Settings::default() })
    }

    /// With the keys in a profile of `~/.aws/credentials` and `~/.aws/config` (`AWS_SHARED_CREDENTIALS_FILE` and `AWS_CONFIG_FILE`
    /// say where else they are), when it is needed. Profiles that log in by SSO, take a role or ask a process have none:
    /// what `aws configure export-credentials --format env` prints goes into the environment for them.
    pub fn with_profile(name: impl Into<String>) -> Self {
        Self::new(Settings { credentials: Credentials::Profile(name.into()), ..Settings::default() })
    }

    /// From a `.env` file with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, and perhaps `AWS_SESSION_TOKEN`,
    /// `AWS_REGION` or `AWS_DEFAULT_REGION`, and `AWS_ENDPOINT` or `AWS_ENDPOINT_URL`. Other keys are passed over, and
    /// nothing is put into the environment. The file is read as Python's `python-dotenv` reads it: `${NAME}` within a value is
    /// a variable of the file or the environment, and quoted values may have several lines.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if there is no such file, [`InvalidInput`](ErrorKind::InvalidInput) if it is
    /// malformed or a key is not there.
    pub fn from_env_file(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self::new(env_file::read(path.as_ref())?))
    }

    /// From variables by name, such as a map: those that a [`.env` file](Self::from_env_file) may have. Others are passed
    /// over.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use atdata::source::S3Config;
    ///
    /// let given = HashMap::from([("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")]);
    /// let config = S3Config::from_variables(given)?;
    /// assert_eq!(config, S3Config::with_keys("id", "secret"));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if one of the keys is not there.
    pub fn from_variables(variables: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Result<Self> {
        let values: Vec<_> = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Ok(Self::new(env_file::settings(&values).map_err(|missing| S3Error::NoVariable { missing })?))
    }

    fn new(settings: Settings) -> Self {
        Self { settings, clients: Arc::default() }
    }

    /// The server to ask instead of AWS, such as `http://localhost:9000`.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.settings.endpoint = Some(url.into());
        Self::new(self.settings)
    }

    /// The endpoint, where it was given in code or in a `.env` file.
    pub(crate) fn given_endpoint(&self) -> Option<&str> {
        self.settings.endpoint.as_deref()
    }

    /// The region of the bucket.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.settings.region = Some(region.into());
        Self::new(self.settings)
    }

    /// The token that belongs to temporary keys; without [`with_keys`](Self::with_keys) it has no effect.
    pub fn session_token(mut self, token: impl Into<String>) -> Self {
        if let Credentials::Keys(keys) = &mut self.settings.credentials {
            keys.token = Some(token.into());
        }
        Self::new(self.settings)
    }

    /// Whether the bucket is part of the path (`https://host/bucket/key`), the default, or of the host
    /// (`https://bucket.host/key`).
    pub fn path_style(mut self, yes: bool) -> Self {
        self.settings.path_style = Some(yes);
        Self::new(self.settings)
    }

    /// Whether an endpoint that the environment names may be `http`; one that was given in code always may.
    pub fn allow_http(mut self, yes: bool) -> Self {
        self.settings.allow_http = yes;
        Self::new(self.settings)
    }
}

impl PartialEq for S3Config {
    fn eq(&self, other: &Self) -> bool {
        self.settings == other.settings
    }
}

impl Eq for S3Config {}

impl fmt::Debug for S3Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { credentials, endpoint, region, path_style, allow_http } = &self.settings;
        f.debug_struct("S3Config")
            .field("credentials", credentials)
            .field("endpoint", &endpoint.as_deref().map(crate::net::url::redacted))
            .field("region", region)
            .field("path_style", path_style)
            .field("allow_http", allow_http)
            .finish_non_exhaustive()
    }
}

/// Says where they come from, never what they are.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("environment"),
            Self::Profile(name) => write!(f, "profile {name:?}"),
            Self::Keys(_) => f.write_str("keys"),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}
