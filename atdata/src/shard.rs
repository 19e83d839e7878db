//! Shards: tar files of samples, read without trusting them and written whole or not at all.

mod contents;
mod export;
mod group;
mod import;
mod members;
mod named;
mod reader;
#[cfg(any(feature = "_index", feature = "atmosphere"))]
mod sound;
mod writer;

pub use crate::archive::{Passed, PassedOver, Reason, Warning};
pub use crate::atomic::{Swept, sweep, unfinished};
pub use contents::{Contents, MemberPlace, SamplePlace};
pub use export::{IndexFormat, IndexFormatError};
#[cfg(feature = "records")]
pub use group::SchemaMembers;
pub use group::{FieldNames, Group, GroupRef, MemberNames, PAYLOAD, dotted_keys};
pub use import::{ImportFormat, ImportFormatError};
pub(crate) use reader::Ahead;
pub use reader::{RawSample, ShardReader};
pub use writer::{Listener, ShardInfo, WriteOptions, WrittenMember, WrittenSample};

pub use crate::sample::{ArraySpan, FieldSpan};
pub use crate::source::ReadOptions;
pub(crate) use contents::{
    Keys, Kind, MemberPart, Names, Pack, PackWriter, Picked, Picker, Piece, Summary, as_of_shard, hash_of, is_of_shard,
    is_other_bytes, modified,
};
pub(crate) use export::Exported;
#[cfg(feature = "barecat")]
pub(crate) use export::save_over;
#[cfg(feature = "json")]
pub(crate) use export::{save_info, save_of_all};
pub(crate) use import::Importer;
pub(crate) use reader::Oddity;
#[cfg(any(feature = "_index", feature = "atmosphere"))]
pub(crate) use sound::{Looked, copy_sound, look_at};
pub use writer::numbered_path;
pub(crate) use writer::{Outcome, ShardSink};
