//! The local JSON form: what indexes store.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::default_value::{self, Fit};
use crate::json_schema::note;
use crate::manifest::ManifestField;
use crate::node::Node;
use crate::owned::{OwnedField, OwnedFieldType, OwnedSchema};
use crate::problem::Problems;
use crate::{array_notes, enum_values};

/// A schema with `fields`. The version may be any text: Python does not check what it stores.
pub(crate) fn read_schema(node: &Node<'_>, problems: &mut Problems) -> Option<OwnedSchema> {
    node.object(problems)?;
    if !node.is_shallow(problems) {
        return None;
    }
    let name = read_name(node, "name", problems);
    let version = node.optional_text("version", problems).unwrap_or_else(|| "1.0.0".to_owned());
    let description = node.optional_text("description", problems);
    let fields = read_fields(node, problems);
    let layout = crate::layout::read(node, problems);
    Some(OwnedSchema { name: name?, version, description, fields: fields?, layout })
}

/// A name that is there and not empty.
pub(crate) fn read_name(node: &Node<'_>, key: &'static str, problems: &mut Problems) -> Option<String> {
    let Some(name) = node.get(key) else {
        node.missing(key, "a name", problems);
        return None;
    };
    check_name(&name, name.text("a name", problems)?, problems)
}

/// Names come from untrusted records and go to generated code and to terminals.
pub(crate) fn check_name(node: &Node<'_>, name: &str, problems: &mut Problems) -> Option<String> {
    if name.is_empty() || name.contains(char::is_control) {
        node.wrong("a name without control characters", crate::problem::quote(name), problems);
        return None;
    }
    Some(name.to_owned())
}

fn read_fields(node: &Node<'_>, problems: &mut Problems) -> Option<Vec<OwnedField>> {
    let Some(list) = node.get("fields") else {
        node.missing("fields", "a list of fields", problems);
        return None;
    };
    let Some(items) = list.items() else {
        list.unexpected("a list of fields", problems);
        return None;
    };
    let mut names = HashSet::new();
    let mut fields = Vec::new();
    let mut complete = true;
    for item in items {
        let field = read_field(&item, problems);
        if let Some(field) = &field
            && !names.insert(field.name.clone())
        {
            let found = crate::problem::quote(&field.name);
            item.wrong("a name that no other field has", found, problems);
        }
        complete &= field.is_some();
        fields.extend(field);
    }
    complete.then_some(fields)
}

fn read_field(node: &Node<'_>, problems: &mut Problems) -> Option<OwnedField> {
    node.object(problems)?;
    let name = read_name(node, "name", problems);
    let optional = node.flag("optional", problems);
    let field_type = match node.get("fieldType") {
        Some(field_type) => read_type(&field_type, problems),
        None => {
            node.missing("fieldType", "an object with `$type`", problems);
            None
        }
    };
    field(node, (name, field_type, optional), true, problems)
}

/// The field of a name and type, with what a record says of it in either form; `is_ours` where it is a record of atdata,
/// whose notes are no keys of somebody else.
pub(crate) fn field(
    node: &Node<'_>,
    (name, field_type, optional): (Option<String>, Option<OwnedFieldType>, bool),
    is_ours: bool,
    problems: &mut Problems,
) -> Option<OwnedField> {
    let has_default = node.flag("hasDefault", problems);
    let description = node.optional_text("description", problems);
    let (mut member, mut codec, mut image, mut json_schema) = (None, None, None, None);
    let mut manifest = ManifestField::Inferred;
    if is_ours {
        member = node.optional_text("member", problems);
        codec = crate::layout::read_codec(node, "codec", problems);
        image = crate::layout::read_image(node, problems);
        json_schema = note::read(node, problems);
        manifest = crate::layout::read_manifest(node, field_type.as_ref(), problems);
    }
    let (name, field_type) = (name?, field_type?);
    let field = OwnedField {
        name,
        field_type,
        optional,
        has_default,
        default: None,
        description,
        member,
        codec,
        image,
        json_schema,
        manifest,
    };
    with_default(node, flat(field), problems)
}

/// The field with the default that the record gives it. Null says that there is one; where null is a value, which.
fn with_default(node: &Node<'_>, mut field: OwnedField, problems: &mut Problems) -> Option<OwnedField> {
    let Some(value) = node.value.get("default") else { return Some(field) };
    field.has_default = true;
    match default_value::of_field(value, &field.field_type, field.optional) {
        Fit::Value(value) => field.default = Some(value),
        Fit::Unknown => {}
        Fit::Misfit => {
            let place = node.get("default").unwrap_or(*node);
            place.unexpected(format!("a default of the field's type, {}", field.field_type), problems);
            return None;
        }
    }
    Some(field)
}

/// A field has a flag for null, so its type does not need one.
fn flat(mut field: OwnedField) -> OwnedField {
    if let OwnedFieldType::Nullable(inner) = field.field_type {
        field.field_type = *inner;
        field.optional = true;
    }
    field
}

/// `nullable` marks an element that may be null.
pub(crate) fn nullable(field_type: OwnedFieldType, nullable: bool) -> OwnedFieldType {
    match field_type {
        already @ (OwnedFieldType::Nullable(_) | OwnedFieldType::Any) => already,
        other if nullable => OwnedFieldType::Nullable(Box::new(other)),
        other => other,
    }
}

fn read_type(node: &Node<'_>, problems: &mut Problems) -> Option<OwnedFieldType> {
    node.object(problems)?;
    if !node.is_shallow(problems) {
        return None;
    }
    let may_be_null = node.flag("nullable", problems);
    let field_type = match node.get("exactType") {
        Some(exact) => read_type(&exact, problems)?,
        None => read_kind(node, problems)?,
    };
    Some(nullable(field_type, may_be_null))
}

fn read_kind(node: &Node<'_>, problems: &mut Problems) -> Option<OwnedFieldType> {
    Some(match kind(node, problems)? {
        "primitive" => return read_primitive(node, problems),
        "ndarray" => OwnedFieldType::Array(array_notes::read(node, problems)?),
        "structured" => OwnedFieldType::Structured(array_notes::read(node, problems)?),
        "sparse" => OwnedFieldType::Sparse,
        "arrow_tensor" => OwnedFieldType::ArrowTensor,
        "safetensors" => OwnedFieldType::Safetensors,
        "dataframe" => OwnedFieldType::DataFrame,
        "array" => OwnedFieldType::List(Box::new(read_inner(node, "items", problems)?)),
        "map" => OwnedFieldType::Map(Box::new(read_inner(node, "values", problems)?)),
        "sample" => match node.get("schema") {
            Some(schema) => OwnedFieldType::Sample(Box::new(read_schema(&schema, problems)?)),
            None => {
                node.missing("schema", "the schema of the nested sample", problems);
                return None;
            }
        },
        "ref" => return read_ref(node, "ref", problems),
        "enum" => match node.get("values") {
            Some(values) => OwnedFieldType::Enum(enum_values::read(&values, false, problems)?),
            None => {
                node.missing("values", "the texts that the field can be", problems);
                return None;
            }
        },
        "any" => OwnedFieldType::Any,
        _ => {
            let place = node.get("$type").or_else(|| node.get("kind"));
            place.unwrap_or(*node).unexpected(
                "one of the kinds primitive, ndarray, structured, sparse, arrow_tensor, safetensors, dataframe, array, ref",
                problems,
            );
            return None;
        }
    })
}

/// The text after the last `#` of `$type`, whatever the namespace before it; or else `kind`.
fn kind<'a>(node: &'a Node<'a>, problems: &mut Problems) -> Option<&'a str> {
    if let Some((_, kind)) = node.value.get("$type").and_then(Value::as_str).and_then(|text| text.rsplit_once('#')) {
        return Some(kind);
    }
    let kind = node.value.get("kind").and_then(Value::as_str);
    if kind.is_none() {
        match node.get("$type") {
            Some(wrong) => wrong.unexpected("text such as \"local#primitive\"", problems),
            None => node.missing("$type", "text such as \"local#primitive\"", problems),
        }
    }
    kind
}

fn read_primitive(node: &Node<'_>, problems: &mut Problems) -> Option<OwnedFieldType> {
    const EXPECTED: &str = "one of \"str\", \"int\", \"float\", \"bool\", \"bytes\"";
    let Some(primitive) = node.get("primitive") else {
        node.missing("primitive", EXPECTED, problems);
        return None;
    };
    Some(match primitive.value.as_str() {
        Some("str") => OwnedFieldType::Str,
        Some("int") => OwnedFieldType::Int,
        Some("float") => OwnedFieldType::Float,
        Some("bool") => OwnedFieldType::Bool,
        Some("bytes") => OwnedFieldType::Bytes,
        _ => {
            primitive.unexpected(EXPECTED, problems);
            return None;
        }
    })
}

/// The type of elements or values; without one they are anything.
fn read_inner(node: &Node<'_>, key: &'static str, problems: &mut Problems) -> Option<OwnedFieldType> {
    match node.get(key) {
        Some(inner) => read_type(&inner, problems),
        None => Some(OwnedFieldType::Any),
    }
}

pub(crate) fn read_ref(node: &Node<'_>, key: &'static str, problems: &mut Problems) -> Option<OwnedFieldType> {
    const EXPECTED: &str = "a reference to a schema such as \"atdata://local/schema/Name@1.0.0\"";
    let Some(reference) = node.get(key) else {
        node.missing(key, EXPECTED, problems);
        return None;
    };
    match reference.text(EXPECTED, problems)?.parse() {
        Ok(target) => Some(OwnedFieldType::Ref(target)),
        Err(_) => {
            reference.unexpected(EXPECTED, problems);
            None
        }
    }
}

/// `{"name": …, "version": …, "fields": […], "description": …}`: keys and their order as Python has them.
pub(crate) fn write_schema(schema: &OwnedSchema) -> Map<String, Value> {
    let fields: Vec<Value> = schema.fields.iter().map(write_field).collect();
    let mut members = Map::new();
    members.insert("name".to_owned(), schema.name.as_str().into());
    members.insert("version".to_owned(), schema.version.as_str().into());
    members.insert("fields".to_owned(), fields.into());
    members.insert("description".to_owned(), schema.description.as_deref().into());
    crate::layout::write(schema, &mut members);
    members
}

fn write_field(field: &OwnedField) -> Value {
    let mut members = Map::new();
    members.insert("name".to_owned(), field.name.as_str().into());
    members.insert("fieldType".to_owned(), write_type(&field.field_type).into());
    members.insert("optional".to_owned(), field.optional.into());
    write_notes(field, field.default.clone(), &mut members);
    note::write(field.json_schema.as_ref(), &mut members);
    members.into()
}

/// What Python does not know of a field; it ignores the keys.
pub(crate) fn write_notes(field: &OwnedField, default: Option<Value>, members: &mut Map<String, Value>) {
    if let Some(description) = &field.description {
        members.insert("description".to_owned(), description.as_str().into());
    }
    if field.has_default {
        members.insert("hasDefault".to_owned(), true.into());
    }
    if let Some(default) = default {
        members.insert("default".to_owned(), default);
    }
    crate::layout::write_field(field, members);
}

fn write_type(field_type: &OwnedFieldType) -> Map<String, Value> {
    match field_type {
        OwnedFieldType::Str => primitive("str"),
        OwnedFieldType::Enum(values) => exactly(json!({"$type": "local#enum", "values": enum_values::write(values)})),
        OwnedFieldType::Int => primitive("int"),
        OwnedFieldType::Float => primitive("float"),
        OwnedFieldType::Bool => primitive("bool"),
        OwnedFieldType::Bytes => primitive("bytes"),
        OwnedFieldType::Array(array) => {
            let mut members = kinded("ndarray");
            array_notes::write(array, &mut members);
            members
        }
        OwnedFieldType::Structured(array) => {
            let mut members = kinded("structured");
            array_notes::write(array, &mut members);
            members
        }
        OwnedFieldType::Sparse => kinded("sparse"),
        OwnedFieldType::ArrowTensor => kinded("arrow_tensor"),
        OwnedFieldType::Safetensors => kinded("safetensors"),
        OwnedFieldType::DataFrame => kinded("dataframe"),
        OwnedFieldType::List(element) => {
            let mut members = kinded("array");
            if **element != OwnedFieldType::Any {
                members.insert("items".to_owned(), write_type(element).into());
            }
            members
        }
        OwnedFieldType::Nullable(inner) => {
            let mut members = write_type(inner);
            members.insert("nullable".to_owned(), true.into());
            members
        }
        OwnedFieldType::Map(value) => exactly(json!({"$type": "local#map", "values": write_type(value)})),
        OwnedFieldType::Sample(schema) => exactly(json!({"$type": "local#sample", "schema": write_schema(schema)})),
        OwnedFieldType::Ref(reference) => exactly(json!({"$type": "local#ref", "ref": reference.as_str()})),
        OwnedFieldType::Any => exactly(json!({"$type": "local#any"})),
    }
}

fn kinded(kind: &str) -> Map<String, Value> {
    Map::from_iter([("$type".to_owned(), format!("local#{kind}").into())])
}

fn primitive(name: &str) -> Map<String, Value> {
    let mut members = kinded("primitive");
    members.insert("primitive".to_owned(), name.into());
    members
}

/// A kind that Python does not have would make it refuse the whole schema. Python checks no values against their
/// primitive, so a field that it takes for text reads and writes any value unharmed.
fn exactly(exact: Value) -> Map<String, Value> {
    let mut members = primitive("str");
    members.insert("exactType".to_owned(), exact);
    members
}
