//! Records of the network: entries, labels, lenses and their verifications, as accounts publish them.
//!
//! Nothing here asks a server for anything. Each type reads every form that Python atdata has written, also those of the
//! namespace `ac.foundation.dataset` up to 0.5, and writes the current one. What a record says beside what this release
//! knows is kept in the `other` of its part, and written again.
//!
//! Reading asks for the right types and no more: the records that are out there break limits. What is to be sent is
//! checked by [`to_atproto`](Record::to_atproto), which reports all that is wrong at once, each thing with its place.
//!
//! ```
//! use atdata::atmosphere::record::{Checksum, EntryRecord, HttpShard, Storage};
//!
//! let shard = HttpShard::new("https://example.org/mnist-000000.tar", Checksum::unknown());
//! let entry = EntryRecord::new("mnist", "at://did:plc:abc/science.alt.dataset.schema/3k2", Storage::Http(vec![shard]))
//!     .created_at("2026-03-01T12:00:00+00:00")
//!     .with_tags(["digits"]);
//! let published = entry.to_atproto()?;
//! assert_eq!(published["storage"]["$type"], "science.alt.dataset.storageHttp");
//! assert_eq!(EntryRecord::from_json(&published)?, entry);
//!
//! let error = entry.with_license("x".repeat(201)).to_atproto().unwrap_err();
//! assert_eq!(error.to_string(), "at /license: expected text of at most 200 bytes, found 201 bytes");
//! # Ok::<(), atdata::schema::RecordError>(())
//! ```

mod blob;
mod checksum;
mod code;
mod entry;
mod label;
mod lens;
mod lexicon;
mod manifest;
mod metadata;
mod object;
mod options;
mod public_url;
mod shards;
mod storage;
mod value;
mod verification;

use serde_json::Value;

pub use self::blob::BlobRef;
pub use self::checksum::Checksum;
pub use self::code::CodeReference;
pub use self::entry::{DatasetSize, EntryRecord};
pub use self::label::LabelRecord;
pub use self::lens::PublishedLens;
pub use self::manifest::{ManifestFile, ManifestRef};
pub use self::metadata::EntryMetadata;
pub use self::options::{MetadataForm, WriteOptions};
pub use self::public_url::{UrlProblem, public_url_problem};
pub use self::shards::ShardUrl;
pub use self::storage::{BlobShard, HttpShard, S3Shard, Storage};

pub use self::verification::LensVerification;
pub use crate::atproto::AtUri;
use atdata_schema::{RecordError, SchemaRecord, name_in_namespace};

/// What an account keeps in one of its collections.
pub trait Record: Sized {
    /// The collection, which is the `$type` of its records as well.
    const COLLECTION: &'static str;

    /// Reads a record in any form that atdata has written.
    fn from_json(value: &Value) -> Result<Self, RecordError>;

    /// The record as it is sent: in the current form, and within the limits of its lexicon and of servers.
    fn to_atproto(&self) -> Result<Value, RecordError>;
}

macro_rules! records {
    ($($record:ty => $collection:literal;)+) => { $(
        impl Record for $record {
            const COLLECTION: &'static str = $collection;

            fn from_json(value: &Value) -> Result<Self, RecordError> {
                <$record>::from_json(value)
            }

            fn to_atproto(&self) -> Result<Value, RecordError> {
                <$record>::to_atproto(self)
            }
        }
    )+ };
}
records! {
    EntryRecord => "science.alt.dataset.entry";
    LabelRecord => "science.alt.dataset.label";
    PublishedLens => "science.alt.dataset.lens";
    LensVerification => "science.alt.dataset.lensVerification";
    SchemaRecord => "science.alt.dataset.schema";
}

/// `entry` of `science.alt.dataset.entry`, in either namespace, with its main definition spelled out or not.
fn local_type(nsid: &str) -> Option<&str> {
    let local = name_in_namespace(nsid)?;
    Some(local.strip_suffix("#main").unwrap_or(local))
}
