//! Checks of names and versions: any text, and nothing but that text.

use super::{Outcome, Subject, entry};
use crate::conformance::{holds, same};
use crate::entry::Label;
use crate::error::{ErrorKind, Result};
use crate::index::{Document, DocumentKind};

/// What has a meaning to some database, shell or terminal.
const TEXTS: &[&str] = &[
    "plain",
    "",
    " ",
    " lead and trail ",
    "a/b/c",
    "../up",
    "a.b",
    "50% _off_",
    "*",
    "?",
    "[a-z]",
    "a*b?c[d]^e\\f",
    "it's",
    "\"quoted\"",
    "`ticked`",
    "$1",
    ":name",
    "{cid}",
    "'; DROP TABLE labels; --",
    "line\nbreak\r\n",
    "tab\there",
    "\u{1b}[31m",
    "日本語",
    "e\u{301}",
    "é",
    "🦀",
    "\u{202e}right to left",
    "\u{feff}",
    "a:b",
    "#hash",
];

/// What some databases cannot keep, and have to refuse then.
const REFUSABLE: &[&str] = &["nul\0inside", "\0", "1.0.0@2.0.0", "@"];

/// Whether it was stored; a provider that cannot has to say so as the caller's mistake.
fn stored<T>(outcome: Result<T>) -> Result<bool> {
    match outcome {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(false),
        Err(error) => Err(error),
    }
}

fn texts() -> impl Iterator<Item = (&'static str, bool)> {
    TEXTS.iter().map(|text| (*text, false)).chain(REFUSABLE.iter().map(|text| (*text, true)))
}

pub(super) fn entries_have_names_of_any_text(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let mut names = Vec::new();
    for (number, (name, refusable)) in texts().enumerate() {
        let put = entry(name, number)?;
        if stored(provider.put_entry(&put))? {
            names.push(name);
            same(&format!("entry_by_name({name:?})"), provider.entry_by_name(name)?, Some(put.clone()))?;
            same(&format!("entry named {name:?}"), provider.entry(&put.cid)?, Some(put))?;
        } else {
            holds(&format!("an entry cannot be named {name:?}"), refusable)?;
            same(&format!("entry_by_name({name:?}) after it was refused"), provider.entry_by_name(name)?, None)?;
        }
    }
    let mut listed: Vec<_> = provider.entries()?.into_iter().map(|entry| entry.name).collect();
    listed.sort_unstable();
    names.sort_unstable();
    same("the names of all entries", listed, names.into_iter().map(str::to_owned).collect())
}

pub(super) fn labels_have_names_and_versions_of_any_text(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let mut labels = Vec::new();
    for (text, refusable) in texts() {
        for label in [
            Label::new(text, "cid of the name"),
            Label::new("name", "cid of the version").with_version(text).with_description(text.to_owned()),
        ] {
            let version = label.version.as_deref();
            if !stored(provider.put_label(&label))? {
                holds(&format!("there cannot be a {label:?}"), refusable)?;
                same(&format!("{label:?} after it was refused"), provider.label(&label.name, version)?, None)?;
                continue;
            }
            let found = provider.label(&label.name, version)?.map(timeless);
            same(&format!("{label:?} by its version"), found, Some(label.clone()))?;
            let found = provider.label(&label.name, None)?.map(timeless);
            same(&format!("{label:?} as the latest"), found, Some(label.clone()))?;
            labels.push((label.name, label.version));
        }
    }
    let mut listed: Vec<_> = provider.labels()?.into_iter().map(|label| (label.name, label.version)).collect();
    listed.sort_unstable();
    labels.sort_unstable();
    same("names and versions of all labels", listed, labels.clone())?;
    for (name, version) in labels {
        let removed = provider.remove_label(&name, version.as_deref())?;
        same(&format!("remove_label({name:?}, {version:?})"), removed, true)?;
    }
    same("labels that are left", provider.labels()?, Vec::new())
}

/// Without the time, which not all providers know.
fn timeless(mut label: Label) -> Label {
    label.created_at = None;
    label
}

pub(super) fn documents_have_names_and_versions_of_any_text(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    for kind in [DocumentKind::Schema, DocumentKind::Lens] {
        let mut documents = Vec::new();
        for (text, refusable) in texts() {
            // Some read what precedes the dot as a module.
            let refusable = refusable || (kind == DocumentKind::Schema && text.contains('.'));
            for document in [Document::new(text, "1.0.0", text), Document::new("Name", text, "{}")] {
                let added = provider.add_document(kind, &document);
                if stored(added)? {
                    let json = provider.document(kind, &document.name, &document.version)?;
                    same(&format!("the JSON of {document:?}"), json.as_ref(), Some(&document.json))?;
                    documents.push(document);
                } else {
                    holds(&format!("there cannot be a {document:?}"), refusable)?;
                }
            }
        }
        let by_name = |mut documents: Vec<Document>| {
            documents.sort_unstable_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
            documents
        };
        same("all documents", by_name(provider.documents(kind)?), by_name(documents))?;
    }
    Ok(())
}

pub(super) fn a_name_is_no_pattern(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let stored = entry("abc", 1)?;
    provider.register(&stored, &Label::new("abc", &stored.cid).with_version("1.0.0"))?;
    provider.add_document(DocumentKind::Schema, &Document::new("Abc", "1.0.0", "{}"))?;
    for pattern in ["a*", "*", "a?c", "ab[c]", "[a-z]bc", "a%", "%", "a_c", "ab", "bc", "abc*", "abc@1.0.0", "abc@"] {
        same(&format!("entry_by_name({pattern:?})"), provider.entry_by_name(pattern)?, None)?;
        same(&format!("label({pattern:?})"), provider.label(pattern, None)?, None)?;
        same(&format!("resolve({pattern:?})"), provider.resolve(pattern, None)?, None)?;
    }
    for version in ["*", "1*", "1.0.?", "[1].0.0", "%", "1.0._", "1.0.0 "] {
        same(&format!("label of version {version:?}"), provider.label("abc", Some(version))?, None)?;
        same(
            &format!("schema of version {version:?}"),
            provider.document(DocumentKind::Schema, "Abc", version)?,
            None,
        )?;
    }
    same("schema named by a pattern", provider.document(DocumentKind::Schema, "A*", "1.0.0")?, None)?;
    same("remove_label by a pattern", provider.remove_label("*", Some("1.0.0"))?, false)?;
    same("the label", provider.resolve("abc", Some("1.0.0"))?, Some(stored))
}

pub(super) fn names_differ_by_case_and_by_space(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let names = ["name", "Name", "NAME", "name ", " name", "na me"];
    for (number, name) in names.iter().enumerate() {
        let entry = entry(name, number)?;
        provider.register(&entry, &Label::new(*name, &entry.cid))?;
    }
    for (number, name) in names.iter().enumerate() {
        let expected = Some(entry(name, number)?);
        same(&format!("entry_by_name({name:?})"), provider.entry_by_name(name)?, expected.clone())?;
        same(&format!("resolve({name:?})"), provider.resolve(name, None)?, expected)?;
    }
    Ok(())
}

pub(super) fn a_name_with_an_at_sign_is_not_taken_for_a_version(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let labels = [
        Label::new("a@b", "1").with_version("c"),
        Label::new("a", "2").with_version("b@c"),
        Label::new("a@b@c", "3"),
        Label::new("a", "4").with_version("b"),
        Label::new("a@b", "5"),
    ];
    let mut kept = Vec::new();
    for label in labels {
        if stored(provider.put_label(&label))? {
            kept.push(label);
        } else {
            let version = label.version.as_deref().unwrap_or_default();
            holds(&format!("there cannot be a {label:?}"), version.contains('@'))?;
        }
    }
    for label in kept {
        let exact = match &label.version {
            Some(version) => provider.label(&label.name, Some(version))?,
            None => provider.labels()?.into_iter().find(|own| own.name == label.name && own.version.is_none()),
        };
        same("a label by its version", exact.map(timeless), Some(label))?;
    }
    Ok(())
}
