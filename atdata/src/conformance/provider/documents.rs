//! Checks of schemas and lenses.

use std::sync::Barrier;

use super::{Outcome, Subject};
use crate::conformance::{holds, same};
use crate::error::{ErrorKind, Result};
use crate::index::{Document, DocumentKind};

pub(super) fn a_document_is_added_once(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    for kind in [DocumentKind::Schema, DocumentKind::Lens] {
        same("document before it was added", provider.document(kind, "Image", "1.0.0")?, None)?;
        same("add_document", provider.add_document(kind, &Document::new("Image", "1.0.0", r#"{"n": 1}"#))?, true)?;
        let again = provider.add_document(kind, &Document::new("Image", "1.0.0", r#"{"n": 2}"#))?;
        same("add_document of another with the same name and version", again, false)?;
        let again = provider.add_document(kind, &Document::new("Image", "1.0.0", r#"{"n": 1}"#))?;
        same("add_document of the same", again, false)?;
        same("document", provider.document(kind, "Image", "1.0.0")?.as_deref(), Some(r#"{"n": 1}"#))?;
        let other = provider.add_document(kind, &Document::new("Image", "1.0.1", r#"{"n": 3}"#))?;
        same("add_document of another version", other, true)?;
        same("document of another version", provider.document(kind, "Image", "1.0.2")?, None)?;
    }
    Ok(())
}

pub(super) fn a_damaged_document_is_replaced(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let is_damaged = |json: &str| !json.starts_with('{');
    let replace = |json: &str| {
        provider.replace_damaged(DocumentKind::Schema, &Document::new("Image", "1.0.0", json), &is_damaged)
    };
    match replace("{1}") {
        // It is up to a provider to do so.
        Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(()),
        replaced => same("replace_damaged of a document that is not there", replaced?, false)?,
    }
    provider.add_document(DocumentKind::Schema, &Document::new("Image", "1.0.0", "damaged"))?;
    provider.add_document(DocumentKind::Schema, &Document::new("Image", "1.0.1", "damaged"))?;
    same("replace_damaged", replace("{2}")?, true)?;
    let stored = |version| provider.document(DocumentKind::Schema, "Image", version);
    same("the document", stored("1.0.0")?.as_deref(), Some("{2}"))?;
    same("replace_damaged of one that is sound", replace("{3}")?, false)?;
    same("the document that is sound", stored("1.0.0")?.as_deref(), Some("{2}"))?;
    same("another that is damaged", stored("1.0.1")?.as_deref(), Some("damaged"))
}

pub(super) fn schemas_and_lenses_do_not_meet(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    provider.add_document(DocumentKind::Schema, &Document::new("both", "1.0.0", "schema"))?;
    same("lens of a schema's name", provider.document(DocumentKind::Lens, "both", "1.0.0")?, None)?;
    same("lenses", provider.documents(DocumentKind::Lens)?, Vec::new())?;
    let added = provider.add_document(DocumentKind::Lens, &Document::new("both", "1.0.0", "lens"))?;
    same("add_document of a lens with a schema's name", added, true)?;
    let json = provider.document(DocumentKind::Schema, "both", "1.0.0")?;
    same("the schema", json.as_deref(), Some("schema"))?;
    same("entries", provider.entries()?, Vec::new())?;
    same("labels", provider.labels()?, Vec::new())
}

pub(super) fn documents_are_listed(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let mut added: Vec<_> = (0..300)
        .map(|number| {
            let json = format!(r#"{{"n": {number}, "text": "é\u0000"}}"#);
            Document::new(format!("Type{}", number % 100), format!("1.{}.0", number / 100), json)
        })
        .collect();
    for document in &added {
        same("add_document", provider.add_document(DocumentKind::Schema, document)?, true)?;
    }
    let mut listed = provider.documents(DocumentKind::Schema)?;
    for documents in [&mut listed, &mut added] {
        documents.sort_unstable_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    }
    same("all schemas", listed, added)
}

pub(super) fn of_two_that_add_a_document_one_wins(subject: &Subject) -> Outcome {
    const RACERS: usize = 6;
    for round in 0..20 {
        let version = format!("1.0.{round}");
        let start = Barrier::new(RACERS);
        let race = |racer: usize| {
            let provider = if racer.is_multiple_of(2) { &subject.provider } else { subject.other() };
            start.wait();
            let document = Document::new("Raced", &*version, racer.to_string());
            Ok(provider.add_document(DocumentKind::Schema, &document)?.then_some(racer.to_string()))
        };
        let winners = std::thread::scope(|scope| {
            let race = &race;
            let threads: Vec<_> = (0..RACERS).map(|racer| scope.spawn(move || race(racer))).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).collect::<Result<Vec<_>>>()
        })?;
        same("how many calls of add_document came back", winners.len(), RACERS)?;
        let winners: Vec<String> = winners.into_iter().flatten().collect();
        holds(&format!("of several that add a document one wins, not {}", winners.len()), winners.len() == 1)?;
        let kept = subject.provider.document(DocumentKind::Schema, "Raced", &version)?;
        same("the document that is kept", kept.as_ref(), winners.first())?;
    }
    Ok(())
}
