//! Resolving: what the reference to a dataset leads to.

use super::LOCAL;
use crate::entry::error::EntryError;
use crate::error::{Error, Result};

/// A reference as its text says it; which repositories there are, it does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reference {
    /// `at://did/collection/key`
    Uri(String),
    /// `@authority/name`, `atdata://authority/…/name`: a repository, or an account of the network.
    Owned { authority: String, name: String },
    /// `@name`: nobody's.
    Unowned(String),
    /// `first/rest`: a repository and a name, or a name.
    Path { first: String, rest: String },
    /// A name.
    Name(String),
}

/// Where a reference leads in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A name in a repository, perhaps with a version.
    Repository { repository: String, name: String },
    /// An account of the network, or a record of it.
    Network,
}

impl Reference {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let malformed = |expected| Error::from(EntryError::Reference { text: text.to_owned(), expected });
        let pair = |(a, b): (&str, &str)| (a.to_owned(), b.to_owned());
        if text.is_empty() {
            return Err(malformed("the name of a dataset"));
        }
        if text.starts_with("at://") {
            return Ok(Self::Uri(text.to_owned()));
        }
        if let Some(rest) = text.strip_prefix("atdata://") {
            let (authority, path) = rest.split_once('/').ok_or_else(|| malformed("`atdata://local/dataset/name`"))?;
            let name = path.rsplit('/').next().unwrap_or_default();
            if authority.is_empty() || name.is_empty() {
                return Err(malformed("`atdata://local/dataset/name`"));
            }
            return Ok(Self::Owned { authority: authority.to_owned(), name: name.to_owned() });
        }
        if let Some(rest) = text.strip_prefix('@') {
            return match rest.split_once('/') {
                Some((authority, name)) if authority.is_empty() || name.is_empty() => Err(malformed("`@owner/name`")),
                Some(both) => {
                    let (authority, name) = pair(both);
                    Ok(Self::Owned { authority, name })
                }
                None if rest.is_empty() => Err(malformed("`@owner/name`")),
                None => Ok(Self::Unowned(rest.to_owned())),
            };
        }
        Ok(match text.split_once('/') {
            Some(both @ (first, rest)) if !first.is_empty() && !rest.is_empty() => {
                let (first, rest) = pair(both);
                Self::Path { first, rest }
            }
            _ => Self::Name(text.to_owned()),
        })
    }

    /// Where it leads where there are these repositories.
    pub(crate) fn target(self, is_repository: impl Fn(&str) -> bool) -> Target {
        let named = |repository: String, name| Target::Repository { repository, name };
        match self {
            Self::Owned { authority, name } if is_repository(&authority) => named(authority, name),
            Self::Uri(_) | Self::Owned { .. } | Self::Unowned(_) => Target::Network,
            Self::Path { first, rest } if is_repository(&first) => named(first, rest),
            Self::Path { first, rest } => named(LOCAL.to_owned(), format!("{first}/{rest}")),
            Self::Name(name) => named(LOCAL.to_owned(), name),
        }
    }
}

#[cfg(feature = "atmosphere")]
impl Reference {
    /// How the network takes it: `at://…`, `@owner/name`.
    pub(crate) fn on_network(&self) -> String {
        match self {
            Self::Uri(uri) => uri.clone(),
            Self::Owned { authority, name } => format!("@{authority}/{name}"),
            Self::Unowned(name) => format!("@{name}"),
            Self::Path { first, rest } => format!("{first}/{rest}"),
            Self::Name(name) => name.clone(),
        }
    }
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
        log::warn!("the version `{version}` is none of semver: which one is the highest it does not tell");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn target(text: &str) -> Target {
        Reference::parse(text).unwrap().target(|name| matches!(name, "local" | "lab"))
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
            assert!(Reference::parse(bad).is_err(), "{bad}");
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
