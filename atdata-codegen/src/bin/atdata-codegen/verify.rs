//! `verify`: every pinned record is there and is the one that was pinned, and no other is.

use std::fs;
use std::path::Path;

use atdata_codegen::schema::SchemaRecord;
use atdata_codegen::{Lock, Pin, Schemas};
use serde_json::{Value, json};

use crate::add::read_lock;
use crate::args::VerifyArgs;
use crate::console::Console;
use crate::{Failure, Outcome, cid};

pub(crate) fn run(args: &VerifyArgs, console: &mut Console) -> Outcome {
    let Some(lock) = read_lock(&args.lock)? else {
        return Err(Failure::Error(format!("{}: there is no such file", args.lock.display())));
    };
    let folder = args.lock.parent().unwrap_or(Path::new(""));
    let mut problems = Vec::new();
    for (file, pin) in lock.pins() {
        problems.extend(check(&folder.join(file), pin).into_iter().map(|problem| (file.to_owned(), problem)));
    }
    problems.extend(
        not_pinned(folder, &lock)
            .into_iter()
            .map(|file| (file, "is not pinned; `atdata-codegen add` pins it".to_owned())),
    );
    let pinned = lock.pins().count();
    if args.json {
        let problems: Vec<Value> =
            problems.iter().map(|(file, problem)| json!({"file": file, "problem": problem})).collect();
        console.line(json!({"pinned": pinned, "problems": problems}));
    } else if problems.is_empty() {
        let records = if pinned == 1 { "record is" } else { "records are" };
        console.line(format_args!("{pinned} {records} as pinned"));
    } else {
        for (file, problem) in &problems {
            console.error(format_args!("{file}: {problem}"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::Found) }
}

fn check(path: &Path, pin: &Pin) -> Vec<String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return vec![format!("cannot be read: {error}")],
    };
    let value: Value = match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(error) => return vec![format!("expected JSON, found {error}")],
    };
    let record = match SchemaRecord::from_json(&value) {
        Ok(record) => record,
        Err(error) => return error.problems().iter().map(ToString::to_string).collect(),
    };
    let mut problems = Vec::new();
    match cid::of(&value) {
        Ok(found) if found == pin.cid => {}
        Ok(found) => problems.push(format!("expected the CID {}, found {found}", pin.cid)),
        Err(error) => problems.push(error),
    }
    let found = record.schema.fingerprint();
    if found != pin.fingerprint {
        problems.push(format!("expected the fingerprint {}, found {found}", pin.fingerprint));
    }
    problems
}

/// Records beside the lock file that it does not know.
fn not_pinned(folder: &Path, lock: &Lock) -> Vec<String> {
    let published = folder.join("published");
    if !published.is_dir() {
        return Vec::new();
    }
    let mut schemas = Schemas::new();
    schemas.read(published);
    let files = schemas.files().iter().filter(|path| path.is_file());
    let names = files.filter_map(|path| Some(path.strip_prefix(folder).ok()?.to_string_lossy().replace('\\', "/")));
    names.filter(|name| lock.get(name).is_none()).collect()
}
