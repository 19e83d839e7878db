//! Samples without a type as members, and back: names say what is in members, and are the same in all samples of a dataset.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bytes::Bytes;

use super::{Group, ReaderLimits};
use crate::error::{NoMemory, Result};
use crate::sample::{DictSample, Kind, Value, any_member, field_of, kind_of, names_of, uncompressed};

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
        let names = self.fields.entry(name.to_owned()).or_insert_with(|| names_of(name, Kind::of(value)));
        let mut other = false;
        loop {
            let first = names.first().map_or(name, String::as_str);
            match any_member(None, first, value) {
                Ok(content) => return Ok(((first.to_owned(), content), other)),
                // Another name would take as much memory.
                Err(error) if names.len() < 2 || error.cause::<NoMemory>().is_some() => return Err(error),
                Err(_) => {
                    names.remove(0);
                    other = !is_first;
                }
            }
        }
    }
}

/// The names that members get as fields of packed samples, the same in all samples of a dataset: as
/// [`Group::to_packed`] gives them, but where two members of a sample would have one name, both keep their own in all samples,
/// where members are compressed in some samples and not in others, both are one field, and what was made before is to be made
/// anew.
#[derive(Debug, Clone, Default)]
pub struct FieldNames {
    /// The short names that are none, for several members have them.
    ambiguous: HashSet<String>,
    /// Of each name, an ending of a compression apart, the first form in which it was there; none where it was in several.
    forms: HashMap<String, Option<String>>,
    /// Of labels that are other texts than their numbers the first such text.
    other_texts: BTreeMap<String, String>,
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

    /// The members whose numbers had another text than they are written with, `007` or `+7`, each with the first such text: as
    /// fields they are these numbers, and as members again they have the usual text.
    pub fn other_texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.other_texts.iter().map(|(member, text)| (member.as_str(), text.as_str()))
    }

    /// Notes numbers whose text is not theirs, white space around it apart.
    fn see_texts(&mut self, group: &Group, fields: &DictSample) {
        for ((member, content), (_, value)) in group.fields.iter().zip(fields) {
            let number = match value {
                Value::Int(number) if kind_of(member) == Kind::Label => number.to_string(),
                Value::UInt(number) if kind_of(member) == Kind::Label => number.to_string(),
                _ => continue,
            };
            if let Ok(text) = std::str::from_utf8(content)
                && text.trim() != number
                && !self.other_texts.contains_key(member)
            {
                self.other_texts.insert(member.clone(), text.trim().to_owned());
            }
        }
    }

    /// The fields, and whether one has another name than before.
    fn fields(&mut self, group: &Group) -> Result<(DictSample, bool)> {
        let known = self.ambiguous.len();
        let has_other_form = self.see_forms(group);
        while let Some(name) = self.first_twice(group) {
            self.ambiguous.insert(name);
        }
        let is_anew = self.has_begun && (has_other_form || self.ambiguous.len() > known);
        self.has_begun = true;
        let fields = group.to_dict()?;
        self.see_texts(group, &fields);
        let named = fields.into_iter().map(|(member, value)| (self.name_of(&member).to_owned(), value));
        Ok((named.collect(), is_anew))
    }

    /// Looks at the forms of members; whether one is there in another form than in all samples before.
    fn see_forms(&mut self, group: &Group) -> bool {
        let mut is_other = false;
        for member in group.names() {
            let name = uncompressed(member).0;
            match self.forms.get_mut(name) {
                Some(None) => {}
                Some(Some(known)) if known == member => {}
                Some(form) => {
                    *form = None;
                    is_other = true;
                }
                None => drop(self.forms.insert(name.to_owned(), Some(member.to_owned()))),
            }
        }
        is_other
    }

    fn first_twice(&self, group: &Group) -> Option<String> {
        let mut seen = HashSet::new();
        group.names().map(|member| self.name_of(member)).find(|name| !seen.insert(*name)).map(str::to_owned)
    }

    fn name_of<'m>(&self, member: &'m str) -> &'m str {
        let name = uncompressed(member).0;
        let short = field_of(if matches!(self.forms.get(name), Some(None)) { name } else { member });
        if self.ambiguous.contains(short) { member } else { short }
    }
}
