//! Archives of barecat: those that Python wrote, and those whose writer is killed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use atdata::barecat::{Archive, CreateOptions, Node, VerifyOptions, Writer};
use atdata_tests::{fixtures, sha256};

#[track_caller]
fn is_sound(path: &Path) -> u64 {
    let verified = Archive::open(path).unwrap().verify(&VerifyOptions::new()).unwrap();
    assert!(verified.is_sound() && verified.unchecked == 0, "{:?}", verified.problems);
    verified.files
}

#[test]
fn archives_that_python_wrote_are_read() {
    let expected = fixtures::json("barecat/expected.json");
    for (name, expected) in expected["archives"].as_object().unwrap() {
        let path = fixtures::path(&format!("barecat/{name}"));
        let archive = Archive::open(&path).unwrap();
        let contents = expected["contents"].as_object().unwrap();
        assert_eq!(archive.len().unwrap(), contents.len() as u64);
        for (file, content) in contents {
            let bytes = archive.get(file).unwrap();
            assert_eq!(content["sha256"].as_str().unwrap(), sha256(&bytes), "{name}: {file}");
        }
        let files = archive.walk("").unwrap().map(Result::unwrap).filter(|node| !node.is_dir());
        let mut keys: Vec<_> = contents.keys().cloned().collect();
        keys.sort();
        assert_eq!(files.map(|node| node.path().to_owned()).collect::<Vec<_>>(), keys);
        let listed = archive.list("train").unwrap();
        let mut names: Vec<_> =
            expected["listdir_train"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(listed.iter().map(Node::name).collect::<Vec<_>>(), names);
        assert_eq!(is_sound(&path), contents.len() as u64);
    }
}

#[test]
fn what_was_added_before_the_last_checkpoint_survives_a_kill_and_all_rows_have_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.barecat");
    Writer::create_with(&path, &CreateOptions::new().shard_size_limit(200_000)).unwrap().finish().unwrap();
    let mut kept = 0;
    for round in 0..100_u64 {
        let mut writer = Command::new(env!("CARGO_BIN_EXE_barecat-writer"))
            .args([path.as_os_str(), round.to_string().as_ref()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let mut confirmed: u64 = lines.next().unwrap().unwrap().parse().unwrap();
        // Another moment each time, between checkpoints and in them.
        std::thread::sleep(Duration::from_micros(round * 370));
        writer.kill().unwrap();
        writer.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            confirmed = line.parse().unwrap_or(confirmed);
        }
        let files = is_sound(&path);
        assert!(files >= kept + confirmed, "round {round}: {confirmed} were confirmed, {} are there", files - kept);
        kept = files;
    }
    assert!(kept >= 1000);
}
