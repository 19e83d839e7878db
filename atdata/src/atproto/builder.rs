//! The builder of a client: which network to use.

use std::sync::Arc;
use std::time::Duration;

use super::Atmosphere;
use super::appview::AppView;
use super::client::Client;
use super::error::AtmosphereError;
use super::identity::Identities;
use super::server::{Server, Trust};
use super::session::Session;
use super::transport::Transport;
use crate::error::Result;
use crate::net::Retry;

const SILENCE: Duration = Duration::from_secs(30);

/// Says which servers a client asks; made by [`Atmosphere::builder`].
///
/// ```
/// use atdata::atmosphere::Atmosphere;
///
/// // A network on this machine.
/// let atmosphere = Atmosphere::builder().pds("http://localhost:2583").plc("http://localhost:2582").anonymous()?;
/// assert!(atmosphere.whoami().is_none());
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct AtmosphereBuilder {
    pds: String,
    plc: String,
    appview: Option<String>,
    retry: Retry,
    allow_http: bool,
}

impl Default for AtmosphereBuilder {
    fn default() -> Self {
        Self {
            pds: Self::DEFAULT_PDS.into(),
            plc: Self::DEFAULT_PLC.into(),
            appview: None,
            retry: Retry::new().attempts(5).timeout(SILENCE),
            allow_http: false,
        }
    }
}

impl AtmosphereBuilder {
    /// The [`pds`](Self::pds) unless another one is named.
    pub const DEFAULT_PDS: &str = super::server::DEFAULT_PDS;
    /// The [`plc`](Self::plc) unless another one is named.
    pub const DEFAULT_PLC: &str = "https://plc.directory";

    /// Where to log in, and whom to ask about handles: `https://bsky.social` unless told otherwise. The records of an
    /// account are read from, and the tokens of a session go to, the PDS that the document of the account names.
    pub fn pds(mut self, url: impl Into<String>) -> Self {
        self.pds = url.into();
        self
    }

    /// The directory of `did:plc`: `https://plc.directory` unless told otherwise.
    pub fn plc(mut self, url: impl Into<String>) -> Self {
        self.plc = url.into();
        self
    }

    /// The `AppView`, as its `https` URL or its `did:web:…`: none unless told otherwise.
    pub fn appview(mut self, url_or_did: impl Into<String>) -> Self {
        self.appview = Some(url_or_did.into());
        self
    }

    /// For how long nothing may come from a server, half a minute unless told otherwise; an upload has more.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.retry = self.retry.timeout(timeout);
        self
    }

    /// How often and when a call is made again. Only those are that may be made twice, or that a server surely did not
    /// hear.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Whether any server may be `http`, and any document may lead into a private network. Servers of this machine that
    /// are named here always may be, and documents may lead to them where the PDS or the directory is one.
    pub fn allow_http(mut self, yes: bool) -> Self {
        self.allow_http = yes;
        self
    }

    /// A client that is not logged in: it reads.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for what is no URL of a server.
    pub fn anonymous(&self) -> Result<Atmosphere> {
        Ok(Atmosphere(Arc::new(self.client(None)?)))
    }

    /// A client that is logged in; see [`Atmosphere::login`].
    pub fn login(&self, handle: &str, app_password: &str) -> Result<Atmosphere> {
        let atmosphere = self.anonymous()?;
        atmosphere.log_in(handle, app_password)?;
        Ok(atmosphere)
    }

    /// A client with the session of another one; see [`Atmosphere::export_session`].
    pub fn session(&self, text: &str) -> Result<Atmosphere> {
        let session = Session::from_text(text, self.trust()?)?;
        let client = self.client(Some(&session.pds))?;
        client.set_session(Some(session));
        Ok(Atmosphere(Arc::new(client)))
    }

    /// The PDS and the directory.
    fn servers(&self) -> Result<(Server, Server), AtmosphereError> {
        let trust = Trust { local: false, http: self.allow_http };
        Ok((Server::given(&self.pds, trust)?, Server::given(&self.plc, trust)?))
    }

    fn trust(&self) -> Result<Trust, AtmosphereError> {
        let (pds, plc) = self.servers()?;
        Ok(Trust { local: pds.is_loopback() || plc.is_loopback(), http: self.allow_http })
    }

    fn client(&self, of_session: Option<&Server>) -> Result<Client, AtmosphereError> {
        let ((pds, plc), trust) = (self.servers()?, self.trust()?);
        let appview = self.appview.as_deref().map(|appview| AppView::parse(appview, trust)).transpose()?;
        let mut named = vec![pds.clone(), plc.clone()];
        named.extend(of_session.cloned());
        named.extend(appview.as_ref().map(|appview| appview.server.clone()));
        let transport = Transport::new(self.retry.clone(), trust, named);
        let identities = Identities::new(transport.clone(), pds.clone(), plc, trust);
        Ok(Client::new(transport, pds, appview, identities, trust))
    }
}

/// A builder as the environment says, with the handle and app password to log in with.
pub(super) fn from_variables(
    variable: impl Fn(&'static str) -> Option<String>,
) -> Result<(AtmosphereBuilder, String, String), AtmosphereError> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let needed = |name| set(name).ok_or(AtmosphereError::Environment(name));
    let (handle, password) = (needed("ATDATA_HANDLE")?, needed("ATDATA_PASSWORD")?);
    let mut builder = AtmosphereBuilder::default();
    if let Some(pds) = set("ATDATA_PDS_URL") {
        builder = builder.pds(pds);
    }
    if let Some(plc) = set("ATDATA_PLC_URL") {
        builder = builder.plc(plc);
    }
    if let Some(appview) = set("ATDATA_APPVIEW") {
        builder = builder.appview(appview);
    }
    Ok((builder, handle, password))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn the_environment_says_who_and_where() {
        let variables = |name: &str| match name {
            "ATDATA_HANDLE" => Some("alice.test".to_owned()),
            "ATDATA_PASSWORD" => Some("pass".to_owned()),
            "ATDATA_PDS_URL" => Some("http://localhost:1".to_owned()),
            _ => Some(String::new()),
        };
        let (builder, handle, password) = from_variables(variables).unwrap();
        assert_eq!((handle.as_str(), password.as_str()), ("alice.test", "pass"));
        assert_eq!(
            (builder.pds.as_str(), builder.plc.as_str()),
            ("http://localhost:1", AtmosphereBuilder::DEFAULT_PLC)
        );
        assert!(builder.appview.is_none());
        let error = from_variables(|name| (name == "ATDATA_HANDLE").then(|| "a.test".into())).unwrap_err();
        assert!(error.to_string().starts_with("set the environment variable ATDATA_PASSWORD"), "{error}");
    }

    #[test]
    fn odd_servers_are_refused() {
        let kind = |builder: AtmosphereBuilder| builder.anonymous().unwrap_err().kind();
        assert_eq!(kind(Atmosphere::builder().pds("pds.example")), ErrorKind::InvalidInput);
        assert_eq!(kind(Atmosphere::builder().plc("http://plc.example")), ErrorKind::Unsupported);
        assert_eq!(kind(Atmosphere::builder().appview("appview.example")), ErrorKind::InvalidInput);
        Atmosphere::builder().plc("http://plc.example").allow_http(true).anonymous().unwrap();
    }
}
