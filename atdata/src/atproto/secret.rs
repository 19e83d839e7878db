//! Secrets: passwords and tokens, redacted wherever they are shown.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// A text that is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(String);

impl Secret {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one who is to have it.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// `text` with all that it has of this one left out.
    pub(super) fn removed_from(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, "…") }
    }

    /// Whether a token says that it expires before so much time has gone by. It is the server's to decide: nothing
    /// depends on this but when to ask for the next one.
    pub(super) fn expires_within(&self, time: Duration) -> bool {
        let Some(expiry) = self.expiry() else { return false };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        expiry <= (now + time).as_secs()
    }

    /// When a token expires, in seconds since 1970, if it says so.
    fn expiry(&self) -> Option<u64> {
        let claims = URL_SAFE_NO_PAD.decode(self.0.split('.').nth(1)?).ok()?;
        serde_json::from_slice::<Value>(&claims).ok()?.get("exp")?.as_u64()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(expiry: u64) -> Secret {
        Secret::new(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(format!(r#"{{"exp":{expiry}}}"#))))
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("abc")), "…");
        assert_eq!(Secret::new("abc").removed_from("x abc y abc"), "x … y …");
        assert_eq!(Secret::new("").removed_from("x"), "x");
    }

    #[test]
    fn a_token_says_when_it_expires() {
        assert!(token(1_000).expires_within(Duration::ZERO));
        assert!(!token(100_000_000_000).expires_within(Duration::from_secs(60)));
        for odd in ["", "a.b.c", "opaque", "a.e30.c"] {
            assert!(!Secret::new(odd).expires_within(Duration::from_secs(60)), "{odd}");
        }
    }
}
