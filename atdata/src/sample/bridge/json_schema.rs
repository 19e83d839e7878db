//! JSON Schemas of sample types: of what their samples are as JSON, made from their own schemas.

use std::borrow::Cow;

use atdata_schema::{ArrayType, Dtype, Field, FieldType, Schema, SchemaRef};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::array::DynArray;
use crate::sample::{DictSample, Packable, Value as AnyValue};

/// The name of the type in a document with others: that of its schema.
pub fn schema_name<S: Packable>() -> Cow<'static, str> {
    Cow::Borrowed(S::SCHEMA.name)
}

/// What tells the type from another of the same name.
pub fn schema_id<S: Packable>(path: &'static str) -> Cow<'static, str> {
    Cow::Owned(format!("{path}::{}@{}", S::SCHEMA.name, S::SCHEMA.version))
}

/// The JSON Schema of the samples of a type; those that are nested in it become definitions of the generator.
pub fn json_schema<S: Packable>(generator: &mut SchemaGenerator) -> schemars::Schema {
    schemars::Schema::from(sample(S::SCHEMA, generator))
}

macro_rules! untyped {
    ($(#[$doc:meta] $name:ident, $title:literal: $schema:expr;)*) => {$(
        #[$doc]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                Cow::Borrowed($title)
            }

            fn schema_id() -> Cow<'static, str> {
                Cow::Borrowed(concat!("atdata::", $title))
            }

            fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
                let schema: Value = $schema;
                schemars::Schema::try_from(schema).unwrap_or_default()
            }
        }
    )*};
}

untyped! {
    /// Any value.
    AnyValue, "Value": json!(true);
    /// A map of any fields.
    DictSample, "DictSample": json!({"type": "object"});
    /// An array of any dtype and shape.
    DynArray, "DynArray": Value::Object(inside_of_array(&ArrayType::new(None, None)));
}

fn sample(schema: &Schema, generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut properties = Map::new();
    for (number, field) in schema.fields.iter().enumerate() {
        // No name of another definition, whatever types are called.
        let place = format!("{}@{}.{number}.", schema.name, schema.version);
        properties.insert(escaped(field.name), property(field, &place, generator));
    }
    let is_required = |field: &&Field| !field.optional && !field.has_default;
    let required: Vec<_> = schema.fields.iter().filter(is_required).map(|field| escaped(field.name)).collect();
    let mut object = Map::new();
    object.insert("type".into(), json!("object"));
    if let Some(description) = schema.description {
        object.insert("description".into(), json!(description));
    }
    object.insert("properties".into(), Value::Object(properties));
    object.insert("required".into(), json!(required));
    object
}

/// Names that begin with `$` get one more, as they do in the JSON.
fn escaped(name: &str) -> String {
    if name.starts_with('$') { format!("${name}") } else { name.to_owned() }
}

fn property(field: &Field, place: &str, generator: &mut SchemaGenerator) -> Value {
    let mut schema = match field.json_schema.and_then(|schema| serde_json::from_str(&schema.json()).ok()) {
        Some(document) => of_another(document, place, generator),
        None => value(&field.field_type, generator),
    };
    if field.optional {
        schema = nullable(&schema);
    }
    let Some(description) = field.description else { return schema };
    match &mut schema {
        // Beside a reference as well: schemars itself makes of that what the draft asks for.
        Value::Object(object) => {
            object.insert("description".into(), json!(description));
            schema
        }
        _ => json!({"description": description}),
    }
}

/// The schema that a document is; its definitions become those of the generator, of names that begin with `place`.
fn of_another(mut document: Value, place: &str, generator: &mut SchemaGenerator) -> Value {
    let path = format!("#{}/{place}", generator.settings().definitions_path.trim_end_matches('/'));
    refer_to(&mut document, &path);
    if let Value::Object(members) = &mut document {
        members.remove("$schema");
        if let Some(Value::Object(definitions)) = members.remove("$defs") {
            let placed = definitions.into_iter().map(|(name, schema)| (format!("{place}{name}"), schema));
            generator.definitions_mut().extend(placed);
        }
    }
    document
}

/// What refers to definitions of the document refers to those of that path.
fn refer_to(schema: &mut Value, path: &str) {
    match schema {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(target) if key == "$ref" => {
                        if let Some(name) = target.strip_prefix("#/$defs/") {
                            *target = format!("{path}{name}");
                        }
                    }
                    other => refer_to(other, path),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| refer_to(item, path)),
        _ => {}
    }
}

fn nullable(schema: &Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

fn value(field_type: &FieldType, generator: &mut SchemaGenerator) -> Value {
    match field_type {
        FieldType::Str => json!({"type": "string"}),
        FieldType::Enum(values) => json!({"type": "string", "enum": values}),
        FieldType::Int => json!({"type": "integer", "minimum": i64::MIN, "maximum": u64::MAX}),
        FieldType::Float => {
            float(&json!({"type": "object", "properties": {"$float": names()}, "required": ["$float"]}))
        }
        FieldType::Bool => json!({"type": "boolean"}),
        FieldType::Array(of) => array(of),
        FieldType::List(element) => json!({"type": "array", "items": value(element, generator)}),
        FieldType::Map(of) => json!({"type": "object", "additionalProperties": value(of, generator)}),
        FieldType::Nullable(of) => nullable(&value(of, generator)),
        FieldType::Sample(of) => nested(*of, generator),
        // What else is bytes on the wire is told from them by no JSON.
        FieldType::Bytes
        | FieldType::Structured(_)
        | FieldType::Sparse
        | FieldType::ArrowTensor
        | FieldType::Safetensors
        | FieldType::DataFrame => json!({"anyOf": [bytes(), array(&ArrayType::new(None, None))]}),
        // Any value, and kinds that are not known here yet.
        _ => json!(true),
    }
}

/// A reference to the definition of a nested type, which is made the first time. Its name has the version, and so is none
/// that the generator itself gives.
fn nested(of: SchemaRef, generator: &mut SchemaGenerator) -> Value {
    let schema = of.get();
    let name = format!("{}@{}", schema.name, schema.version);
    if !generator.definitions().contains_key(&name) {
        // Types may hold themselves.
        generator.definitions_mut().insert(name.clone(), json!(true));
        let object = sample(schema, generator);
        generator.definitions_mut().insert(name.clone(), Value::Object(object));
    }
    let path = generator.settings().definitions_path.trim_end_matches('/');
    json!({"$ref": format!("#{path}/{name}")})
}

fn names() -> Value {
    json!({"enum": ["NaN", "Infinity", "-Infinity"]})
}

/// A number, or what stands for one that JSON does not have.
fn float(named: &Value) -> Value {
    json!({"anyOf": [{"type": "number"}, named]})
}

fn bytes() -> Value {
    let text = json!({"type": "string", "contentEncoding": "base64"});
    json!({"type": "object", "properties": {"$bytes": text}, "required": ["$bytes"], "additionalProperties": false})
}

fn array(of: &ArrayType) -> Value {
    let inside = inside_of_array(of);
    json!({"type": "object", "properties": {"$array": inside}, "required": ["$array"], "additionalProperties": false})
}

fn inside_of_array(of: &ArrayType) -> Map<String, Value> {
    let dtype = of.dtype.map_or_else(|| json!({"type": "string"}), |dtype| json!({"const": dtype.name()}));
    let mut properties = Map::new();
    properties.insert("dtype".into(), dtype);
    properties.insert("shape".into(), shape(of));
    properties.insert("values".into(), json!({"type": "array", "items": of.dtype.map_or(json!(true), element)}));
    let required = if of.dtype.is_some() { json!(["dtype", "shape", "values"]) } else { json!(["dtype", "shape"]) };
    let mut inside = Map::new();
    inside.insert("type".into(), json!("object"));
    inside.insert("properties".into(), Value::Object(properties));
    inside.insert("required".into(), required);
    inside
}

fn shape(of: &ArrayType) -> Value {
    let size = |size: &Option<usize>| match size {
        Some(size) => json!({"const": size}),
        None => json!({"type": "integer", "minimum": 0}),
    };
    let mut shape = json!({"type": "array", "items": size(&None)});
    if let (Some(object), Some(ndim)) = (shape.as_object_mut(), of.ndim) {
        object.insert("minItems".into(), json!(ndim));
        object.insert("maxItems".into(), json!(ndim));
        if let Some(sizes) = of.shape {
            object.insert("prefixItems".into(), sizes.iter().map(size).collect());
        }
    }
    shape
}

/// One element of an array.
fn element(dtype: Dtype) -> Value {
    let number = || float(&names());
    match dtype.name() {
        "bool" => json!({"type": "boolean"}),
        name if name.starts_with("complex") => {
            json!({"type": "array", "items": number(), "minItems": 2, "maxItems": 2})
        }
        name if name.contains("float") => number(),
        _ => json!({"type": "integer"}),
    }
}
