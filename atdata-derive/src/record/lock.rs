//! The lock file `atdata.lock`, by which it is known whether a record is still the one that a project builds on.

use std::path::Path;

use atdata_schema::OwnedSchema;
use atdata_schema::reading::parse_json;
use serde_json::Value;

const LOCK: &str = "atdata.lock";

/// Holds the record in the file `path` against the lock file in its folder, or in the nearest one above up to that of the
/// crate: its path, if there is one, or what is wrong.
pub(super) fn check(path: &str, schema: &OwnedSchema) -> Result<Option<String>, String> {
    let manifest = crate::file::folder();
    for folder in Path::new(path).ancestors().skip(1) {
        let lock = folder.join(LOCK);
        if manifest.join(&lock).is_file() {
            let shown = shown(&lock);
            let file = Path::new(path).strip_prefix(folder).map(self::shown).unwrap_or_default();
            let text = std::fs::read_to_string(manifest.join(&lock));
            let text = text.map_err(|error| format!("`{shown}`, which may pin `{path}`, cannot be read: {error}"))?;
            holds(&shown, &text, &file, path, schema)?;
            return Ok(Some(shown));
        }
        if manifest.join(folder).join("Cargo.toml").is_file() {
            break;
        }
    }
    Ok(None)
}

fn holds(lock: &str, text: &str, file: &str, path: &str, schema: &OwnedSchema) -> Result<(), String> {
    let value = parse_json(text).map_err(|error| format!("`{lock}` is not JSON: {error}"))?;
    if value.get("version").and_then(Value::as_u64) != Some(1) {
        return Err(format!("`{lock}`: expected version 1 of lock files, which this release reads"));
    }
    let pins = value.get("schemas").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let pin = pins.iter().find(|pin| pin.get("file").is_some_and(|pinned| pinned == file));
    let Some(pinned) = pin.and_then(|pin| pin.get("fingerprint")).and_then(Value::as_str) else { return Ok(()) };
    let found = schema.fingerprint();
    if found == pinned {
        return Ok(());
    }
    Err(format!(
        "`{path}`: expected the fingerprint {pinned} that `{lock}` pins, found {found}: the record has changed; see \
         `atdata-codegen verify`, or pin it anew with `atdata-codegen add`"
    ))
}

/// The same on all systems.
fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
