//! What a removal has taken away.

use crate::entry::{Entry, Label};

/// What a removal has taken away; the shards stay.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Removed {
    /// The labels.
    pub labels: Vec<Label>,
    /// The entries that nothing leads to any more.
    pub entries: Vec<Entry>,
    /// The CIDs of entries that could not be read, and are gone as well.
    pub damaged: Vec<String>,
    /// Entries that had the name, and go by one of their other labels now.
    pub renamed: Vec<Entry>,
}

impl Removed {
    /// Whether nothing was there to be taken away.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
