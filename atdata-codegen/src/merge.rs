//! Deduplication: drafts that mean the same become one type.
//!
//! A nested sample is written out in every record that has it. Two drafts are the same if nothing tells them apart,
//! however far one follows their fields: the partition is refined until it is stable, so that types in cycles merge too.

use std::collections::HashMap;

use atdata_schema::{ManifestField, OwnedLayout};

use crate::lower::Draft;
use crate::model::{Ty, TypeId};

/// What a draft looks like if one cannot see further than its fields.
#[derive(PartialEq, Eq, Hash)]
struct Look<'a> {
    name: &'a str,
    version: &'a str,
    description: Option<&'a str>,
    layout: Option<&'a OwnedLayout>,
    fields: Vec<FieldLook<'a>>,
}

#[derive(PartialEq, Eq, Hash)]
struct FieldLook<'a> {
    name: &'a str,
    ty: Ty,
    optional: bool,
    has_default: bool,
    default: Option<String>,
    description: Option<&'a str>,
    member: Option<&'a str>,
    codec: Option<&'a str>,
    manifest: ManifestField,
}

/// For each draft the number of its class; two drafts of a class mean the same.
pub(crate) fn classes(drafts: &[Draft<'_>]) -> Vec<usize> {
    let mut classes = vec![0; drafts.len()];
    let mut count = 0;
    loop {
        let refined = refine(drafts, &classes);
        let refined_count = refined.iter().max().map_or(0, |last| last + 1);
        if refined_count == count {
            return classes;
        }
        (classes, count) = (refined, refined_count);
    }
}

/// Tells apart what differs in the classes of its parts.
fn refine(drafts: &[Draft<'_>], classes: &[usize]) -> Vec<usize> {
    let mut known = HashMap::new();
    let class_of = |id: TypeId| classes.get(id).copied().unwrap_or_default();
    let number = |draft| {
        let next = known.len();
        *known.entry(look(draft, &class_of)).or_insert(next)
    };
    drafts.iter().map(number).collect()
}

fn look<'a>(draft: &Draft<'a>, class_of: &impl Fn(TypeId) -> usize) -> Look<'a> {
    let fields = draft.fields.iter().map(|of| {
        let field = of.field;
        FieldLook {
            name: &field.name,
            ty: of.ty.map_samples(class_of),
            optional: field.optional,
            has_default: field.has_default,
            default: field.default.as_ref().map(ToString::to_string),
            description: field.description.as_deref(),
            member: field.member.as_deref(),
            codec: field.codec.as_deref(),
            manifest: field.manifest,
        }
    });
    Look {
        name: draft.key.name,
        version: draft.key.version,
        description: draft.schema.description.as_deref(),
        layout: draft.schema.layout.as_ref(),
        fields: fields.collect(),
    }
}
