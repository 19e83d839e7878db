//! Several processes on one database, and calls from everywhere.

use std::collections::HashSet;
use std::process::{Child, Command};

use atdata_tests::provider::connect;

use super::{entry, labelled, postgres_schema, redis};

const EACH: usize = 1000;

fn writer(url: &str, prefix: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_provider_writer"))
        .args([url, prefix, &EACH.to_string()])
        .spawn()
        .expect("it was built with this test")
}

#[track_caller]
fn two_processes_lose_nothing(url: &str) {
    let writers = ["left", "right"].map(|prefix| (prefix, writer(url, prefix)));
    // A third that reads meanwhile.
    let provider = connect(url).unwrap();
    let mut last = 0;
    for (prefix, mut process) in writers {
        while process.try_wait().unwrap().is_none() {
            let found = provider.entries().unwrap().len();
            assert!(found >= last, "{found} entries after {last}");
            last = found;
            provider.resolve("shared", None).unwrap();
        }
        assert!(process.wait().unwrap().success(), "{prefix}");
    }
    let entries = provider.entries().unwrap();
    assert_eq!(entries.len(), 2 * EACH);
    let names: HashSet<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
    for prefix in ["left", "right"] {
        for number in 0..EACH {
            assert!(names.contains(&*format!("{prefix}-{number}")), "{prefix}-{number} is lost");
        }
        let last = provider.resolve("shared", Some(prefix)).unwrap().unwrap();
        assert_eq!(last.name, format!("{prefix}-{}", EACH - 1));
    }
    assert_eq!(provider.labels().unwrap().len(), 2 * EACH + 2);
    for entry in entries.iter().step_by(97) {
        assert_eq!(provider.resolve(&entry.name, None).unwrap().as_ref(), Some(entry));
        assert_eq!(provider.entry_by_name(&entry.name).unwrap().as_ref(), Some(entry));
    }
}

#[test]
fn two_processes_lose_nothing_in_redis() {
    two_processes_lose_nothing(&redis().database());
}

#[test]
fn two_processes_lose_nothing_in_postgres() {
    two_processes_lose_nothing(&postgres_schema());
}

#[test]
fn providers_can_be_called_from_within_a_runtime() {
    for url in [redis().database(), postgres_schema()] {
        let call = move || {
            let provider = connect(&url).unwrap();
            let stored = entry("a", 1);
            provider.register(&stored, &labelled(&stored)).unwrap();
            assert_eq!(provider.resolve("a", None).unwrap(), Some(stored));
            provider
        };
        let one = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let provider = one.block_on(async { call() });
        // What was connected there lives on when that runtime is gone.
        drop(one);
        let several = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let handle = several.spawn(async move { provider.entries().unwrap().len() });
        assert_eq!(several.block_on(handle).unwrap(), 1);
    }
}
