//! Documents of an index: schemas and lenses.

use super::Index;
use super::error::IndexError;
use super::provider::{Document, DocumentKind, Provider};
use crate::entry::schemas::{agree, follows, next_version, semantic};
use crate::entry::{Entry, LOCAL};
use crate::error::{Error, ErrorKind, Printable, Result};
use crate::near::near;
use crate::sample::Packable;
use crate::time;
use atdata_schema::{LensRecord, LensReference, SchemaRecord, SchemaReference, SchemaTarget, Version};

impl Index {
    /// Stores the schema of a sample type in the repository `local`, under the type's name and version.
    ///
    /// One that is stored already, by whomever, is left as it is; a record that is damaged, so that nobody can read it, is
    /// replaced.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if another schema has this name and version, or if the version is too low for
    /// what changed since the one before it; the error lists the differences.
    pub fn publish_schema<S: Packable>(&self) -> Result<SchemaReference> {
        self.publish_record(&S::schema_record())
    }

    /// [`publish_schema`](Self::publish_schema) under another version than the type's.
    ///
    /// # Errors
    /// Those of [`publish_schema`](Self::publish_schema).
    pub fn publish_schema_as<S: Packable>(&self, version: &str) -> Result<SchemaReference> {
        let mut record = S::schema_record();
        version.clone_into(&mut record.schema.version);
        self.publish_record(&record)
    }

    /// [`publish_schema`](Self::publish_schema) under the version that what has changed asks for: that of a stored schema
    /// that says the same, or the next one behind the highest; the type's own where there is none of its name.
    ///
    /// # Errors
    /// Those of [`publish_schema`](Self::publish_schema).
    pub fn publish_next_schema<S: Packable>(&self) -> Result<SchemaReference> {
        self.publish_next_record(&S::schema_record())
    }

    /// [`publish_next_schema`](Self::publish_next_schema) for a schema that is known at run time, such as one that was
    /// [inferred](crate::Dataset::infer).
    ///
    /// # Errors
    /// Those of [`publish_schema`](Self::publish_schema).
    pub fn publish_next_record(&self, record: &SchemaRecord) -> Result<SchemaReference> {
        let provider = self.repository(LOCAL)?.provider();
        let mut documents = provider.documents(DocumentKind::Schema)?;
        documents.retain(|document| document.name == record.schema.name);
        let documents = documents.into_iter().map(Ok).collect();
        let stored = readable(&provider.url(), documents, |document| SchemaRecord::parse(&document.json));
        let mut record = record.clone();
        // By version; what is none stands before those that are.
        if let Some(latest) = stored.last() {
            record.schema.version = next_version(latest, &record)?;
        }
        self.publish_record(&record)
    }

    /// [`publish_schema`](Self::publish_schema) for a schema that is known at run time.
    pub fn publish_record(&self, record: &SchemaRecord) -> Result<SchemaReference> {
        self.publish_record_in(LOCAL, record)
    }

    /// [`publish_record`](Self::publish_record) in any repository.
    pub fn publish_record_in(&self, repository: &str, record: &SchemaRecord) -> Result<SchemaReference> {
        publish(self.repository(repository)?.provider(), record)
    }

    /// The schema that a reference leads to, in any of the reference's spellings, of which `Name@1.0.0` is one, also on the
    /// network; that of the repository `local` before those
    /// of others.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the versions that there are,
    /// [`Corrupt`](crate::ErrorKind::Corrupt) for a stored record that is none.
    pub fn schema(&self, reference: &str) -> Result<SchemaRecord> {
        let reference = schema_reference(reference)?;
        #[cfg(feature = "atmosphere")]
        if !matches!(reference.target(), SchemaTarget::Local { .. }) {
            return Ok(self.network(&reference.as_str().parse()?)?.schema(reference.as_str())?.record);
        }
        self.schema_here(&reference)
    }

    /// The schema that a reference leads to in one of the repositories.
    pub(super) fn schema_here(&self, reference: &SchemaReference) -> Result<SchemaRecord> {
        for repository in self.repositories() {
            if let Some(record) = stored_schema(self.repository(repository)?.provider(), reference)? {
                return Ok(record);
            }
        }
        Err(no_schema(self.repository(LOCAL)?.provider(), reference))
    }

    /// The schema of an entry's samples, from the repository that has the entry, or else any.
    pub fn schema_of(&self, entry: &Entry) -> Result<SchemaRecord> {
        let reference = entry.schema_reference()?;
        for repository in self.repositories.values() {
            if repository.provider().entry(&entry.cid)?.is_some()
                && let Some(record) = stored_schema(repository.provider(), &reference)?
            {
                return Ok(record);
            }
        }
        self.schema(&entry.schema_ref)
    }

    /// All schemas of the repository `local`, by name and version. Records that cannot be read are logged as errors and
    /// left out.
    pub fn schemas(&self) -> Result<Vec<SchemaRecord>> {
        self.schemas_of(LOCAL)
    }

    /// All schemas of a repository, by name and version. Records that cannot be read are logged as errors and
    /// left out.
    pub fn schemas_of(&self, repository: &str) -> Result<Vec<SchemaRecord>> {
        let provider = self.repository(repository)?.provider();
        let documents = provider.read_documents(DocumentKind::Schema)?;
        Ok(readable(&provider.url(), documents, |document| SchemaRecord::parse(&document.json)))
    }

    /// Stores a lens in the repository `local`, under its name and version. One that is stored already is left as it is.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if another lens has this name and version.
    pub fn store_lens(&self, lens: &LensRecord) -> Result<LensReference> {
        let provider = self.repository(LOCAL)?.provider();
        semantic(&lens.version)?;
        let mut lens = lens.clone();
        let created_at = lens.created_at.take();
        let json = lens.clone().created_at(created_at.unwrap_or_else(time::now)).to_local_json();
        let document = Document::new(&lens.name, &lens.version, json);
        loop {
            let damage = match stored(provider, DocumentKind::Lens, &lens.name, &lens.version, LensRecord::parse) {
                Ok(Some(mut stored)) => {
                    stored.created_at = None;
                    if stored != lens {
                        return Err(IndexError::OtherLens { name: lens.name, version: lens.version }.into());
                    }
                    return Ok(lens.reference());
                }
                stored => stored.err(),
            };
            if put(provider, DocumentKind::Lens, &document, damage)? {
                return Ok(lens.reference());
            }
            // Somebody else was quicker: what they stored decides.
        }
    }

    /// The lens that a reference (`atdata://local/lens/name@1.0.0`) leads to.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the lenses that there are.
    pub fn lens(&self, reference: &str) -> Result<LensRecord> {
        let reference: LensReference = reference.parse()?;
        let provider = self.repository(LOCAL)?.provider();
        let (name, version) = (reference.name(), reference.version());
        if let Some(lens) = stored(provider, DocumentKind::Lens, name, version, LensRecord::parse)? {
            return Ok(lens);
        }
        let name = format!("{}@{}", reference.name(), reference.version());
        Err(missing(provider, DocumentKind::Lens, name))
    }

    /// All lenses of the repository `local`, by name and version. Records that cannot be read are logged as errors and
    /// left out.
    pub fn lenses(&self) -> Result<Vec<LensRecord>> {
        let provider = self.repository(LOCAL)?.provider();
        let documents = provider.read_documents(DocumentKind::Lens)?;
        Ok(readable(&provider.url(), documents, |document| LensRecord::parse(&document.json)))
    }

    /// The stored lenses that lead from a schema, and, if one is given, to that one.
    pub fn find_lenses(&self, source: &SchemaReference, view: Option<&SchemaReference>) -> Result<Vec<LensRecord>> {
        let mut lenses = self.lenses()?;
        lenses.retain(|lens| lens.leads_from(source) && view.is_none_or(|view| lens.leads_to(view)));
        Ok(lenses)
    }
}

/// Stores a schema, unless it is there.
pub(super) fn publish(provider: &dyn Provider, record: &SchemaRecord) -> Result<SchemaReference> {
    let schema = &record.schema;
    semantic(&schema.version)?;
    let reference = schema.local_reference();
    loop {
        let damage = match stored_schema(provider, &reference) {
            Ok(Some(stored)) => {
                agree(&stored, record)?;
                return Ok(reference);
            }
            stored => stored.err(),
        };
        let documents = provider.documents(DocumentKind::Schema)?;
        let of_name = documents.iter().filter(|document| document.name == schema.name);
        follows(&of_name.filter_map(|document| SchemaRecord::parse(&document.json).ok()).collect::<Vec<_>>(), record)?;
        let mut record = record.clone();
        record.created_at.get_or_insert_with(time::now);
        let document = Document::new(&schema.name, &schema.version, record.to_local_json());
        if put(provider, DocumentKind::Schema, &document, damage)? {
            return Ok(reference);
        }
        // Somebody else was quicker: what they stored decides.
    }
}

pub(super) fn stored_schema(provider: &dyn Provider, reference: &SchemaReference) -> Result<Option<SchemaRecord>> {
    let SchemaTarget::Local { name, version } = reference.target() else { return Ok(None) };
    // A path of a class, as old versions wrote it, may as well be the whole name.
    let last = reference.as_str().rsplit('/').next().and_then(|last| last.split('@').next()).unwrap_or_default();
    let named = |name: &str| stored(provider, DocumentKind::Schema, name, version, SchemaRecord::parse);
    if last != name
        && let Some(record) = named(last)?
    {
        return Ok(Some(record));
    }
    named(name)
}

/// The record of that name and version.
///
/// # Errors
/// [`Corrupt`](crate::ErrorKind::Corrupt) for one that is none, which is named, and
/// [`Unsupported`](crate::ErrorKind::Unsupported) for one of a form that this version does not know.
fn stored<T, E: std::error::Error>(
    provider: &dyn Provider,
    kind: DocumentKind,
    name: &str,
    version: &str,
    parse: impl Fn(&str) -> std::result::Result<T, E>,
) -> Result<Option<T>> {
    let (index, of) = (provider.url(), kind_name(kind));
    let full = format!("{name}@{version}");
    let damaged = |reason: String| IndexError::Damaged { kind: of, name: full.clone(), index: index.clone(), reason };
    match provider.document(kind, name, version) {
        Ok(Some(json)) => match parse(&json) {
            Ok(record) => Ok(Some(record)),
            Err(error) if is_damaged(&json) => Err(damaged(error.to_string()).into()),
            Err(error) => Err(IndexError::OtherForm { kind: of, name: full, index, reason: error.to_string() }.into()),
        },
        Ok(None) => Ok(None),
        Err(error) if error.kind() == ErrorKind::Corrupt => Err(damaged(error.cause_text()).into()),
        Err(error) => Err(error),
    }
}

/// Stores a record where there is none, or in place of a damaged one; whether it did. One that is sound, and of a form that
/// this version does not know, is nobody's to replace.
fn put(provider: &dyn Provider, kind: DocumentKind, document: &Document, damage: Option<Error>) -> Result<bool> {
    match damage {
        None => provider.add_document(kind, document),
        Some(error) if error.kind() == ErrorKind::Corrupt => {
            if !provider.replace_damaged(kind, document, &is_damaged)? {
                return Err(error);
            }
            log::warn!("it was replaced: {error:#}");
            Ok(true)
        }
        Some(error) => Err(error),
    }
}

/// Whether a text is no record of any version of the format: all are objects that have a name.
fn is_damaged(json: &str) -> bool {
    let parsed: Option<serde_json::Value> = serde_json::from_str(json).ok();
    !parsed.is_some_and(|record| record.get("name").is_some_and(serde_json::Value::is_string))
}

fn kind_name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Schema => "schema",
        DocumentKind::Lens => "lens",
    }
}

/// A reference in any of its spellings, and `Name@1.0.0` or `@local/Name@1.0.0` for the one of that name in this index.
fn schema_reference(text: &str) -> Result<SchemaReference> {
    let bare = text.strip_prefix("@local/").unwrap_or(text);
    match bare.rsplit_once('@') {
        Some((name, version)) if !bare.contains([':', '/']) && !name.is_empty() && !version.is_empty() => {
            Ok(SchemaReference::local(name, version))
        }
        _ => Ok(text.parse()?),
    }
}

#[cold]
pub(super) fn no_schema(provider: &dyn Provider, reference: &SchemaReference) -> Error {
    match reference.target() {
        SchemaTarget::Local { name, version } => missing(provider, DocumentKind::Schema, format!("{name}@{version}")),
        _ => IndexError::Network { reference: reference.to_string() }.into(),
    }
}

#[cold]
fn missing(provider: &dyn Provider, kind: DocumentKind, name: String) -> Error {
    let known = provider.documents(kind).unwrap_or_default();
    let mut known: Vec<_> = known.iter().map(|document| format!("{}@{}", document.name, document.version)).collect();
    known.sort();
    // All versions of the name before names that are like it.
    let base = name.rsplit_once('@').map_or(name.as_str(), |(base, _)| base);
    let versions: Vec<_> =
        known.iter().filter(|known| known.rsplit_once('@').is_some_and(|(other, _)| other == base)).collect();
    let hint = if versions.is_empty() {
        near(base, known.iter().map(String::as_str))
    } else {
        format!("; there are {}", versions.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", "))
    };
    let kind = kind_name(kind);
    IndexError::NoDocument { kind, name, index: provider.url(), hint }.into()
}

/// The records of documents, by name and version.
fn readable<T, E: std::error::Error>(
    index: &str,
    documents: Vec<Result<Document>>,
    parse: impl Fn(&Document) -> std::result::Result<T, E>,
) -> Vec<T> {
    let log = |error: &Error| log::error!("a record is left out: {error:#}");
    let mut documents: Vec<_> = documents.into_iter().filter_map(|document| document.inspect_err(log).ok()).collect();
    documents.sort_by(|a, b| {
        // 1.10.0 after 1.9.0, and what is no version before those that are.
        let order = |document: &Document| Version::parse(&document.version).ok();
        a.name.cmp(&b.name).then_with(|| order(a).cmp(&order(b))).then_with(|| a.version.cmp(&b.version))
    });
    let parsed = documents.iter().filter_map(|document| match parse(document) {
        Ok(record) => Some(record),
        Err(error) => {
            let name = format!("{}@{}", document.name, document.version);
            log::error!("the record {} in {index} is left out: {error}", Printable(&name));
            None
        }
    });
    parsed.collect()
}
