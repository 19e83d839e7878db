//! What is there of a dataset that samples are added to: keys, and the names of members.

use std::collections::HashSet;
use std::path::PathBuf;

use atdata::shard::{Contents, MemberNames, PAYLOAD};
use atdata::{Dataset, Error, ErrorKind, Group, Result};

use crate::args::Layout;

/// The keys of the shards that samples are added to.
#[derive(Debug, Default)]
pub(super) struct There {
    keys: HashSet<String>,
    /// Whether members have other names than their fields would get.
    has_other_names: bool,
}

impl There {
    /// Of these shards, which have to be of the layout; `names` go on from the names that members have there.
    pub(super) fn read(shards: &[PathBuf], layout: Layout, mut names: Option<&mut MemberNames>) -> Result<Self> {
        let mut there = Self::default();
        for path in shards {
            let groups = Dataset::<Group>::open(&**path)?;
            if let Some(first) = groups.head(1)?.first() {
                check_layout(first, layout)
                    .map_err(|error| error.with_key(first.key()).with_shard(&path.to_string_lossy()))?;
                if let Some(names) = names.as_deref_mut().filter(|_| layout == Layout::Members) {
                    there.has_other_names |= !goes_on(first, names);
                }
            }
            if let Some(contents) = Contents::open(path)? {
                there.keys.reserve(usize::try_from(contents.samples()).unwrap_or(0));
                for number in 0..contents.samples() {
                    there.keys.insert(contents.key(number)?);
                }
                continue;
            }
            for keyed in groups.ordered().with_keys() {
                there.keys.insert(keyed?.0);
            }
        }
        Ok(there)
    }

    /// Whether there are any.
    pub(super) fn has_samples(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether members may be made of fields, without a schema.
    pub(super) fn check_names(&self) -> Result<()> {
        if self.has_other_names {
            let text = "the members that are there have other names than their fields get: say which field is which member by --schema";
            return Err(Error::new(ErrorKind::Conflict, text));
        }
        Ok(())
    }

    pub(super) fn check_key(&self, key: &str) -> Result<()> {
        if self.keys.contains(key) {
            let text = "the key is one of the dataset already that samples are added to: give its samples other keys";
            return Err(Error::new(ErrorKind::Conflict, text));
        }
        Ok(())
    }
}

/// Whether the first sample of a shard is as those that are added.
fn check_layout(first: &Group, layout: Layout) -> Result<()> {
    let is_packed = first.get(PAYLOAD).is_some();
    if is_packed != (layout == Layout::Packed) {
        let there = if is_packed { "packed" } else { "members" };
        let text =
            format!("the samples that are there are {there}: add samples with --layout {there}, or write other shards");
        return Err(Error::new(ErrorKind::Conflict, text));
    }
    Ok(())
}

/// Whether fields get the names that the members of a sample have, from here on.
fn goes_on(first: &Group, names: &mut MemberNames) -> bool {
    let made = first.to_packed().and_then(|sample| names.split(first.key(), &sample));
    made.ok().flatten().is_some_and(|made| made.names().eq(first.names()))
}
