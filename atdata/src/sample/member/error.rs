//! Errors of members: which is missing, and what is wrong with the content of one.

use std::fmt;

use crate::error::{Cause, ErrorKind, Printable};
use crate::sample::member::name::is_alike;

/// Where it is said which members a sample has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// In the attributes of a type.
    ByType,
    /// In the notes of a record.
    #[cfg_attr(not(feature = "records"), allow(dead_code))]
    ByRecord,
}

/// What is wrong with the members of a sample.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MemberError {
    #[error("expected a member {}, found {}{}", Either(.names), Names(.present), instead(.names, .present, *.of))]
    Missing { names: Vec<String>, present: Vec<String>, of: Said },
    #[error("no member `{}`; the sample has {}{}", Printable(.name), Names(.present), meant(.name, .present))]
    NoMember { name: String, present: Vec<String> },
    #[error(
        "found a member `{}` that no field takes; the {} takes {}: {}{}",
        Printable(.name), what(*.of), Names(.known), to_take(.takes, *.of), of_dotted(.name, .known)
    )]
    Unknown { name: String, known: Vec<String>, takes: String, of: Said },
    #[error(
        "expected one member of {}, found `{}` beside another of them: {}",
        Either(.names), Printable(.name), to_choose(*.of)
    )]
    Twice { name: String, names: Vec<String>, of: Said },
    #[error("expected {expected} in the member `{}`, found {}", Printable(.name), Shown(.found))]
    Content { name: String, expected: &'static str, found: String },
    #[cfg_attr(not(feature = "json"), allow(dead_code))]
    #[error("expected an {expected} as lists in the member `{}`, found {}", Printable(.name), Printable(.found))]
    Lists { name: String, expected: String, found: String },
    #[cfg_attr(not(all(feature = "json", feature = "serde")), allow(dead_code))]
    #[error("the member `{}` is not what the field's type takes: {}", Printable(.name), Printable(.found))]
    Refused { name: String, found: String },
    #[error("expected {expected} in the member `{}`", Printable(.name))]
    Damaged { name: String, expected: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("expected at most {limit} bytes in the member `{}` when decompressed, found more", Printable(.name))]
    TooLarge { name: String, limit: u64 },
    #[error("the member `{}` holds {expected}, but the field is {field_type}; {advice}", Printable(.name))]
    Kind { name: String, expected: &'static str, field_type: String, advice: &'static str },
    #[cfg_attr(feature = "json", allow(dead_code))]
    #[error("the member `{}` needs the feature `json` of atdata", Printable(.name))]
    NoJson { name: String },
    #[error(
        "the member `{}` is one for a codec of its type's own, which is not known here; a program that has the type reads and \
         writes it",
        Printable(.name)
    )]
    #[cfg_attr(not(feature = "records"), allow(dead_code))]
    Foreign { name: String },
    #[error(
        "the fields `{}` and `{}` are both in the member `{}`; the note `member` of a schema gives each its own",
        Printable(.one), Printable(.other), Printable(.name)
    )]
    #[cfg_attr(not(feature = "records"), allow(dead_code))]
    Both { name: String, one: String, other: String },
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
            | Self::Lists { .. }
            | Self::Refused { .. }
            | Self::Kind { .. }
            | Self::KeyPattern { .. } => ErrorKind::SchemaMismatch,
            Self::Damaged { .. } => ErrorKind::Corrupt,
            Self::TooLarge { .. } | Self::NoJson { .. } | Self::Foreign { .. } => ErrorKind::Unsupported,
            Self::Unwritable { .. }
            | Self::Empty
            | Self::NoMembers
            | Self::Both { .. }
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
pub(super) struct Either<'a>(pub(super) &'a [String]);

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
pub(crate) fn meant(name: &str, present: &[String]) -> String {
    if let Some(near) = present.iter().find(|present| is_alike(name, present)) {
        return format!("; did you mean `{}`?", Printable(near));
    }
    let is_dotted = present.iter().any(|present| is_behind_dot(name, present));
    if is_dotted { DOTTED.to_owned() } else { String::new() }
}

/// What a dot in the name of a file may have done.
const DOTTED: &str = "; perhaps the key has a dot: a key ends at the first dot of its file name, and what is behind that is the \
                      name of the member";

/// Whether that member would be of that name, were it not for a dot in front.
fn is_behind_dot(name: &str, member: &str) -> bool {
    member.strip_suffix(name).is_some_and(|front| front.ends_with('.'))
}

fn of_dotted(member: &str, known: &[String]) -> &'static str {
    if known.iter().any(|name| is_behind_dot(name, member)) { DOTTED } else { "" }
}

/// What to write where a sample has no member of these names.
fn instead(names: &[String], present: &[String], of: Said) -> String {
    let another = note(of, "…");
    match present.iter().find(|present| names.iter().any(|name| is_alike(name, present))) {
        Some(near) => {
            let names = format!("{}|{}", names.join("|"), Printable(near));
            format!("; {} reads that as well", note(of, &names))
        }
        None if present.iter().any(|present| names.iter().any(|name| is_behind_dot(name, present))) => {
            format!("{DOTTED}; where all samples have it so, {another} names it")
        }
        None => {
            let optional = if of == Said::ByType { "an `Option`" } else { "one that is not required" };
            format!("; {another} names another one, and {optional} may be missing")
        }
    }
}

/// What to write where a member is there that no field takes.
fn to_take(names: &str, of: Said) -> String {
    match of {
        Said::ByType => format!(
            "`#[packable(member = \"{}\")]` on a field reads it, `#[packable(allow_unknown)]` on the type passes over it",
            Printable(names)
        ),
        Said::ByRecord => {
            format!(
                "`\"member\": \"{}\"` of a field reads it, `\"allowUnknown\": true` of the schema passes over it",
                Printable(names)
            )
        }
    }
}

/// What to write where two members are of one field.
const fn to_choose(of: Said) -> &'static str {
    match of {
        Said::ByType => {
            "`#[packable(member = \"…\")]` on a second field reads both, `#[packable(allow_unknown)]` on the type the first alone"
        }
        Said::ByRecord => {
            "`\"member\"` of a second field reads both, `\"allowUnknown\": true` of the schema the first alone"
        }
    }
}

const fn what(of: Said) -> &'static str {
    match of {
        Said::ByType => "type",
        Said::ByRecord => "schema",
    }
}

/// Where the names of a field's member are said.
fn note(of: Said, names: &str) -> String {
    match of {
        Said::ByType => format!("`#[packable(member = \"{names}\")]` on the field"),
        Said::ByRecord => format!("`\"member\": \"{names}\"` of the field in the schema"),
    }
}
