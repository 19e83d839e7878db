//! Matching at compile time: a struct held against a schema record. For the derive, not for anybody else.
//!
//! The derive has read the record, but only the compiler knows what the fields' types are. So the derive writes the
//! record's fields as constants, and the comparison is a `const fn`.

mod array;
mod text;

pub use text::Text;

pub use crate::same::{same_names, same_text, same_values};

use crate::fit::ArrayParts;
use crate::{Dtype, Field, FieldType, Schema, SchemaRef};

/// What a record says of one field.
#[derive(Debug, Clone, Copy)]
pub struct RecordField {
    name: &'static str,
    /// The type in words, those of the record also where not all of it is compared.
    words: &'static str,
    optional: bool,
    field_type: RecordType,
}

impl RecordField {
    pub const fn new(name: &'static str, words: &'static str, optional: bool, field_type: RecordType) -> Self {
        Self { name, words, optional, field_type }
    }
}

/// The type that a record gives a field.
#[derive(Debug, Clone, Copy)]
pub enum RecordType {
    Any,
    Str,
    Enum(&'static [&'static str]),
    Int,
    Float,
    Bool,
    Bytes,
    Array(RecordArray),
    Structured(RecordArray),
    Sparse,
    ArrowTensor,
    Safetensors,
    DataFrame,
    List(&'static RecordType),
    Map(&'static RecordType),
    Nullable(&'static RecordType),
    Sample(RecordSample),
}

/// What a record says of arrays.
#[derive(Debug, Clone, Copy)]
pub struct RecordArray {
    dtype: Option<Dtype>,
    ndim: Option<usize>,
    shape: Option<&'static [Option<usize>]>,
    dims: Option<&'static [&'static str]>,
}

impl RecordArray {
    pub const fn new(
        dtype: Option<Dtype>,
        ndim: Option<usize>,
        shape: Option<&'static [Option<usize>]>,
        dims: Option<&'static [&'static str]>,
    ) -> Self {
        Self { dtype, ndim, shape, dims }
    }

    const fn parts(&self) -> ArrayParts<'static> {
        ArrayParts { dtype: self.dtype, ndim: self.ndim, shape: self.shape, dims: self.dims }
    }
}

/// What a record says of a nested sample: its fields, or the version of one whose fields are in another record.
#[derive(Debug, Clone, Copy)]
pub struct RecordSample {
    name: Option<&'static str>,
    version: Option<&'static str>,
    fields: Option<&'static [RecordField]>,
}

impl RecordSample {
    pub const fn new(
        name: Option<&'static str>,
        version: Option<&'static str>,
        fields: Option<&'static [RecordField]>,
    ) -> Self {
        Self { name, version, fields }
    }
}

/// The sample type in a field: [`SchemaRef`](crate::SchemaRef) holds a function, which a constant cannot call.
#[derive(Debug, Clone, Copy)]
pub struct NestedSample {
    schema: &'static Schema,
    /// For each field, whether it converts dtypes.
    casts: &'static [bool],
    /// Whether fields may be left out.
    is_partial: bool,
    is_failed: bool,
}

impl NestedSample {
    /// Of a type whose derive met an error: what it says of itself is made up, and not compared.
    pub const FAILED: Self = Self { is_failed: true, ..Self::new(&Schema::new("", "", None, &[]), &[], false) };

    pub const fn new(schema: &'static Schema, casts: &'static [bool], is_partial: bool) -> Self {
        Self { schema, casts, is_partial, is_failed: false }
    }
}

/// What differs between the record in `file` and a field, in words: all of it, a line each.
pub const fn drift(
    file: &str,
    record: &RecordField,
    field: &Field,
    cast: bool,
    nested: Option<NestedSample>,
) -> Option<Text> {
    if matches!(nested, Some(NestedSample { is_failed: true, .. })) {
        return None;
    }
    let mut report = Report { file, outer: None, text: Text::new() };
    let fits = report.compare(record, field, cast);
    if let (true, Some(fields), Some(nested)) = (fits, sample_fields(&record.field_type), nested) {
        report.outer = Some(record.name);
        report.compare_samples(fields, &nested);
    }
    if report.text.is_empty() { None } else { Some(report.text) }
}

/// The fields of the sample that a field holds, or holds many of.
const fn sample_fields(record: &RecordType) -> Option<&'static [RecordField]> {
    match record {
        RecordType::Sample(sample) => sample.fields,
        RecordType::List(inner) | RecordType::Map(inner) | RecordType::Nullable(inner) => sample_fields(inner),
        _ => None,
    }
}

struct Report<'a> {
    file: &'a str,
    /// The field whose nested sample is looked at.
    outer: Option<&'a str>,
    text: Text,
}

impl Report<'_> {
    /// Whether the field is what the record says.
    const fn compare(&mut self, record: &RecordField, field: &Field, cast: bool) -> bool {
        let fits = fits(&record.field_type, &field.field_type, cast);
        // What takes any value takes null.
        let any = matches!(record.field_type, RecordType::Any) || matches!(field.field_type, FieldType::Any);
        if fits && (any || record.optional == field.optional) {
            return self.compare_dims(&record.field_type, field) && self.compare_versions(&record.field_type, field);
        }
        self.begin(record.name);
        self.record_says(record);
        self.text.push(", the struct has ");
        self.field_type(field);
        self.text.push(match (fits, record.optional) {
            (false, _) => "; change one of the two",
            (true, true) => "; make it an `Option`, or make the record's field required",
            (true, false) => "; take the `Option` away, or make the record's field optional",
        });
        false
    }

    /// Only names that both give can differ.
    const fn compare_dims(&mut self, record: &RecordType, field: &Field) -> bool {
        let (Some(record), Some(found)) = (record_dims(record), dims(&field.field_type)) else { return true };
        if same_names(record, found) {
            return true;
        }
        self.begin(field.name);
        self.text.push("`");
        self.text.push(self.file);
        self.text.push("` names the dimensions ");
        self.text.push_names(record);
        self.text.push(", the struct ");
        self.text.push_names(found);
        self.text.push("; change one of the two");
        false
    }

    /// A sample whose fields are in another record is known by its name and version alone.
    const fn compare_versions(&mut self, record: &RecordType, field: &Field) -> bool {
        let (Some(record), Some(found)) = (record_version(record), sample_ref(&field.field_type)) else { return true };
        if same_text(record, found.version()) {
            return true;
        }
        self.begin(field.name);
        self.text.push("`");
        self.text.push(self.file);
        self.text.push("` says version ");
        self.text.push(record);
        self.text.push(" of ");
        self.text.push(found.name());
        self.text.push(", the struct has version ");
        self.text.push(found.version());
        self.text.push("; change one of the two");
        false
    }

    const fn compare_samples(&mut self, record: &[RecordField], nested: &NestedSample) {
        let mut rest = record;
        while let [expected, after @ ..] = rest {
            rest = after;
            match find(nested, expected.name) {
                Some((field, cast)) => _ = self.compare(expected, field, cast),
                None if nested.is_partial => {}
                None => {
                    self.begin(expected.name);
                    self.record_says(expected);
                    self.text.push(", the struct has no such field; change one of the two");
                }
            }
        }
        let mut rest = nested.schema.fields;
        while let [field, after @ ..] = rest {
            rest = after;
            if !has(record, field.name) {
                self.begin(field.name);
                self.text.push("`");
                self.text.push(self.file);
                self.text.push("` has no such field, the struct has ");
                self.field_type(field);
                self.text.push("; change one of the two");
            }
        }
    }

    const fn begin(&mut self, field: &str) {
        if !self.text.is_empty() {
            self.text.push("\n");
        }
        self.text.push("field `");
        if let Some(outer) = self.outer {
            self.text.push(outer);
            self.text.push(".");
        }
        self.text.push(field);
        self.text.push("`: ");
    }

    const fn record_says(&mut self, record: &RecordField) {
        self.text.push("`");
        self.text.push(self.file);
        self.text.push("` says ");
        self.text.push(record.words);
        self.text.push(if record.optional { "?" } else { "" });
    }

    const fn field_type(&mut self, field: &Field) {
        self.text.push_type(&field.field_type);
        self.text.push(if field.optional { "?" } else { "" });
    }
}

/// Whether a field of that type takes what the record says, null apart.
const fn fits(record: &RecordType, found: &FieldType, cast: bool) -> bool {
    match (record, found) {
        (RecordType::Array(record), FieldType::Array(found))
        | (RecordType::Structured(record), FieldType::Structured(found)) => array::fits(record, found, cast),
        // An array of any dtype may have records for elements.
        (RecordType::Structured(record), FieldType::Array(found)) => {
            found.dtype.is_none() && array::fits(record, found, cast)
        }
        (RecordType::Enum(record), FieldType::Enum(found)) => same_values(record, found),
        (RecordType::List(record), FieldType::List(found))
        | (RecordType::Map(record), FieldType::Map(found))
        | (RecordType::Nullable(record), FieldType::Nullable(found)) => fits(record, found, cast),
        (RecordType::Sample(record), FieldType::Sample(found)) => match record.name {
            Some(name) => same_text(name, found.name()),
            None => true,
        },
        (RecordType::Any, _)
        | (RecordType::Str, FieldType::Str)
        | (RecordType::Int, FieldType::Int)
        | (RecordType::Float, FieldType::Float)
        | (RecordType::Bool, FieldType::Bool)
        | (RecordType::Sparse, FieldType::Sparse)
        | (RecordType::ArrowTensor, FieldType::ArrowTensor)
        | (RecordType::Safetensors, FieldType::Safetensors)
        | (RecordType::DataFrame, FieldType::DataFrame) => true,
        (record, FieldType::Bytes) => are_bytes(record),
        _ => false,
    }
}

/// Whether the values are bytes on the wire, which a field of bytes holds as they are.
const fn are_bytes(record: &RecordType) -> bool {
    matches!(
        record,
        RecordType::Bytes
            | RecordType::Structured(_)
            | RecordType::Sparse
            | RecordType::ArrowTensor
            | RecordType::Safetensors
            | RecordType::DataFrame
    )
}

const fn record_dims(record: &RecordType) -> Option<&'static [&'static str]> {
    match record {
        RecordType::Array(array) | RecordType::Structured(array) => array.dims,
        RecordType::List(inner) | RecordType::Map(inner) | RecordType::Nullable(inner) => record_dims(inner),
        _ => None,
    }
}

const fn dims(found: &FieldType) -> Option<&'static [&'static str]> {
    match found {
        FieldType::Array(array) | FieldType::Structured(array) => array.dims,
        FieldType::List(inner) | FieldType::Map(inner) | FieldType::Nullable(inner) => dims(inner),
        _ => None,
    }
}

const fn record_version(record: &RecordType) -> Option<&'static str> {
    match record {
        RecordType::Sample(sample) => sample.version,
        RecordType::List(inner) | RecordType::Map(inner) | RecordType::Nullable(inner) => record_version(inner),
        _ => None,
    }
}

const fn sample_ref(found: &FieldType) -> Option<SchemaRef> {
    match found {
        FieldType::Sample(schema) => Some(*schema),
        FieldType::List(inner) | FieldType::Map(inner) | FieldType::Nullable(inner) => sample_ref(inner),
        _ => None,
    }
}

/// A field of a nested sample, and whether it converts dtypes.
const fn find(nested: &NestedSample, name: &str) -> Option<(&'static Field, bool)> {
    let (mut fields, mut casts) = (nested.schema.fields, nested.casts);
    while let ([field, later_fields @ ..], [cast, later_casts @ ..]) = (fields, casts) {
        if same_text(field.name, name) {
            return Some((field, *cast));
        }
        (fields, casts) = (later_fields, later_casts);
    }
    None
}

const fn has(mut record: &[RecordField], name: &str) -> bool {
    while let [field, rest @ ..] = record {
        if same_text(field.name, name) {
            return true;
        }
        record = rest;
    }
    false
}
