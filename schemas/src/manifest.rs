//! What manifests of shards say of a field.

use crate::{Field, FieldType};

/// What manifests of shards have of a field: see [`Field::manifest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ManifestField {
    /// What its type suggests: text and booleans are categorical, numbers numeric, lists of these sets; nothing of all others.
    #[default]
    Inferred,
    /// Nothing.
    Excluded,
    /// A column, and how often there is each value.
    Categorical,
    /// A column, and the least, the greatest and the mean value.
    Numeric,
    /// A column of lists, and all values of these.
    Set,
}

impl ManifestField {
    /// By its word: `categorical`, `numeric`, `set`, or `none`.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "categorical" => Self::Categorical,
            "numeric" => Self::Numeric,
            "set" => Self::Set,
            "none" => Self::Excluded,
            _ => return None,
        })
    }

    /// Its word; `None` of what is inferred.
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Inferred => None,
            Self::Excluded => Some("none"),
            Self::Categorical => Some("categorical"),
            Self::Numeric => Some("numeric"),
            Self::Set => Some("set"),
        }
    }

    /// What the type of a field suggests.
    pub const fn of_type(of: &FieldType) -> Self {
        match of {
            FieldType::List(item) if is_scalar(item) => Self::Set,
            FieldType::Nullable(inner) => Self::of_type(inner),
            FieldType::Str | FieldType::Enum(_) | FieldType::Bool => Self::Categorical,
            FieldType::Int | FieldType::Float => Self::Numeric,
            FieldType::Any => Self::Inferred,
            _ => Self::Excluded,
        }
    }

    /// Whether a manifest can say so of a field of that type.
    pub const fn fits(self, of: &FieldType) -> bool {
        match (self, of) {
            (Self::Inferred | Self::Excluded, _) | (_, FieldType::Any) => true,
            (_, FieldType::Nullable(inner)) => self.fits(inner),
            (Self::Categorical, _) => is_scalar(of),
            (Self::Numeric, _) => matches!(of, FieldType::Int | FieldType::Float | FieldType::Bool),
            (Self::Set, FieldType::List(item)) => is_scalar(item),
            (Self::Set, _) => false,
        }
    }
}

/// Whether values of the type are one text, number or boolean each.
const fn is_scalar(of: &FieldType) -> bool {
    match of {
        FieldType::Nullable(inner) => is_scalar(inner),
        _ => matches!(of, FieldType::Str | FieldType::Enum(_) | FieldType::Bool | FieldType::Int | FieldType::Float),
    }
}

impl Field {
    /// The same field, of which manifests of shards have what is said here, in place of what its type suggests.
    #[must_use]
    pub const fn manifest(mut self, manifest: ManifestField) -> Self {
        self.manifest = manifest;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_type_suggests_fits_it() {
        let set = FieldType::List(&FieldType::Str);
        let types = [
            (FieldType::Str, ManifestField::Categorical),
            (FieldType::Bool, ManifestField::Categorical),
            (FieldType::Enum(&["a"]), ManifestField::Categorical),
            (FieldType::Int, ManifestField::Numeric),
            (FieldType::Float, ManifestField::Numeric),
            (set, ManifestField::Set),
            (FieldType::List(&FieldType::Nullable(&FieldType::Int)), ManifestField::Set),
            (FieldType::List(&FieldType::List(&FieldType::Str)), ManifestField::Excluded),
            (FieldType::Bytes, ManifestField::Excluded),
            (FieldType::Map(&FieldType::Str), ManifestField::Excluded),
            (FieldType::Any, ManifestField::Inferred),
        ];
        for (of, expected) in types {
            assert_eq!(ManifestField::of_type(&of), expected, "{of}");
            assert!(expected.fits(&of), "{of}");
        }
        assert!(ManifestField::Categorical.fits(&FieldType::Int) && ManifestField::Numeric.fits(&FieldType::Bool));
        for (kind, of) in [
            (ManifestField::Numeric, FieldType::Str),
            (ManifestField::Set, FieldType::Str),
            (ManifestField::Categorical, set),
            (ManifestField::Categorical, FieldType::Bytes),
        ] {
            assert!(!kind.fits(&of), "{kind:?} {of}");
        }
    }

    #[test]
    fn words_lead_there_and_back() {
        for kind in [ManifestField::Excluded, ManifestField::Categorical, ManifestField::Numeric, ManifestField::Set] {
            assert_eq!(kind.word().and_then(ManifestField::from_word), Some(kind));
        }
        assert_eq!(ManifestField::from_word("inferred"), None);
    }
}
