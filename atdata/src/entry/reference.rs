//! Resolving: what the reference to a dataset leads to.

use std::fmt;
use std::str::FromStr;

use super::LOCAL;
use crate::entry::error::EntryError;
use crate::error::{Error, Result};

/// The reference to a dataset: a name, a name of a repository or an account, or the address of a record.
///
/// It is parsed once, where the text comes in. Which repositories there are, it does not know: an
/// [`Index`](crate::index::Index) decides where it leads. The spellings are those of the module
/// [`index`](crate::index#references).
///
/// ```
/// use atdata::index::Reference;
///
/// let reference: Reference = "@local/mnist@1.0.0".parse()?;
/// assert_eq!(reference.to_string(), "@local/mnist@1.0.0");
/// assert!("@local/".parse::<Reference>().is_err());
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    text: String,
    form: Form,
}

/// What the text of a reference says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    /// `at://did/collection/key`
    Uri,
    /// `@authority/name`, `atdata://authority/…/name`: a repository, or an account of the network.
    Owned { authority: String, name: String },
    /// `@name`: nobody's.
    Unowned { name: String },
    /// `first/rest`: a repository and a name, or a name.
    Path { first: String, rest: String },
    /// A name.
    Name,
}

/// Where a reference leads in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A name in a repository, perhaps with a version.
    Repository { repository: String, name: String },
    /// An account of the network, or a record of it.
    Network,
}

impl FromStr for Reference {
    type Err = Error;

    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an empty text, and for an owner or a name that is missing.
    fn from_str(text: &str) -> Result<Self> {
        let form = form(text).map_err(|expected| EntryError::Reference { text: text.to_owned(), expected })?;
        Ok(Self { text: text.to_owned(), form })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Reference {
    /// Its text, as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn form(&self) -> &Form {
        &self.form
    }

    /// Where it leads where there are these repositories.
    pub(crate) fn target(&self, is_repository: impl Fn(&str) -> bool) -> Target {
        let named =
            |repository: &str, name: &str| Target::Repository { repository: repository.into(), name: name.into() };
        match &self.form {
            Form::Owned { authority, name } if is_repository(authority) => named(authority, name),
            Form::Uri | Form::Owned { .. } | Form::Unowned { .. } => Target::Network,
            Form::Path { first, rest } if is_repository(first) => named(first, rest),
            Form::Path { .. } | Form::Name => named(LOCAL, &self.text),
        }
    }
}

/// `Err` says what would have been one.
fn form(text: &str) -> Result<Form, &'static str> {
    if text.is_empty() {
        return Err("the name of a dataset");
    }
    if text.starts_with("at://") {
        return Ok(Form::Uri);
    }
    if let Some(rest) = text.strip_prefix("atdata://") {
        let parts =
            rest.split_once('/').map(|(authority, path)| (authority, path.rsplit('/').next().unwrap_or_default()));
        return owned(parts.unwrap_or_default()).ok_or("`atdata://local/dataset/name`");
    }
    if let Some(rest) = text.strip_prefix('@') {
        return match rest.split_once('/') {
            None if !rest.is_empty() => Ok(Form::Unowned { name: rest.to_owned() }),
            parts => owned(parts.unwrap_or_default()).ok_or("`@owner/name`"),
        };
    }
    Ok(match text.split_once('/') {
        Some((first, rest)) if !first.is_empty() && !rest.is_empty() => {
            Form::Path { first: first.to_owned(), rest: rest.to_owned() }
        }
        _ => Form::Name,
    })
}

fn owned((authority, name): (&str, &str)) -> Option<Form> {
    let whole = !authority.is_empty() && !name.is_empty();
    whole.then(|| Form::Owned { authority: authority.to_owned(), name: name.to_owned() })
}

/// `name@version`, divided at the last `@`.
pub(crate) fn split_version(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('@').filter(|(name, version)| !name.is_empty() && !version.is_empty() && !version.contains('/'))
}

/// Checks a name that something is to be stored under. What is stored already may have any.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let refused = |reason| Err(EntryError::Name { name: name.to_owned(), reason }.into());
    if name.trim().is_empty() {
        return refused("it is empty");
    }
    if name.contains('@') {
        return refused("`@` divides a name from its version");
    }
    if name.contains(char::is_control) {
        return refused("it has a control character");
    }
    if name.starts_with('/') || name.ends_with('/') {
        return refused("it begins or ends with `/`");
    }
    Ok(())
}

/// Checks the version of a label that is to be set, which no reference would find otherwise.
pub(crate) fn check_version(version: &str) -> Result<()> {
    let refused = |reason| Err(EntryError::LabelVersion { version: version.to_owned(), reason }.into());
    if version.contains(['/', '@']) {
        return refused("`/` and `@` divide the parts of a reference");
    }
    if version.contains(char::is_control) || version.trim() != version {
        return refused("it has a control character, or space around it");
    }
    if atdata_schema::Version::parse(version).is_err() {
        log::debug!("the version `{version}` is none of semver: which one is the highest it does not tell");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn target(text: &str) -> Target {
        text.parse::<Reference>().unwrap().target(|name| matches!(name, "local" | "lab"))
    }

    fn named(repository: &str, name: &str) -> Target {
        Target::Repository { repository: repository.into(), name: name.into() }
    }

    #[test]
    fn references_lead_where_pythons_lead() {
        for (text, expected) in [
            ("mnist", named("local", "mnist")),
            ("local/mnist", named("local", "mnist")),
            ("@local/mnist", named("local", "mnist")),
            ("lab/a/b", named("lab", "a/b")),
            ("@lab/a/b", named("lab", "a/b")),
            ("unknown/x", named("local", "unknown/x")),
            ("atdata://local/dataset/mnist", named("local", "mnist")),
            ("atdata://lab/a/b/c", named("lab", "c")),
            ("@alice.example/x", Target::Network),
            ("@x", Target::Network),
            ("atdata://alice.example/dataset/x", Target::Network),
            ("at://did:plc:abc/science.alt.dataset.entry/3k", Target::Network),
        ] {
            assert_eq!(target(text), expected, "{text}");
        }
        for bad in ["", "@", "@/x", "@lab/", "atdata://local", "atdata:///x", "atdata://local/x/"] {
            assert!(bad.parse::<Reference>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_version_stands_behind_the_last_at() {
        assert_eq!(split_version("mnist@1.0.0"), Some(("mnist", "1.0.0")));
        assert_eq!(split_version("a@b@1"), Some(("a@b", "1")));
        for without in ["mnist", "mnist@", "@1", "a@b/c"] {
            assert_eq!(split_version(without), None, "{without}");
        }
    }
}
