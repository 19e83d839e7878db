//! Descriptions: what a dataset is, in short.

use std::fmt;

use atdata_schema::Schema;

use crate::dataset::Dataset;
use crate::sample::Packable;

/// What is known of a dataset without reading a shard.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Description {
    /// The schema of the sample type.
    pub schema: &'static Schema,
    /// Paths or URLs of the shards, without credentials.
    pub shards: Vec<String>,
}

impl<S: Packable> Dataset<S> {
    /// What is known of the dataset without reading a shard: sample type, fields, shards. It prints as a few lines.
    pub fn describe(&self) -> Description {
        let shards = self.shards().iter().map(ToString::to_string).collect();
        Description { schema: S::SCHEMA, shards }
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}@{}", self.schema.name, self.schema.version)?;
        for field in self.schema.fields {
            writeln!(f, "  {field}")?;
        }
        write!(f, "{} shard(s)", self.shards.len())?;
        match self.shards.as_slice() {
            [] => Ok(()),
            [only] => write!(f, ": {only}"),
            [first, .., last] => write!(f, ": {first} … {last}"),
        }
    }
}
