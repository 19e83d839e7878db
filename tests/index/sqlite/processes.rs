//! Several processes, and some that are killed.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use atdata::index::{Index, ShardStatus};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::{bare_index, index};

fn start(folder: &Path, store: &str, name: &str, count: usize) -> Child {
    let url = folder.join("index.db");
    Command::new(env!("CARGO_BIN_EXE_index-writer"))
        .args([url.to_str().unwrap(), store, name, &count.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn printed(child: &mut Child) -> BTreeSet<String> {
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    // What was cut off in mid-line is no name.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(str::to_owned).collect()
}

fn names(index: &Index) -> BTreeSet<String> {
    index.entries().unwrap().into_iter().map(|entry| entry.name).collect()
}

#[test]
fn concurrent_writers_lose_nothing_of_each_other() {
    const EACH: usize = 1000;
    let folder = tempfile::tempdir().unwrap();
    let mut writers: Vec<_> = ["a", "b"].map(|name| start(folder.path(), "-", name, EACH)).into();
    for writer in &mut writers {
        assert_eq!(printed(writer).len(), EACH);
        assert!(writer.wait().unwrap().success());
    }
    let index = bare_index(folder.path());
    let wanted: BTreeSet<_> =
        ["a", "b"].iter().flat_map(|name| (0..EACH).map(move |i| format!("{name}-{i}"))).collect();
    assert_eq!(names(&index), wanted);
    let labels: BTreeSet<_> = index.labels().unwrap().into_iter().map(|label| label.name).collect();
    assert_eq!(labels, wanted);
}

#[test]
fn processes_that_make_the_same_index_do_not_trip_over_each_other() {
    for round in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let mut writers: Vec<_> = (0..4).map(|i| start(folder.path(), "-", &format!("w{i}"), 3)).collect();
        assert!(writers.iter_mut().all(|writer| writer.wait().unwrap().success()), "round {round}");
        assert_eq!(names(&bare_index(folder.path())).len(), 12, "round {round}");
    }
}

/// A hundred kills at random moments: what was reported is there, what is there is whole.
#[test]
fn a_killed_write_leaves_the_index_as_it_was_or_as_it_should_be() {
    const KILLS: usize = 100;
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("data");
    // As long as a process needs for three datasets, so that each of its steps is hit on any machine.
    let begin = Instant::now();
    let mut first = start(folder.path(), store.to_str().unwrap(), "first", 3);
    let mut reported = printed(&mut first);
    assert!(first.wait().unwrap().success());
    let span = u32::try_from(begin.elapsed().as_micros()).unwrap();
    for kill in 0..KILLS {
        let mut child = start(folder.path(), store.to_str().unwrap(), &format!("k{kill}"), 1000);
        std::thread::sleep(Duration::from_micros(u64::from(rng.next_u32() % span)));
        child.kill().unwrap();
        reported.append(&mut printed(&mut child));
        child.wait().unwrap();
    }
    let index = index(folder.path());
    let found = names(&index);
    assert!(reported.is_subset(&found), "lost: {:?}", reported.difference(&found).collect::<Vec<_>>());
    // One more a kill: stored, but killed before it could say so.
    assert!(found.len() <= reported.len() + KILLS, "{} of {}", found.len(), reported.len());
    assert!(found.len() > 3, "no killed process got far enough");
    let mut shards = 0;
    for entry in index.entries().unwrap() {
        let checks = index.verify(&entry).unwrap();
        assert_eq!(checks.len(), 3, "{}", entry.name);
        assert!(checks.iter().all(|check| matches!(check.status, ShardStatus::Sound)), "{checks:?}");
        shards += checks.len();
    }
    let labels: BTreeSet<_> = index.labels().unwrap().into_iter().map(|label| label.name).collect();
    assert_eq!(labels, found, "an entry and its label come together");
    println!("{KILLS} kills: {} datasets reported, {} stored, {shards} shards, all whole", reported.len(), found.len());
}
