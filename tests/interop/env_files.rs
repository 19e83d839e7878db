//! Random `.env` files, read here and by python-dotenv.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use atdata::ErrorKind;
use atdata::source::{LookUp, read_env_file};
use atdata_tests::python::env_files;
use serde_json::{Value as Json, json};

/// What a line does that Python passes over with a warning is an error here; all else is the same.
pub(crate) fn python_and_rust_read_the_same(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    env_files(python, &[folder.path().as_os_str()]);
    let expected = std::fs::read(folder.path().join("expected.json")).unwrap();
    let cases: BTreeMap<String, Json> = serde_json::from_slice(&expected).unwrap();
    assert_eq!(cases.len(), 3000);
    let environment = |name: &str| (name == "OUT").then(|| "out".to_owned());
    let file_first = |name: &str, own: Option<&str>| own.map(str::to_owned).or_else(|| environment(name));
    let environment_first = |name: &str, own: Option<&str>| environment(name).or_else(|| own.map(str::to_owned));
    let (mut differences, mut refused) = (String::new(), 0);
    for (name, case) in &cases {
        let path = folder.path().join(name);
        for (order, look_up) in [("file", &file_first as LookUp<'_>), ("environment", &environment_first)] {
            let found = read(&path, look_up);
            let expected = case.get("line").map_or_else(|| Ok(&case[order]), |line| Err(line.as_u64().unwrap()));
            if found.as_ref().map_err(|line| *line) != expected {
                let text = std::fs::read_to_string(&path).unwrap();
                writeln!(differences, "{name}, {order} first: {text:?}: {found:?}, in Python {expected:?}").unwrap();
            }
        }
        refused += usize::from(case.get("line").is_some());
    }
    assert!(differences.is_empty(), "\n{differences}");
    assert!((300..1500).contains(&refused), "{refused}");
}

/// The last value of each name, or the number of the line that is refused.
fn read(path: &Path, look_up: LookUp<'_>) -> Result<Json, u64> {
    match read_env_file(path, look_up) {
        Ok(values) => Ok(Json::Object(values.into_iter().map(|(name, value)| (name, json!(value))).collect())),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            let text = error.to_string();
            let line = text.split_once(": line ").and_then(|(_, rest)| rest.split_once(':')).map(|(line, _)| line);
            Err(line.and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("{text}")))
        }
    }
}
