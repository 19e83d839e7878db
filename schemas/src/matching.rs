//! Matching at compile time: a struct held against a schema record. For the derive, not for anybody else.
//!
//! The derive has read the record, but only the compiler knows what the fields' types are. So the derive writes the
//! record's fields as constants, and the comparison is a `const fn`.

mod array;
mod text;

pub use text::Text;

pub use crate::same::{compare_texts, same_text};

use crate::fit::{ArrayParts, Presence, Purpose, SampleParts, Texts, TypeParts, Verdict, fields, heads, names};
use crate::{Dtype, Field, FieldType, Schema};

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

    /// Defaults are the struct's own.
    const fn presence(&self) -> Presence {
        let takes_any = matches!(self.field_type, RecordType::Any);
        Presence::There { optional: self.optional, has_default: false, takes_any }
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

impl RecordType {
    const fn parts(&self) -> TypeParts<'static> {
        match self {
            Self::Any => TypeParts::Any,
            Self::Str => TypeParts::Str,
            Self::Enum(values) => TypeParts::Enum(Texts::Constant(values)),
            Self::Int => TypeParts::Int,
            Self::Float => TypeParts::Float,
            Self::Bool => TypeParts::Bool,
            Self::Bytes => TypeParts::Bytes,
            Self::Array(array) => TypeParts::Array(array.parts()),
            Self::Structured(array) => TypeParts::Structured(array.parts()),
            Self::Sparse => TypeParts::Sparse,
            Self::ArrowTensor => TypeParts::ArrowTensor,
            Self::Safetensors => TypeParts::Safetensors,
            Self::DataFrame => TypeParts::DataFrame,
            Self::List(_) => TypeParts::List,
            Self::Map(_) => TypeParts::Map,
            Self::Nullable(_) => TypeParts::Nullable,
            Self::Sample(sample) => {
                TypeParts::Sample(SampleParts { name: sample.name, version: sample.version, is_untyped: false })
            }
        }
    }
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
        ArrayParts { dtype: self.dtype, ndim: self.ndim, shape: self.shape, dims: texts(self.dims) }
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
    /// For each field, whether it converts dtypes; empty where none does.
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

    /// Its fields; none of a type whose derive met an error.
    pub const fn fields(&self) -> &'static [Field] {
        if self.is_failed { &[] } else { self.schema.fields }
    }

    /// For each field whether it converts dtypes; empty where none does.
    pub const fn casts(&self) -> &'static [bool] {
        self.casts
    }

    /// Whether its derive met an error, which is told already.
    pub const fn is_failed(&self) -> bool {
        self.is_failed
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
    let fits = report.compare(record, field, Purpose::Record { cast, partial: false });
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
    const fn compare(&mut self, record: &RecordField, field: &Field, purpose: Purpose) -> bool {
        let fits = fits(&record.field_type, &field.field_type, purpose);
        if fits && fields(record.presence(), field.presence(), purpose).null.holds() {
            return self.compare_dims(&record.field_type, field, purpose)
                && self.compare_versions(&record.field_type, field, purpose);
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
    const fn compare_dims(&mut self, record: &RecordType, field: &Field, purpose: Purpose) -> bool {
        let (Some(record), Some(found)) = (record_dims(record), dims(&field.field_type)) else { return true };
        if purpose.names(names(texts(Some(record)), texts(Some(found)))).holds() {
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
    const fn compare_versions(&mut self, record: &RecordType, field: &Field, purpose: Purpose) -> bool {
        let (Some(record), Some(found)) = (record_sample(record), field.field_type.sample()) else { return true };
        let verdict = heads(&RecordType::Sample(record).parts(), &FieldType::Sample(found).parts(), purpose);
        let (false, Some(version)) = (verdict.holds(), record.version) else { return true };
        self.begin(field.name);
        self.text.push("`");
        self.text.push(self.file);
        self.text.push("` says version ");
        self.text.push(version);
        self.text.push(" of ");
        self.text.push(found.name());
        self.text.push(", the struct has version ");
        self.text.push(found.version());
        self.text.push("; change one of the two");
        false
    }

    const fn compare_samples(&mut self, record: &[RecordField], nested: &NestedSample) {
        let partial = nested.is_partial;
        let by_type = Purpose::Record { cast: false, partial };
        let mut rest = record;
        while let [expected, after @ ..] = rest {
            rest = after;
            match find(nested, expected.name) {
                Some((field, cast)) => _ = self.compare(expected, field, Purpose::Record { cast, partial }),
                None if fields(expected.presence(), Presence::Absent, by_type).there.holds() => {}
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
            let verdict = fields(record_presence(record, field.name), field.presence(), by_type);
            if !verdict.there.holds() {
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
const fn fits(record: &RecordType, found: &FieldType, purpose: Purpose) -> bool {
    let verdict = heads(&record.parts().in_words(), &found.parts().in_words(), purpose);
    match (record, found) {
        (RecordType::List(record), FieldType::List(found))
        | (RecordType::Map(record), FieldType::Map(found))
        | (RecordType::Nullable(record), FieldType::Nullable(found))
            if matches!(verdict, Verdict::Inside) =>
        {
            fits(record, found, purpose)
        }
        _ => verdict.holds(),
    }
}

const fn texts(names: Option<&'static [&'static str]>) -> Option<Texts<'static>> {
    match names {
        Some(names) => Some(Texts::Constant(names)),
        None => None,
    }
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

const fn record_sample(record: &RecordType) -> Option<RecordSample> {
    match record {
        RecordType::Sample(sample) => Some(*sample),
        RecordType::List(inner) | RecordType::Map(inner) | RecordType::Nullable(inner) => record_sample(inner),
        _ => None,
    }
}

/// A field of a nested sample, and whether it converts dtypes.
const fn find(nested: &NestedSample, name: &str) -> Option<(&'static Field, bool)> {
    let (mut fields, mut casts) = (nested.schema.fields, nested.casts);
    while let [field, later_fields @ ..] = fields {
        let (cast, later_casts) = match casts {
            [cast, later @ ..] => (*cast, later),
            [] => (false, casts),
        };
        if same_text(field.name, name) {
            return Some((field, cast));
        }
        (fields, casts) = (later_fields, later_casts);
    }
    None
}

const fn record_presence(mut record: &[RecordField], name: &str) -> Presence {
    while let [field, rest @ ..] = record {
        if same_text(field.name, name) {
            return field.presence();
        }
        record = rest;
    }
    Presence::Absent
}
