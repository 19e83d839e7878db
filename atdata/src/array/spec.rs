//! What is declared of arrays: their shape, and whether other dtypes are cast.

/// What a sample type declares of the arrays in one of its fields, by `#[packable(shape = …, cast)]`.
///
/// It knows as well how deep in its sample the field is, so that [`PackField::check`](crate::PackField::check) can refuse what is nested too deep
/// to be read back. A `check` that hands its value's parts on gives them the spec that it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArraySpec {
    /// Sizes that the dimensions must have, `None` for one that may differ.
    pub shape: Option<&'static [Option<usize>]>,
    /// Whether other dtypes are converted instead of refused.
    pub cast: bool,
    /// Containers around the value, inside of the outermost sample.
    pub(crate) depth: u16,
    /// Samples around the value.
    pub(crate) sample_depth: u16,
    /// Their sizes, but for the outermost.
    pub(crate) sample_bytes: u32,
}

impl ArraySpec {
    /// Any shape, no conversion: what a field without attributes asks for.
    pub const ANY: Self = Self::new(None, false);

    /// These sizes, and conversion or not.
    pub const fn new(shape: Option<&'static [Option<usize>]>, cast: bool) -> Self {
        Self { shape, cast, depth: 0, sample_depth: 0, sample_bytes: 0 }
    }

    /// What is declared of one field of the sample that this is the spec of.
    pub(crate) const fn of_field(self, field: Self) -> Self {
        Self { shape: field.shape, cast: field.cast, ..self }
    }
}
