//! The JSON files that records are written against: lexicons, and shims for the array formats.
//!
//! They are contracts between programs, embedded so that a tool has them without a network.

/// One of the embedded JSON files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// The NSID of a lexicon, the address of a shim.
    pub id: &'static str,
    /// The JSON text.
    pub json: &'static str,
}

macro_rules! documents {
    ($($id:literal => $path:literal),+ $(,)?) => {
        &[$(Document { id: $id, json: include_str!(concat!("../", $path)) }),+]
    };
}

/// The lexicons of the namespace `science.alt.dataset`.
///
/// ```
/// let ids: Vec<_> = atdata_schema::LEXICONS.iter().map(|lexicon| lexicon.id).collect();
/// assert!(ids.contains(&"science.alt.dataset.schema"));
/// ```
pub static LEXICONS: &[Document] = documents! {
    "science.alt.dataset.arrayFormat" => "lexicons/science/alt/dataset/arrayFormat.json",
    "science.alt.dataset.entry" => "lexicons/science/alt/dataset/entry.json",
    "science.alt.dataset.label" => "lexicons/science/alt/dataset/label.json",
    "science.alt.dataset.lens" => "lexicons/science/alt/dataset/lens.json",
    "science.alt.dataset.lensVerification" => "lexicons/science/alt/dataset/lensVerification.json",
    "science.alt.dataset.programmingLanguage" => "lexicons/science/alt/dataset/programmingLanguage.json",
    "science.alt.dataset.resolveLabel" => "lexicons/science/alt/dataset/resolveLabel.json",
    "science.alt.dataset.resolveSchema" => "lexicons/science/alt/dataset/resolveSchema.json",
    "science.alt.dataset.schema" => "lexicons/science/alt/dataset/schema.json",
    "science.alt.dataset.schemaType" => "lexicons/science/alt/dataset/schemaType.json",
    "science.alt.dataset.storageBlobs" => "lexicons/science/alt/dataset/storageBlobs.json",
    "science.alt.dataset.storageExternal" => "lexicons/science/alt/dataset/storageExternal.json",
    "science.alt.dataset.storageHttp" => "lexicons/science/alt/dataset/storageHttp.json",
    "science.alt.dataset.storageS3" => "lexicons/science/alt/dataset/storageS3.json",
    "science.alt.dataset.verificationMethod" => "lexicons/science/alt/dataset/verificationMethod.json",
};

/// The JSON Schemas to which the `$ref` of an array property leads.
pub static SHIMS: &[Document] = documents! {
    "https://alt.science/schemas/atdata-ndarray-bytes/1.0.0" => "shims/atdata-ndarray-bytes/1.0.0.json",
    "https://alt.science/schemas/atdata-ndarray-bytes/1.1.0" => "shims/atdata-ndarray-bytes/1.1.0.json",
    "https://alt.science/schemas/atdata-sparse-bytes/1.0.0" => "shims/atdata-sparse-bytes/1.0.0.json",
    "https://alt.science/schemas/atdata-structured-bytes/1.0.0" => "shims/atdata-structured-bytes/1.0.0.json",
    "https://alt.science/schemas/atdata-arrow-tensor/1.0.0" => "shims/atdata-arrow-tensor/1.0.0.json",
    "https://alt.science/schemas/atdata-safetensors/1.0.0" => "shims/atdata-safetensors/1.0.0.json",
    "https://alt.science/schemas/atdata-dataframe/1.0.0" => "shims/atdata-dataframe/1.0.0.json",
};

/// An array format, known by the address of its shim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shim {
    Ndarray,
    Sparse,
    Structured,
    Safetensors,
    ArrowTensor,
    DataFrame,
}

impl Shim {
    /// The first word that the address contains, in Python's order: "safetensors" before "tensor".
    pub(crate) fn of_address(address: &str) -> Option<Self> {
        let address = address.to_ascii_lowercase();
        let words = [
            ("ndarray", Self::Ndarray),
            ("sparse", Self::Sparse),
            ("structured", Self::Structured),
            ("safetensors", Self::Safetensors),
            ("arrow", Self::ArrowTensor),
            ("tensor", Self::ArrowTensor),
            ("dataframe", Self::DataFrame),
        ];
        words.into_iter().find_map(|(word, shim)| address.contains(word).then_some(shim))
    }

    pub(crate) fn address(self, version: &str) -> String {
        let (name, definition) = match self {
            Self::Ndarray => ("ndarray-bytes", "ndarray"),
            Self::Sparse => ("sparse-bytes", "sparse"),
            Self::Structured => ("structured-bytes", "structured"),
            Self::Safetensors => ("safetensors", "safetensors"),
            Self::ArrowTensor => ("arrow-tensor", "tensor"),
            Self::DataFrame => ("dataframe", "dataframe"),
        };
        format!("https://alt.science/schemas/atdata-{name}/{version}#/$defs/{definition}")
    }

    /// The name under which `arrayFormatVersions` has it; the lexicon has none for data frames.
    pub(crate) fn format(self) -> Option<&'static str> {
        match self {
            Self::Ndarray => Some("ndarrayBytes"),
            Self::Sparse => Some("sparseBytes"),
            Self::Structured => Some("structuredBytes"),
            Self::Safetensors => Some("safetensors"),
            Self::ArrowTensor => Some("arrowTensor"),
            Self::DataFrame => None,
        }
    }
}
