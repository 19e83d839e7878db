//! The header of a manifest: how many samples there are, and what their fields have in them.

use atdata_schema::write_python_text;

use super::python::push_float;

/// What Python writes and reads.
pub(super) const VERSION: &str = "1.0.0";
/// Fields that a header may have aggregates of.
pub(super) const MOST_AGGREGATES: usize = 4_096;

/// What provenance says of a manifest whose rows are what a Rust type reads, and are so in the samples as well.
const BY_TYPE: &str = "atdata-rust: by the type";
/// The same where some rows are what the type reads of samples that have it under another name, or not at all.
const BY_TYPE_OTHERWISE: &str = "atdata-rust: by the type, with defaults and other names";

/// What the rows of a manifest are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// It is not said by whom: what samples have, as far as is known.
    AsWritten,
    /// What a Rust type reads.
    ByType {
        /// Whether samples have the same, without that type.
        as_written: bool,
    },
}

/// What is said of a shard as a whole.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ManifestHeader {
    /// Version of the form, `1.0.0`.
    pub manifest_version: String,
    /// Name of the shard without its ending, as it is written there: Python writes that of another one. See
    /// [`Manifest::shard`](super::Manifest::shard).
    pub shard_id: String,
    /// Name of the sample type.
    pub schema_type: String,
    /// Its version.
    pub schema_version: String,
    /// How many samples the shard has; 0 where Python wrote an empty manifest over that of its last shard.
    pub num_samples: u64,
    /// Bytes of the contents of all samples, without headers.
    pub size_bytes: u64,
    /// When it was made, in the form `2026-03-01T12:34:56+00:00`.
    pub created_at: String,
    /// What there is of each field, in order.
    pub aggregates: Vec<(String, Aggregate)>,
    /// Where the shard comes from, if that is said.
    pub provenance: Option<Provenance>,
}

/// What all samples of a shard have in a field. Samples without a value do not count.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Aggregate {
    /// How often there is each value, in order of appearance. Values are texts as Python's `str()` makes them: `True`, `3`,
    /// `0.5`.
    Categorical {
        /// Values and their counts.
        value_counts: Vec<(String, u64)>,
    },
    /// Numbers, as doubles: integers above 2^53 are rounded.
    Numeric {
        /// The least one; `None` if there is none or it is no number in JSON, such as an infinite one.
        min: Option<f64>,
        /// The greatest one, in the same way.
        max: Option<f64>,
        /// The mean; `None` as well where any value is no number (NaN), which neither `min` nor `max` look at.
        mean: Option<f64>,
        /// How many samples have a value.
        count: u64,
    },
    /// Values of lists.
    Set {
        /// All that are in any list, as texts, in order.
        all_values: Vec<String>,
    },
}

impl Aggregate {
    /// Whether it says of no sample that it has a value.
    pub(super) fn is_of_none(&self) -> bool {
        match self {
            Self::Categorical { value_counts } => value_counts.is_empty(),
            Self::Numeric { count, .. } => *count == 0,
            Self::Set { all_values } => all_values.is_empty(),
        }
    }

    /// Its word: `categorical`, `numeric` or `set`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Categorical { .. } => "categorical",
            Self::Numeric { .. } => "numeric",
            Self::Set { .. } => "set",
        }
    }
}

/// Where a shard comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provenance {
    /// What made it.
    pub source_job_id: Option<String>,
    /// The shards that it was made of.
    pub parent_shards: Vec<String>,
    /// The version of that.
    pub pipeline_version: Option<String>,
}

impl Provenance {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Made {
    /// As provenance says it.
    pub(super) fn provenance(self) -> Option<Provenance> {
        let by = match self {
            Self::AsWritten => return None,
            Self::ByType { as_written: true } => BY_TYPE,
            Self::ByType { as_written: false } => BY_TYPE_OTHERWISE,
        };
        Some(Provenance { pipeline_version: Some(by.to_owned()), ..Provenance::default() })
    }
}

impl ManifestHeader {
    /// What its rows are: a name of a type is said by records as well, whose samples were read without that type.
    pub(crate) fn made(&self) -> Made {
        match self.provenance.as_ref().and_then(|provenance| provenance.pipeline_version.as_deref()) {
            Some(BY_TYPE) => Made::ByType { as_written: true },
            Some(BY_TYPE_OTHERWISE) => Made::ByType { as_written: false },
            _ => Made::AsWritten,
        }
    }

    /// The file, as Python writes it: indented by two spaces, everything but ASCII escaped. Numbers that JSON does not have
    /// are null, where Python writes `Infinity` and `NaN`.
    pub fn to_json(&self) -> String {
        let mut out = Writer { out: String::new(), depth: 0, is_first: true };
        out.open('{');
        for (key, text) in [
            ("manifest_version", &self.manifest_version),
            ("shard_id", &self.shard_id),
            ("schema_type", &self.schema_type),
            ("schema_version", &self.schema_version),
        ] {
            out.text(key, text);
        }
        out.number("num_samples", self.num_samples);
        out.number("size_bytes", self.size_bytes);
        out.text("created_at", &self.created_at);
        out.key("aggregates");
        out.open('{');
        for (field, aggregate) in &self.aggregates {
            out.key(field);
            out.aggregate(aggregate);
        }
        out.close('}');
        if let Some(provenance) = self.provenance.as_ref().filter(|provenance| !provenance.is_empty()) {
            out.key("provenance");
            out.provenance(provenance);
        }
        out.close('}');
        out.out
    }
}

/// JSON as `json.dumps(…, indent=2)` writes it.
struct Writer {
    out: String,
    depth: usize,
    /// Whether nothing is in the object or list yet.
    is_first: bool,
}

impl Writer {
    fn open(&mut self, bracket: char) {
        self.out.push(bracket);
        (self.depth, self.is_first) = (self.depth + 1, true);
    }

    fn close(&mut self, bracket: char) {
        self.depth -= 1;
        if !self.is_first {
            self.line();
        }
        self.out.push(bracket);
        self.is_first = false;
    }

    fn line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", self.depth));
    }

    fn item(&mut self) {
        if !self.is_first {
            self.out.push(',');
        }
        self.is_first = false;
        self.line();
    }

    fn key(&mut self, key: &str) {
        self.item();
        write_python_text(key, &mut self.out);
        self.out.push_str(": ");
    }

    fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        write_python_text(text, &mut self.out);
    }

    fn number(&mut self, key: &str, number: u64) {
        self.key(key);
        self.out.push_str(&number.to_string());
    }

    fn float(&mut self, key: &str, number: Option<f64>) {
        self.key(key);
        push_float(number, &mut self.out);
    }

    fn texts(&mut self, key: &str, texts: &[String]) {
        self.key(key);
        self.open('[');
        for text in texts {
            self.item();
            write_python_text(text, &mut self.out);
        }
        self.close(']');
    }

    fn aggregate(&mut self, aggregate: &Aggregate) {
        self.open('{');
        self.text("type", aggregate.kind());
        match aggregate {
            Aggregate::Categorical { value_counts } => {
                self.number("cardinality", value_counts.len() as u64);
                self.key("value_counts");
                self.open('{');
                for (value, count) in value_counts {
                    self.number(value, *count);
                }
                self.close('}');
            }
            Aggregate::Numeric { min, max, mean, count } => {
                self.float("min", *min);
                self.float("max", *max);
                self.float("mean", *mean);
                self.number("count", *count);
            }
            Aggregate::Set { all_values } => self.texts("all_values", all_values),
        }
        self.close('}');
    }

    fn provenance(&mut self, provenance: &Provenance) {
        self.open('{');
        if let Some(job) = &provenance.source_job_id {
            self.text("source_job_id", job);
        }
        if !provenance.parent_shards.is_empty() {
            self.texts("parent_shards", &provenance.parent_shards);
        }
        if let Some(version) = &provenance.pipeline_version {
            self.text("pipeline_version", version);
        }
        self.close('}');
    }
}
