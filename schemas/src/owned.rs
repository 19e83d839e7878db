//! The owned form of a schema: what records are read into and written from.

use std::fmt;

use serde_json::Value;

use crate::fit::{ArrayParts, Presence, RefParts, SampleParts, Texts, TypeParts};
use crate::{ArrayType, DefaultValue, Dtype, Field, FieldType, ManifestField, Schema, SchemaReference, SchemaTarget};

/// Name, version and fields of a sample type, read from a record or taken from a [`Schema`].
///
/// ```
/// use atdata_schema::{Field, FieldType, OwnedSchema, Schema};
///
/// static TEXT: Schema = Schema::new("Text", "1.0.0", None, &[Field::new("text", FieldType::Str)]);
/// let owned = OwnedSchema::from(&TEXT);
/// assert_eq!(owned.to_string(), TEXT.to_string());
/// assert_eq!(owned.field("text").unwrap().field_type.to_string(), "str");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnedSchema {
    /// Name of the sample type.
    pub name: String,
    /// Version; semantic in all that this library writes, any text in what Python stored.
    pub version: String,
    /// What the type is, in a sentence or more.
    pub description: Option<String>,
    /// The fields, in declaration order where that is known.
    pub fields: Vec<OwnedField>,
    /// That the fields are members of their own.
    pub layout: Option<OwnedLayout>,
}

/// What is known of samples whose fields are members of their own, as plain `WebDataset` has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnedLayout {
    /// What keys are made of, fields by their names on the wire: `{split}/{id}`.
    pub key: Option<String>,
    /// Whether members that no field takes are passed over.
    pub allow_unknown: bool,
    /// The name of the codecs by which members are read, where they are not those of the library: `Audio`.
    pub codecs: Option<String>,
}

impl OwnedLayout {
    fn of(schema: &Schema) -> Option<Self> {
        let key = schema.members?;
        Some(Self {
            key: (!key.is_empty()).then(|| key.to_owned()),
            allow_unknown: schema.allow_unknown,
            codecs: schema.codecs.map(str::to_owned),
        })
    }
}

impl OwnedSchema {
    /// A schema without a description.
    pub fn new(name: impl Into<String>, version: impl Into<String>, fields: Vec<OwnedField>) -> Self {
        Self { name: name.into(), version: version.into(), description: None, fields, layout: None }
    }

    /// The same schema, of samples whose fields are members of their own.
    #[must_use]
    pub fn of_members(mut self, key: Option<String>) -> Self {
        self.layout = Some(OwnedLayout { key, ..OwnedLayout::default() });
        self
    }

    /// The same schema, of samples whose members may be more than the fields take.
    #[must_use]
    pub fn allowing_unknown(mut self) -> Self {
        self.layout.get_or_insert_default().allow_unknown = true;
        self
    }

    /// The same schema with a description.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The field with that name on the wire.
    pub fn field(&self, name: &str) -> Option<&OwnedField> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether it is that of samples of any type: it lists no fields, and its samples may have all.
    pub(crate) fn is_untyped(&self) -> bool {
        self.name == "DictSample" && self.fields.is_empty()
    }

    /// The same schema with its required fields before the optional ones, in nested samples as well.
    ///
    /// Samples are read by name, so nothing else changes. It helps Python, which cannot build a type from a record
    /// where an optional field comes before a required one.
    ///
    /// ```
    /// use atdata_schema::{OwnedField, OwnedFieldType, OwnedSchema};
    ///
    /// let note = OwnedField::new("note", OwnedFieldType::Str).optional(true);
    /// let text = OwnedField::new("text", OwnedFieldType::Str);
    /// let schema = OwnedSchema::new("Text", "1.0.0", vec![note, text]);
    /// assert_eq!(schema.required_first().to_string(), "Text@1.0.0 { text: str, note: str? }");
    /// ```
    #[must_use]
    pub fn required_first(mut self) -> Self {
        self.sort_required();
        self
    }

    fn sort_required(&mut self) {
        self.fields.sort_by_key(|field| field.optional);
        self.fields.iter_mut().for_each(|field| field.field_type.sort_required());
    }

    /// Where new data says that its schema is: `atdata://local/schema/Photo@1.0.0`.
    pub fn local_reference(&self) -> SchemaReference {
        SchemaReference::local(&self.name, &self.version)
    }

    /// `outer` are the schemas around this one: a type that holds itself is not followed again.
    fn convert(schema: &Schema, outer: &mut Vec<Schema>) -> Self {
        outer.push(*schema);
        let fields = schema.fields.iter().map(|field| OwnedField::convert(field, outer)).collect();
        outer.pop();
        Self {
            name: schema.name.to_owned(),
            version: schema.version.to_owned(),
            description: schema.description.map(str::to_owned),
            fields,
            layout: OwnedLayout::of(schema),
        }
    }
}

impl From<&Schema> for OwnedSchema {
    fn from(schema: &Schema) -> Self {
        Self::convert(schema, &mut Vec::new())
    }
}

/// `Photo@1.0.0 { image: array<uint8, 3-d>, label: str }`
impl fmt::Display for OwnedSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::model::fmt_schema(&self.name, &self.version, &self.fields, f)
    }
}

/// One field of an [`OwnedSchema`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnedField {
    /// Name on the wire.
    pub name: String,
    /// Type of the values.
    pub field_type: OwnedFieldType,
    /// Whether null stands for a value that is not there.
    pub optional: bool,
    /// Whether a sample without the field is read with a default.
    pub has_default: bool,
    /// Which one, where that is known: records may only say that there is one, and JSON has no form for arrays.
    pub default: Option<Value>,
    /// What the field holds.
    pub description: Option<String>,
    /// Names of the member that it is in, where it is not that of the field: `jpg|jpeg`.
    pub member: Option<String>,
    /// The name of the codec that reads that member, where it is not that of its extension: `Csv`.
    pub codec: Option<String>,
    /// The colour that images are decoded to, where the bytes are their files: `rgb8`.
    pub image: Option<String>,
    /// What another JSON Schema says of the values, where their type says less: a note, that nothing is compared with.
    pub json_schema: Option<Value>,
    /// What manifests of shards have of it: a note, that nothing is compared with.
    pub manifest: ManifestField,
}

impl OwnedField {
    /// A required field without a description.
    pub fn new(name: impl Into<String>, field_type: OwnedFieldType) -> Self {
        Self {
            name: name.into(),
            field_type,
            optional: false,
            has_default: false,
            default: None,
            description: None,
            member: None,
            codec: None,
            image: None,
            json_schema: None,
            manifest: ManifestField::Inferred,
        }
    }

    /// The same field, null allowed or not.
    #[must_use]
    pub fn optional(mut self, optional: bool) -> Self {
        self.optional = optional;
        self
    }

    /// The same field, with a default for samples that lack it.
    #[must_use]
    pub fn with_default(mut self) -> Self {
        self.has_default = true;
        self
    }

    /// The same field with a description.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The same field, in a member of one of these names.
    #[must_use]
    pub fn in_member(mut self, names: impl Into<String>) -> Self {
        self.member = Some(names.into());
        self
    }

    /// The same field, whose member is read by the codec of that name.
    #[must_use]
    pub fn read_by(mut self, codec: impl Into<String>) -> Self {
        self.codec = Some(codec.into());
        self
    }

    /// The same field, whose bytes are files of images, to be decoded to a colour such as `rgb8`.
    #[must_use]
    pub fn of_images(mut self, color: impl Into<String>) -> Self {
        self.image = Some(color.into());
        self
    }

    /// The same field, of whose values a JSON Schema says more.
    #[must_use]
    pub fn with_json_schema(mut self, schema: impl Into<Value>) -> Self {
        self.json_schema = Some(schema.into());
        self
    }

    /// The same field, of which manifests of shards have what is said here, in place of what its type suggests.
    #[must_use]
    pub fn with_manifest(mut self, manifest: ManifestField) -> Self {
        self.manifest = manifest;
        self
    }

    /// What it says apart from its type, for comparison.
    #[doc(hidden)]
    pub fn presence(&self) -> Presence {
        let takes_any = self.field_type == OwnedFieldType::Any;
        Presence::There { optional: self.optional, has_default: self.has_default, takes_any }
    }

    fn convert(field: &Field, outer: &mut Vec<Schema>) -> Self {
        let owned = Self {
            name: field.name.to_owned(),
            field_type: OwnedFieldType::convert(&field.field_type, outer),
            optional: field.optional,
            has_default: field.has_default,
            default: None,
            description: field.description.map(str::to_owned),
            member: field.member.map(str::to_owned),
            codec: field.codec.map(str::to_owned),
            image: field.image.map(str::to_owned),
            json_schema: field.json_schema.and_then(|schema| serde_json::from_str(&schema.json()).ok()),
            manifest: field.manifest,
        };
        match field.default.and_then(constant) {
            Some(value) => owned.default_value(value),
            None => owned,
        }
    }
}

/// The value of a default, if it is the same each time: one that is made of the time or of chance is none to record.
fn constant(default: DefaultValue) -> Option<Value> {
    let value = || serde_json::from_str::<Value>(&default.json()?).ok();
    value().filter(|first| value().as_ref() == Some(first))
}

/// `label: str`, `note: str?`
impl fmt::Display for OwnedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}{}", self.name, self.field_type, if self.optional { "?" } else { "" })
    }
}

/// Type of an [`OwnedField`]: all that a [`FieldType`] can say, and references to other records.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnedFieldType {
    /// UTF-8 text.
    Str,
    /// Text that is one of these, each of them once.
    Enum(Vec<String>),
    /// A whole number from -2^63 to 2^64 - 1.
    Int,
    /// An IEEE 754 double.
    Float,
    /// True or false.
    Bool,
    /// Bytes without a meaning to atdata.
    Bytes,
    /// A dense array.
    Array(OwnedArrayType),
    /// A structured array, whose elements are records.
    Structured(OwnedArrayType),
    /// A sparse matrix.
    Sparse,
    /// A tensor in Arrow's IPC form.
    ArrowTensor,
    /// Named tensors in the safetensors form.
    Safetensors,
    /// A data frame in Parquet.
    DataFrame,
    /// A list of values of one type.
    List(Box<OwnedFieldType>),
    /// A map from strings to values of one type.
    Map(Box<OwnedFieldType>),
    /// A value or null, inside a list or map; a field has [`OwnedField::optional`] instead.
    Nullable(Box<OwnedFieldType>),
    /// A nested sample.
    Sample(Box<OwnedSchema>),
    /// A sample whose schema is elsewhere: in another record, or further out in this one.
    Ref(SchemaReference),
    /// Any value.
    Any,
}

impl OwnedFieldType {
    /// What it says, insides apart, for comparison. `outer` are the schemas around it, the outermost first.
    #[doc(hidden)]
    pub fn parts(&self, outer: &[&OwnedSchema]) -> TypeParts<'_> {
        match self {
            Self::Str => TypeParts::Str,
            Self::Enum(values) => TypeParts::Enum(Texts::Owned(values)),
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
            Self::Sample(schema) => TypeParts::Sample(SampleParts {
                name: Some(&schema.name),
                version: Some(&schema.version),
                is_untyped: schema.is_untyped(),
            }),
            Self::Ref(reference) => TypeParts::Ref(ref_parts(reference.target(), outer)),
            Self::Any => TypeParts::Any,
        }
    }

    fn sort_required(&mut self) {
        match self {
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.sort_required(),
            Self::Sample(schema) => schema.sort_required(),
            _ => {}
        }
    }

    /// As it displays, but for references: those to two versions of a type read alike there.
    pub(crate) fn in_full(&self) -> String {
        match self {
            Self::Ref(reference) => reference.current(),
            other => other.to_string(),
        }
    }

    fn convert(field_type: &FieldType, outer: &mut Vec<Schema>) -> Self {
        match field_type {
            FieldType::Str => Self::Str,
            FieldType::Enum(values) => Self::Enum(values.iter().map(|value| (*value).to_owned()).collect()),
            FieldType::Int => Self::Int,
            FieldType::Float => Self::Float,
            FieldType::Bool => Self::Bool,
            FieldType::Bytes => Self::Bytes,
            FieldType::Array(array) => Self::Array(OwnedArrayType::from(array)),
            FieldType::Structured(array) => Self::Structured(OwnedArrayType::from(array)),
            FieldType::Sparse => Self::Sparse,
            FieldType::ArrowTensor => Self::ArrowTensor,
            FieldType::Safetensors => Self::Safetensors,
            FieldType::DataFrame => Self::DataFrame,
            FieldType::List(element) => Self::List(Box::new(Self::convert(element, outer))),
            FieldType::Map(value) => Self::Map(Box::new(Self::convert(value, outer))),
            FieldType::Nullable(value) => Self::Nullable(Box::new(Self::convert(value, outer))),
            FieldType::Sample(schema) => {
                let schema = schema.get();
                if outer.iter().any(|outer| outer.is_same(schema)) {
                    Self::Ref(SchemaReference::local(schema.name, schema.version))
                } else {
                    Self::Sample(Box::new(OwnedSchema::convert(schema, outer)))
                }
            }
            FieldType::Any => Self::Any,
        }
    }
}

/// The type of that name and version, or how many samples out it is.
fn ref_parts<'a>(target: &'a SchemaTarget, outer: &[&OwnedSchema]) -> RefParts<'a> {
    match target {
        SchemaTarget::Local { name, version } => {
            match outer.iter().rev().position(|schema| schema.name == *name && schema.version == *version) {
                Some(levels) => RefParts::Outer(levels),
                None => RefParts::Named { authority: None, name, version: Some(version) },
            }
        }
        SchemaTarget::Published { authority, name, version } => {
            RefParts::Named { authority: Some(authority), name, version: version.as_deref() }
        }
        SchemaTarget::Record { authority, collection, key } => RefParts::Record { authority, collection, key },
    }
}

impl From<&FieldType> for OwnedFieldType {
    fn from(field_type: &FieldType) -> Self {
        Self::convert(field_type, &mut Vec::new())
    }
}

impl fmt::Display for OwnedFieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str => f.write_str("str"),
            Self::Enum(values) => crate::model::fmt_enum(values, f),
            Self::Int => f.write_str("int"),
            Self::Float => f.write_str("float"),
            Self::Bool => f.write_str("bool"),
            Self::Bytes => f.write_str("bytes"),
            Self::Array(array) => array.fmt(f),
            Self::Structured(array) => array.fmt_as("structured", f),
            Self::Sparse => f.write_str("sparse"),
            Self::ArrowTensor => f.write_str("arrow_tensor"),
            Self::Safetensors => f.write_str("safetensors"),
            Self::DataFrame => f.write_str("dataframe"),
            Self::List(element) => write!(f, "list<{element}>"),
            Self::Map(value) => write!(f, "map<str, {value}>"),
            Self::Nullable(value) => write!(f, "{value}?"),
            Self::Sample(schema) => f.write_str(&schema.name),
            Self::Ref(reference) => f.write_str(reference.name().unwrap_or(reference.as_str())),
            Self::Any => f.write_str("any"),
        }
    }
}

/// What is known of an array field before any sample is read.
///
/// A shape of unknown sizes only says how many there are, so it is kept as [`ndim`](Self::ndim): two array types that
/// mean the same are equal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnedArrayType {
    /// Element type; `None` where each sample may have its own.
    pub dtype: Option<Dtype>,
    /// Number of dimensions; `None` where each sample may have its own.
    pub ndim: Option<usize>,
    /// Sizes of the dimensions, `None` for one that differs from sample to sample.
    pub shape: Option<Vec<Option<usize>>>,
    /// Names of the dimensions.
    pub dims: Option<Vec<String>>,
}

impl OwnedArrayType {
    /// An array type of an element type, without any word on the shape.
    pub fn new(dtype: Option<Dtype>) -> Self {
        Self { dtype, ..Self::default() }
    }

    /// Whether the dtype may be that which Python records of every array of which it knows nothing: `float32`, and no
    /// shape. Private to the library.
    #[doc(hidden)]
    pub fn may_be_unsaid(&self) -> bool {
        self.dtype == Some(Dtype::Float32) && self.ndim.is_none()
    }

    /// The same array type with a number of dimensions.
    #[must_use]
    pub fn ranked(mut self, ndim: usize) -> Self {
        self.ndim = Some(ndim);
        self
    }

    /// The same array type with sizes.
    #[must_use]
    pub fn shaped(mut self, shape: impl Into<Vec<Option<usize>>>) -> Self {
        let shape = shape.into();
        self.ndim = Some(shape.len());
        self.shape = shape.iter().any(Option::is_some).then_some(shape);
        self
    }

    /// The same array type with names of its dimensions.
    #[must_use]
    pub fn named<S: Into<String>>(mut self, dims: impl IntoIterator<Item = S>) -> Self {
        let dims: Vec<String> = dims.into_iter().map(Into::into).collect();
        self.ndim = Some(dims.len());
        self.dims = Some(dims);
        self
    }

    pub(crate) fn parts(&self) -> ArrayParts<'_> {
        let dims = self.dims.as_deref().map(Texts::Owned);
        ArrayParts { dtype: self.dtype, ndim: self.ndim, shape: self.shape.as_deref(), dims }
    }

    fn fmt_as(&self, kind: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::model::fmt_array(kind, self.dtype, self.ndim, self.shape.as_deref(), f)
    }
}

impl From<&ArrayType> for OwnedArrayType {
    fn from(array: &ArrayType) -> Self {
        let mut owned = Self { dtype: array.dtype, ndim: array.ndim, ..Self::default() };
        if let Some(dims) = array.dims {
            owned = owned.named(dims.iter().copied());
        }
        match array.shape {
            Some(shape) => owned.shaped(shape),
            None => owned,
        }
    }
}

/// `array<float32, 3-d>`, `array<float32, (224, 224, _)>`
impl fmt::Display for OwnedArrayType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as("array", f)
    }
}
