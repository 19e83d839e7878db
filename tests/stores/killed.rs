//! A process that is killed in the midst of an upload leaves nothing that could be seen.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use atdata::ShardWriter;
use atdata::store::{LocalStore, Store};
use atdata_tests::remote::text;

use crate::{gateway, left_over, objects, shared, store};

const WHERE: &str = "ATDATA_TEST_STORE";

/// Not a test by itself: what the process runs that is killed.
#[test]
fn child_writes_until_it_is_killed() {
    let Some(place) = std::env::var_os(WHERE) else { return };
    let place = place.to_str().unwrap();
    let store: Arc<dyn Store> = match place.strip_prefix("http:") {
        Some(_) => shared(store(place, "killed")),
        None => Arc::new(LocalStore::new(place)),
    };
    let mut writer = ShardWriter::in_store(store, "set").max_bytes(20_000_000).build().unwrap();
    for number in 0.. {
        writer.write(&text(number)).unwrap();
        // Two shards are whole by then, and parts of the third have been sent.
        if number == 27_000 {
            println!("\nunder way");
        }
    }
}

fn kill_in_the_midst(place: &str) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::child_writes_until_it_is_killed", "--nocapture"])
        .env(WHERE, place)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
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
