//! The static form of a schema: what the derive emits, all of it `const`.

use std::fmt;

use crate::fit::{ArrayParts, Presence, SampleParts, Texts, TypeParts};
use crate::{Dtype, JsonSchema, ManifestField};

/// Name, version and fields of a sample type.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Schema {
    /// Name of the sample type.
    pub name: &'static str,
    /// Semantic version, `major.minor.patch`.
    pub version: &'static str,
    /// What the type is, in a sentence or more.
    pub description: Option<&'static str>,
    /// The fields in declaration order, which is their order on the wire.
    pub fields: &'static [Field],
    /// Of a type whose fields are members of their own, what keys are made of: `{split}/{id}`, nothing if of no field.
    pub members: Option<&'static str>,
    /// Of such a type, whether members that no field takes are passed over.
    pub allow_unknown: bool,
    /// Of such a type, the name of the codecs by which its members are read, where they are not those of the library.
    pub codecs: Option<&'static str>,
}

impl Schema {
    /// A schema of its parts.
    pub const fn new(
        name: &'static str,
        version: &'static str,
        description: Option<&'static str>,
        fields: &'static [Field],
    ) -> Self {
        Self { name, version, description, fields, members: None, allow_unknown: false, codecs: None }
    }

    /// The same schema, of samples whose fields are members of their own, with keys of that form.
    #[must_use]
    pub const fn members(mut self, key: &'static str) -> Self {
        self.members = Some(key);
        self
    }

    /// The same schema, of samples that may have members which no field takes.
    #[must_use]
    pub const fn allowing_unknown(mut self) -> Self {
        self.allow_unknown = true;
        self
    }

    /// The same schema, of samples whose members are read by the codecs of that name.
    #[must_use]
    pub const fn codecs(mut self, name: &'static str) -> Self {
        self.codecs = Some(name);
        self
    }

    /// The field with that name on the wire.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether it is the schema of the same type: equal, and so are the samples in it, however deep. Two types of one
    /// name in different modules may hold each other.
    #[cfg(feature = "records")]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        same_schema(self, other, &mut Vec::new())
    }
}

/// `assumed` are the pairs around this one, which are the same unless something else tells them apart. They are known by
/// their places in memory, of which there may be several for a type, but no end of them.
#[cfg(feature = "records")]
fn same_schema(one: &Schema, other: &Schema, assumed: &mut Vec<[*const Field; 2]>) -> bool {
    let pair = [one, other].map(|schema| schema.fields.as_ptr());
    if one != other {
        return false;
    }
    if assumed.contains(&pair) {
        return true;
    }
    assumed.push(pair);
    one.fields.iter().zip(other.fields).all(|(one, other)| match (one.field_type.sample(), other.field_type.sample()) {
        (Some(one), Some(other)) => same_schema(one.get(), other.get(), assumed),
        _ => true,
    })
}

/// `Photo@1.0.0 { image: array<uint8, 3-d>, label: str }`
impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_schema(self.name, &self.version, self.fields, f)
    }
}

/// The one line that a schema prints as, in its static and in its owned form.
pub(crate) fn fmt_schema(
    name: &str,
    version: &impl fmt::Display,
    fields: &[impl fmt::Display],
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    write!(f, "{name}@{version} {{")?;
    for (i, field) in fields.iter().enumerate() {
        write!(f, "{} {field}", if i == 0 { "" } else { "," })?;
    }
    f.write_str(if fields.is_empty() { "}" } else { " }" })
}

/// One field of a [`Schema`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Field {
    /// Name on the wire.
    pub name: &'static str,
    /// Type of the values.
    pub field_type: FieldType,
    /// Whether null stands for a value that is not there.
    pub optional: bool,
    /// Whether a sample without the field is read with a default.
    pub has_default: bool,
    /// Which one, where that is known.
    pub default: Option<DefaultValue>,
    /// What the field holds.
    pub description: Option<&'static str>,
    /// Names of the member that it is in, where it is not that of the field: `jpg|jpeg`.
    pub member: Option<&'static str>,
    /// The name of the codec that reads that member, where it is not that of its extension: `Csv`.
    pub codec: Option<&'static str>,
    /// The colour that images are decoded to, where the bytes are their files: `rgb8`.
    pub image: Option<&'static str>,
    /// What another JSON Schema says of the values, where their type says less.
    pub json_schema: Option<JsonSchema>,
    /// What manifests of shards have of it.
    pub manifest: ManifestField,
}

impl Field {
    /// A required field without a description.
    pub const fn new(name: &'static str, field_type: FieldType) -> Self {
        Self {
            name,
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
    pub const fn optional(mut self, optional: bool) -> Self {
        self.optional = optional;
        self
    }

    /// The same field, with a default for samples that lack it.
    #[must_use]
    pub const fn with_default(mut self) -> Self {
        self.has_default = true;
        self
    }

    /// The same field, with a default and a way to its value.
    #[must_use]
    pub const fn default_value(mut self, value: DefaultValue) -> Self {
        self.default = Some(value);
        self.with_default()
    }

    /// The same field, in a member of one of these names.
    #[must_use]
    pub const fn member(mut self, names: &'static str) -> Self {
        self.member = Some(names);
        self
    }

    /// The same field, whose member is read by the codec of that name.
    #[must_use]
    pub const fn codec(mut self, name: &'static str) -> Self {
        self.codec = Some(name);
        self
    }

    /// The same field, whose bytes are files of images.
    #[must_use]
    pub const fn image(mut self, color: Option<&'static str>) -> Self {
        self.image = color;
        self
    }

    /// The same field, of whose values a JSON Schema says more.
    #[must_use]
    pub const fn json_schema(mut self, schema: JsonSchema) -> Self {
        self.json_schema = Some(schema);
        self
    }

    /// The same field with a description.
    #[must_use]
    pub const fn described(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// The same field with its array type, plain or structured, narrowed to a declared shape and named dimensions.
    ///
    /// A field that is not an array stays as it is; the derive refuses such an attribute on its own.
    #[must_use]
    pub const fn shaped(
        mut self,
        shape: Option<&'static [Option<usize>]>,
        dims: Option<&'static [&'static str]>,
    ) -> Self {
        if let FieldType::Array(array) | FieldType::Structured(array) = &mut self.field_type {
            if let Some(shape) = shape {
                array.shape = Some(shape);
                array.ndim = Some(shape.len());
            }
            if let Some(dims) = dims {
                array.dims = Some(dims);
                array.ndim = Some(dims.len());
            }
        }
        self
    }
}

impl Field {
    /// What it says apart from its type, for comparison.
    #[doc(hidden)]
    pub const fn presence(&self) -> Presence {
        let takes_any = matches!(self.field_type, FieldType::Any);
        Presence::There { optional: self.optional, has_default: self.has_default, takes_any }
    }
}

/// `label: str`, `note: str?`
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}{}", self.name, self.field_type, if self.optional { "?" } else { "" })
    }
}

/// Type of a field, as far as the wire knows it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum FieldType {
    // Not `String`: rustc would then write `std::string::String` in every message to users of this crate.
    /// UTF-8 text.
    Str,
    /// Text that is one of these, each of them once.
    Enum(&'static [&'static str]),
    /// A whole number from -2^63 to 2^64 - 1.
    Int,
    /// An IEEE 754 double.
    Float,
    /// True or false.
    Bool,
    /// Bytes without a meaning to atdata.
    Bytes,
    /// A dense array.
    Array(ArrayType),
    /// A structured array, whose elements are records.
    Structured(ArrayType),
    /// A sparse matrix.
    Sparse,
    /// A tensor in Arrow's IPC form.
    ArrowTensor,
    /// Named tensors in the safetensors form.
    Safetensors,
    /// A data frame in Parquet.
    DataFrame,
    /// A list of values of one type.
    List(&'static FieldType),
    /// A map from strings to values of one type.
    Map(&'static FieldType),
    /// A value or null, inside a list or map; a field has [`Field::optional`] instead.
    Nullable(&'static FieldType),
    /// A nested sample.
    Sample(SchemaRef),
    /// Any value.
    Any,
}

impl FieldType {
    /// What it says, insides apart, for comparison.
    #[doc(hidden)]
    pub const fn parts(&self) -> TypeParts<'static> {
        match self {
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
            // Its fields are not to be had in a constant, so that it cannot be told whether there are any.
            Self::Sample(schema) => TypeParts::Sample(SampleParts {
                name: Some(schema.name),
                version: Some(schema.version),
                is_untyped: false,
            }),
            Self::Any => TypeParts::Any,
        }
    }

    /// The sample type that it is, or holds.
    pub(crate) const fn sample(&self) -> Option<SchemaRef> {
        match self {
            Self::Sample(schema) => Some(*schema),
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.sample(),
            _ => None,
        }
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str => f.write_str("str"),
            Self::Enum(values) => fmt_enum(values, f),
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
            Self::Sample(schema) => f.write_str(schema.name),
            Self::Any => f.write_str("any"),
        }
    }
}

/// What is known of an array field before any sample is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArrayType {
    /// Element type; `None` where each sample may have its own.
    pub dtype: Option<Dtype>,
    /// Number of dimensions; `None` where each sample may have its own.
    pub ndim: Option<usize>,
    /// Sizes of the dimensions, `None` for one that differs from sample to sample.
    pub shape: Option<&'static [Option<usize>]>,
    /// Names of the dimensions.
    pub dims: Option<&'static [&'static str]>,
}

impl ArrayType {
    /// An array type of an element type and a rank.
    pub const fn new(dtype: Option<Dtype>, ndim: Option<usize>) -> Self {
        Self { dtype, ndim, shape: None, dims: None }
    }

    const fn parts(&self) -> ArrayParts<'static> {
        let dims = match self.dims {
            Some(dims) => Some(Texts::Constant(dims)),
            None => None,
        };
        ArrayParts { dtype: self.dtype, ndim: self.ndim, shape: self.shape, dims }
    }

    fn fmt_as(&self, kind: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_array(kind, self.dtype, self.ndim, self.shape, f)
    }
}

/// `array<float32, 3-d>`, `array<float32, (224, 224, _)>`
impl fmt::Display for ArrayType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as("array", f)
    }
}

/// A shape of which no size is known says no more than its rank, so it reads like one.
pub(crate) fn fmt_array(
    kind: &str,
    dtype: Option<Dtype>,
    ndim: Option<usize>,
    shape: Option<&[Option<usize>]>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    match dtype {
        Some(dtype) => write!(f, "{kind}<{dtype}")?,
        None => write!(f, "{kind}<any")?,
    }
    match (shape, ndim) {
        (Some(shape), _) if shape.iter().any(Option::is_some) => {
            f.write_str(", (")?;
            for (i, size) in shape.iter().enumerate() {
                f.write_str(if i == 0 { "" } else { ", " })?;
                match size {
                    Some(size) => write!(f, "{size}")?,
                    None => f.write_str("_")?,
                }
            }
            f.write_str(")>")
        }
        (Some(shape), _) => write!(f, ", {}-d>", shape.len()),
        (None, Some(ndim)) => write!(f, ", {ndim}-d>"),
        (None, None) => f.write_str(">"),
    }
}

/// Values that a line shows; class labels may be thousands.
pub(crate) const MAX_VALUES: usize = 10;

/// `enum<"train", "test">`. Values may come from a record, so they are escaped: the line may go to a terminal.
pub(crate) fn fmt_enum(values: &[impl AsRef<str>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("enum<")?;
    for (i, value) in values.iter().take(MAX_VALUES).enumerate() {
        write!(f, "{}{:?}", if i == 0 { "" } else { ", " }, value.as_ref())?;
    }
    f.write_str(if values.len() > MAX_VALUES { ", …>" } else { ">" })
}

/// A way to the default of a field: it is made when it is asked for, as a constant cannot hold most values.
#[derive(Clone, Copy)]
pub struct DefaultValue {
    get: fn() -> Option<String>,
}

impl DefaultValue {
    /// The value that `get` gives as JSON; `None` where JSON has no form for it.
    pub const fn new(get: fn() -> Option<String>) -> Self {
        Self { get }
    }

    /// The value as JSON, `None` where JSON has no form for it.
    pub fn json(self) -> Option<String> {
        (self.get)()
    }
}

impl PartialEq for DefaultValue {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl fmt::Debug for DefaultValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DefaultValue({})", self.json().as_deref().unwrap_or("?"))
    }
}

/// A way to a schema that need not be known yet: a type may hold samples of its own type.
///
/// Name and version are there without going that way, so that constants can be compared.
#[derive(Clone, Copy)]
pub struct SchemaRef {
    name: &'static str,
    version: &'static str,
    get: fn() -> &'static Schema,
}

impl SchemaRef {
    /// A reference to the schema that `get` gives, by that schema's name and version.
    pub const fn new(name: &'static str, version: &'static str, get: fn() -> &'static Schema) -> Self {
        Self { name, version, get }
    }

    /// Name of the sample type.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Its version.
    pub const fn version(self) -> &'static str {
        self.version
    }

    /// The schema.
    pub fn get(self) -> &'static Schema {
        (self.get)()
    }
}

/// Two references are equal if they name the same version of the same type: following them could go round in circles.
impl PartialEq for SchemaRef {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.version) == (other.name, other.version)
    }
}

impl fmt::Debug for SchemaRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SchemaRef({}@{})", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> &'static Schema {
        static CHILDREN: FieldType = FieldType::Sample(SchemaRef::new("Tree", "1.0.0", tree));
        static TREE: Schema = Schema::new("Tree", "1.0.0", None, &[Field::new("children", FieldType::List(&CHILDREN))]);
        &TREE
    }

    #[test]
    fn a_schema_may_refer_to_itself() {
        assert_eq!(tree(), tree());
        assert_eq!(tree().to_string(), "Tree@1.0.0 { children: list<Tree> }");
        assert!(format!("{:?}", tree()).contains("SchemaRef(Tree@1.0.0)"));
    }

    #[test]
    fn types_of_one_name_that_hold_each_other_are_told_apart() {
        fn inner() -> &'static Schema {
            static INNER: Schema = Schema::new("Node", "1.0.0", None, &[Field::new("child", FieldType::Int)]);
            &INNER
        }
        fn middle() -> &'static Schema {
            static FIELDS: &[Field] = &[Field::new("child", FieldType::Sample(SchemaRef::new("Node", "1.0.0", inner)))];
            static MIDDLE: Schema = Schema::new("Node", "1.0.0", None, FIELDS);
            &MIDDLE
        }
        static FIELDS: &[Field] = &[Field::new("child", FieldType::Sample(SchemaRef::new("Node", "1.0.0", middle)))];
        static OUTER: Schema = Schema::new("Node", "1.0.0", None, FIELDS);
        assert_eq!(&OUTER, middle(), "they look alike");
        let mut depth = 0;
        let mut schema = crate::OwnedSchema::from(&OUTER);
        while let [crate::OwnedField { field_type: crate::OwnedFieldType::Sample(inner), .. }] = &schema.fields[..] {
            (depth, schema) = (depth + 1, (**inner).clone());
        }
        assert_eq!((depth, schema.to_string().as_str()), (2, "Node@1.0.0 { child: int }"));
        let tree = crate::OwnedSchema::from(tree());
        let children = tree.field("children").map(|field| field.field_type.in_full());
        assert_eq!(children.as_deref(), Some("list<Tree>"));
    }

    #[test]
    fn a_declared_shape_narrows_an_array_and_nothing_else() {
        let array = Field::new("image", FieldType::Array(ArrayType::new(Some(Dtype::Float32), None)));
        let shaped = array.shaped(Some(&[Some(224), None]), Some(&["y", "x"]));
        assert_eq!(shaped.to_string(), "image: array<float32, (224, _)>");
        let text = Field::new("label", FieldType::Str).optional(true);
        assert_eq!(text.shaped(Some(&[Some(1)]), None), text);
        assert_eq!(text.to_string(), "label: str?");
        let table = Field::new("table", FieldType::Structured(ArrayType::new(None, None)));
        assert_eq!(table.shaped(Some(&[None]), None).to_string(), "table: structured<any, 1-d>");
    }

    #[test]
    fn array_formats_print_and_convert_alike_in_both_forms() {
        let formats = [FieldType::Sparse, FieldType::ArrowTensor, FieldType::Safetensors, FieldType::DataFrame];
        for format in formats.into_iter().chain([FieldType::Structured(ArrayType::new(None, Some(1)))]) {
            assert_eq!(crate::OwnedFieldType::from(&format).to_string(), format.to_string());
        }
        let owned = crate::OwnedFieldType::from(&FieldType::DataFrame);
        assert_eq!(owned, crate::OwnedFieldType::DataFrame);
    }
}
