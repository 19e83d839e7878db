//! A provider with a fault, which the checks have to find.

use atdata::Result;
use atdata::index::{Document, DocumentKind, Entry, Label, Provider, Sqlite};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// Metadata are not stored.
    Metadata,
    /// An empty map is stored as none.
    EmptyMetadata,
    /// Only the first thousand URLs are stored.
    Urls,
    /// Labels lose their description.
    Description,
    /// The latest label is the one with the highest version.
    Latest,
    /// Names are looked for as beginnings.
    Pattern,
    /// Without a label nothing is resolved.
    Name,
    /// A document takes the place of another.
    Document,
    /// Whether something was removed is not known.
    Removed,
}

#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) provider: Sqlite,
    pub(crate) fault: Fault,
}

impl Provider for Broken {
    fn url(&self) -> String {
        self.provider.url()
    }

    fn put_entry(&self, entry: &Entry) -> Result<()> {
        let mut entry = entry.clone();
        match self.fault {
            Fault::Metadata => entry.metadata = None,
            Fault::EmptyMetadata => entry.metadata = entry.metadata.filter(|metadata| !metadata.is_empty()),
            Fault::Urls => entry.data_urls.truncate(1000),
            _ => {}
        }
        self.provider.put_entry(&entry)
    }

    fn entry(&self, cid: &str) -> Result<Option<Entry>> {
        self.provider.entry(cid)
    }

    fn entry_by_name(&self, name: &str) -> Result<Option<Entry>> {
        if self.fault == Fault::Pattern {
            return Ok(self.entries()?.into_iter().find(|entry| entry.name.starts_with(name)));
        }
        self.provider.entry_by_name(name)
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        self.provider.entries()
    }

    fn remove_entry(&self, cid: &str) -> Result<bool> {
        Ok(self.provider.remove_entry(cid)? || self.fault == Fault::Removed)
    }

    fn put_label(&self, label: &Label) -> Result<()> {
        let description = label.description.clone().filter(|_| self.fault != Fault::Description);
        self.provider.put_label(&label.clone().with_description(description))
    }

    fn label(&self, name: &str, version: Option<&str>) -> Result<Option<Label>> {
        if self.fault == Fault::Latest && version.is_none() {
            let labels = self.labels()?.into_iter().filter(|label| label.name == name);
            return Ok(labels.max_by(|a, b| a.version.cmp(&b.version)));
        }
        self.provider.label(name, version)
    }

    fn labels(&self) -> Result<Vec<Label>> {
        self.provider.labels()
    }

    fn remove_label(&self, name: &str, version: Option<&str>) -> Result<bool> {
        self.provider.remove_label(name, version)
    }

    fn resolve(&self, name: &str, version: Option<&str>) -> Result<Option<Entry>> {
        match self.label(name, version)? {
            Some(label) => self.entry(&label.cid),
            None if version.is_none() && self.fault != Fault::Name => self.entry_by_name(name),
            None => Ok(None),
        }
    }

    fn add_document(&self, kind: DocumentKind, document: &Document) -> Result<bool> {
        Ok(self.provider.add_document(kind, document)? || self.fault == Fault::Document)
    }

    fn document(&self, kind: DocumentKind, name: &str, version: &str) -> Result<Option<String>> {
        self.provider.document(kind, name, version)
    }

    fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>> {
        self.provider.documents(kind)
    }
}
