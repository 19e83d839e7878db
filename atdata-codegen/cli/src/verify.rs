//! `verify`: every pinned record is there and is the one that was pinned, and no other is. With `--online`, those of the
//! network are still published so.

use std::fs;
use std::path::Path;

use atdata::atmosphere::Atmosphere;
use atdata_codegen::schema::SchemaRecord;
use atdata_codegen::schema::reading::parse_json;
use atdata_codegen::{Lock, Pin, Schemas};
use serde_json::{Value, json};

use crate::add::read_lock;
use crate::args::VerifyArgs;
use crate::console::Console;
use crate::fetch::{cid_of, is_published, network};
use crate::{Failure, Outcome};

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
    let online = if args.online { Some(Online::ask(&network(&args.network)?, &lock)) } else { None };
    if let Some(online) = &online {
        problems.extend(online.problems.iter().cloned());
    }
    report(lock.pins().count(), online.as_ref().map(|online| online.published), &problems, args.json, console);
    match online {
        // What could not be had is not known to be otherwise.
        Some(Online { unknown, .. }) if !unknown.is_empty() => Err(Failure::Error(unknown.join("\n"))),
        _ if problems.is_empty() => Ok(()),
        _ => Err(Failure::Found),
    }
}

fn report(pinned: usize, published: Option<usize>, problems: &[(String, String)], json: bool, console: &mut Console) {
    if json {
        let problems: Vec<Value> =
            problems.iter().map(|(file, problem)| json!({"file": file, "problem": problem})).collect();
        let mut line = json!({"pinned": pinned, "problems": problems});
        if let (Some(members), Some(published)) = (line.as_object_mut(), published) {
            members.insert("published".to_owned(), published.into());
        }
        return console.line(line);
    }
    for (file, problem) in problems {
        console.error(format_args!("{file}: {problem}"));
    }
    let are = |count: usize| if count == 1 { "record is" } else { "records are" };
    if problems.is_empty() {
        console.line(format_args!("{pinned} {} as pinned", are(pinned)));
    }
    if let Some(published) = published {
        console.line(format_args!("{published} {} published as pinned", are(published)));
    }
}

/// What the network says of the records that were taken from it.
#[derive(Default)]
struct Online {
    /// How many are as they were.
    published: usize,
    problems: Vec<(String, String)>,
    /// Why it cannot be said of the others.
    unknown: Vec<String>,
}

impl Online {
    fn ask(network: &Atmosphere, lock: &Lock) -> Self {
        let mut online = Self::default();
        for (file, pin) in lock.pins().filter(|(_, pin)| is_published(&pin.uri)) {
            match changed(network, pin) {
                Ok(None) => online.published += 1,
                Ok(Some(problem)) => online.problems.push((file.to_owned(), problem)),
                Err(error) => online.unknown.push(format!("{file}: {error}")),
            }
        }
        online
    }
}

/// What became of a record, if it is not as it was.
fn changed(network: &Atmosphere, pin: &Pin) -> Result<Option<String>, String> {
    let uri = &pin.uri;
    let Some(published) = network.find_schema_record(uri).map_err(|error| format!("{uri}: {error:#}"))? else {
        return Ok(Some(format!("{uri} is no longer published")));
    };
    let content = cid_of(&published.value)?;
    let found = if published.cid == pin.cid { content } else { published.cid };
    let update = "`atdata-codegen add --update` pins the new one";
    Ok((found != pin.cid).then(|| format!("{uri}: expected the CID {}, found {found}: {update}", pin.cid)))
}

fn check(path: &Path, pin: &Pin) -> Vec<String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return vec![format!("cannot be read: {error}")],
    };
    let value = match parse_json(&text) {
        Ok(value) => value,
        Err(error) => return vec![format!("expected JSON, found {error}")],
    };
    let record = match SchemaRecord::from_json(&value) {
        Ok(record) => record,
        Err(error) => return error.problems().iter().map(ToString::to_string).collect(),
    };
    let mut problems = Vec::new();
    match cid_of(&value) {
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
