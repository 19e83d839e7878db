//! `add`: a record comes into the project, and the lock file says which one it was.

use std::fs;
use std::io;
use std::path::Path;

use atdata_codegen::schema::{SchemaDiff, SchemaRecord};
use atdata_codegen::{Lock, Pin};
use serde_json::json;

use crate::args::AddArgs;
use crate::console::Console;
use crate::fetch;
use crate::generate::failed;
use crate::{Failure, Outcome};

pub(crate) fn run(args: &AddArgs, console: &mut Console) -> Outcome {
    let fetched = fetch::fetch(&args.reference, &args.network)?;
    let record = SchemaRecord::from_json(&fetched.record)
        .map_err(|error| Failure::Error(format!("{}: {error}", args.reference)))?;
    let cid = fetch::cid_of(&fetched.record).map_err(Failure::Error)?;
    if let Some(claimed) = fetched.cid.filter(|claimed| *claimed != cid) {
        let message = format!("{}: expected the CID {claimed}, found {cid}: the record was changed", args.reference);
        return Err(Failure::Error(message));
    }
    let schema = &record.schema;
    let uri = args.uri.clone().or(fetched.uri).unwrap_or_else(|| schema.local_reference().to_string());
    let mut lock = read_lock(&args.lock)?.unwrap_or_default();
    let authority = args.authority.clone().or(fetched.handle).or_else(|| folder_of(&lock, &uri));
    let authority = authority.or_else(|| atdata_codegen::authority_of_uri(&uri));
    let file = file_name(authority.as_deref().unwrap_or("local"), &schema.name, &schema.version)?;

    let folder = args.lock.parent().unwrap_or(Path::new(""));
    let path = folder.join(&file);
    let pin = Pin::new(uri, cid, schema.fingerprint());
    let known = lock.get(&file).cloned();
    if let Some(known) = &known
        && known.cid != pin.cid
        && !args.update
    {
        return Err(moved(&path, known, &pin, &record));
    }
    let text = format!("{:#}\n", fetched.record);
    if fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
        fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(|error| failed(&path, "written", &error))?;
        write_whole(&path, &text)?;
    }
    lock.insert(&file, pin.clone());
    if known.as_ref() != Some(&pin) {
        write_whole(&args.lock, &lock.to_string())?;
    }
    if args.json {
        let shown = path.to_string_lossy().replace('\\', "/");
        console.line(json!({"file": shown, "uri": pin.uri, "cid": pin.cid, "fingerprint": pin.fingerprint}));
    } else {
        console.line(format_args!("{}@{} is in {}", schema.name, schema.version, path.display()));
        console.line(format_args!("  uri         {}\n  cid         {}", pin.uri, pin.cid));
        console.line(format_args!("  fingerprint {}", pin.fingerprint));
    }
    Ok(())
}

/// Under another name first, so that a run that ends half-way leaves the old file or the new one.
fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, path));
    written.map_err(|error| {
        let _ = fs::remove_file(&draft);
        failed(path, "written", &error)
    })
}

/// The folder in which the record of an address is: one that was found by a handle stays there when it comes by its
/// address.
fn folder_of(lock: &Lock, uri: &str) -> Option<String> {
    let (file, _) = lock.pins().find(|(_, pin)| pin.uri == uri)?;
    let (folder, _) = file.strip_prefix("published/")?.split_once('/')?;
    Some(folder.to_owned())
}

/// `published/alice.example/Photo@1.0.0.json`, if all of it can be names of files.
fn file_name(authority: &str, name: &str, version: &str) -> Result<String, Failure> {
    // Colons, as DIDs have them, are no part of names on Windows.
    let authority = authority.replace(':', "_");
    for part in [&authority, name, version] {
        let is_plain = |c: char| c.is_alphanumeric() || "._-+".contains(c);
        if part.is_empty() || part.starts_with('.') || !part.chars().all(is_plain) {
            let message =
                format!("{part:?} cannot be the name of a file: expected letters, digits, `.`, `_`, `-`, `+`");
            return Err(Failure::Error(message));
        }
    }
    Ok(format!("published/{authority}/{name}@{version}.json"))
}

/// What is new in a record that was pinned with other content.
fn moved(path: &Path, known: &Pin, pin: &Pin, record: &SchemaRecord) -> Failure {
    let old = fs::read_to_string(path).ok().and_then(|text| SchemaRecord::parse(&text).ok());
    let diff = old.map_or_else(String::new, |old| SchemaDiff::between(&old.schema, &record.schema).to_string());
    Failure::Error(format!(
        "{}: expected the CID {}, which is pinned, found {}; --update pins the new one\n{diff}",
        path.display(),
        known.cid,
        pin.cid,
    ))
}

/// The lock file, `None` if there is none.
pub(crate) fn read_lock(path: &Path) -> Result<Option<Lock>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(Lock::parse(&path.to_string_lossy(), &text)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, "read", &error)),
    }
}
