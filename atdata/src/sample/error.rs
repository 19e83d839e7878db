//! Errors of decoding: what can be wrong with a sample's bytes.

use std::fmt;

use crate::error::{Cause, ErrorKind, Printable};

/// What is wrong with the bytes, or with their fit to the type.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("the msgpack value ends at byte {at}, where {needed} more {} due", if *.needed == 1 { "is" } else { "are" })]
    Truncated { at: usize, needed: usize },
    #[error("expected {expected}, found {found}")]
    WrongType { expected: &'static str, found: &'static str },
    #[error("the value {value} does not fit {expected}")]
    IntRange { value: i128, expected: &'static str },
    #[error("the text is not UTF-8")]
    Utf8 { source: std::str::Utf8Error },
    #[error("map keys must be strings, found {found}")]
    KeyType { found: &'static str },
    #[error("values are nested more than {limit} deep")]
    TooDeep { limit: u16 },
    #[error("{depth} samples inside each other, of a type with so many fields, are more than fit the stack")]
    TooLarge { depth: u16 },
    #[error("values nested more than {limit} deep could not be read back")]
    TooDeepToRead { limit: u16 },
    #[error(
        "{depth} samples inside each other, of a type with so many fields, could not be read back: they are more than fit \
         the stack; box the large fields, or make them vectors"
    )]
    TooLargeToRead { depth: u16 },
    #[error("msgpack extension types are not part of the format (found {found})")]
    Extension { found: &'static str },
    #[error("the field is missing; the sample has {}", list(.present))]
    MissingField { present: Vec<String> },
    #[error("the sample has the field twice, as \"{}\" and as \"{}\"; one of them has to go", Name(&.names[0]), Name(&.names[1]))]
    TwoNames { names: [String; 2] },
    #[error("unknown field \"{}\"; the type has {}{}", Name(.name), list(.known), instead(.name, .absent))]
    UnknownField { name: String, known: Vec<&'static str>, absent: Vec<&'static str> },
    #[error("expected one of {}, found \"{}\"", list(.known), Name(.found))]
    UnknownValue { found: String, known: &'static [&'static str] },
    #[error(
        "the label \"{}\" was read by `other` and is none that the schema has, which are {}; to write it, add it to the \
         enum",
        Name(.found),
        list(.known)
    )]
    LabelToWrite { found: String, known: &'static [&'static str] },
    #[error("expected a list of {expected} values, found {found}")]
    WrongLength { expected: usize, found: usize },
    #[error("expected text of one character, found \"{}\"", Name(.found))]
    NotOneCharacter { found: String },
    #[error("a duration of {seconds} s does not fit the wire, which has 64 bits of nanoseconds: some 584 years")]
    LongDuration { seconds: u64 },
    #[error("{len} bytes are too long for a msgpack value, which holds at most {max}", max = u32::MAX)]
    TooLong { len: usize },
}

/// Names that a list shows; `keys_of` looks for one more.
pub(crate) const MAX_NAMES: usize = 32;

/// Characters of a name that a message shows.
const MAX_NAME: usize = 100;

/// A name that may come from a file, no longer than a message can bear.
struct Name<'a>(&'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(MAX_NAME) {
            Some((end, _)) => write!(f, "{}…", Printable(self.0.get(..end).unwrap_or_default())),
            None => Printable(self.0).fmt(f),
        }
    }
}

fn list<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => "no fields".to_owned(),
        names => {
            let shown = names.iter().take(MAX_NAMES).map(|name| format!("\"{}\"", Name(name.as_ref())));
            let more = (names.len() > MAX_NAMES).then(|| "…".to_owned());
            shown.chain(more).collect::<Vec<_>>().join(", ")
        }
    }
}

/// What to write where a sample has a field that its type does not have, and lacks these.
fn instead(name: &str, absent: &[&str]) -> String {
    if absent.is_empty() {
        return " (`#[packable(allow_unknown)]` skips fields that it does not know)".to_owned();
    }
    format!(
        ", of which the sample lacks {}: `#[packable(rename = \"{}\")]` on the field reads it, or \
         `#[packable(allow_unknown)]` on the type skips fields that it does not know",
        list(absent),
        Name(name)
    )
}

impl Cause for DecodeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Truncated { .. }
            | Self::Utf8 { .. }
            | Self::KeyType { .. }
            | Self::TooDeep { .. }
            // The one byte that msgpack never uses is damage, not a type.
            | Self::WrongType { found: RESERVED, .. } => ErrorKind::Corrupt,
            Self::WrongType { .. }
            | Self::IntRange { .. }
            | Self::MissingField { .. }
            | Self::UnknownField { .. }
            | Self::UnknownValue { .. }
            | Self::TwoNames { .. }
            | Self::NotOneCharacter { .. }
            | Self::WrongLength { .. } => ErrorKind::SchemaMismatch,
            Self::Extension { .. } | Self::TooLarge { .. } => ErrorKind::Unsupported,
            Self::TooDeepToRead { .. }
            | Self::TooLargeToRead { .. }
            | Self::LongDuration { .. }
            | Self::LabelToWrite { .. }
            | Self::TooLong { .. } => ErrorKind::InvalidInput,
        }
    }
}

const RESERVED: &str = "the reserved byte c1";
pub(crate) const EXTENSION: &str = "an extension value";

/// What a value is, by its first byte.
pub(crate) fn describe(marker: u8) -> &'static str {
    match marker {
        0x00..=0x7f | 0xcc..=0xd3 | 0xe0..=0xff => "an integer",
        0x80..=0x8f | 0xde | 0xdf => "a map",
        0x90..=0x9f | 0xdc | 0xdd => "a list",
        0xa0..=0xbf | 0xd9..=0xdb => "a string",
        0xc0 => "null",
        0xc1 => RESERVED,
        0xc2 | 0xc3 => "a boolean",
        0xc4..=0xc6 => "bytes",
        0xc7..=0xc9 | 0xd4..=0xd8 => EXTENSION,
        0xca | 0xcb => "a float",
    }
}
