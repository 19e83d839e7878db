//! A write that is killed at a call of the system that changes files, or one whose call fails, at every such call: what is
//! there afterwards?
//!
//! `strace` kills a real process, or answers for the system; the calls are found by a run that it only watches.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use atdata::Dataset;
use atdata::shard::{ReadOptions, sweep, unfinished};
use atdata_tests::types::Text;

/// All that a write uses of those that make, change, name or remove files.
pub(crate) const CALLS: &str = "openat,write,pwrite64,ftruncate,fallocate,fsync,fdatasync,link,linkat,rename,renameat,renameat2,\
                     unlink,unlinkat,mkdir,rmdir,chmod,fchmod,fchmodat";

const SHARDS: i64 = 4;
const OLD: i64 = 1;
const NEW: i64 = 2;
const NEXT: i64 = 3;

/// Runs the writer, under `strace` if it is told what to do.
fn write(folder: &Path, shards: i64, label: i64, strace: &[&str]) {
    write_named(&folder.join("d-%03d.tar"), shards, label, strace);
}

fn write_named(pattern: &Path, shards: i64, label: i64, strace: &[&str]) {
    let writer = env!("CARGO_BIN_EXE_shard-writer");
    let mut command = Command::new(if strace.is_empty() { writer } else { "strace" });
    if !strace.is_empty() {
        command.args(["-f", "-qq"]).args(strace).arg(writer);
    }
    command.arg(pattern).arg(shards.to_string()).arg(label.to_string());
    let output = command.output().expect("cannot run strace: install it with tests/services/install strace");
    assert!(!strace.is_empty() || output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// How often each call is made.
fn calls(folder: &Path, shards: i64) -> BTreeMap<String, usize> {
    calls_of(&folder.join("d-%03d.tar"), &folder.with_extension("strace"), shards)
}

fn calls_of(pattern: &Path, log: &Path, shards: i64) -> BTreeMap<String, usize> {
    write_named(pattern, shards, NEW, &["-o", log.to_str().unwrap(), "-e", &format!("trace={CALLS}")]);
    calls_in(log)
}

/// How often each call is in a log of `strace`.
pub(crate) fn calls_in(log: &Path) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for line in fs::read_to_string(log).unwrap().lines() {
        // `17 openat(…) = 3`, and what was interrupted is told twice.
        let call = line.split_whitespace().nth(1).unwrap_or_default().split('(').next().unwrap_or_default();
        if CALLS.split(',').any(|known| known == call) {
            *calls.entry(call.to_owned()).or_default() += 1;
        }
    }
    calls
}

fn names(folder: &Path) -> (Vec<String>, Vec<String>) {
    let found = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let (mut hidden, mut named): (Vec<_>, Vec<_>) = found.partition(|name| name.starts_with('.'));
    hidden.sort();
    named.sort();
    (hidden, named)
}

/// The label of each shard that has its name; each is whole.
fn labels(folder: &Path) -> Vec<i64> {
    let of = |name: String| {
        let shard =
            Dataset::<Text>::open(folder.join(name)).unwrap().with_options(ReadOptions::new().require_end(true));
        let labels: Vec<_> = shard.ordered().map(|sample| sample.unwrap().label).collect();
        assert!(labels.len() == 2 && labels[0] == labels[1], "{labels:?}");
        labels[0]
    };
    names(folder).1.into_iter().map(of).collect()
}

fn all(labels: &[i64], expected: i64, shards: i64) -> bool {
    i64::try_from(labels.len()).unwrap() == shards && labels.iter().all(|label| *label == expected)
}

/// What a kill left, before anybody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    Old,
    New,
    /// Some shards have their names; a journal says what the others are called.
    Between,
}

/// Kills the write at call number `nth` of its kind, and looks at what is left of it in every way.
fn kill(folder: &Path, replaces: bool, shards: i64, call: &str, nth: usize) -> Left {
    let prepare = || {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir(folder).unwrap();
        if replaces {
            write(folder, shards, OLD, &[]);
            for name in names(folder).1 {
                fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o640)).unwrap();
            }
        }
    };
    let is_old = |labels: &[i64]| if replaces { all(labels, OLD, shards) } else { labels.is_empty() };
    let place = format!("{call} {nth}");
    let inject = format!("inject={call}:signal=KILL:when={nth}");
    let kill = || write(folder, shards, NEW, &["-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);

    prepare();
    kill();
    let (hidden, _) = names(folder);
    let found = labels(folder);
    let left = if is_old(&found) {
        Left::Old
    } else if all(&found, NEW, shards) {
        Left::New
    } else {
        assert!(hidden.iter().any(|name| name.ends_with(".commit")), "{place}: {found:?} {hidden:?}");
        assert_eq!(unfinished(folder).unwrap().len(), 1, "{place}: readers can be told");
        Left::Between
    };
    sweep(folder, false).unwrap();
    assert_eq!(unfinished(folder).unwrap().len(), 0, "{place}");
    let swept = labels(folder);
    let expected = if left == Left::Old && is_old(&swept) { OLD } else { NEW };
    assert!(expected == OLD || all(&swept, NEW, shards), "{place}: {swept:?}");
    assert!(names(folder).0.is_empty(), "{place}: {:?} left behind", names(folder).0);
    if replaces {
        for name in names(folder).1 {
            let mode = fs::metadata(folder.join(&name)).unwrap().permissions().mode() & 0o7777;
            assert_eq!(mode, 0o640, "{place}: {name}");
        }
    }

    // The next write does the same by itself.
    prepare();
    kill();
    write(folder, shards, NEXT, &[]);
    assert!(all(&labels(folder), NEXT, shards) && names(folder).0.is_empty(), "{place}: {:?}", names(folder));
    left
}

fn kill_at_every_call(replaces: bool, shards: i64) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("d");
    fs::create_dir(&folder).unwrap();
    if replaces {
        write(&folder, shards, OLD, &[]);
    }
    let calls = calls(&folder, shards);
    let mut outcomes = BTreeMap::<Left, usize>::new();
    for (call, count) in &calls {
        for nth in 1..=*count {
            *outcomes.entry(kill(&folder, replaces, shards, call, nth)).or_default() += 1;
        }
    }
    let kills: usize = calls.values().sum();
    println!("{shards} shards, replacing: {replaces}; calls: {calls:?}; kills: {kills}; left: {outcomes:?}");
    assert!(kills > 10 && outcomes.contains_key(&Left::Old), "{calls:?} {outcomes:?}");
    assert_eq!(outcomes.contains_key(&Left::Between), shards > 1, "the window is there and was hit: {outcomes:?}");
}

#[test]
fn a_killed_write_of_many_new_shards_is_finished_or_never_was() {
    kill_at_every_call(false, SHARDS);
}

#[test]
fn a_killed_write_over_many_shards_leaves_the_old_ones_or_the_new() {
    kill_at_every_call(true, SHARDS);
}

#[test]
fn a_killed_write_over_one_shard_leaves_the_old_one_or_the_new() {
    kill_at_every_call(true, 1);
}

/// A disk that fails: the write says so and everything is as it was, or it has ended well and all is new.
fn fail_at_every_call(replaces: bool, shards: i64) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("d");
    let prepare = || {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        if replaces {
            write(&folder, shards, OLD, &[]);
        }
    };
    prepare();
    let (mut told, mut done) = (0, 0);
    for (call, count) in calls(&folder, shards) {
        // A file that cannot be opened, of which most are libraries, is another matter.
        let range = if call == "openat" { 0..0 } else { 1..count + 1 };
        for nth in range {
            prepare();
            let inject = format!("inject={call}:error=EIO:when={nth}");
            let mut command = Command::new("strace");
            command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);
            command.arg(env!("CARGO_BIN_EXE_shard-writer")).arg(folder.join("d-%03d.tar"));
            let output = command.arg(shards.to_string()).arg(NEW.to_string()).output().unwrap();
            let (found, place) = (labels(&folder), format!("{call} {nth}: {output:?}"));
            if output.status.success() {
                assert!(all(&found, NEW, shards), "{place} {found:?}");
                done += 1;
            } else {
                let is_old = if replaces { all(&found, OLD, shards) } else { found.is_empty() };
                assert!(is_old, "{place} {found:?}");
                told += 1;
            }
        }
    }
    println!("{shards} shards, replacing: {replaces}; failures that were told: {told}; that did no harm: {done}");
    assert!(told > 2, "{told} {done}");
}

#[test]
fn a_write_whose_disk_fails_leaves_everything_as_it_was() {
    for (replaces, shards) in [(false, 1), (true, 1), (false, SHARDS), (true, SHARDS)] {
        fail_at_every_call(replaces, shards);
    }
}

/// The shards of one write, each in a folder of its own: whoever comes first, and to whichever folder, settles them all.
#[test]
fn a_killed_write_into_several_folders_leaves_the_old_shards_or_the_new() {
    const FOLDERS: i64 = 3;
    let dir = tempfile::tempdir().unwrap();
    let pattern = dir.path().join("s-%03d/d.tar");
    let folders: Vec<_> = (0..FOLDERS).map(|number| dir.path().join(format!("s-{number:03}"))).collect();
    let prepare = || {
        for folder in &folders {
            let _ = fs::remove_dir_all(folder);
        }
        write_named(&pattern, FOLDERS, OLD, &[]);
    };
    let found = || folders.iter().flat_map(|folder| labels(folder)).collect::<Vec<_>>();
    let hidden = || folders.iter().flat_map(|folder| names(folder).0).collect::<Vec<_>>();
    prepare();
    let calls = calls_of(&pattern, &dir.path().join("strace"), FOLDERS);
    let (mut mixed, mut finished, mut nth_kill) = (0, 0, 0);
    for (call, count) in &calls {
        for nth in 1..=*count {
            prepare();
            let inject = format!("inject={call}:signal=KILL:when={nth}");
            let strace = ["-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject];
            write_named(&pattern, FOLDERS, NEW, &strace);
            let left = found();
            let place = format!("{call} {nth}: {left:?} {:?}", hidden());
            let is_mixed = !all(&left, OLD, FOLDERS) && !all(&left, NEW, FOLDERS);
            mixed += usize::from(is_mixed);
            // Each folder is the first that is looked at, in turn.
            let first = &folders[nth_kill % folders.len()];
            nth_kill += 1;
            assert!(!is_mixed || !unfinished(first).unwrap().is_empty(), "{place}: readers can be told");
            sweep(first, false).unwrap();
            let settled = found();
            assert!(all(&settled, OLD, FOLDERS) || all(&settled, NEW, FOLDERS), "{place}: then {settled:?}");
            assert!(!is_mixed || all(&settled, NEW, FOLDERS), "{place}: what was decided is finished");
            for folder in &folders {
                sweep(folder, false).unwrap();
            }
            assert_eq!((found(), hidden()), (settled.clone(), vec![]), "{place}: and nothing changes any more");
            finished += usize::from(all(&settled, NEW, FOLDERS));
        }
    }
    println!("calls: {calls:?}; kills: {nth_kill}; between: {mixed}; new: {finished}");
    assert!(mixed > 1 && finished < nth_kill, "the window is there and was hit");
}
