//! What manifests of shards say of a field.

/// What manifests of shards have of a field: see [`Field::manifest`](crate::Field::manifest).
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
