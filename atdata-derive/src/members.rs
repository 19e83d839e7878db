//! The layout of members: which fields come from which member, and which from the key.

use proc_macro2::Span;
use syn::ext::IdentExt;

use crate::attr::At;
use crate::model::{FieldDef, Members, SampleDef};

/// A part of a key.
pub(crate) enum Part {
    Text(String),
    /// The name of a field in Rust.
    Field(String),
}

impl Members {
    /// Whether each field is a member of its own.
    pub(crate) fn is_used(&self) -> bool {
        self.layout.as_ref().is_some_and(|layout| layout.value == "members")
    }

    /// What keys are made of, where `path` says it; what is wrong with it otherwise.
    pub(crate) fn parts(&self) -> Result<Vec<Part>, (Span, String)> {
        let Some(At { value, span }) = &self.path else { return Ok(Vec::new()) };
        parts(value).map_err(|message| (*span, message))
    }
}

/// `{split}/{id}`: fields in braces, and texts between them.
fn parts(pattern: &str) -> Result<Vec<Part>, String> {
    let (mut parts, mut rest) = (Vec::new(), pattern);
    while !rest.is_empty() {
        let (text, behind) = rest.split_once('{').map_or((rest, None), |(text, behind)| (text, Some(behind)));
        if text.contains('}') {
            return Err("a `}` of the path has no `{` before it; write a field as `{name}`".to_owned());
        }
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
        let Some(behind) = behind else { break };
        let Some((name, behind)) = behind.split_once('}') else {
            return Err("a `{` of the path is not closed; write a field as `{name}`".to_owned());
        };
        if matches!(parts.last(), Some(Part::Field(_))) {
            return Err(format!(
                "nothing stands before `{{{name}}}` in the path, so that nobody can tell where the field before it ends; write \
                 a `/`, or another text that is in neither"
            ));
        }
        parts.push(Part::Field(name.to_owned()));
        rest = behind;
    }
    Ok(parts)
}

impl FieldDef<'_> {
    /// The names that its member may have.
    pub(crate) fn member_names(&self) -> Vec<String> {
        match &self.member {
            Some(names) => names.value.split('|').map(|name| name.trim().to_owned()).collect(),
            // Readers take the names of members in lower case.
            None => vec![self.name.value.to_lowercase()],
        }
    }
}

impl SampleDef<'_> {
    /// Whether the field is a part of the key.
    pub(crate) fn is_in_key(&self, field: &FieldDef<'_>) -> bool {
        let name = field.ident.unraw().to_string();
        let in_path = |part: &Part| matches!(part, Part::Field(part) if *part == name);
        field.key.is_some() || self.members.parts().is_ok_and(|parts| parts.iter().any(in_path))
    }

    /// What keys are made of, each field by its name on the wire.
    pub(crate) fn key_parts(&self) -> Vec<Part> {
        if let Some(field) = self.wire_fields().find(|field| field.key.is_some()) {
            return vec![Part::Field(field.name.value.clone())];
        }
        let on_wire = |part| match part {
            Part::Field(name) => {
                let field = self.wire_fields().find(|field| field.ident.unraw() == name.as_str());
                Part::Field(field.map_or(name, |field| field.name.value.clone()))
            }
            text @ Part::Text(_) => text,
        };
        self.members.parts().unwrap_or_default().into_iter().map(on_wire).collect()
    }

    /// The pattern of keys, as records have it.
    pub(crate) fn key_pattern(&self) -> String {
        let parts = self.key_parts().into_iter().map(|part| match part {
            Part::Text(text) => text,
            Part::Field(name) => format!("{{{name}}}"),
        });
        parts.collect()
    }
}
