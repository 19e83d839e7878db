//! What can be wrong with a column.

use crate::error::{Cause, ErrorKind, NoMemory};

#[derive(Debug, thiserror::Error)]
pub(super) enum ColumnError {
    #[error(
        "expected shape {expected:?}, as the samples before it have, found {found:?}: they are no rectangle \
         (`Column::slice` gives what all of them have, and of a column whose type is named, such as `Array2<f32>`, \
         `Column::ragged` values and offsets)"
    )]
    Ragged { expected: Vec<usize>, found: Vec<usize> },
    #[error(
        "expected dtype {expected}, as the samples before it have, found {found} (a column whose type is named, such as `Array2<f32>`, has `cast`, which converts)"
    )]
    MixedDtypes { expected: String, found: String },
    #[error("expected {expected}, as in the samples before it, found {found}")]
    Mixed { expected: &'static str, found: &'static str },
    #[error("expected an array, a number or a boolean, found {found}: name its type, such as `column_as::<String>`")]
    NoArray { found: &'static str },
    #[error("the field is missing, or null (a column of `Option` has a mask for that)")]
    Null,
    #[error("all rows are more than memory can hold")]
    Overflow,
    #[error("a dataset with stages has no columns: its samples are what its functions make of those in the shards")]
    Staged,
    #[error("the type has no such field; it has {known}")]
    NoField { known: String },
    #[error("a field whose own fields are those of the sample is no column: name one of these")]
    NoPath,
    #[error("expected samples up to {len}, the length of the dataset, found {found}")]
    OutOfRange { found: usize, len: usize },
    #[error("a field inside of another has no member of its own: read the outer one")]
    Inside,
    #[cfg(feature = "json")]
    #[error(
        "the URL of the shard has credentials, which would stand in the references: name it without, or copy the shard"
    )]
    Secret,
    #[cfg(feature = "json")]
    #[error("references name shards as text, which the path of this one is not: rename it")]
    NotText,
    #[cfg(feature = "json")]
    #[error(
        "the array is nowhere in the shard as it is and under that name: a codec makes it of a member, or the type has it \
         by an alias or a default (write the samples anew, packed or as `npy` members)"
    )]
    Made,
    #[cfg(feature = "json")]
    #[error(
        "expected an array in C order, found one in Fortran order, which no reference can turn: write the samples anew with `atdata convert`"
    )]
    Fortran,
    #[cfg(feature = "json")]
    #[error("expected an array of numbers or booleans, found dtype {found}")]
    Opaque { found: String },
    #[cfg(feature = "json")]
    #[error("expected arrays with elements, found shape {found:?}: chunks of Zarr are not empty")]
    Empty { found: Vec<usize> },
    #[cfg(feature = "json")]
    #[error("an archive of barecat has no file in the form of a shard: copy it to a tar file with `atdata cp`")]
    NoFile,
    #[cfg(feature = "json")]
    #[error("expected {what}")]
    Name { what: String },
    #[cfg(feature = "json")]
    #[error("two shards, this one and {other}, would have one name there, `{name}`: rename one, or copy them")]
    SameName { name: String, other: String },
    #[cfg(feature = "json")]
    #[error("expected {what}")]
    Dims { what: String },
    #[error(transparent)]
    NoMemory(#[from] NoMemory),
}

impl Cause for ColumnError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Ragged { .. } | Self::MixedDtypes { .. } | Self::Mixed { .. } | Self::NoArray { .. } | Self::Null => {
                ErrorKind::SchemaMismatch
            }
            Self::Overflow | Self::Staged | Self::Inside | Self::NoMemory(_) => ErrorKind::Unsupported,
            Self::NoField { .. } | Self::OutOfRange { .. } => ErrorKind::NotFound,
            #[cfg(feature = "json")]
            Self::Secret
            | Self::NotText
            | Self::NoFile
            | Self::Made
            | Self::Fortran
            | Self::Opaque { .. }
            | Self::Empty { .. } => ErrorKind::Unsupported,
            #[cfg(feature = "json")]
            Self::Dims { .. } | Self::Name { .. } | Self::SameName { .. } => ErrorKind::InvalidInput,
            Self::NoPath => ErrorKind::InvalidInput,
        }
    }
}
