//! Blobs: files that an account's server keeps, named by their content.

use atdata_schema::reading::{Node, Problems};
use serde_json::{Map, Value, json};

use super::object::{Reader, Writer};
use crate::cid::Cid;

/// A file that the server of an account keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlobRef {
    /// The CID of its bytes.
    pub cid: Cid,
    /// What it was said to be when it was uploaded; a shard is `application/x-tar`.
    pub mime_type: String,
    /// Its bytes. References of the network's first form do not have it.
    pub size: Option<u64>,
    /// What else the record says of it.
    pub other: Map<String, Value>,
}

impl BlobRef {
    /// The type that the lexicon demands of a shard.
    pub const TAR: &'static str = "application/x-tar";

    /// A blob of that many bytes.
    pub fn new(cid: Cid, mime_type: impl Into<String>, size: u64) -> Self {
        Self { cid, mime_type: mime_type.into(), size: Some(size), other: Map::new() }
    }

    /// Reads what a server answers to an upload, or what stands in a record.
    ///
    /// # Errors
    /// All that is wrong with it, each thing with its place.
    pub fn from_json(value: &Value) -> Result<Self, atdata_schema::RecordError> {
        let mut problems = Problems::of("blob");
        let blob = read(&Node::root(value), &mut problems);
        problems.finish(blob)
    }

    /// The blob as it stands in records.
    pub fn to_json(&self) -> Value {
        Writer::of_type("blob")
            .member("ref", json!({"$link": self.cid.to_string()}))
            .member("mimeType", self.mime_type.as_str())
            .optional("size", self.size)
            .finish(&self.other)
    }
}

/// `{"$type": "blob", "ref": {"$link": …}, "mimeType": …, "size": …}`, or the older `{"cid": …, "mimeType": …}`.
pub(super) fn read(node: &Node<'_>, problems: &mut Problems) -> Option<BlobRef> {
    let mut reader = Reader::of(node, problems)?;
    if let Some(kind) = reader.take("$type").filter(|kind| kind.value != "blob") {
        reader.unexpected(&kind, "\"blob\"");
    }
    let cid = match reader.optional("cid", read_cid) {
        Some(cid) => Some(cid),
        None => reader.required("ref", "an object with `$link`", |node, problems| {
            node.object(problems)?;
            match node.get("$link") {
                Some(link) => read_cid(&link, problems),
                None => {
                    node.missing("$link", "the CID of the blob", problems);
                    None
                }
            }
        }),
    };
    let mime_type = reader.text("mimeType");
    let size = reader.optional("size", read_size);
    Some(BlobRef { cid: cid?, mime_type: mime_type?, size, other: reader.rest() })
}

/// Servers say -1 where they do not know it.
fn read_size(node: &Node<'_>, problems: &mut Problems) -> Option<u64> {
    let size = node.value.as_u64();
    if size.is_none() && *node.value != -1 {
        node.unexpected("a whole number from 0", problems);
    }
    size
}

fn read_cid(node: &Node<'_>, problems: &mut Problems) -> Option<Cid> {
    let cid = node.value.as_str().and_then(|text| text.parse().ok());
    if cid.is_none() {
        node.unexpected("the CID of a blob, such as \"bafkrei…\"", problems);
    }
    cid
}
