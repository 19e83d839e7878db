//! The sample types inside of a sample type, for constants, which cannot follow a schema.

use atdata_schema::matching::NestedSample;

/// Those of the fields of a type, in their order: of one field, or of lists of lists as the fields are.
#[derive(Debug, Clone, Copy)]
pub enum NestedSamples {
    /// What a field is, or holds.
    Field(Option<NestedSample>),
    /// Parts, each with the number of its fields.
    Parts(&'static [(usize, Self)]),
}

impl NestedSamples {
    /// Of a type about whose fields nothing is known.
    pub const UNKNOWN: Self = Self::Parts(&[]);

    /// The sample type in the field of that number.
    pub(crate) const fn get(&self, mut at: usize) -> Option<NestedSample> {
        let mut parts = match self {
            Self::Field(sample) if at == 0 => return *sample,
            Self::Field(_) => return None,
            Self::Parts(parts) => *parts,
        };
        while let [(len, part), rest @ ..] = parts {
            if at < *len {
                return part.get(at);
            }
            at -= *len;
            parts = rest;
        }
        None
    }
}
