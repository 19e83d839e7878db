//! Records as servers have them: address, CID and content.

use serde_json::Value;

use super::at_uri::AtUri;
use super::names;

/// A record, where it is, and which version of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StoredRecord {
    /// Its address, whose account is a DID.
    pub uri: AtUri,
    /// The CID of this version of it. That `value` has this CID is not checked.
    pub cid: String,
    /// Its content, as somebody wrote it.
    pub value: Value,
}

/// A record that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordRef {
    /// Its address, whose account is a DID.
    pub uri: AtUri,
    /// The CID of this version of it.
    pub cid: String,
}

impl StoredRecord {
    pub(super) fn parse(json: &mut Value) -> Result<Self, &'static str> {
        let RecordRef { uri, cid } = RecordRef::parse(json)?;
        let value = json.get_mut("value").filter(|value| value.is_object()).map(Value::take);
        Ok(Self { uri, cid, value: value.ok_or("expected a record in `value`")? })
    }
}

impl RecordRef {
    pub(super) fn parse(json: &Value) -> Result<Self, &'static str> {
        let text = |field: &str| json.get(field).and_then(Value::as_str);
        let uri =
            text("uri").and_then(|uri| names::parse(uri).ok()).ok_or("expected the address of a record in `uri`")?;
        Ok(Self { uri, cid: text("cid").ok_or("expected `cid`")?.to_owned() })
    }
}
