//! Accounts of the AT Protocol: identities, servers, sessions, records and their lists, whatever the records say.
//!
//! What is published in them, and found, stands above, in [`atmosphere`](crate::atmosphere).

mod appview;
mod at_uri;
mod builder;
pub(crate) mod client;
pub(crate) mod error;
mod identity;
mod list;
mod names;
mod procedures;
mod refusal;
mod repo;
mod secret;
mod server;
mod session;
mod stored;
pub(crate) mod transport;
pub(crate) mod upload;
pub(crate) mod xrpc;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use reqwest::Url;

pub use self::at_uri::AtUri;
pub use self::builder::AtmosphereBuilder;
use self::client::Client;
use self::error::AtmosphereError;
pub use self::list::Records;
pub(crate) use self::refusal::code_of;
pub use self::repo::{RecordWrite, Swap};
use self::secret::Secret;
pub use self::stored::{RecordRef, StoredRecord};
use crate::error::Result;

/// A client of the network; cheap to clone, and the clones share one session.
#[derive(Clone)]
pub struct Atmosphere(Arc<Client>);

/// An account, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Its identifier, which stays.
    pub did: String,
    /// Its handle, if it has one.
    pub handle: Option<String>,
    /// The URL of its PDS.
    pub pds: String,
}

impl Atmosphere {
    /// To say which servers to use.
    pub fn builder() -> AtmosphereBuilder {
        AtmosphereBuilder::default()
    }

    /// A client that is not logged in, of the public network.
    pub fn anonymous() -> Result<Self> {
        Self::builder().anonymous()
    }

    /// A client that is logged in, of the public network. Take an app password, never that of the account.
    ///
    /// # Errors
    /// [`Permission`](crate::ErrorKind::Permission) for a wrong password, [`Throttled`](crate::ErrorKind::Throttled)
    /// after too many.
    pub fn login(handle: &str, app_password: &str) -> Result<Self> {
        Self::builder().login(handle, app_password)
    }

    /// A client as the environment says, logged in: by `ATDATA_HANDLE` and `ATDATA_PASSWORD`, at `ATDATA_PDS_URL`, with
    /// the directory `ATDATA_PLC_URL` and the `AppView` `ATDATA_APPVIEW`. The last three need not be set.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if one of the first two is not.
    pub fn from_env() -> Result<Self> {
        let (builder, handle, password) = builder::from_variables(|name| std::env::var(name).ok())?;
        builder.login(&handle, &password)
    }

    /// A client of the public network with the session of another one; see [`export_session`](Self::export_session).
    pub fn from_session(text: &str) -> Result<Self> {
        Self::builder().session(text)
    }

    /// Logs in, in place of who was; all clones of this client are then. Take an app password, never that of the
    /// account.
    pub fn log_in(&self, handle: &str, app_password: &str) -> Result<()> {
        let (handle, password) = (handle.to_owned(), Secret::new(app_password));
        self.run(|client| async move { client.log_in(&handle, password).await })
    }

    /// Ends the session: here in any case, and at the server if that can be reached.
    ///
    /// # Errors
    /// [`Permission`](crate::ErrorKind::Permission) if nobody was logged in.
    pub fn logout(&self) -> Result<()> {
        self.run(|client| async move { client.log_out().await })
    }

    /// Who is logged in, as was said at the login; no server is asked.
    pub fn whoami(&self) -> Option<Account> {
        let session = self.0.session()?;
        let (did, handle) = (session.did.clone(), Some(session.handle.clone()));
        Some(Account { did, handle, pds: session.pds.to_string() })
    }

    /// The session as a text that [`from_session`](Self::from_session) takes, and Python's `Atmosphere.from_session`. It
    /// is as good as a password. Its tokens change with time: take it again when the work is done.
    ///
    /// # Errors
    /// [`Permission`](crate::ErrorKind::Permission) if nobody is logged in.
    pub fn export_session(&self) -> Result<String> {
        Ok(self.0.logged_in()?.to_text())
    }

    /// The account that a handle or DID stands for.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is none, [`Corrupt`](crate::ErrorKind::Corrupt) if its document
    /// does not name the handle, or no PDS, [`Unsupported`](crate::ErrorKind::Unsupported) for DIDs other than `did:plc`
    /// and `did:web`.
    pub fn resolve(&self, account: &str) -> Result<Account> {
        let account = names::account(account)?;
        self.run(|client| async move {
            let document = client.identities.find(&account).await?;
            let pds = document.pds()?.to_string();
            Ok(Account { did: document.did, handle: document.handle, pds })
        })
    }

    /// Where a PDS gives the blob of an account.
    pub(crate) async fn blob_url(&self, did: &str, cid: &str) -> Result<Url> {
        self.0.identities.blob_url(did, cid).await.map_err(AtmosphereError::into_error)
    }

    /// Whether it is of a network of one's own, whose servers may be on this machine or not encrypted.
    pub(crate) fn allows_private(&self) -> bool {
        self.0.trust.local || self.0.trust.http
    }

    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.0
    }

    /// Runs `work`, and waits for it.
    pub(crate) fn run<T, F>(&self, work: impl FnOnce(Arc<Client>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, AtmosphereError>> + Send + 'static,
    {
        crate::net::runtime::wait(work(Arc::clone(&self.0)))?.map_err(AtmosphereError::into_error)
    }
}

/// Whether a text is a DID.
pub(crate) fn is_did(text: &str) -> bool {
    names::did(text).is_ok()
}

/// Two clients are equal if they are clones of each other.
impl PartialEq for Atmosphere {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Atmosphere {}

/// Says where, and who is logged in.
impl fmt::Debug for Atmosphere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let did = self.0.session().map(|session| session.did.clone());
        f.debug_struct("Atmosphere").field("pds", &self.0.pds).field("did", &did).finish_non_exhaustive()
    }
}
