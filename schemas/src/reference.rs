//! References to schemas: every spelling that atdata has had, kept as it was written.

use std::fmt;
use std::str::FromStr;

use crate::namespace::{NAMESPACE, is_schema_type};
use crate::redact::redacted;

/// A reference to a schema.
///
/// The text stays as it was given, because entries are hashed with the reference in them; [`target`](Self::target) is
/// what it means, and [`current`](Self::current) how it is written today.
///
/// ```
/// use atdata_schema::{SchemaReference, SchemaTarget};
///
/// let reference: SchemaReference = "local://schemas/my.module.Photo@1.0.0".parse()?;
/// assert_eq!(reference.to_string(), "local://schemas/my.module.Photo@1.0.0");
/// assert_eq!(reference.current(), "atdata://local/schema/Photo@1.0.0");
/// assert_eq!(
///     *reference.target(),
///     SchemaTarget::Local { name: "Photo".into(), version: "1.0.0".into() },
/// );
/// # Ok::<(), atdata_schema::ReferenceError>(())
/// ```
///
/// | spelling | target |
/// |---|---|
/// | `atdata://local/schema/Photo@1.0.0` | local |
/// | `atdata://local/sampleSchema/Photo@1.0.0` | local; written up to 0.3.0 |
/// | `local://schemas/my.module.Photo@1.0.0` | local; the oldest form, of whose name the last part counts |
/// | `@alice.example/Photo@1.0.0` | published by name |
/// | `atdata://alice.example/schema/Photo@1.0.0`, also `sampleSchema`, also without a version | published by name; without a version, the latest |
/// | `at://did:plc:abc/science.alt.dataset.schema/3k2a` | a record |
/// | `at://did:plc:abc/ac.foundation.dataset.schema/3k2a`, also `sampleSchema` | a record; written up to 0.5 |
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaReference {
    text: Box<str>,
    target: SchemaTarget,
}

/// What a [`SchemaReference`] leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SchemaTarget {
    /// A schema in the index at hand.
    Local {
        /// Name of the sample type.
        name: String,
        /// Its version, any text.
        version: String,
    },
    /// A schema that an account has published, found by its name.
    Published {
        /// Handle or DID of the account.
        authority: String,
        /// Name of the sample type.
        name: String,
        /// Its version; `None` is the latest.
        version: Option<String>,
    },
    /// One record of an account.
    Record {
        /// Handle or DID of the account.
        authority: String,
        /// The collection, by which an old record is known.
        collection: String,
        /// Key of the record.
        key: String,
    },
}

/// Why a text is not a reference to a schema. The text is in it as it may be shown, without what may be secret in a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// None of the known beginnings.
    #[error(
        "\"{0}\" is not a reference to a schema: expected `atdata://local/schema/Name@1.0.0`, `@handle/Name@1.0.0` or \
         `at://did/science.alt.dataset.schema/key`"
    )]
    Unknown(String),
    /// A name without `@version` where one is needed.
    #[error("\"{0}\" has no version: write it after the name, as in `Name@1.0.0`")]
    NoVersion(String),
    /// Nothing where the name should be.
    #[error("\"{0}\" has no name: expected `Name@1.0.0` after the last `/`")]
    NoName(String),
    /// A part is missing, or there is one too many.
    #[error("\"{text}\" is incomplete: expected `{expected}`")]
    Malformed {
        /// The reference.
        text: String,
        /// The form that it begins like.
        expected: &'static str,
    },
    /// A reference, but to something else.
    #[error("\"{text}\" leads to `{kind}`, not to a schema")]
    NotASchema {
        /// The reference.
        text: String,
        /// The kind or collection that it names.
        kind: String,
    },
}

fn is_schema_kind(kind: &str) -> bool {
    matches!(kind, "schema" | "sampleSchema")
}

impl SchemaReference {
    /// A reference to a schema in the index at hand.
    pub fn local(name: &str, version: &str) -> Self {
        Self::new(SchemaTarget::Local { name: name.to_owned(), version: version.to_owned() })
    }

    /// A reference to a schema that an account has published.
    pub fn published(authority: &str, name: &str, version: Option<&str>) -> Self {
        Self::new(SchemaTarget::Published {
            authority: authority.to_owned(),
            name: name.to_owned(),
            version: version.map(str::to_owned),
        })
    }

    /// A reference to a schema record.
    pub fn record(authority: &str, key: &str) -> Self {
        Self::new(SchemaTarget::Record {
            authority: authority.to_owned(),
            collection: format!("{NAMESPACE}.schema"),
            key: key.to_owned(),
        })
    }

    fn new(target: SchemaTarget) -> Self {
        Self { text: target.to_string().into(), target }
    }

    /// The text, as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it leads to.
    pub fn target(&self) -> &SchemaTarget {
        &self.target
    }

    /// Whether a lens record that says `text` means this schema: a bare name (any version of it), `Name@version`, or a
    /// reference in any spelling.
    ///
    /// ```
    /// use atdata_schema::SchemaReference;
    ///
    /// let photo = SchemaReference::local("Photo", "1.0.0");
    /// assert!(photo.is_meant_by("Photo") && photo.is_meant_by("Photo@1.0.0"));
    /// assert!(photo.is_meant_by("local://schemas/my.module.Photo@1.0.0"));
    /// assert!(!photo.is_meant_by("Photo@1.0.1"));
    /// ```
    pub fn is_meant_by(&self, text: &str) -> bool {
        if let Ok(reference) = text.parse::<Self>() {
            return reference.target == self.target;
        }
        match text.rsplit_once('@') {
            Some((name, version)) => self.name() == Some(name) && self.version() == Some(version),
            None => self.name() == Some(text),
        }
    }

    /// How the same reference is written today.
    pub fn current(&self) -> String {
        self.target.to_string()
    }

    /// Name of the sample type, where the reference has it.
    pub fn name(&self) -> Option<&str> {
        match &self.target {
            SchemaTarget::Local { name, .. } | SchemaTarget::Published { name, .. } => Some(name),
            SchemaTarget::Record { .. } => None,
        }
    }

    /// Version of the sample type, where the reference has it.
    pub fn version(&self) -> Option<&str> {
        match &self.target {
            SchemaTarget::Local { version, .. } => Some(version),
            SchemaTarget::Published { version, .. } => version.as_deref(),
            SchemaTarget::Record { .. } => None,
        }
    }
}

impl FromStr for SchemaReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let target = if let Some(rest) = text.strip_prefix("local://schemas/") {
            local(text, rest)?
        } else if let Some(rest) = text.strip_prefix("atdata://") {
            named(text, rest)?
        } else if let Some(rest) = text.strip_prefix("at://") {
            record(text, rest)?
        } else if let Some(rest) = text.strip_prefix('@') {
            handle(text, rest)?
        } else {
            return Err(ReferenceError::Unknown(redacted(text)));
        };
        Ok(Self { text: text.into(), target })
    }
}

impl fmt::Display for SchemaReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// The current spelling.
impl fmt::Display for SchemaTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local { name, version } => write!(f, "atdata://local/schema/{name}@{version}"),
            Self::Published { authority, name, version: Some(version) } => write!(f, "@{authority}/{name}@{version}"),
            // Only this form may go without a version.
            Self::Published { authority, name, version: None } => write!(f, "atdata://{authority}/schema/{name}"),
            Self::Record { authority, collection, key } => write!(f, "at://{authority}/{collection}/{key}"),
        }
    }
}

/// `my.module.Photo@1.0.0`
fn local(text: &str, rest: &str) -> Result<SchemaTarget, ReferenceError> {
    let (name, version) = name_and_version(text, rest)?;
    let version = version.ok_or_else(|| ReferenceError::NoVersion(redacted(text)))?;
    Ok(SchemaTarget::Local { name, version })
}

/// `local/schema/Photo@1.0.0`, `alice.example/schema/Photo`
fn named(text: &str, rest: &str) -> Result<SchemaTarget, ReferenceError> {
    let malformed = || ReferenceError::Malformed { text: redacted(text), expected: "atdata://local/schema/Name@1.0.0" };
    let (authority, rest) = rest.split_once('/').ok_or_else(malformed)?;
    let (kind, rest) = rest.split_once('/').ok_or_else(malformed)?;
    if authority.is_empty() {
        return Err(malformed());
    }
    if !is_schema_kind(kind) {
        return Err(ReferenceError::NotASchema { text: redacted(text), kind: kind.to_owned() });
    }
    if authority == "local" {
        return local(text, rest);
    }
    let (name, version) = name_and_version(text, rest)?;
    Ok(SchemaTarget::Published { authority: authority.to_owned(), name, version })
}

/// `did:plc:abc/science.alt.dataset.schema/3k2a`
fn record(text: &str, rest: &str) -> Result<SchemaTarget, ReferenceError> {
    let malformed =
        || ReferenceError::Malformed { text: redacted(text), expected: "at://did/science.alt.dataset.schema/key" };
    let (authority, rest) = rest.split_once('/').ok_or_else(malformed)?;
    let (collection, key) = rest.split_once('/').ok_or_else(malformed)?;
    if authority.is_empty() || key.is_empty() {
        return Err(malformed());
    }
    if !is_schema_type(collection) {
        return Err(ReferenceError::NotASchema { text: redacted(text), kind: collection.to_owned() });
    }
    let (authority, collection, key) = (authority.to_owned(), collection.to_owned(), key.to_owned());
    Ok(SchemaTarget::Record { authority, collection, key })
}

/// `alice.example/Photo@1.0.0`
fn handle(text: &str, rest: &str) -> Result<SchemaTarget, ReferenceError> {
    let malformed = || ReferenceError::Malformed { text: redacted(text), expected: "@handle/Name@1.0.0" };
    let (authority, rest) = rest.split_once('/').ok_or_else(malformed)?;
    if authority.is_empty() {
        return Err(malformed());
    }
    let (name, version) = name_and_version(text, rest)?;
    if version.is_none() {
        return Err(ReferenceError::NoVersion(redacted(text)));
    }
    Ok(SchemaTarget::Published { authority: authority.to_owned(), name, version })
}

/// Splits at the last `@`; of a dotted name, the last part is the name. Nothing else is asked of either: Python stores
/// schemas under any version.
fn name_and_version(text: &str, rest: &str) -> Result<(String, Option<String>), ReferenceError> {
    let (name, version) = match rest.rsplit_once('@') {
        Some((_, "")) => return Err(ReferenceError::NoVersion(redacted(text))),
        Some((name, version)) => (name, Some(version.to_owned())),
        None => (rest, None),
    };
    let name = name.rsplit_once('.').map_or(name, |(_, last)| last);
    if name.is_empty() {
        return Err(ReferenceError::NoName(redacted(text)));
    }
    Ok((name.to_owned(), version))
}
