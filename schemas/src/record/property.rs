//! The JSON Schema in a record: one property a field.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::default_value;
use crate::node::Node;
use crate::owned::{OwnedField, OwnedFieldType, OwnedSchema};
use crate::problem::{Problems, quote};
use crate::shims::Shim;
use crate::{array_notes, enum_values, local};

/// The fields of `schema`, whose JSON Schema older records have in `schemaBody`.
pub(super) fn read_body(node: &Node<'_>, problems: &mut Problems) -> Option<Vec<OwnedField>> {
    node.object(problems)?;
    if let Some(format) = node.get("$type")
        && !format.value.as_str().is_some_and(|text| text.ends_with("#jsonSchemaFormat"))
    {
        format.unexpected("\"science.alt.dataset.schema#jsonSchemaFormat\"", problems);
    }
    match node.get("schemaBody") {
        Some(body) => read_fields(&body, problems),
        None => read_fields(node, problems),
    }
}

fn read_fields(node: &Node<'_>, problems: &mut Problems) -> Option<Vec<OwnedField>> {
    node.object(problems)?;
    if let Some(kind) = node.get("type")
        && kind.value != "object"
    {
        kind.unexpected("\"object\"", problems);
    }
    let Some(properties) = node.get("properties") else {
        node.missing("properties", "an object with a property for each field", problems);
        return None;
    };
    let names: HashSet<&str> = properties.object(problems)?.keys().map(String::as_str).collect();
    let required = read_required(node, &names, problems)?;
    let ranks: HashMap<&str, usize> = required.iter().enumerate().map(|(i, name)| (*name, i)).collect();
    let mut fields = Vec::new();
    let mut complete = true;
    for (name, property) in properties.members().into_iter().flatten() {
        let field = read_field(name, &property, !ranks.contains_key(name), problems);
        complete &= field.is_some();
        fields.extend(field);
    }
    if complete { Some(in_order(fields, &ranks)) } else { None }
}

fn read_required<'a>(node: &'a Node<'a>, properties: &HashSet<&str>, problems: &mut Problems) -> Option<Vec<&'a str>> {
    let Some(required) = node.value.get("required").filter(|value| !value.is_null()) else { return Some(Vec::new()) };
    let Some(names) = required.as_array() else {
        node.get("required").unwrap_or(*node).unexpected("a list of names of properties", problems);
        return None;
    };
    let list = node.get("required")?;
    for item in list.items().into_iter().flatten() {
        if !item.value.as_str().is_some_and(|name| properties.contains(name)) {
            item.unexpected("the name of a property", problems);
        }
    }
    Some(names.iter().filter_map(Value::as_str).collect())
}

/// Servers sort properties by length, then bytes. Where they are not sorted so and agree with `required`, they are in
/// the order of their writer; else the required ones come first.
fn in_order(mut fields: Vec<OwnedField>, ranks: &HashMap<&str, usize>) -> Vec<OwnedField> {
    let rank = |field: &OwnedField| ranks.get(field.name.as_str()).copied();
    let was_sorted = fields.is_sorted_by(|a, b| (a.name.len(), &a.name) <= (b.name.len(), &b.name));
    let agrees = fields.iter().filter_map(rank).is_sorted();
    if agrees && !was_sorted {
        return fields;
    }
    fields.sort_by_key(|field| rank(field).unwrap_or(usize::MAX));
    fields
}

fn read_field(name: &str, node: &Node<'_>, optional: bool, problems: &mut Problems) -> Option<OwnedField> {
    let name = local::check_name(node, name, problems);
    let field_type = read_type(node, problems)?;
    let has_default = node.flag("hasDefault", problems);
    let description = node.optional_text("description", problems);
    let field = local::flat(OwnedField { name: name?, field_type, optional, has_default, default: None, description });
    local::with_default(node, field, problems)
}

fn read_type(node: &Node<'_>, problems: &mut Problems) -> Option<OwnedFieldType> {
    node.object(problems)?;
    if !node.is_shallow(problems) {
        return None;
    }
    if let Some(alternatives) = node.get("anyOf").or_else(|| node.get("oneOf")) {
        return read_alternatives(&alternatives, problems);
    }
    let mut may_be_null = node.flag("nullable", problems);
    let field_type = if let Some(reference) = node.get("$ref") {
        read_shim(node, &reference, problems)?
    } else if let Some(kind) = node.get("type") {
        let (kind, or_null) = read_type_name(&kind, problems)?;
        may_be_null |= or_null;
        match node.get("enum") {
            Some(values) if kind == "string" && !is_base64(node) => {
                OwnedFieldType::Enum(enum_values::read(&values, may_be_null, problems)?)
            }
            _ => read_kind(kind, node, problems)?,
        }
    } else if let Some(values) = node.get("enum").or_else(|| node.get("const")) {
        values.unexpected("a `type` beside it", problems);
        return None;
    } else {
        OwnedFieldType::Any
    };
    Some(local::nullable(field_type, may_be_null))
}

/// `[T, {"type": "null"}]`
fn read_alternatives(node: &Node<'_>, problems: &mut Problems) -> Option<OwnedFieldType> {
    let is_null = |node: &Node<'_>| node.value.get("type").is_some_and(|kind| kind == "null");
    let mut types: Vec<Node<'_>> = node.items().into_iter().flatten().collect();
    let count = types.len();
    types.retain(|node| !is_null(node));
    let [only] = types.as_slice() else {
        node.unexpected("one type, or one type and {\"type\": \"null\"}", problems);
        return None;
    };
    Some(local::nullable(read_type(only, problems)?, count > 1))
}

/// `"string"`, `["string", "null"]`: the name, and whether null is allowed beside it.
fn read_type_name<'a>(node: &Node<'a>, problems: &mut Problems) -> Option<(&'a str, bool)> {
    let name = match node.value {
        Value::String(name) => Some((name.as_str(), false)),
        Value::Array(names) => match names.as_slice() {
            [Value::String(null), Value::String(name)] | [Value::String(name), Value::String(null)]
                if null == "null" =>
            {
                Some((name.as_str(), true))
            }
            [Value::String(name)] => Some((name.as_str(), false)),
            _ => None,
        },
        _ => None,
    };
    if name.is_none() {
        node.unexpected("a JSON Schema type, alone or with \"null\"", problems);
    }
    name
}

fn read_kind(kind: &str, node: &Node<'_>, problems: &mut Problems) -> Option<OwnedFieldType> {
    Some(match kind {
        "string" if is_base64(node) => OwnedFieldType::Bytes,
        "string" => OwnedFieldType::Str,
        "integer" => OwnedFieldType::Int,
        "number" => OwnedFieldType::Float,
        "boolean" => OwnedFieldType::Bool,
        "array" => OwnedFieldType::List(Box::new(match node.get("items") {
            Some(items) => read_type(&items, problems)?,
            // As Python has it.
            None => OwnedFieldType::Str,
        })),
        "object" => return read_object(node, problems),
        _ => {
            let expected = "one of the types string, integer, number, boolean, array, object";
            node.get("type").unwrap_or(*node).wrong(expected, quote(kind), problems);
            return None;
        }
    })
}

/// Bytes, which JSON can only hold as text.
fn is_base64(node: &Node<'_>) -> bool {
    let has = |key: &str, text: &str| node.value.get(key).is_some_and(|value| value == text);
    has("format", "byte") || has("contentEncoding", "base64")
}

/// A reference, a nested sample, or a map.
fn read_object(node: &Node<'_>, problems: &mut Problems) -> Option<OwnedFieldType> {
    if node.get("schemaRef").is_some() {
        return local::read_ref(node, "schemaRef", problems);
    }
    if node.get("properties").is_some() {
        let name = node.optional_text("title", problems).unwrap_or_else(|| "Unknown".to_owned());
        let version = node.optional_text("version", problems).unwrap_or_else(|| "1.0.0".to_owned());
        let description = node.optional_text("sampleDescription", problems);
        let fields = read_fields(node, problems)?;
        return Some(OwnedFieldType::Sample(Box::new(OwnedSchema { name, version, description, fields })));
    }
    let value = match node.get("additionalProperties") {
        Some(values) if values.value.is_object() => read_type(&values, problems)?,
        _ => OwnedFieldType::Any,
    };
    Some(OwnedFieldType::Map(Box::new(value)))
}

/// As in Python, a shim is known by a word in its address.
fn read_shim(node: &Node<'_>, reference: &Node<'_>, problems: &mut Problems) -> Option<OwnedFieldType> {
    let address = reference.text("the address of an array shim", problems)?;
    let Some(shim) = Shim::of_address(address) else {
        reference.unexpected(
            "the address of a shim with ndarray, sparse, structured, safetensors, arrow, tensor or dataframe in it",
            problems,
        );
        return None;
    };
    Some(match shim {
        Shim::Ndarray => OwnedFieldType::Array(array_notes::read(node, problems)?),
        Shim::Structured => OwnedFieldType::Structured(array_notes::read(node, problems)?),
        Shim::Sparse => OwnedFieldType::Sparse,
        Shim::ArrowTensor => OwnedFieldType::ArrowTensor,
        Shim::Safetensors => OwnedFieldType::Safetensors,
        Shim::DataFrame => OwnedFieldType::DataFrame,
    })
}

/// `{"$type": "…#jsonSchemaFormat", "$schema": …, "type": "object", "properties": …, "required": …}`
pub(super) fn write_body(schema: &OwnedSchema) -> Value {
    let mut formats = Map::new();
    let mut body = Map::new();
    body.insert("$type".to_owned(), "science.alt.dataset.schema#jsonSchemaFormat".into());
    body.insert("$schema".to_owned(), "http://json-schema.org/draft-07/schema#".into());
    body.insert("type".to_owned(), "object".into());
    write_fields(&schema.fields, &mut body, &mut formats);
    if !formats.is_empty() {
        body.insert("arrayFormatVersions".to_owned(), formats.into());
    }
    body.into()
}

fn write_fields(fields: &[OwnedField], members: &mut Map<String, Value>, formats: &mut Map<String, Value>) {
    let mut properties = Map::new();
    for field in fields {
        let mut property = write_type(&field.field_type, formats);
        let default = field.default.as_ref().and_then(|value| default_value::for_network(value, &field.field_type));
        local::write_notes(field, default, &mut property);
        properties.insert(field.name.clone(), property.into());
    }
    members.insert("properties".to_owned(), properties.into());
    let required: Vec<&str> = fields.iter().filter(|field| !field.optional).map(|field| field.name.as_str()).collect();
    if !required.is_empty() {
        members.insert("required".to_owned(), required.into());
    }
}

fn write_type(field_type: &OwnedFieldType, formats: &mut Map<String, Value>) -> Map<String, Value> {
    match field_type {
        OwnedFieldType::Str => members(json!({"type": "string"})),
        OwnedFieldType::Enum(values) => members(json!({"type": "string", "enum": enum_values::write(values)})),
        OwnedFieldType::Int => members(json!({"type": "integer"})),
        OwnedFieldType::Float => members(json!({"type": "number"})),
        OwnedFieldType::Bool => members(json!({"type": "boolean"})),
        OwnedFieldType::Bytes => members(json!({"type": "string", "format": "byte", "contentEncoding": "base64"})),
        OwnedFieldType::Array(array) => {
            let mut notes = Map::new();
            array_notes::write(array, &mut notes);
            // Only the later shim has a place for notes.
            let version = if notes.is_empty() { "1.0.0" } else { "1.1.0" };
            let mut property = write_shim(Shim::Ndarray, version, formats);
            property.append(&mut notes);
            property
        }
        OwnedFieldType::Structured(array) => {
            let mut property = write_shim(Shim::Structured, "1.0.0", formats);
            array_notes::write(array, &mut property);
            property
        }
        OwnedFieldType::Sparse => write_shim(Shim::Sparse, "1.0.0", formats),
        OwnedFieldType::ArrowTensor => write_shim(Shim::ArrowTensor, "1.0.0", formats),
        OwnedFieldType::Safetensors => write_shim(Shim::Safetensors, "1.0.0", formats),
        OwnedFieldType::DataFrame => write_shim(Shim::DataFrame, "1.0.0", formats),
        OwnedFieldType::List(element) => members(json!({"type": "array", "items": write_type(element, formats)})),
        OwnedFieldType::Map(value) => {
            members(json!({"type": "object", "additionalProperties": write_type(value, formats)}))
        }
        OwnedFieldType::Nullable(inner) => {
            let mut property = write_type(inner, formats);
            property.insert("nullable".to_owned(), true.into());
            property
        }
        OwnedFieldType::Sample(schema) => write_sample(schema, formats),
        OwnedFieldType::Ref(reference) => members(json!({"type": "object", "schemaRef": reference.as_str()})),
        OwnedFieldType::Any => Map::new(),
    }
}

/// The property's `description` is the field's.
fn write_sample(schema: &OwnedSchema, formats: &mut Map<String, Value>) -> Map<String, Value> {
    let mut property = members(json!({"type": "object", "title": schema.name, "version": schema.version}));
    if let Some(description) = &schema.description {
        property.insert("sampleDescription".to_owned(), description.as_str().into());
    }
    write_fields(&schema.fields, &mut property, formats);
    property
}

fn write_shim(shim: Shim, version: &str, formats: &mut Map<String, Value>) -> Map<String, Value> {
    if let Some(format) = shim.format() {
        let written = formats.entry(format).or_insert_with(|| version.into());
        if written.as_str().is_some_and(|written| written < version) {
            *written = version.into();
        }
    }
    members(json!({"$ref": shim.address(version)}))
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
