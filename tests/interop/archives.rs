//! Ten thousand random archives, some damaged, read here and by Python's `tarfile` and `webdataset`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use atdata::Error;
use atdata::shard::{Group, ReadOptions, ShardReader};
use atdata_tests::archive::{groups as all_groups, groups_of_file};
use atdata_tests::python::archives;
use atdata_tests::sha256;
use serde_json::{Value as Json, json};

const ARCHIVES: usize = 10_000;
/// How many are on the disk at a time.
const BATCH: usize = 2500;

pub(crate) fn python_and_rust_find_the_same(python: &Path) {
    let mut differences = String::new();
    let mut sound = 0;
    for begin in (0..ARCHIVES).step_by(BATCH) {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (begin.to_string(), (begin + BATCH).to_string());
        archives(python, &[folder.path().as_os_str(), from.as_ref(), to.as_ref()]);
        let expected = std::fs::read(folder.path().join("expected.json")).unwrap();
        let cases: BTreeMap<String, Json> = serde_json::from_slice(&expected).unwrap();
        assert_eq!(cases.len(), BATCH);
        for (name, case) in &cases {
            let path = folder.path().join(name);
            let (groups, error) = groups_of_file(&path);
            let error = error.or_else(|| case["error"].as_str().and_then(|_| odd_end(&path)));
            let groups: Vec<Json> = groups.iter().map(described).collect();
            if let Err(what) = compare(case, &groups, error.as_ref()) {
                let (error, python) = (error.map(|error| format!("{error:#}")), &case["error"]);
                writeln!(differences, "{name}: {what}: {error:?}, in Python {python}").unwrap();
            }
            sound += usize::from(case["sound"] == true && case["error"].is_null());
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
    assert!(sound > ARCHIVES / 2, "{sound}");
}

/// Of what is cut all is read that Python's libraries decompress, and then the cut is told.
pub(crate) fn compressed_archives_that_are_cut_are_read_as_far_as_in_python(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    archives(python, &[folder.path().as_os_str(), "cuts".as_ref()]);
    let expected = std::fs::read(folder.path().join("expected.json")).unwrap();
    let cuts: BTreeMap<String, usize> = serde_json::from_slice(&expected).unwrap();
    assert_eq!(cuts.len(), 48);
    for (name, count) in cuts {
        let (groups, error) = groups_of_file(&folder.path().join(&name));
        assert_eq!(groups.len(), count, "{name}: {error:?}");
        assert!(error.is_some(), "{name}");
    }
}

/// What is only warned of unless an end is asked for.
fn odd_end(path: &Path) -> Option<Error> {
    let reader = ShardReader::open(path, &ReadOptions::new().require_end(true));
    reader.map_or_else(Some, |reader| all_groups(reader).1)
}

fn described(group: &Group) -> Json {
    let fields = group.fields.iter().filter(|(name, _)| !name.starts_with("__"));
    let fields: Json = fields.map(|(name, data)| json!([name, sha256(data)])).collect();
    json!([group.key, fields])
}

/// Sound archives are the same to both. Of damaged ones we say what Python says nothing of, but never less, and what comes
/// before the damage is the same, as far as both go.
fn compare(case: &Json, groups: &[Json], error: Option<&Error>) -> Result<(), &'static str> {
    let expected = case["groups"].as_array().unwrap();
    if case["sound"] == true && case["error"].is_null() != error.is_none() {
        return Err("an error of one of them");
    }
    match error {
        None if !case["error"].is_null() => Err("an error of Python's alone"),
        None if groups == expected => Ok(()),
        None => Err("other groups"),
        Some(_) if !agree(expected, groups) => Err("other groups before the error"),
        // Python makes what it can of a sparse file whose map is damaged, and of a name that is no text, and goes on.
        Some(error) if expected.len() > groups.len() + 1 && !is_taken_by_python(error) => {
            Err("fewer groups before the error")
        }
        Some(_) => Ok(()),
    }
}

fn is_taken_by_python(error: &Error) -> bool {
    ["sparse", "expected a UTF-8 name"].iter().any(|reason| error.to_string().contains(reason))
}

/// Python gives a part of the group that the damage lies in; it comes upon the damage early where it follows a hard link,
/// for which it looks at all that there is.
fn agree(expected: &[Json], groups: &[Json]) -> bool {
    let whole = expected.get(..expected.len().saturating_sub(1)).unwrap_or_default();
    whole.iter().zip(groups).all(|(expected, found)| expected == found)
}
