//! References to lenses.

use std::fmt;
use std::str::FromStr;

use crate::redact::redacted;

const PREFIX: &str = "atdata://local/lens/";

/// A reference to a lens in the index at hand.
///
/// ```
/// use atdata_schema::LensReference;
///
/// let reference: LensReference = "atdata://local/lens/headline@1.0.0".parse()?;
/// assert_eq!((reference.name(), reference.version()), ("headline", "1.0.0"));
/// assert_eq!(reference, LensReference::new("headline", "1.0.0"));
/// # Ok::<(), atdata_schema::LensReferenceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LensReference {
    name: String,
    version: String,
}

/// Why a text is not a reference to a lens. The text is in it as it may be shown, without what
/// may be secret in a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LensReferenceError {
    /// Another beginning.
    #[error("\"{}\" is not a reference to a lens: expected `atdata://local/lens/name@1.0.0`", .0.escape_debug())]
    Unknown(String),
    /// A name without `@version`.
    #[error("\"{}\" has no version: write it after the name, as in `name@1.0.0`", .0.escape_debug())]
    NoVersion(String),
    /// Nothing where the name should be.
    #[error("\"{}\" has no name: expected `name@1.0.0` after the last `/`", .0.escape_debug())]
    NoName(String),
}

impl LensReference {
    /// A reference of its parts.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self { name: name.into(), version: version.into() }
    }

    /// Name of the lens.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version, any text.
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// Splits at the last `@`; nothing else is asked of either part, as in Python.
impl FromStr for LensReference {
    type Err = LensReferenceError;

    fn from_str(text: &str) -> Result<Self, LensReferenceError> {
        let rest = text.strip_prefix(PREFIX).ok_or_else(|| LensReferenceError::Unknown(redacted(text)))?;
        match rest.rsplit_once('@') {
            None | Some((_, "")) => Err(LensReferenceError::NoVersion(redacted(text))),
            Some(("", _)) => Err(LensReferenceError::NoName(redacted(text))),
            Some((name, version)) => Ok(Self::new(name, version)),
        }
    }
}

impl fmt::Display for LensReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}@{}", self.name, self.version)
    }
}
