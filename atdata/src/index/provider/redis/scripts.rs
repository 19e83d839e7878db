//! Lua scripts: what Redis runs as one, without another client in between.

use std::sync::LazyLock;

use redis::{Cmd, Script, cmd};

use super::hash::Hash;
use crate::entry::{Entry, Label};
use crate::index::merge::Outcome;

/// An argument: text or bytes.
#[derive(Debug, Clone)]
pub(super) struct Argument(Vec<u8>);

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Vec<u8>> for Argument {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

macro_rules! scripts {
    ($($name:ident = $file:literal;)*) => {
        $(pub(super) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::new(concat!(include_str!("scripts/common.lua"), include_str!(concat!("scripts/", $file))))
        });)*
    };
}

scripts! {
    REGISTER = "register.lua";
    MERGE = "merge.lua";
    REMOVE_ENTRY = "remove_entry.lua";
    REMOVE_UNLABELLED = "remove_unlabelled.lua";
    LABELS_OF = "labels_of.lua";
    REMOVE_LABEL = "remove_label.lua";
    REMOVE_KEY = "remove_key.lua";
    ADD_DOCUMENT = "add_document.lua";
    REPLACE_DOCUMENT = "replace_document.lua";
    FIND = "find.lua";
    NAMES = "names.lua";
    FOLLOW = "follow.lua";
    REBUILD_BEGIN = "rebuild_begin.lua";
    REBUILD_NOTE = "rebuild_note.lua";
    REBUILD_FINISH = "rebuild_finish.lua";
}

/// `EVALSHA` with no keys declared: names and CIDs lead to keys that only the script finds, so a cluster, which routes
/// by declared keys, is not supported. Where Redis has forgotten the script (`NOSCRIPT`), the connection loads it and
/// asks again.
pub(super) fn call(script: &Script, arguments: &[Argument]) -> Cmd {
    let mut call = cmd("EVALSHA");
    call.arg(script.get_hash()).arg(0);
    for Argument(argument) in arguments {
        call.arg(argument.as_slice());
    }
    call
}

/// The arguments of `REGISTER`.
pub(super) fn register(entry: Option<&Entry>, label: Option<&Label>) -> Vec<Argument> {
    let entry = entry.map(entry_arguments).unwrap_or_default();
    let mut call = vec![entry.len().to_string().into()];
    call.extend(entry);
    if let Some(label) = label {
        let version = label.version.as_deref().unwrap_or_default();
        call.extend([label.name.as_str(), version, label.cid.as_str()].map(Argument::from));
        if let Some(description) = &label.description {
            call.extend(["description", description].map(Argument::from));
        }
    }
    call
}

/// The arguments of `MERGE`: `seen` is the hash of the entry, `led_to` where the label led, or `None` if that may be
/// anywhere.
pub(super) fn merge(outcome: &Outcome, seen: &Hash, led_to: Option<&str>) -> Vec<Argument> {
    let flag = |is: bool| Argument::from(if is { "1" } else { "0" });
    let field = |name: &str| seen.get(name.as_bytes());
    let bytes = |name: &str| Argument::from(field(name).cloned().unwrap_or_default());
    let mut call =
        vec![flag(field("name").is_some()), bytes("name"), flag(field("metadata").is_some()), bytes("metadata")];
    call.push(led_to.unwrap_or("*").into());
    let latest = outcome.latest.as_ref();
    let latest = latest.map_or(["", "", ""], |label| [label.name.as_str(), label.version(), label.cid.as_str()]);
    call.extend(latest.map(Argument::from));
    call.extend(register(Some(&outcome.entry), Some(&outcome.label)));
    call
}

fn entry_arguments(entry: &Entry) -> Vec<Argument> {
    let mut call: Vec<Argument> = vec![
        entry.cid.as_str().into(),
        entry.name.as_str().into(),
        "schema_ref".into(),
        entry.schema_ref.as_str().into(),
        "data_urls".into(),
        entry.stored_urls().into(),
    ];
    if let Some(metadata) = entry.stored_metadata() {
        call.extend(["metadata".into(), metadata.into()]);
    }
    if let Some(uuid) = &entry.legacy_uuid {
        call.extend(["legacy_uuid".into(), uuid.as_str().into()]);
    }
    call
}
