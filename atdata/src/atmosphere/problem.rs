//! Errors of publishing and finding: what can be wrong with what is to be published, or is looked for.

use super::record::UrlProblem;
use crate::error::{Cause, ErrorKind, Printable};

/// Names that an error lists.
const SHOWN: usize = 12;
/// Schemas or versions that an error tells: one of them is likely what was meant.
const TOLD: usize = 20;

#[derive(Debug, thiserror::Error)]
pub(super) enum PublishError {
    #[error("\"{}\" is no reference to a dataset of the network: expected `@handle/name` or `at://…`", Printable(.reference))]
    Reference { reference: String },
    #[error("`{}` leads to a schema of an index: expected `at://…` or `@handle/Name@1.0.0`", Printable(.reference))]
    Local { reference: String },
    #[error("{account} has published no {what} \"{}\"{}", Printable(.name), listed(.known))]
    Missing { what: &'static str, name: String, account: String, known: Vec<String> },
    #[error(
        "the newest {what} \"{}\" cannot be read: {cause}; the one before it is at {before}, where it can be asked for",
        Printable(.name)
    )]
    Newest { what: &'static str, name: String, cause: String, before: String },
    #[error("{account} has published no schema {}; {}", Printable(.name), told(.what, .known))]
    NoSuchSchema { name: String, account: String, what: &'static str, known: Vec<String> },
    #[error("the name of a dataset has 1 to 200 bytes, this one has {found}")]
    Name { found: usize },
    #[error("`@{}/…` is not the account that is logged in, which is {own}: records are written to one's own account", Printable(.handle))]
    NotOwn { handle: String, own: String },
    #[error(
        "the shard has {found} bytes, and a blob may have {limit}: write it anew in smaller ones by `PublishOptions::max_bytes` \
         (`--max-bytes`)"
    )]
    LargeShard { found: u64, limit: u64 },
    #[error(
        "the shards have {found} bytes, and a dataset in blobs may have {limit}: put them at https URLs, or allow more by \
         `PublishOptions::max_total` (`--max-total`)"
    )]
    LargeDataset { found: u64, limit: u64 },
    #[error(
        "expected {}, found {}; `PublishOptions::blobs` uploads the shards instead", .problem.expected(), .problem.found()
    )]
    NotPublic { problem: UrlProblem },
    #[error(
        "whoever reads shards at an s3 URL needs credentials for it, which are not published: allow it by \
         `PublishOptions::in_place`, or upload the shards by `PublishOptions::blobs`"
    )]
    Bucket,
    #[error("the shard can be read from nowhere else: `PublishOptions::blobs` uploads it")]
    Elsewhere,
    #[error("samples without a type have no schema: say which one they have by `PublishOptions::schema`")]
    NoSchema,
    #[error(
        "a dataset is published from shards that can be read again, not from standard input and pipes: write it to a file first"
    )]
    Stream,
    #[error("expected a shard with samples, found an archive without any")]
    NoSamples,
    #[error("the shard is not what its entry says: expected the SHA-256 {expected}, found {found}")]
    Changed { expected: String, found: String },
}

impl Cause for PublishError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Missing { .. } | Self::NoSuchSchema { .. } => ErrorKind::NotFound,
            Self::NotOwn { .. } => ErrorKind::Permission,
            Self::Changed { .. } => ErrorKind::Corrupt,
            _ => ErrorKind::InvalidInput,
        }
    }
}

fn listed(known: &[String]) -> String {
    let mut known: Vec<_> = known.iter().map(|name| format!("\"{}\"", Printable(name))).collect();
    known.sort();
    known.dedup();
    match known.len() {
        0 => String::new(),
        len @ 1..=SHOWN => format!("; there {} {}", if len == 1 { "is" } else { "are" }, known.join(", ")),
        len => {
            format!("; there are {len}, such as {}", known.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", "))
        }
    }
}

/// What there is instead; `known` is in order, and has each name once.
fn told(what: &str, known: &[String]) -> String {
    if known.is_empty() {
        return "there are none".to_owned();
    }
    let shown: Vec<_> = known.iter().take(TOLD).map(|name| Printable(name).to_string()).collect();
    let more = match known.len().saturating_sub(TOLD) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("the {what} that there are: {}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_is_told_up_to_a_number() {
        let versions: Vec<_> = (10..32).map(|number| number.to_string()).collect();
        let text = told("versions", &versions);
        assert!(
            text.starts_with("the versions that there are: 10, 11, ") && text.ends_with(", 29 and 2 more"),
            "{text}"
        );
        assert_eq!(told("schemas", &[]), "there are none");
        assert_eq!(told("schemas", &["a\n".to_owned()]), "the schemas that there are: a\\n");
    }
}
