//! Which kinds manifests of shards can have of a field, by its type.

#[cfg(feature = "records")]
use crate::OwnedFieldType;
use crate::{Field, FieldType, ManifestField};

impl ManifestField {
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

#[cfg(feature = "records")]
impl ManifestField {
    /// [`of_type`](Self::of_type) for a type that is known at run time.
    pub fn of_owned(of: &OwnedFieldType) -> Self {
        match of {
            OwnedFieldType::List(item) if is_owned_scalar(item) => Self::Set,
            OwnedFieldType::Nullable(inner) => Self::of_owned(inner),
            OwnedFieldType::Str | OwnedFieldType::Enum(_) | OwnedFieldType::Bool => Self::Categorical,
            OwnedFieldType::Int | OwnedFieldType::Float => Self::Numeric,
            OwnedFieldType::Any => Self::Inferred,
            _ => Self::Excluded,
        }
    }

    /// [`fits`](Self::fits) for a type that is known at run time.
    pub fn fits_owned(self, of: &OwnedFieldType) -> bool {
        match (self, of) {
            (Self::Inferred | Self::Excluded, _) | (_, OwnedFieldType::Any) => true,
            (_, OwnedFieldType::Nullable(inner)) => self.fits_owned(inner),
            (Self::Categorical, _) => is_owned_scalar(of),
            (Self::Numeric, _) => matches!(of, OwnedFieldType::Int | OwnedFieldType::Float | OwnedFieldType::Bool),
            (Self::Set, OwnedFieldType::List(item)) => is_owned_scalar(item),
            (Self::Set, _) => false,
        }
    }
}

#[cfg(feature = "records")]
fn is_owned_scalar(of: &OwnedFieldType) -> bool {
    use OwnedFieldType as T;
    match of {
        T::Nullable(inner) => is_owned_scalar(inner),
        _ => matches!(of, T::Str | T::Enum(_) | T::Bool | T::Int | T::Float),
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
}
