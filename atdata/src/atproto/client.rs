//! The client: what all calls share, and who makes them.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::appview::AppView;
use super::error::AtmosphereError;
use super::identity::Identities;
use super::names;
use super::secret::Secret;
use super::server::{DEFAULT_PDS, Server, Trust};
use super::session::Session;
use super::transport::{Transport, nonsense};
use super::xrpc::{Auth, Call};
use crate::error::ErrorKind;

/// A token that is good for less is renewed before it is used.
const NEARLY_EXPIRED: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Client {
    pub(super) transport: Transport,
    /// Where to log in, and whom to ask about handles.
    pub(super) pds: Server,
    pub(super) appview: Option<AppView>,
    pub(super) identities: Identities,
    pub(super) trust: Trust,
    session: RwLock<Option<Arc<Session>>>,
    /// Held by the one that renews the tokens; the others wait for it.
    renewal: Mutex<()>,
}

impl Client {
    pub(super) fn new(
        transport: Transport,
        pds: Server,
        appview: Option<AppView>,
        identities: Identities,
        trust: Trust,
    ) -> Self {
        Self { transport, pds, appview, identities, trust, session: RwLock::default(), renewal: Mutex::default() }
    }

    pub(crate) fn session(&self) -> Option<Arc<Session>> {
        self.session.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn logged_in(&self) -> Result<Arc<Session>, AtmosphereError> {
        self.session().ok_or(AtmosphereError::NotLoggedIn)
    }

    pub(super) fn set_session(&self, session: Option<Session>) {
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = session.map(Arc::new);
    }

    pub(super) async fn log_in(&self, identifier: &str, password: Secret) -> Result<(), AtmosphereError> {
        let identifier = names::account(identifier)?;
        let input = json!({"identifier": identifier, "password": password.reveal()});
        let call = Call::procedure("com.atproto.server.createSession", &input).with_secret(password);
        // The password is for the account's own server; another would have it for nothing.
        let own = self.identities.find(&identifier).await.and_then(|document| document.pds().cloned());
        let server = login_server(own, &self.pds)?;
        let answer = self.transport.call(&server, &call, &Auth::default()).await?;
        let mut session = opened(&call.method, &answer, &server)?;
        if identifier.starts_with("did:") && identifier != session.did {
            return Err(AtmosphereError::OtherAccount { expected: identifier, found: session.did });
        }
        session.pds = self.home(&session.did, server).await;
        self.set_session(Some(session));
        Ok(())
    }

    /// Where the tokens of an account go: to the PDS that its own document names, as the directory has it. What the
    /// server that gave them says of it does not count; where the directory knows nothing, they stay with that server.
    async fn home(&self, did: &str, asked: Server) -> Server {
        let found = self.identities.document(did).await.and_then(|document| document.pds().cloned());
        found.unwrap_or_else(|error| {
            log::debug!("the session stays at {asked}: {error}");
            asked
        })
    }

    /// The answer to a call to one's own PDS.
    pub(crate) async fn authorized(&self, call: &Call, proxy: Option<&str>) -> Result<Value, AtmosphereError> {
        let mut session = self.logged_in()?;
        if session.access.expires_within(NEARLY_EXPIRED) {
            session = self.renewed(&session).await?;
        }
        let auth = |session| Auth { token: Some(session), proxy };
        match self.transport.call(&session.pds, call, &auth(&session.access)).await {
            Err(error) if error.is_expired() => {
                let session = self.renewed(&session).await?;
                self.transport.call(&session.pds, call, &auth(&session.access)).await
            }
            answer => answer,
        }
    }

    /// The session with new tokens; many that ask at once get the same.
    async fn renewed(&self, old: &Session) -> Result<Arc<Session>, AtmosphereError> {
        let _renewal = self.renewal.lock().await;
        let current = self.logged_in()?;
        if current.did != old.did {
            return Err(AtmosphereError::OtherAccount { expected: old.did.clone(), found: current.did.clone() });
        }
        if current.access != old.access {
            return Ok(current);
        }
        let call = Call::bare("com.atproto.server.refreshSession");
        let auth = Auth { token: Some(&current.refresh), proxy: None };
        let answer = match self.transport.call(&current.pds, &call, &auth).await {
            Err(AtmosphereError::Call(source)) if source.kind() == ErrorKind::Permission => {
                return Err(AtmosphereError::Ended { did: current.did.clone(), source });
            }
            answer => answer?,
        };
        let session = opened(&call.method, &answer, &current.pds)?;
        if session.did != current.did {
            return Err(AtmosphereError::OtherAccount { expected: current.did.clone(), found: session.did });
        }
        // Somebody may have logged in or out meanwhile.
        let mut place = self.session.write().unwrap_or_else(PoisonError::into_inner);
        let session = Arc::new(session);
        if place.as_ref().is_some_and(|own| Arc::ptr_eq(own, &current)) {
            *place = Some(Arc::clone(&session));
        }
        Ok(session)
    }

    /// Ends the session here, and then at the server.
    pub(super) async fn log_out(&self) -> Result<(), AtmosphereError> {
        let session = self.logged_in()?;
        self.set_session(None);
        let call = Call::bare("com.atproto.server.deleteSession");
        let auth = Auth { token: Some(&session.refresh), proxy: None };
        self.transport.call(&session.pds, &call, &auth).await.map(drop)
    }
}

/// The session in the answer of a server.
fn opened(method: &str, answer: &Value, server: &Server) -> Result<Session, AtmosphereError> {
    let text = |field: &str| {
        let text = answer.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| nonsense(method, server, format!("expected `{field}`")))
    };
    let did = names::did(text("did")?).map_err(|_| nonsense(method, server, "expected a DID"))?;
    let handle = names::handle(text("handle")?).map_err(|_| nonsense(method, server, "expected a handle"))?;
    let (access, refresh) = (Secret::new(text("accessJwt")?), Secret::new(text("refreshJwt")?));
    Ok(Session { handle, did, access, refresh, pds: server.clone() })
}

/// Where the password of an account goes: to its own server. Where that is not found, the server that the user has named may
/// be it; of the one that is asked unless told otherwise nobody has said so.
fn login_server(own: Result<Server, AtmosphereError>, named: &Server) -> Result<Server, AtmosphereError> {
    own.or_else(|error| {
        if named.as_str() == DEFAULT_PDS {
            return Err(error);
        }
        log::debug!("the server of the account is not found, so {named} is asked: {error}");
        Ok(named.clone())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_password_goes_to_no_server_that_nobody_has_named() {
        let server = |url: &str| Server::given(url, Trust::default()).unwrap();
        let unknown = || Err(AtmosphereError::NotLoggedIn);
        let (own, named, default) =
            (server("https://own.example"), server("https://named.example"), server("https://bsky.social/"));
        assert!(login_server(Ok(own.clone()), &default).unwrap() == own);
        assert!(login_server(Ok(own.clone()), &named).unwrap() == own);
        assert!(login_server(unknown(), &named).unwrap() == named);
        assert!(login_server(unknown(), &default).is_err());
    }
}
