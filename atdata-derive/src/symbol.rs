//! Attribute names, each once.

/// `#[packable(…)]` on a struct.
pub(crate) const SAMPLE: &[&str] = &[
    "name",
    "version",
    "schema",
    "description",
    "rename_all",
    "allow_unknown",
    "batch",
    "batch_derive",
    "view_of",
    "python",
    "layout",
    "path",
    "codecs",
    "query",
    "crate",
];

/// `#[packable(…)]` on a field.
pub(crate) const FIELD: &[&str] = &[
    "rename", "alias", "default", "with", "serde", "required", "skip", "shape", "dims", "cast", "ragged", "pad",
    "from", "member", "key", "codec", "flatten", "schemars", "manifest",
];

/// `#[packable(…)]` on an enum that derives `PackField`.
pub(crate) const ENUM: &[&str] = &["rename_all", "crate"];

/// `#[packable(…)]` on a variant of such an enum.
pub(crate) const VARIANT: &[&str] = &["rename", "other"];

/// `#[packable(…)]` on a newtype.
pub(crate) const NEWTYPE: &[&str] = &["crate"];

/// `#[lens(…)]`.
pub(crate) const LENS: &[&str] = &["put", "through_only", "laws", "name", "version", "description", "crate"];

/// `#[lens(laws(…))]`.
pub(crate) const LAWS: &[&str] = &["sources", "views"];

/// What to write for an attribute that others' derives have.
pub(crate) fn elsewhere_known(name: &str) -> Option<&'static str> {
    Some(match name {
        "serialize_with" | "deserialize_with" => {
            "one module has both ways: write `with = module`, where `module` has `Wire`, `to_wire` and `from_wire`"
        }
        "into" | "try_from" => {
            "how a value is written belongs to its type: implement `PackField` for a newtype, or write `with = module` on the field"
        }
        "skip_serializing_if" | "skip_serializing" | "skip_deserializing" => {
            "a sample has all its fields: write `skip` for one that is never on the wire, or make it an `Option`"
        }
        "deny_unknown_fields" => "unknown fields are refused already; `allow_unknown` on the struct passes over them",
        "tag" | "content" | "untagged" => "an enum is text on the wire, and has no data",
        _ => return None,
    })
}

/// The known name that `found` was probably meant to be.
pub(crate) fn did_you_mean<'a>(found: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = (found.len() / 3).clamp(1, 3);
    known
        .iter()
        .map(|name| (strsim::levenshtein(found, name), *name))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Whether it can be the name of a lens or of a codec in a record.
pub(crate) fn is_name(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && value.len() <= 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        assert_eq!(did_you_mean("renam", FIELD), Some("rename"));
        assert_eq!(did_you_mean("defualt", FIELD), Some("default"));
        assert_eq!(did_you_mean("flattened", FIELD), Some("flatten"));
        assert_eq!(did_you_mean("borrow", FIELD), None);
    }
}
