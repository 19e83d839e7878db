//! A writer that is dropped without `finish`: what is told of it.
//!
//! A process has one logger, so the writer is a process of its own.
#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::path::Path;
use std::process::Command;

/// What the writer logs that ends so.
fn logged(folder: &Path, shards: &str, end: Option<&str>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shard-writer"));
    let output = command.arg(folder.join("d-%03d.tar")).args([shards, "1"]).args(end).output().unwrap();
    assert_eq!(output.status.success(), end != Some("panic"));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn samples_that_are_lost_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let lost = "ERROR: a writer of shards was dropped before `finish`: its 6 samples are lost\n";
    assert_eq!(logged(folder.path(), "3", Some("drop")), lost);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left of them");
}

#[test]
fn nothing_is_told_where_nothing_is_lost_or_a_panic_tells_of_it() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(logged(folder.path(), "0", Some("drop")), "");
    assert_eq!(logged(folder.path(), "3", Some("panic")), "");
    assert_eq!(logged(folder.path(), "3", None), "");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}
