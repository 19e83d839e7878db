//! What is decided of each shard before any of its samples is read, and why: values that are printed.

use std::fmt;

use crate::error::Printable;

/// How a dataset is asked by a predicate: of each shard whether it is left out, decided by the rows of its manifest, or read. See
/// [`Dataset::explain`](crate::Dataset::explain).
///
/// It is printed with a line for each shard and one for all.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The predicate, as text.
    pub predicate: String,
    /// The shards, in order.
    pub shards: Vec<ExplainedShard>,
}

/// How one shard is asked.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ExplainedShard {
    /// Its path or URL, without secrets.
    pub shard: String,
    /// How many samples its manifest says that it has, where it is asked.
    pub samples: Option<u64>,
    /// Its size in bytes, as far as that is known without asking a server.
    pub size: Option<u64>,
    /// Bytes of its manifest that were read.
    pub manifest_bytes: u64,
    /// What is done with it.
    pub how: HowAsked,
}

/// What is done with a shard.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum HowAsked {
    /// It is left out: by what its manifest has counted no sample matches.
    LeftOut {
        /// Which is not so by these tests of the predicate: where one of several is enough it is that one.
        by: Vec<LeftOutBy>,
    },
    /// The rows of its manifest decide.
    ByRows {
        /// The fields whose columns were read.
        columns: Vec<String>,
        /// Fields of the predicate without a column.
        missing: Vec<String>,
        /// Samples that match.
        matching: u64,
        /// Samples that are asked themselves, for their rows do not decide.
        open: u64,
        /// Bytes of the samples that match, or are asked.
        bytes: u64,
    },
    /// All its samples are read.
    Read {
        /// Why.
        why: WhyRead,
    },
}

/// A test that no sample of a shard passes, or where the predicate has it behind `not`, all do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOutBy {
    /// The field.
    pub field: String,
    /// The test as it is written: `confidence > 0.9`.
    pub test: String,
    /// What the manifest has counted of the field: `numbers from 0 to 0.5`.
    pub counted: String,
    /// The kind of that: `categorical`, `numeric`, `set`.
    pub kind: &'static str,
}

/// Why all samples of a shard are read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhyRead {
    /// The options say that manifests are not asked.
    Off,
    /// It is what stages or views make of the samples that is asked, and not what is in the shards.
    Stages,
    /// There is no manifest.
    NoManifest,
    /// The manifest says nothing: Python writes such an empty one over that of a last shard.
    Empty,
    /// The shard was changed after its manifest was made.
    Older,
    /// The manifest cannot be read.
    Damaged(String),
    /// The manifest is not of this shard as it is.
    OtherShard,
    /// The manifest was made with that type, and what another one reads may be something else.
    OtherType(String),
    /// The manifest has no rows.
    NoRows,
    /// The manifest has no columns, or none that decide, of what is asked.
    NoColumn(Vec<String>),
}

impl WhyRead {
    /// The same in one word: `no manifest`, `older`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Stages => "stages",
            Self::NoManifest => "no manifest",
            Self::Empty => "empty",
            Self::Older => "older",
            Self::Damaged(_) => "damaged",
            Self::OtherShard => "other shard",
            Self::OtherType(_) => "other type",
            Self::NoRows => "no rows",
            Self::NoColumn(_) => "no column",
        }
    }
}

impl fmt::Display for WhyRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("manifests are not asked"),
            Self::Stages => f.write_str("it is what stages make of the samples that is asked"),
            Self::NoManifest => f.write_str("there is no manifest"),
            Self::Empty => f.write_str("its manifest says nothing, as Python's of a last shard"),
            Self::Older => {
                f.write_str("its manifest is older than the shard, as after a copy: `touch` it, or make it anew")
            }
            Self::Damaged(error) => write!(f, "its manifest is damaged: {error}"),
            Self::OtherShard => f.write_str("its manifest is of another shard, or of another state of this one"),
            Self::OtherType(name) => write!(f, "its manifest was made with the type `{}`", Printable(name)),
            Self::NoRows => f.write_str("its manifest has no rows"),
            Self::NoColumn(fields) => match fields.as_slice() {
                [] => f.write_str("the rows of its manifest do not decide"),
                fields => write!(f, "its manifest has no column of {}", Fields(fields)),
            },
        }
    }
}

/// How many shards, samples and bytes there are in an [`Explanation`], and how many are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedTotals {
    /// All shards.
    pub shards: u64,
    /// Shards that are left out.
    pub left_out: u64,
    /// Shards that are decided by rows.
    pub by_rows: u64,
    /// Shards that are read.
    pub read: u64,
    /// Samples, as far as manifests say how many there are.
    pub samples: u64,
    /// Samples that match by their rows.
    pub matching: u64,
    /// Samples that are asked for their rows do not decide.
    pub open: u64,
    /// Bytes of all shards, as far as they are known.
    pub size: u64,
    /// Bytes of manifests that were read, of samples that match or are asked, and of shards that are read.
    pub bytes_read: u64,
    /// Shards of which the size is not known.
    pub of_unknown_size: u64,
}

impl Explanation {
    /// All shards together.
    pub fn totals(&self) -> ExplainedTotals {
        let mut all = ExplainedTotals::default();
        for shard in &self.shards {
            all.shards += 1;
            all.samples = all.samples.saturating_add(shard.samples.unwrap_or(0));
            all.size = all.size.saturating_add(shard.size.unwrap_or(0));
            all.of_unknown_size += u64::from(shard.size.is_none());
            let read = match &shard.how {
                HowAsked::LeftOut { .. } => {
                    all.left_out += 1;
                    0
                }
                HowAsked::ByRows { matching, open, bytes, .. } => {
                    (all.by_rows, all.matching, all.open) = (all.by_rows + 1, all.matching + matching, all.open + open);
                    *bytes
                }
                HowAsked::Read { .. } => {
                    all.read += 1;
                    shard.size.unwrap_or(0)
                }
            };
            all.bytes_read = all.bytes_read.saturating_add(read).saturating_add(shard.manifest_bytes);
        }
        all
    }
}

/// Names of fields, a few of them.
struct Fields<'a>(&'a [String]);

impl fmt::Display for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        for (at, field) in self.0.iter().take(SHOWN).enumerate() {
            write!(f, "{}`{}`", if at > 0 { ", " } else { "" }, Printable(field))?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Display for ExplainedShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", Printable(&self.shard))?;
        match &self.how {
            HowAsked::LeftOut { by } => {
                f.write_str("left out")?;
                for (at, by) in by.iter().enumerate() {
                    write!(
                        f,
                        "{} {} (`{}` has {})",
                        if at > 0 { ", and" } else { "," },
                        by.test,
                        Printable(&by.field),
                        by.counted
                    )?;
                }
                Ok(())
            }
            HowAsked::ByRows { columns, missing, matching, open, bytes } => {
                write!(f, "by rows: {matching} of {} match", self.samples.unwrap_or(0))?;
                if *open > 0 {
                    write!(f, ", {open} are asked")?;
                }
                write!(f, ", {bytes} bytes of samples; columns {}, {} bytes", Fields(columns), self.manifest_bytes)?;
                if missing.is_empty() { Ok(()) } else { write!(f, "; no column of {}", Fields(missing)) }
            }
            HowAsked::Read { why } => write!(f, "read: {why}"),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shards.iter().try_for_each(|shard| writeln!(f, "{shard}"))?;
        write!(f, "{}", self.totals())
    }
}

impl fmt::Display for ExplainedTotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shards, left_out, by_rows, read, samples, matching, open, size, bytes_read, of_unknown_size } = self;
        write!(f, "{shards} shards: {left_out} left out, {by_rows} by rows, {read} read; ")?;
        write!(
            f,
            "{samples} samples known: {matching} match, {open} are asked; {bytes_read} of {size} bytes are read"
        )?;
        match of_unknown_size {
            0 => Ok(()),
            unknown => write!(f, ", not counting {unknown} shards of unknown size"),
        }
    }
}
