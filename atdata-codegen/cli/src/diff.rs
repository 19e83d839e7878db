//! `diff`: what changed between two records, and which version that asks for.

use std::path::Path;

use atdata_codegen::Schemas;
use atdata_codegen::schema::{Level, OwnedSchema, SchemaDiff, Version};
use serde_json::json;

use crate::args::DiffArgs;
use crate::console::Console;
use crate::{Failure, Outcome};

pub(crate) fn run(args: &DiffArgs, console: &mut Console) -> Outcome {
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let diff = SchemaDiff::between(&old, &new);
    let verdict = Verdict::of(&diff, &old, &new);
    if args.json {
        print_json(&diff, &verdict, &old, &new, console);
    } else {
        for difference in diff.differences() {
            console.levelled(difference.level, difference);
        }
        console.levelled(diff.level(), &verdict.text);
    }
    if verdict.fits { Ok(()) } else { Err(Failure::Found) }
}

pub(crate) struct Verdict {
    fits: bool,
    lowest: Option<Version>,
    text: String,
}

impl Verdict {
    pub(crate) fn of(diff: &SchemaDiff, old: &OwnedSchema, new: &OwnedSchema) -> Self {
        let level = diff.level();
        let (Ok(from), Ok(to)) = (old.version.parse::<Version>(), new.version.parse::<Version>()) else {
            let text = format!("{level}: {} and {} are not both semantic versions", old.version, new.version);
            return Self { fits: level == Level::Identical, lowest: None, text };
        };
        let lowest = diff.next_version(&from);
        match diff.check_version(&from, &to) {
            Ok(()) => {
                let text = match level {
                    Level::Identical => "identical: the same fields, descriptions and all".to_owned(),
                    _ => format!("{level}: version {to} may follow {from}"),
                };
                Self { fits: true, lowest: Some(lowest), text }
            }
            Err(error) => Self { fits: false, lowest: Some(lowest), text: format!("{level}: {error}") },
        }
    }
}

fn print_json(diff: &SchemaDiff, verdict: &Verdict, old: &OwnedSchema, new: &OwnedSchema, console: &mut Console) {
    let differences: Vec<_> = diff
        .differences()
        .iter()
        .map(|of| json!({"path": of.path, "level": of.level.to_string(), "change": of.change.to_string()}))
        .collect();
    console.line(json!({
        "old": {"name": old.name, "version": old.version, "fingerprint": old.fingerprint()},
        "new": {"name": new.name, "version": new.version, "fingerprint": new.fingerprint()},
        "differences": differences,
        "level": diff.level().to_string(),
        "lowestVersion": verdict.lowest.as_ref().map(ToString::to_string),
        "versionFits": verdict.fits,
        "verdict": verdict.text,
    }));
}

/// The one record of a file.
fn read(path: &Path) -> Result<OwnedSchema, Failure> {
    let mut schemas = Schemas::new();
    schemas.read(path).check()?;
    let mut records = schemas.records();
    match (records.next(), records.next()) {
        (Some(record), None) => Ok(record.schema.clone()),
        (first, _) => {
            let found = if first.is_none() { "none".to_owned() } else { schemas.len().to_string() };
            Err(Failure::Error(format!("{}: expected one record, found {found}", path.display())))
        }
    }
}
