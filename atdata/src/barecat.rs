//! Archives of [barecat](https://pypi.org/project/barecat/): millions of files in a few shards, any of them at once.
//!
//! An archive is an SQLite index `NAME` and shards `NAME-shard-00000`, `NAME-shard-00001`, …, that hold the bytes of the files
//! back to back. [`Archive`] reads those that Python's barecat 0.3 wrote, and [`Writer`] makes and extends such that Python
//! reads, extends and verifies.
//!
//! ```
//! use atdata::barecat::{Archive, Writer};
//!
//! # let dir = tempfile::tempdir().unwrap();
//! # let path = dir.path().join("photos.barecat");
//! let mut writer = Writer::create(&path)?;
//! writer.add("train/cat/1.jpg", b"not a picture")?;
//! writer.finish()?;
//!
//! let archive = Archive::open(&path)?;
//! assert_eq!(archive.get("train/cat/1.jpg")?, b"not a picture");
//! assert_eq!(archive.glob("**/*.jpg")?.len(), 1);
//! # Ok::<(), atdata::Error>(())
//! ```

mod archive;
mod connect;
mod error;
mod extract;
mod file;
mod glob;
mod lookup;
mod node;
mod path;
mod pattern;
mod samples;
mod schema;
mod shards;
mod tars;
#[cfg(test)]
mod tests;
mod verify;
mod walk;
mod writer;

pub use self::archive::Archive;
pub use self::extract::{ExtractOptions, Extracted, Extractor};
pub use self::file::ArchiveFile;
pub use self::node::{DirInfo, FileInfo, Metadata, Node};
pub use self::pattern::Pattern;
pub use self::samples::SampleOptions;
#[cfg(feature = "_index")]
pub(crate) use self::samples::leading_archive;
pub(crate) use self::samples::{Member as TarMember, TarView, is_archive};
pub use self::verify::{Problem, Verified, VerifyOptions};
pub use self::walk::Walk;
pub use self::writer::{Added, CopyOptions, CreateOptions, DefragOptions, Defragmented, Writer, defrag};
pub(crate) use self::writer::{TarFile, write_over_tars};
