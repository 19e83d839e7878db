//! What is there of a dataset that samples are added to: keys, and the names of members.

use std::collections::HashSet;
use std::path::PathBuf;

use atdata::shard::{Contents, MemberNames, PAYLOAD};
use atdata::{Dataset, DictSample, Error, ErrorKind, Group, Result};

use super::unpacked;
use crate::args::Layout;

/// The keys of the shards that samples are added to, and what their fields are called.
#[derive(Debug, Default)]
pub(super) struct There {
    keys: HashSet<String>,
    /// Whether members have other names than their fields would get.
    has_other_names: bool,
    /// The fields of packed samples, where those that are added get names by their members.
    fields: Option<HashSet<String>>,
}

impl There {
    /// Of these shards, which have to be of the layout and whole. `names` are those that members get, without a schema: they go on from
    /// the names that all samples there have, for which these are read.
    pub(super) fn read(shards: &[PathBuf], layout: Layout, mut names: Option<&mut MemberNames>) -> Result<Self> {
        let fields = (layout == Layout::Packed && names.is_some()).then(HashSet::new);
        let mut there = Self { fields, ..Self::default() };
        for path in shards {
            let at = |error: Error| error.with_shard(&path.to_string_lossy());
            let groups = Dataset::<Group>::open(&**path)?;
            if let Some(first) = groups.head(1)?.first() {
                check_layout(first, layout).map_err(|error| at(error.with_key(first.key())))?;
            }
            let contents = if names.is_none() { Contents::open(path)? } else { None };
            match contents {
                Some(contents) => contents.each_key(|key| _ = there.keys.insert(key.to_owned()))?,
                None => there.add(&groups, names.as_deref_mut()).map_err(at)?,
            }
        }
        Ok(there)
    }

    fn add(&mut self, groups: &Dataset<Group>, mut names: Option<&mut MemberNames>) -> Result<()> {
        let mut samples = groups.ordered();
        for group in samples.by_ref() {
            let group = group?;
            if let Some(fields) = &mut self.fields {
                fields.extend(unpacked(&group)?.keys().map(str::to_owned));
            } else if let Some(names) = names.as_deref_mut() {
                self.has_other_names |= !goes_on(&group, names);
            }
            self.keys.insert(group.key);
        }
        match samples.warnings().first() {
            Some(warning) => Err(Error::new(ErrorKind::Corrupt, warning.warning.to_string())),
            None => Ok(()),
        }
    }

    /// Whether the fields that were made of these members have the names that they have there.
    pub(super) fn check_fields(&self, members: &Group, sample: &DictSample) -> Result<()> {
        let Some(there) = &self.fields else { return Ok(()) };
        for ((member, content), name) in members.fields.iter().zip(sample.keys()) {
            if there.contains(name) {
                continue;
            }
            let alone = Group::new("", [(member, content.clone())]).to_packed()?;
            if let Some(other) = alone.keys().chain([member.as_str()]).find(|other| there.contains(*other)) {
                let (other, name) = (other.escape_debug(), name.escape_debug());
                let text = format!(
                    "a field that is called `{other}` in the shards that are there would be `{name}`: convert those as well, to \
                     other shards, or give the fields names by --schema"
                );
                return Err(Error::new(ErrorKind::Conflict, text));
            }
        }
        Ok(())
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
fn goes_on(group: &Group, names: &mut MemberNames) -> bool {
    let made = group.to_packed().and_then(|sample| names.split(group.key(), &sample));
    made.ok().flatten().is_some_and(|made| made.names().eq(group.names()))
}
