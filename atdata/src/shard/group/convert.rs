//! Samples without a type as members, and back: the names say what is in them.

use std::collections::HashSet;

use bytes::Bytes;

use super::Group;
use crate::error::Result;
use crate::sample::{DictSample, Kind, Value, any_member, kind_of, stem_of};

impl Group {
    /// The fields of a sample as members. One whose name is an extension that says what its value is keeps it (`cls` of an
    /// integer, `npy` of an array), and so do bytes in `jpg` or `seg.png`; others get an extension that does (`label.cls`,
    /// `tags.json`, and `emb.npy.npy` of an array in `emb.npy`), which [`to_packed`](Self::to_packed) takes off again.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for names that no member can have.
    pub fn of_sample(key: impl Into<String>, sample: &DictSample) -> Result<Self> {
        let member = |(name, value): (&str, &Value)| -> Result<(String, Bytes)> {
            let name = named(name, value);
            let content = any_member(&name, value)?;
            Ok((name, content))
        };
        let fields = sample.iter().map(member).collect::<Result<_>>()?;
        let group = Self { key: key.into(), fields, offset: 0 };
        group.check_names()?;
        Ok(group)
    }

    /// All members as the fields of a packed sample: as [`to_dict`](Self::to_dict), but a name that has an extension which
    /// says what the value is (`label.cls`) is that before the extension, unless another field would have it. Where two
    /// fields would have one name even so, all keep that of the member.
    ///
    /// # Errors
    /// For a member whose content is not what its extension says.
    pub fn to_packed(&self) -> Result<DictSample> {
        let stems: Vec<_> = self.names().map(|name| stem_of(name).unwrap_or(name)).collect();
        let short = |at: usize, name: &str| {
            let stem = stems.get(at).copied().unwrap_or(name);
            let is_free = stems.iter().filter(|other| **other == stem).count() == 1;
            if is_free { stem.to_owned() } else { name.to_owned() }
        };
        let fields = self.to_dict()?;
        let named: Vec<_> =
            fields.iter().enumerate().map(|(at, (name, value))| (short(at, name), value.clone())).collect();
        // `x.txt` and `x.cls` keep their names, the first of which `x.txt.json` would get.
        let distinct: HashSet<_> = named.iter().map(|(name, _)| name).collect();
        if distinct.len() < named.len() { Ok(fields) } else { Ok(named.into_iter().collect()) }
    }
}

/// The name of a member that is read back as that value.
fn named(name: &str, value: &Value) -> String {
    let wanted = Kind::of(value);
    if kind_of(name) == wanted && stem_of(name).is_none_or(|_| wanted == Kind::Plain) {
        return name.to_owned();
    }
    format!("{name}.{}", wanted.extension())
}
