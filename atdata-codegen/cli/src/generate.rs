//! `generate`: the types of records, written or compared with what is there.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf, is_separator};

use atdata::LoadOptions;
use atdata::source::without_secrets;
use atdata_codegen::{Config, Generated, Schemas};

use crate::args::{GenerateArgs, Options};
use crate::console::Console;
use crate::{Failure, Outcome};

pub(crate) fn run(args: &GenerateArgs, console: &mut Console) -> Outcome {
    let mut schemas = Schemas::new();
    for path in &args.paths {
        schemas.read(path);
    }
    if let Some(shards) = &args.from_shards {
        propose(shards, args.name.as_deref(), &mut schemas, console)?;
    }
    let config = config(&args.options);
    let files = match (&args.out, &args.tree) {
        (Some(file), _) => BTreeMap::from([(file.clone(), config.generate(&schemas)?)]),
        (None, Some(folder)) => {
            let files = config.generate_tree(&schemas)?;
            files.into_iter().map(|(file, code)| (folder.join(file), code)).collect()
        }
        (None, None) if args.check => return Err(Failure::Error("--check needs --out or --tree".to_owned())),
        (None, None) => {
            let code = config.generate(&schemas)?;
            tell(&code, console);
            console.line(code.to_string().trim_end());
            return Ok(());
        }
    };
    for code in files.values() {
        tell(code, console);
    }
    let stale = match &args.tree {
        Some(folder) => stale(folder, &files).map_err(|error| failed(folder, "read", &error))?,
        None => Vec::new(),
    };
    if args.check { check(&files, &stale, console) } else { write(&files, &stale, console) }
}

/// Adds the record that the samples of shards fit, whose type is looked over by who has it generated.
fn propose(shards: &str, name: Option<&str>, schemas: &mut Schemas, console: &mut Console) -> Outcome {
    let inferred = LoadOptions::new().load_all(shards).and_then(|dataset| dataset.infer(name, "1.0.0"));
    let inferred = inferred.map_err(|error| Failure::Error(format!("{error:#}")))?;
    inferred.notes.iter().for_each(|note| console.note(note));
    for open in &inferred.open {
        console.note(format_args!("not known: {open}"));
    }
    schemas.parse(&label(shards), &inferred.record.to_local_json());
    Ok(())
}

/// The shards as generated code names them: without what may be secret in a URL, and of files from where they were looked
/// for, so that the code is the same from everywhere.
fn label(shards: &str) -> String {
    let shown = without_secrets(shards);
    if shown != shards || shards.contains("://") || shards.starts_with('@') {
        return shown;
    }
    // A `/` behind is part of what may be the one or the other.
    let fixed = shards.find(['{', '*', '?', '[']).and_then(|pattern| shards.get(..pattern)).unwrap_or(shards);
    let folder = fixed.rfind(is_separator).map_or(0, |end| end + 1);
    shards.get(folder..).unwrap_or(shards).to_owned()
}

/// What the types cannot say of their records.
fn tell(code: &Generated, console: &mut Console) {
    code.notes().iter().for_each(|note| console.warning(note));
}

fn config(options: &Options) -> Config {
    let mut config = Config::new();
    config.modules_by_authority(options.modules_by_authority).modules_by_version(options.modules_by_version);
    config.upgrades(!options.no_upgrades);
    if let Some(visibility) = &options.visibility {
        config.visibility(visibility);
    }
    if let Some(path) = &options.crate_path {
        config.crate_path(path);
    }
    for (path, macros) in &options.derive {
        config.derive(path, macros);
    }
    for (path, name) in &options.rename {
        config.rename(path, name);
    }
    for (path, by) in &options.replace {
        config.replace(path, by);
    }
    for (name, path) in &options.codec {
        config.codec(name, path);
    }
    for path in &options.trust_float32 {
        config.trust_float32(path);
    }
    config
}

fn check(files: &BTreeMap<PathBuf, Generated>, stale: &[PathBuf], console: &mut Console) -> Outcome {
    let mut drifted = false;
    let mut drift = |console: &mut Console, path: &Path, what: &str| {
        drifted = true;
        console.error(format_args!("{}: {what}; run `atdata-codegen generate` without --check", path.display()));
    };
    for (path, code) in files {
        match fs::read_to_string(path) {
            // An editor on Windows may have changed the ends of lines.
            Ok(found) if found.replace("\r\n", "\n") == code.to_string() => {}
            Ok(found) => drift(console, path, &format!("line {} differs", first_difference(&found, &code.to_string()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => drift(console, path, "is not there"),
            Err(error) => return Err(failed(path, "read", &error)),
        }
    }
    for path in stale {
        drift(console, path, "was generated, and is no longer");
    }
    if drifted { Err(Failure::Found) } else { Ok(()) }
}

/// The number of the first line that is not the same in both.
fn first_difference(found: &str, expected: &str) -> usize {
    let same = found.lines().zip(expected.lines()).take_while(|(a, b)| a == b).count();
    same + 1
}

fn write(files: &BTreeMap<PathBuf, Generated>, stale: &[PathBuf], console: &mut Console) -> Outcome {
    // All or none, as far as it can be known before.
    for (path, code) in files {
        code.may_write(path).map_err(|error| failed(path, "written", &error))?;
    }
    for (path, code) in files {
        if code.write(path).map_err(|error| failed(path, "written", &error))? {
            console.line(format_args!("wrote {}", path.display()));
        }
    }
    for path in stale {
        fs::remove_file(path).map_err(|error| failed(path, "removed", &error))?;
        console.line(format_args!("removed {}", path.display()));
    }
    Ok(())
}

/// Files that an earlier run of the same tree wrote, and that are not among these.
fn stale(folder: &Path, files: &BTreeMap<PathBuf, Generated>) -> io::Result<Vec<PathBuf>> {
    let mut stale = atdata_codegen::files_of_tree(folder)?;
    stale.retain(|path| !files.contains_key(path));
    stale.sort();
    Ok(stale)
}

pub(crate) fn failed(path: &Path, what: &str, error: &io::Error) -> Failure {
    Failure::Error(format!("{}: cannot be {what}: {error}", path.display()))
}
