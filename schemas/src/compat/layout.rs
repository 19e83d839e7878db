//! Where fields are: whether a sample is packed, and which members it is made of otherwise.

use super::{Change, Found, Level};
use crate::owned::{OwnedField, OwnedLayout};

pub(super) fn compare(old: Option<&OwnedLayout>, new: Option<&OwnedLayout>, found: &mut Found<'_>) {
    if old == new {
        return;
    }
    let alike = old.zip(new).is_some_and(|(old, new)| {
        OwnedLayout { allow_unknown: new.allow_unknown, ..old.clone() } == *new && new.allow_unknown
    });
    let level = if alike { Level::Minor } else { Level::Major };
    found.push(level, Change::Layout { old: layout_text(old), new: layout_text(new) });
}

/// Old samples are in members that the new type has to take.
pub(super) fn compare_members(old: &OwnedField, new: &OwnedField, found: &mut Found<'_>) {
    if (&old.member, &old.codec) == (&new.member, &new.codec) {
        return;
    }
    let takes = |name: &str| names(new).any(|other| other == name);
    let level = if old.codec == new.codec && names(old).all(takes) { Level::Minor } else { Level::Major };
    found.push(level, Change::Member { old: member_text(old), new: member_text(new) });
}

fn names(field: &OwnedField) -> impl Iterator<Item = &str> {
    field.member.as_deref().unwrap_or(&field.name).split('|')
}

fn member_text(field: &OwnedField) -> String {
    let codec = field.codec.as_ref().map_or_else(String::new, |codec| format!(" by {codec}"));
    format!("{}{codec}", field.member.as_deref().unwrap_or(&field.name))
}

/// `members of keys {split}/{id}, read by Audio, and others`
fn layout_text(layout: Option<&OwnedLayout>) -> String {
    let Some(OwnedLayout { key, allow_unknown, codecs }) = layout else { return "packed".to_owned() };
    let key = key.as_ref().map_or_else(String::new, |key| format!(" of keys {key}"));
    let codecs = codecs.as_ref().map_or_else(String::new, |codecs| format!(", read by {codecs}"));
    format!("members{key}{codecs}{}", if *allow_unknown { ", and others" } else { "" })
}
