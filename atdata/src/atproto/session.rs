//! Sessions: who is logged in.

use super::error::AtmosphereError;
use super::names;
use super::secret::Secret;
use super::server::{Server, Trust};

/// Between the fields of the text form.
const SEPARATOR: &str = ":::";
/// What Python meant by a session without a server.
const LEGACY_PDS: &str = "https://bsky.social";

/// What a PDS gave for a password.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(super) handle: String,
    pub(super) did: String,
    pub(super) access: Secret,
    pub(super) refresh: Secret,
    /// Where the tokens go.
    pub(crate) pds: Server,
}

impl Session {
    /// The form of Python: handle, DID, access token, refresh token and PDS; without the last one it is of the time when
    /// there was one PDS.
    pub(super) fn from_text(text: &str, trust: Trust) -> Result<Self, AtmosphereError> {
        let fields: Vec<&str> = text.trim().split(SEPARATOR).collect();
        let (handle, did, access, refresh, pds) = match *fields {
            [handle, did, access, refresh, pds] => (handle, did, access, refresh, pds),
            [handle, did, access, refresh] => (handle, did, access, refresh, LEGACY_PDS),
            _ => return Err(AtmosphereError::Session("it has five fields, or four, divided by `:::`")),
        };
        // None of these is quoted: what stands in the wrong place may be a token.
        let did = names::did(did).map_err(|_| AtmosphereError::Session("its second field is a DID"))?;
        let handle = names::handle(handle).map_err(|_| AtmosphereError::Session("its first field is a handle"))?;
        let token = |text: &str| {
            let sound = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
            sound.then(|| Secret::new(text)).ok_or(AtmosphereError::Session("its third and fourth fields are tokens"))
        };
        let pds = Server::given(pds, trust).map_err(|error| match error {
            AtmosphereError::Server(_) => AtmosphereError::Session("its fifth field is the URL of a PDS"),
            error => error,
        })?;
        Ok(Self { handle, did, access: token(access)?, refresh: token(refresh)?, pds })
    }

    pub(super) fn to_text(&self) -> String {
        let fields = [&self.handle, &self.did, self.access.reveal(), self.refresh.reveal(), self.pds.as_str()];
        fields.join(SEPARATOR)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const FIVE: &str =
        "alice.test:::did:plc:abcdefghijklmnopqrstuvwx:::acc.e.ss:::ref.re.sh:::http://localhost:2583/xrpc";

    fn parse(text: &str) -> Result<Session, AtmosphereError> {
        Session::from_text(text, Trust::default())
    }

    #[test]
    fn a_session_goes_to_text_and_back() {
        let session = parse(FIVE).unwrap();
        assert_eq!((session.handle.as_str(), session.access.reveal()), ("alice.test", "acc.e.ss"));
        assert_eq!(session.to_text(), FIVE.trim_end_matches("/xrpc"));
        let legacy = parse(FIVE.rsplit_once(":::").unwrap().0).unwrap();
        assert_eq!(legacy.pds.as_str(), "https://bsky.social");
    }

    #[test]
    fn what_is_no_session_is_not_quoted() {
        for bad in [
            "",
            "secret",
            "a:::b:::c",
            "alice.test:::secret:::x:::y",
            "secret:::did:plc:abc:::x:::y",
            "alice.test:::did:plc:abc:::sec ret:::y",
            "alice.test:::did:plc:abc::::::secret",
            "alice.test:::did:plc:abc:::x:::y:::secret",
            "alice.test:::did:plc:abc:::x:::y:::https://h:::secret",
        ] {
            let error = parse(bad).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{bad}: {error:?}");
        }
        assert!(matches!(parse("a.test:::did:plc:abc:::x:::y:::http://h.example"), Err(AtmosphereError::Http(_))));
    }

    #[test]
    fn debug_shows_no_tokens() {
        let shown = format!("{:?}", parse(FIVE).unwrap());
        assert!(shown.contains("alice.test") && !shown.contains("acc.e") && !shown.contains("ref.re"), "{shown}");
    }
}
