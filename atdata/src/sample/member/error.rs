//! Errors of members: which is missing, and what is wrong with the content of one.

use std::fmt;

use crate::error::{Cause, ErrorKind, Printable};
use crate::sample::member::name::is_alike;

/// What is wrong with the members of a sample.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MemberError {
    #[error("expected a member {}, found {}{}", Either(.names), Names(.present), instead(.names, .present))]
    Missing { names: &'static [&'static str], present: Vec<String> },
    #[error("no member `{}`; the sample has {}{}", Printable(.name), Names(.present), meant(.name, .present))]
    NoMember { name: String, present: Vec<String> },
    #[error(
        "found a member `{}` that no field takes; the type takes {}: `#[packable(member = \"{}\")]` on a field reads it, \
         `#[packable(allow_unknown)]` on the type passes over it",
        Printable(.name), Names(.known), Printable(.name)
    )]
    Unknown { name: String, known: Vec<String> },
    #[error(
        "expected one member of {}, found `{}` beside another of them: \
         `#[packable(member = \"…\")]` on a second field reads both, `#[packable(allow_unknown)]` on the type the first alone",
        Either(.names), Printable(.name)
    )]
    Twice { name: String, names: &'static [&'static str] },
    #[error("expected {expected} in the member `{}`, found {}", Printable(.name), Shown(.found))]
    Content { name: String, expected: &'static str, found: String },
    #[error("expected {expected} in the member `{}`", Printable(.name))]
    Damaged { name: String, expected: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("expected at most {limit} bytes in the member `{}` when decompressed, found more", Printable(.name))]
    TooLarge { name: String, limit: u64 },
    #[error("the member `{}` holds {expected}, but the field is {field_type}; {advice}", Printable(.name))]
    Kind { name: String, expected: &'static str, field_type: String, advice: &'static str },
    #[cfg_attr(feature = "json", allow(dead_code))]
    #[error("the member `{}` needs the feature `json` of atdata", Printable(.name))]
    NoJson { name: String },
    #[error("a member `{}` cannot hold {found}; {advice}", Printable(.name))]
    Unwritable { name: String, found: &'static str, advice: &'static str },
    #[error("all fields are null, so that there is no member to write; a sample has at least one")]
    Empty,
    #[error("the group has no members; a sample has at least one")]
    NoMembers,
    #[error("\"{}\" cannot be the name of a member: {reason}", Printable(.name))]
    Name { name: String, reason: &'static str },
    #[error("expected a key like \"{pattern}\", found \"{}\"", Printable(.key))]
    KeyPattern { pattern: String, key: String },
    #[error("the key \"{}\" made of the fields would not be read back as they are: {reason}", Printable(.key))]
    KeyParts { key: String, reason: &'static str },
    #[error("the key \"{}\" is not that of the sample's own fields, \"{}\"; write it without one", Printable(.given), Printable(.own))]
    OtherKey { given: String, own: String },
}

impl Cause for MemberError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Missing { .. }
            | Self::NoMember { .. }
            | Self::Unknown { .. }
            | Self::Twice { .. }
            | Self::Content { .. }
            | Self::Kind { .. }
            | Self::KeyPattern { .. } => ErrorKind::SchemaMismatch,
            Self::Damaged { .. } => ErrorKind::Corrupt,
            Self::TooLarge { .. } | Self::NoJson { .. } => ErrorKind::Unsupported,
            Self::Unwritable { .. }
            | Self::Empty
            | Self::NoMembers
            | Self::Name { .. }
            | Self::KeyParts { .. }
            | Self::OtherKey { .. } => ErrorKind::InvalidInput,
        }
    }
}

/// Names that a message lists.
const SHOWN: usize = 8;

/// Characters of content that a message shows.
const MAX_CONTENT: usize = 40;

/// `` `jpg`, `jpeg` or `png` ``
struct Either<'a>(&'a [&'a str]);

impl fmt::Display for Either<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.0.iter().enumerate() {
            let before = match at {
                0 => "",
                at if at + 1 == self.0.len() => " or ",
                _ => ", ",
            };
            write!(f, "{before}`{name}`")?;
        }
        Ok(())
    }
}

/// `` `cls`, `jpg` ``
struct Names<'a>(&'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (at, name) in self.0.iter().take(SHOWN).enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}`{}`", Printable(name))?;
        }
        if self.0.len() > SHOWN { write!(f, " and {} more", self.0.len() - SHOWN) } else { Ok(()) }
    }
}

/// Content that may be long, and come from anywhere.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(MAX_CONTENT) {
            Some((end, _)) => write!(f, "\"{}…\"", Printable(self.0.get(..end).unwrap_or_default())),
            None => write!(f, "\"{}\"", Printable(self.0)),
        }
    }
}

/// The member that was probably meant.
fn meant(name: &str, present: &[String]) -> String {
    let near = present.iter().find(|present| is_alike(name, present));
    near.map_or_else(String::new, |near| format!("; did you mean `{}`?", Printable(near)))
}

/// What to write where a sample has no member of these names.
fn instead(names: &[&str], present: &[String]) -> String {
    let all = names.join("|");
    match present.iter().find(|present| names.iter().any(|name| is_alike(name, present))) {
        Some(near) => {
            format!("; `#[packable(member = \"{all}|{}\")]` on the field reads that as well", Printable(near))
        }
        None => {
            "; `#[packable(member = \"…\")]` on the field names another one, and an `Option` may be missing".to_owned()
        }
    }
}
