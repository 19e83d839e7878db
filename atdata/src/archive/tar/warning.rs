//! Warnings: what a reader noticed and went on behind.

use std::fmt;

use crate::error::Printable;

/// Something about a shard that did not stop the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The archive ends at a member boundary without its two zero blocks: it may have been cut there.
    MissingEnd {
        /// Where the zero blocks should have begun.
        offset: u64,
    },
    /// One zero block, which ends the archive, but data behind it: members may be lost.
    LoneZeroBlock {
        /// Where the zero block is.
        offset: u64,
    },
    /// Data behind the two zero blocks that end the archive. Where they are a hole, as an incomplete download leaves
    /// it, members are lost; the same is found where archives were put one behind the other.
    DataAfterEnd {
        /// Where the first byte is that is not zero.
        offset: u64,
    },
    /// More zeros at the end than any writer of archives fills its last record with: so does a download look that was
    /// given its whole size first and then broke off.
    ZerosAfterEnd {
        /// Where the zeros begin.
        offset: u64,
        /// How many there are.
        zeros: u64,
    },
    /// Other data behind the last stream of a compressed shard, which itself is sound.
    DataAfterStream {
        /// Where the archive ends in the decompressed data.
        offset: u64,
        /// Where in the compressed data the other begins.
        stored: u64,
    },
    /// Members that look like those of a sample but are links, whose data this archive, or this reader, does not have.
    Links {
        /// Where the first of them is.
        offset: u64,
        /// How many there are.
        count: u64,
        /// Name of the first.
        name: String,
        /// What that one points to.
        target: String,
        /// Whether they are symbolic links; hard links otherwise.
        symbolic: bool,
    },
}

impl Warning {
    /// Where in the (decompressed) shard it is.
    pub fn offset(&self) -> u64 {
        match *self {
            Self::MissingEnd { offset }
            | Self::LoneZeroBlock { offset }
            | Self::DataAfterEnd { offset }
            | Self::ZerosAfterEnd { offset, .. }
            | Self::DataAfterStream { offset, .. }
            | Self::Links { offset, .. } => offset,
        }
    }

    /// Whether samples may be lost: of all but other data behind a compressed stream, which itself is sound. The library logs
    /// such a warning as an error, and the program ends with 1.
    pub fn may_lose_samples(&self) -> bool {
        !matches!(self, Self::DataAfterStream { .. })
    }

    /// Whether it is about the end of the archive, where members may be lost that nobody sees.
    pub(crate) fn is_of_end(&self) -> bool {
        !matches!(self, Self::Links { .. })
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingEnd { offset } => {
                write!(f, "expected the end-of-archive blocks at {offset}, found the end of the file")
            }
            Self::LoneZeroBlock { offset } => {
                write!(f, "expected a second zero block behind the one at {offset}, found other data")
            }
            Self::DataAfterEnd { offset } => write!(
                f,
                "expected nothing but zeros behind the end of the archive, found data at {offset}, which is not read: the \
                 archive has a hole, or other data were appended to it"
            ),
            Self::ZerosAfterEnd { offset, zeros } => write!(
                f,
                "found {zeros} zeros from {offset} to the end, more than archives are filled up with: an incomplete \
                 download looks so, and its samples are lost"
            ),
            Self::DataAfterStream { stored, .. } => write!(
                f,
                "expected nothing but zeros behind the compressed data, found other data at its byte {stored}, which is \
                 not read"
            ),
            Self::Links { count, name, target, symbolic, .. } => {
                let kind = if *symbolic { "symbolic" } else { "hard" };
                let links =
                    if *count == 1 { format!("a {kind} link") } else { format!("{count} {kind} links, the first") };
                write!(f, "expected files, found {links} `{}` to `{}`", Printable(name), Printable(target))?;
                f.write_str(if *symbolic {
                    ", which the archive has no data of: write it with the files that they lead to (`tar --dereference`)"
                } else {
                    ", which is not in the archive before it, or cannot be gone back to in a stream"
                })
            }
        }
    }
}

/// Why members of an archive belong to no sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// The last part of the name has no dot, so that there is no field.
    NoDot,
    /// The name begins with a dot, so that there is no key.
    Hidden,
    /// The first part of the name is `__…__`, which marks data about the archive.
    Metadata,
    /// What macOS keeps beside a file: `._name`, or all in `__MACOSX`.
    AppleDouble,
    /// What file managers leave: `.DS_Store`, `Thumbs.db`, `desktop.ini`.
    FileManager,
    /// A symbolic link.
    SymbolicLink,
    /// A hard link to a file that cannot be had.
    HardLink,
    /// A pipe or a device.
    Special,
    /// A kind of member that is no file, such as the label of a volume or a part of another archive.
    OtherKind,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDot => "no dot in the name",
            Self::Hidden => "hidden",
            Self::Metadata => "metadata of the archive",
            Self::AppleDouble => "AppleDouble files of macOS",
            Self::FileManager => "files of a file manager",
            Self::SymbolicLink => "symbolic links",
            Self::HardLink => "hard links to what is not there",
            Self::Special => "pipes or devices",
            Self::OtherKind => "no files",
        })
    }
}

/// Members that were passed over for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Passed {
    /// Why.
    pub reason: Reason,
    /// How many.
    pub count: u64,
    /// Name of the first; what in it is not UTF-8 is escaped.
    pub first: String,
    /// Where its header is in the (decompressed) shard.
    pub offset: u64,
}

/// The members of an archive that belong to no sample so far, counted by why. Folders are not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOver(Vec<Passed>);

impl PassedOver {
    /// Each reason that there was, in the order in which they were met.
    pub fn iter(&self) -> impl Iterator<Item = &Passed> {
        self.0.iter()
    }

    /// Whether every member belongs to a sample.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many members there are.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|passed| passed.count).sum()
    }

    /// Adds those of another archive.
    #[cold]
    pub(crate) fn extend(&mut self, others: &Self) {
        for other in &others.0 {
            match self.0.iter_mut().find(|passed| passed.reason == other.reason) {
                Some(passed) => passed.count += other.count,
                None => self.0.push(other.clone()),
            }
        }
    }

    #[cold]
    pub(crate) fn add(&mut self, reason: Reason, name: &[u8], offset: u64) {
        match self.0.iter_mut().find(|passed| passed.reason == reason) {
            Some(passed) => passed.count += 1,
            None => self.0.push(Passed { reason, count: 1, first: escaped(name), offset }),
        }
    }
}

/// A name from an archive as text; bytes that are not UTF-8 are written `\xe9`, so that names can be told apart.
pub(crate) fn escaped(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().flat_map(|byte| byte.escape_ascii()).map(char::from));
    }
    text
}
