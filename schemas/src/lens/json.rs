//! The JSON of lens records, read and written.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{LensRecord, Mapping, Transformation};
use crate::local::{check_name, read_name};
use crate::node::Node;
use crate::problem::Problems;
use crate::record::datetime;

pub(super) fn read_record(node: &Node<'_>, problems: &mut Problems) -> Option<LensRecord> {
    node.object(problems)?;
    let name = read_name(node, "name", problems);
    let version = read_name(node, "version", problems);
    let source_schema = read_name(node, "source_schema", problems);
    let view_schema = read_name(node, "view_schema", problems);
    let getter = read_transformation(node, "getter", problems);
    let putter = read_transformation(node, "putter", problems);
    let time = node.value.get("created_at").and_then(Value::as_str).filter(|text| datetime::is_datetime(text));
    let description = node.optional_text("description", problems).filter(|text| !text.is_empty());
    Some(LensRecord {
        name: name?,
        version: version?,
        source_schema: source_schema?,
        view_schema: view_schema?,
        getter: getter?,
        putter: putter?,
        created_at: time.map(str::to_owned),
        description,
    })
}

fn read_transformation(record: &Node<'_>, key: &'static str, problems: &mut Problems) -> Option<Transformation> {
    let Some(node) = record.get(key) else {
        record.missing(key, "an object with `kind`", problems);
        return None;
    };
    node.object(problems)?;
    // Python takes one without a kind for opaque.
    let Some(kind) = node.get("kind") else { return Some(Transformation::Opaque) };
    match kind.value.as_str() {
        Some("field_mapping") => read_mappings(&node, problems).map(Transformation::FieldMapping),
        Some("code_reference") => {
            let module = read_name(&node, "module", problems);
            let qualname = read_name(&node, "qualname", problems);
            Some(Transformation::CodeReference { module: module?, qualname: qualname? })
        }
        Some("opaque") => Some(Transformation::Opaque),
        _ => {
            kind.unexpected("one of \"field_mapping\", \"code_reference\", \"opaque\"", problems);
            None
        }
    }
}

fn read_mappings(node: &Node<'_>, problems: &mut Problems) -> Option<Vec<Mapping>> {
    const EXPECTED: &str = "a list of mappings";
    let Some(list) = node.get("mappings") else {
        node.missing("mappings", EXPECTED, problems);
        return None;
    };
    let Some(items) = list.items() else {
        list.unexpected(EXPECTED, problems);
        return None;
    };
    let mut written = HashSet::new();
    let mut mappings = Vec::new();
    let mut complete = true;
    for item in items {
        let mapping = read_mapping(&item, problems);
        complete &= mapping.is_some();
        if let Some(mapping) = &mapping
            && !written.insert(mapping.view_field.clone())
        {
            let found = crate::problem::quote(&mapping.view_field);
            item.wrong("a `view_field` that no other mapping has", found, problems);
        }
        mappings.extend(mapping);
    }
    complete.then_some(mappings)
}

fn read_mapping(node: &Node<'_>, problems: &mut Problems) -> Option<Mapping> {
    node.object(problems)?;
    // A transform that is passed over would give wrong values without a word.
    if let Some(transform) = node.get("transform") {
        transform.unexpected("null: this release knows no transforms", problems);
    }
    let source_field = read_field_name(node, "source_field", problems);
    let view_field = read_field_name(node, "view_field", problems);
    Some(Mapping { source_field: source_field?, view_field: view_field? })
}

fn read_field_name(node: &Node<'_>, key: &'static str, problems: &mut Problems) -> Option<String> {
    let Some(name) = node.get(key) else {
        node.missing(key, "the name of a field", problems);
        return None;
    };
    check_name(&name, name.text("the name of a field", problems)?, problems)
}

pub(super) fn write_record(record: &LensRecord) -> Value {
    let mut members = Map::new();
    members.insert("name".to_owned(), record.name.as_str().into());
    members.insert("version".to_owned(), record.version.as_str().into());
    members.insert("source_schema".to_owned(), record.source_schema.as_str().into());
    members.insert("view_schema".to_owned(), record.view_schema.as_str().into());
    members.insert("getter".to_owned(), write_transformation(&record.getter));
    members.insert("putter".to_owned(), write_transformation(&record.putter));
    if let Some(time) = &record.created_at {
        members.insert("created_at".to_owned(), time.as_str().into());
    }
    // Python leaves an empty one out.
    if let Some(description) = record.description.as_deref().filter(|text| !text.is_empty()) {
        members.insert("description".to_owned(), description.into());
    }
    members.into()
}

/// `{"kind": …}`: keys and their order as Python has them.
fn write_transformation(transformation: &Transformation) -> Value {
    match transformation {
        Transformation::FieldMapping(mappings) => {
            json!({"kind": "field_mapping", "mappings": mappings.iter().map(write_mapping).collect::<Vec<_>>()})
        }
        Transformation::CodeReference { module, qualname } => {
            json!({"kind": "code_reference", "module": module, "qualname": qualname})
        }
        Transformation::Opaque => json!({"kind": "opaque"}),
    }
}

fn write_mapping(mapping: &Mapping) -> Value {
    json!({"source_field": mapping.source_field, "view_field": mapping.view_field, "transform": null})
}
