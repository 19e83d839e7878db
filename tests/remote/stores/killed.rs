//! A process that is killed in the midst of an upload leaves nothing that could be seen.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::{gateway, left_over, objects};

fn kill_in_the_midst(place: &str) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_store-writer")).arg(place).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "under way"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_bucket_shows_nothing_of_a_write_that_was_killed() {
    let endpoint = gateway().endpoint();
    kill_in_the_midst(endpoint);
    assert_eq!(objects(endpoint, "killed"), []);
    assert!(!left_over(endpoint, "killed").is_empty(), "its parts stay, as the documentation says");
}

#[test]
fn a_folder_shows_nothing_of_a_write_that_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    kill_in_the_midst(folder.path().to_str().unwrap());
    let names: Vec<_> =
        std::fs::read_dir(folder.path().join("set")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| name.to_str().unwrap().starts_with('.')), "{names:?}");
}
