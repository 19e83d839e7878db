//! Samples without a type as members, and back: names say what is in members, and are the same in all samples of a dataset.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use bytes::Bytes;

use super::{Group, ReaderLimits};
use crate::error::Result;
use crate::sample::{DictSample, Kind, Value, any_member, field_of, is_field_of_member, kind_of};

impl Group {
    /// The fields of a sample as members. One whose name is an extension that gives its value back keeps it (`cls` of an
    /// integer, `npy` of an array), and so do bytes in `jpg` or `seg.png`; others get an extension that does (`label.cls`,
    /// `tags.json`, and `emb.npy.npy` of an array in `emb.npy`), which [`to_packed`](Self::to_packed) takes off again. Of
    /// null there is no member.
    ///
    /// Of one sample alone: those of a dataset get the same names by [`MemberNames`].
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for names that no member can have, and where all fields are null.
    pub fn of_sample(key: impl Into<String>, sample: &DictSample) -> Result<Self> {
        MemberNames::default().members(key.into(), sample).map(|(group, _)| group)
    }

    /// All members as the fields of a packed sample: as [`to_dict`](Self::to_dict), but a name that has an extension which
    /// says what the value is (`label.cls`) is that before the extension, unless another field would have it.
    ///
    /// Of one sample alone: those of a dataset get the same names by [`FieldNames`].
    ///
    /// # Errors
    /// For a member whose content is not what its extension says.
    pub fn to_packed(&self) -> Result<DictSample> {
        FieldNames::default().fields(self).map(|(sample, _)| sample)
    }
}

/// The names that the fields of samples get as members, the same in all samples of a dataset: as
/// [`Group::of_sample`] gives them, but where a value does not fit the name that its field got by those before it, the field
/// has another one from there on, and what was made before is to be made anew.
#[derive(Debug, Clone, Default)]
pub struct MemberNames {
    /// Of each field the names that it may have, of which the first is in use.
    fields: BTreeMap<String, Vec<String>>,
    nulls: BTreeSet<String>,
}

impl MemberNames {
    /// The sample as members; `None` if a field got another name, by which all samples before are to be made anew.
    ///
    /// # Errors
    /// As [`Group::of_sample`].
    pub fn split(&mut self, key: impl Into<String>, sample: &DictSample) -> Result<Option<Group>> {
        self.members(key.into(), sample).map(|(group, is_anew)| (!is_anew).then_some(group))
    }

    /// The fields that had nothing but null so far, of which there is no member.
    pub fn nulls(&self) -> impl Iterator<Item = &str> {
        self.nulls.iter().filter(|name| !self.fields.contains_key(*name)).map(String::as_str)
    }

    /// The members, and whether a field has another name than before.
    fn members(&mut self, key: String, sample: &DictSample) -> Result<(Group, bool)> {
        let (mut members, mut is_anew) = (Vec::with_capacity(sample.len()), false);
        for (name, value) in sample {
            if matches!(value, Value::Nil) {
                self.nulls.insert(name.to_owned());
                continue;
            }
            let (member, other) = self.member(name, value)?;
            members.push(member);
            is_anew |= other;
        }
        let group = Group { key, fields: members, offset: 0, limits: ReaderLimits::default() };
        group.check_names()?;
        Ok((group, is_anew))
    }

    fn member(&mut self, name: &str, value: &Value) -> Result<((String, Bytes), bool)> {
        let is_first = !self.fields.contains_key(name);
        let names = self.fields.entry(name.to_owned()).or_insert_with(|| names_of(name, value));
        let mut other = false;
        loop {
            let first = names.first().map_or(name, String::as_str);
            match any_member(first, value) {
                Ok(content) => return Ok(((first.to_owned(), content), other)),
                Err(error) if names.len() < 2 => return Err(error),
                Err(_) => {
                    names.remove(0);
                    other = !is_first;
                }
            }
        }
    }
}

/// The names that a field may have as a member, of which the first is best: what is written under it is read back as it is.
fn names_of(name: &str, value: &Value) -> Vec<String> {
    let kind = Kind::of(value);
    let mut names = Vec::new();
    if !is_field_of_member(name) && (kind == Kind::Plain || kind_of(name) != Kind::Plain) {
        names.push(name.to_owned());
    }
    for kind in [kind, Kind::Json, Kind::MsgPack] {
        let name = format!("{name}.{}", kind.extension());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The names that members get as fields of packed samples, the same in all samples of a dataset: as
/// [`Group::to_packed`] gives them, but where two members of a sample would have one name, both keep their own in all samples,
/// and what was made before is to be made anew.
#[derive(Debug, Clone, Default)]
pub struct FieldNames {
    /// The short names that are none, for several members have them.
    ambiguous: HashSet<String>,
    has_begun: bool,
}

impl FieldNames {
    /// The sample with all members as fields; `None` if a member got another name, by which all samples before are to be
    /// made anew.
    ///
    /// # Errors
    /// As [`Group::to_packed`].
    pub fn pack(&mut self, group: &Group) -> Result<Option<DictSample>> {
        self.fields(group).map(|(sample, is_anew)| (!is_anew).then_some(sample))
    }

    /// The fields, and whether one has another name than before.
    fn fields(&mut self, group: &Group) -> Result<(DictSample, bool)> {
        let known = self.ambiguous.len();
        while let Some(name) = self.first_twice(group) {
            self.ambiguous.insert(name);
        }
        let is_anew = self.has_begun && self.ambiguous.len() > known;
        self.has_begun = true;
        let fields = group.to_dict()?;
        let named = fields.iter().map(|(member, value)| (self.name_of(member).to_owned(), value.clone()));
        Ok((named.collect(), is_anew))
    }

    fn first_twice(&self, group: &Group) -> Option<String> {
        let mut seen = HashSet::new();
        group.names().map(|member| self.name_of(member)).find(|name| !seen.insert(*name)).map(str::to_owned)
    }

    fn name_of<'m>(&self, member: &'m str) -> &'m str {
        let short = field_of(member);
        if self.ambiguous.contains(short) { member } else { short }
    }
}
