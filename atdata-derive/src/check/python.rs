//! `python`: what Python needs to make a class of a schema, for structs that ask for it.

use crate::attr::At;
use crate::ctxt::Ctxt;
use crate::model::SampleDef;

/// Words that no class and no attribute can be called.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

pub(super) fn names(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    if !sample.python {
        return;
    }
    name(ctxt, "class", "name", &sample.name);
    for field in sample.named_fields() {
        name(ctxt, "field", "rename", &field.name);
    }
}

fn name(ctxt: &Ctxt, what: &str, attribute: &str, At { value, span }: &At<String>) {
    let reason = if KEYWORDS.contains(&value.as_str()) {
        "it is a word of the language"
    } else if !is_identifier(value) {
        "it is no identifier"
    } else {
        return;
    };
    let message = format!(
        "no {what} in Python can be called \"{value}\", for {reason}; write `{attribute} = \"…\"`, or remove `python`"
    );
    ctxt.error(*span, message);
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}
