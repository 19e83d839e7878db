//! Fingerprints: a hash of what a schema means, whatever its spelling.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::fit::{RefParts, TypeParts};
use crate::owned::{OwnedArrayType, OwnedFieldType, OwnedSchema};

/// First line of what is hashed: a later form of the input would be another line.
const HEADING: &str = "atdata schema fingerprint 1\n";

impl OwnedSchema {
    /// SHA-256 of what samples of the type look like, as 64 hex digits.
    ///
    /// Two schemas have the same fingerprint if they allow the same samples: the same fields by name, with the same types,
    /// dtypes, shapes, names of dimensions, and null where null is allowed. Name and version of the type, descriptions,
    /// defaults (which are the reader's), the order of fields and the spelling of the record do not count.
    ///
    /// ```
    /// use atdata_schema::{OwnedField, OwnedFieldType, OwnedSchema};
    ///
    /// let text = OwnedField::new("text", OwnedFieldType::Str);
    /// let label = OwnedField::new("label", OwnedFieldType::Int);
    /// let one = OwnedSchema::new("Text", "1.0.0", vec![text.clone(), label.clone()]);
    /// let other = OwnedSchema::new("Caption", "3.1.0", vec![label, text.described("What it shows.")]);
    /// assert_eq!(one.fingerprint(), other.fingerprint());
    /// assert_eq!(one.fingerprint(), "8a4943dbf2cb5577e7c41682876a3479d3388a17dab3a361cdb7304054057830");
    /// ```
    ///
    /// # What is hashed
    ///
    /// The line `atdata schema fingerprint 1`, then [`fingerprint_input`](Self::fingerprint_input): compact JSON in UTF-8
    /// that escapes only what JSON must. A schema is the list of its fields, sorted by the bytes of their names; a field is
    /// `[name, type, optional]`; a type is one of
    ///
    /// | type | JSON |
    /// |---|---|
    /// | text, numbers, booleans, bytes, anything | `"str"`, `"int"`, `"float"`, `"bool"`, `"bytes"`, `"any"` |
    /// | one of several texts | `["enum", values]`, sorted by their bytes |
    /// | other formats | `"sparse"`, `"arrow_tensor"`, `"safetensors"`, `"dataframe"` |
    /// | array, structured array | `["array", dtype, shape, dims]`, `["structured", …]`, null for what is not known; a known rank is a shape of nulls |
    /// | list, map, nullable element | `["list", type]`, `["map", type]`, `["nullable", type]` |
    /// | nested sample | `["sample", fields]` |
    /// | a sample further out, by name and version | `["up", n]`, 0 for the one that has the field |
    /// | any other reference | `["ref", reference]` in its current spelling |
    pub fn fingerprint(&self) -> String {
        use std::fmt::Write;

        let digest = Sha256::new().chain_update(HEADING).chain_update(self.fingerprint_input()).finalize();
        let mut hex = String::with_capacity(64);
        for byte in digest {
            // Writing to a string does not fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }

    /// The JSON that [`fingerprint`](Self::fingerprint) hashes; where two fingerprints differ, it shows why.
    pub fn fingerprint_input(&self) -> String {
        fields(self, &mut Vec::new()).to_string()
    }
}

/// `outer` are the schemas around this one, the outermost first.
fn fields<'a>(schema: &'a OwnedSchema, outer: &mut Vec<&'a OwnedSchema>) -> Value {
    outer.push(schema);
    let mut sorted: Vec<_> = schema.fields.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let fields = sorted
        .into_iter()
        .map(|field| json!([field.name, field_type(&field.field_type, outer), field.optional]))
        .collect();
    outer.pop();
    fields
}

fn field_type<'a>(of: &'a OwnedFieldType, outer: &mut Vec<&'a OwnedSchema>) -> Value {
    match of {
        OwnedFieldType::Enum(values) => {
            let mut values: Vec<&str> = values.iter().map(String::as_str).collect();
            values.sort_unstable();
            json!(["enum", values])
        }
        OwnedFieldType::Array(of) => array("array", of),
        OwnedFieldType::Structured(of) => array("structured", of),
        OwnedFieldType::List(element) => json!(["list", field_type(element, outer)]),
        OwnedFieldType::Map(value) => json!(["map", field_type(value, outer)]),
        OwnedFieldType::Nullable(value) => json!(["nullable", field_type(value, outer)]),
        OwnedFieldType::Sample(schema) => json!(["sample", fields(schema, outer)]),
        OwnedFieldType::Ref(reference) => match of.parts(outer) {
            TypeParts::Ref(RefParts::Outer(levels)) => json!(["up", levels]),
            _ => json!(["ref", reference.current()]),
        },
        // The rest have no parts: their text is their name.
        simple => simple.to_string().into(),
    }
}

fn array(kind: &str, of: &OwnedArrayType) -> Value {
    let unknown = || of.ndim.map(|ndim| vec![None; ndim]);
    let shape = of.shape.clone().or_else(unknown);
    json!([kind, of.dtype.map(crate::Dtype::name), shape, of.dims])
}

/// Whether what it says depends on what is around it.
pub(crate) fn has_references(of: &OwnedFieldType) -> bool {
    match of {
        OwnedFieldType::Ref(_) => true,
        OwnedFieldType::List(inner) | OwnedFieldType::Map(inner) | OwnedFieldType::Nullable(inner) => {
            has_references(inner)
        }
        OwnedFieldType::Sample(schema) => schema.fields.iter().any(|field| has_references(&field.field_type)),
        _ => false,
    }
}
