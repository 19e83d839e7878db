//! The JSON Schema in a record: one property a field.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::definitions::{self, Reader, Sample};
use super::looks::{each_other, is_sample, one_says_a_type};
use super::values;
use crate::default_value;
use crate::json_schema::note;
use crate::node::Node;
use crate::owned::{OwnedArrayType, OwnedField, OwnedFieldType, OwnedSchema};
use crate::problem::{Problems, quote};
use crate::shims::Shim;
use crate::{array_notes, enum_values, local};

/// The fields of `schema`, whose JSON Schema older records have in `schemaBody`.
pub(super) fn read_body(
    node: &Node<'_>,
    [name, version]: [&str; 2],
    is_ours: bool,
    problems: &mut Problems,
) -> Option<Vec<OwnedField>> {
    node.object(problems)?;
    if let Some(format) = node.get("$type")
        && !format.value.as_str().is_some_and(|text| text.ends_with("#jsonSchemaFormat"))
    {
        format.unexpected("\"science.alt.dataset.schema#jsonSchemaFormat\"", problems);
    }
    match node.get("schemaBody") {
        Some(body) => read_fields(&body, &mut Reader::new(body, name, version, is_ours, problems)),
        None => read_fields(node, &mut Reader::new(*node, name, version, is_ours, problems)),
    }
}

fn read_fields(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<Vec<OwnedField>> {
    node.object(reader.problems)?;
    if let Some(kind) = node.get("type")
        && kind.value != "object"
    {
        kind.unexpected("\"object\"", reader.problems);
    }
    let Some(properties) = node.get("properties") else {
        node.missing("properties", "an object with a property for each field", reader.problems);
        return None;
    };
    let names: HashSet<&str> = properties.object(reader.problems)?.keys().map(String::as_str).collect();
    let required = read_required(node, &names, reader)?;
    let ranks: HashMap<&str, usize> = required.iter().enumerate().map(|(i, name)| (*name, i)).collect();
    let mut fields = Vec::new();
    let mut complete = true;
    for (name, property) in properties.members().into_iter().flatten() {
        let field = read_field(name, &property, !ranks.contains_key(name), reader);
        complete &= field.is_some();
        fields.extend(field);
    }
    if complete { Some(in_order(fields, &ranks)) } else { None }
}

fn read_required<'a>(
    node: &'a Node<'a>,
    properties: &HashSet<&str>,
    reader: &mut Reader<'_, '_>,
) -> Option<Vec<&'a str>> {
    let Some(required) = node.value.get("required").filter(|value| !value.is_null()) else { return Some(Vec::new()) };
    let Some(names) = required.as_array() else {
        node.get("required").unwrap_or(*node).unexpected("a list of names of properties", reader.problems);
        return None;
    };
    let list = node.get("required")?;
    for item in list.items().into_iter().flatten() {
        if !item.value.as_str().is_some_and(|name| properties.contains(name)) {
            item.unexpected("the name of a property", reader.problems);
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

fn read_field(name: &str, node: &Node<'_>, optional: bool, reader: &mut Reader<'_, '_>) -> Option<OwnedField> {
    let name = local::check_name(node, name, reader.problems);
    let field_type = read_type(node, reader);
    local::field(node, (name, field_type, optional), reader.is_ours, reader.problems)
}

fn read_type(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<OwnedFieldType> {
    // The schema of all values.
    if *node.value == Value::Bool(true) {
        return Some(OwnedFieldType::Any);
    }
    node.object(reader.problems)?;
    if !node.is_shallow(reader.problems) {
        return None;
    }
    let mut may_be_null = node.flag("nullable", reader.problems);
    let says_types = |key: &'static str| node.get(key).filter(one_says_a_type);
    let field_type = if let Some(alternatives) = says_types("anyOf").or_else(|| says_types("oneOf")) {
        read_alternatives(node, &alternatives, reader)?
    } else if let Some(all) = says_types("allOf") {
        read_all(node, &all, reader)?
    } else if let Some(reference) = node.get("$ref") {
        read_reference(node, &reference, reader)?
    } else if let Some(reference) = node.get("$dynamicRef").or_else(|| node.get("$recursiveRef")) {
        reference.unexpected("`$ref` in its place, for it says which type is meant", reader.problems);
        return None;
    } else if let Some(kind) = node.get("type") {
        let (kind, or_null) = read_type_name(&kind, reader)?;
        may_be_null |= or_null;
        let is_text = kind == "string" && !is_base64(node);
        match (node.value.get("const"), node.get("enum")) {
            (Some(Value::String(text)), _) if is_text => OwnedFieldType::Enum(vec![text.clone()]),
            (_, Some(values)) if is_text => {
                OwnedFieldType::Enum(enum_values::read(&values, may_be_null, reader.problems)?)
            }
            _ => read_kind(kind, node, reader)?,
        }
    } else if let Some(listed) = node.get("enum") {
        let (of_values, has_null) = values::of_enum(&listed, reader.problems)?;
        may_be_null |= has_null;
        of_values
    } else if let Some(one) = node.get("const") {
        let (of_value, is_null) = values::of_const(&one, reader.problems)?;
        may_be_null |= is_null;
        of_value
    } else if node.get("properties").is_some() {
        read_object(node, reader)?
    } else {
        OwnedFieldType::Any
    };
    Some(local::nullable(field_type, may_be_null))
}

/// `"allOf": [T]`: generators put a reference in such a list where something stands beside it. The property's own `type`
/// is then that of the JSON in which a value could be written.
fn read_all(node: &Node<'_>, all: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<OwnedFieldType> {
    let types: Vec<Node<'_>> = all.items().into_iter().flatten().collect();
    let [only] = types.as_slice() else {
        all.unexpected("one type", reader.problems);
        return None;
    };
    read_only(node, only, reader)
}

/// The one type of a list: the notes of an array may stand beside the list, or in it beside the reference.
fn read_only(node: &Node<'_>, only: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<OwnedFieldType> {
    let has_notes = |node: &Node<'_>| ["dtype", "shape", "dimensionNames"].iter().any(|key| node.get(key).is_some());
    let Some(reference) = only.get("$ref").filter(|_| has_notes(node)) else { return read_type(only, reader) };
    let outer = read_reference(node, &reference, reader)?;
    let read = match (outer, has_notes(only)) {
        (OwnedFieldType::Array(outer), true) => match read_reference(only, &reference, reader)? {
            OwnedFieldType::Array(inner) => OwnedFieldType::Array(both(inner, outer)),
            inner => inner,
        },
        (outer, _) => outer,
    };
    Some(local::nullable(read, only.flag("nullable", reader.problems)))
}

/// What one says, and where it says nothing the other.
fn both(one: OwnedArrayType, other: OwnedArrayType) -> OwnedArrayType {
    OwnedArrayType {
        dtype: one.dtype.or(other.dtype),
        ndim: one.ndim.or(other.ndim),
        shape: one.shape.or(other.shape),
        dims: one.dims.or(other.dims),
    }
}

/// A definition in the schema, or a shim.
fn read_reference(node: &Node<'_>, reference: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<OwnedFieldType> {
    match reference.value.as_str() {
        Some(pointer) if pointer.starts_with('#') => definitions::read(pointer, reference, reader, read_definition),
        _ => read_shim(node, reference, reader.problems),
    }
}

fn read_definition(sample: Option<Sample>, node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<OwnedFieldType> {
    match sample {
        Some(sample) => read_sample(sample, node, reader),
        None => read_type(node, reader),
    }
}

fn read_sample(sample: Sample, node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<OwnedFieldType> {
    let Sample { name, version } = sample;
    let name = local::check_name(node, &name, reader.problems);
    // Unlike that of a property, the description is the type's.
    let description = ["sampleDescription", "description"].map(|key| node.optional_text(key, reader.problems));
    let fields = read_fields(node, reader)?;
    let description = description.into_iter().flatten().next();
    Some(OwnedFieldType::Sample(Box::new(OwnedSchema { name: name?, version, description, fields, layout: None })))
}

/// `[T, {"type": "null"}]`, or `[{"const": "train"}, {"enum": ["test", "dev"]}]`, as generators write enums of which some values
/// have a description.
fn read_alternatives(outer: &Node<'_>, node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<OwnedFieldType> {
    let is_null = |node: &Node<'_>| {
        node.value.get("type").is_some_and(|kind| kind == "null") || node.value.get("const").is_some_and(Value::is_null)
    };
    let mut types: Vec<Node<'_>> = node.items().into_iter().flatten().collect();
    let count = types.len();
    types.retain(|node| !is_null(node));
    if let Some(values) = texts(&types) {
        return Some(local::nullable(OwnedFieldType::Enum(values), count > types.len()));
    }
    if is_each_number(&types) {
        return Some(local::nullable(OwnedFieldType::Float, count > types.len()));
    }
    let [only] = types.as_slice() else {
        node.unexpected("one type, or one type and {\"type\": \"null\"}", reader.problems);
        return None;
    };
    Some(local::nullable(read_only(outer, only, reader)?, count > 1))
}

/// Whether the alternatives are `integer` and `number`, which is what integers are as well.
fn is_each_number(alternatives: &[Node<'_>]) -> bool {
    let names: Vec<_> = alternatives.iter().filter_map(|node| node.value.get("type")?.as_str()).collect();
    alternatives.len() == 2 && (names == ["integer", "number"] || names == ["number", "integer"])
}

/// The texts that alternatives allow, if each of them is a constant or an enum, and each text is there once.
fn texts(alternatives: &[Node<'_>]) -> Option<Vec<String>> {
    let mut values = Vec::new();
    for alternative in alternatives {
        if alternative.value.get("type").is_some_and(|kind| kind != "string") {
            return None;
        }
        match (alternative.value.get("const"), alternative.value.get("enum")) {
            (Some(Value::String(text)), _) => values.push(text.clone()),
            (None, Some(Value::Array(texts))) => {
                for text in texts {
                    values.push(text.as_str()?.to_owned());
                }
            }
            _ => return None,
        }
    }
    let once: HashSet<&String> = values.iter().collect();
    (!values.is_empty() && once.len() == values.len()).then_some(values)
}

/// `"string"`, `["string", "null"]`, `["integer", "number"]`: the name, and whether null is allowed beside it.
fn read_type_name<'a>(node: &Node<'a>, reader: &mut Reader<'_, '_>) -> Option<(&'a str, bool)> {
    let mut names: Vec<&str> = match node.value {
        Value::Array(names) => names.iter().map(|name| name.as_str().unwrap_or_default()).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let count = names.len();
    if count > 1 {
        names.retain(|name| *name != "null");
    }
    if names.contains(&"number") {
        // Which integers are as well.
        names.retain(|name| *name != "integer");
    }
    match names[..] {
        [name] if !name.is_empty() => {
            Some((name, count > 1 && node.value.as_array()?.iter().any(|name| name == "null")))
        }
        _ => {
            node.unexpected("a JSON Schema type, alone or with \"null\"", reader.problems);
            None
        }
    }
}

fn read_kind(kind: &str, node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<OwnedFieldType> {
    Some(match kind {
        "string" if is_base64(node) => OwnedFieldType::Bytes,
        "string" => OwnedFieldType::Str,
        "integer" => OwnedFieldType::Int,
        "number" => OwnedFieldType::Float,
        "boolean" => OwnedFieldType::Bool,
        "array" => OwnedFieldType::List(Box::new(match node.get("items") {
            Some(items) if items.value.is_object() && node.get("prefixItems").is_none() => read_type(&items, reader)?,
            // Python takes them for text; but it checks none, and writes whatever there is. Items of a type each are of
            // no one type.
            _ => OwnedFieldType::Any,
        })),
        "object" => return read_object(node, reader),
        _ => {
            let expected = "one of the types string, integer, number, boolean, array, object";
            node.get("type").unwrap_or(*node).wrong(expected, quote(kind), reader.problems);
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
fn read_object(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<OwnedFieldType> {
    if node.get("schemaRef").is_some() {
        return local::read_ref(node, "schemaRef", reader.problems);
    }
    if is_sample(node) {
        let name = node.optional_text("title", reader.problems).unwrap_or_else(|| "Unknown".to_owned());
        let version = node.optional_text("version", reader.problems).unwrap_or_else(|| "1.0.0".to_owned());
        let description = node.optional_text("sampleDescription", reader.problems);
        let fields = read_fields(node, reader)?;
        return Some(OwnedFieldType::Sample(Box::new(OwnedSchema {
            name,
            version,
            description,
            fields,
            layout: None,
        })));
    }
    let mut types = Vec::new();
    each_other(node, |values| types.push(read_type(values, reader)));
    let mut types = types.into_iter().collect::<Option<Vec<_>>>()?;
    // Of several types, each for some of the keys, a map has none.
    types.dedup();
    let value = if types.len() == 1 { types.pop() } else { None };
    Some(OwnedFieldType::Map(Box::new(value.unwrap_or(OwnedFieldType::Any))))
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
    crate::layout::write(schema, &mut body);
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
        // A record of the network has no fractions, and of a schema no other form.
        let json_schema = field.json_schema.as_ref().filter(|schema| !default_value::has_fractions(schema));
        note::write(json_schema, &mut property);
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
