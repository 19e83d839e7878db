//! What commands do with files that have the names of what they write.

use std::fs;
use std::fs::File;
use std::time::{Duration, SystemTime};

use atdata::shard::Contents;
use atdata::{Group, ShardWriter};
use serde_json::Value as Json;
use tempfile::TempDir;

use super::{dir, run};

/// Samples of two members, `count` from `first` on, in shards of four.
fn write(dir: &TempDir, name: &str, first: usize, count: usize) {
    let pattern = dir.path().join(format!("{name}-%02d.tar"));
    let mut writer = ShardWriter::<Group>::builder(pattern).max_count(4).build().unwrap();
    for number in first..first + count {
        let text = format!("text {number}");
        writer.write(&Group::new(format!("{number:03}"), [("txt", text.as_str()), ("cls", "7")])).unwrap();
    }
    writer.finish().unwrap();
}

/// The commands that write shards, each to `out`.
fn commands(out: &str) -> Vec<Vec<String>> {
    let commands = [
        &["reshard", "a-{00..01}.tar", "OUT"][..],
        &["merge", "a-00.tar", "a-01.tar", "--out", "OUT"],
        &["subset", "a-{00..01}.tar", "OUT", "--every", "2"],
        &["shuffle", "a-{00..01}.tar", "OUT"],
        &["convert", "--layout", "packed", "a-{00..01}.tar", "OUT"],
    ];
    let named = |arg: &&str| if *arg == "OUT" { out.to_owned() } else { (*arg).to_owned() };
    commands.map(|args| args.iter().map(named).collect()).to_vec()
}

#[test]
fn what_is_replaced_is_told_and_left_alone_where_that_is_asked_for() {
    let dir = dir();
    write(&dir, "a", 0, 8);
    for args in commands("out.tar") {
        fs::write(dir.path().join("out.tar"), "mine").unwrap();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let refused = run(&dir, &[&args[..], &["--no-clobber"]].concat()).problems();
        assert!(refused.contains("out.tar: ") && refused.contains("--no-clobber"), "{args:?}: {refused}");
        assert_eq!(fs::read(dir.path().join("out.tar")).unwrap(), b"mine", "{args:?}");
        let out = run(&dir, &args).sound();
        assert!(out.ends_with("bytes  (replaced)\n") && out.lines().count() == 1, "{args:?}: {out}");
        fs::remove_file(dir.path().join("out.tar")).unwrap();
        let out = run(&dir, &[&args[..], &["-n"]].concat()).sound();
        assert!(out.ends_with("bytes\n"), "{args:?}: {out}");
    }
    // Of several shards one is enough, and nothing is written then.
    fs::write(dir.path().join("out-1.tar"), "mine").unwrap();
    let args = ["reshard", "a-{00..01}.tar", "out-%d.tar", "--max-count", "3"];
    let refused = run(&dir, &[&args[..], &["--no-clobber"]].concat()).problems();
    assert!(refused.contains("out-1.tar"), "{refused}");
    assert!(!dir.path().join("out-0.tar").exists() && !dir.path().join("out-2.tar").exists());
    let told = run(&dir, &[&args[..], &["--json"]].concat()).sound();
    let replaced: Vec<_> =
        told.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()["replaced"].as_bool()).collect();
    assert_eq!(replaced, [Some(false), Some(true), Some(false)]);
}

#[test]
fn contents_that_are_one_file_for_a_folder_go_along() {
    let dir = dir();
    fs::create_dir(dir.path().join("packed")).unwrap();
    write(&dir, "packed/a", 0, 8);
    run(&dir, &["index-shards", "--pack", "packed"]).sound();
    run(&dir, &["cp", "packed", "there"]).sound();
    for name in ["a-00.tar", "a-01.tar"] {
        let path = dir.path().join("there").join(name);
        assert!(Contents::path_of(&path).is_file());
        assert_eq!(Contents::open(&path).unwrap().unwrap().samples(), 4);
    }
}

/// Its size, its end and its first and last header are what they were.
#[test]
fn contents_of_a_shard_that_was_changed_behind_them_are_made_anew() {
    let dir = dir();
    write(&dir, "a", 0, 4);
    let path = dir.path().join("a-00.tar");
    let told = |made: usize, kept: usize| {
        format!("4 samples; the contents of {made} shards were made, of {kept} there already.\n")
    };
    assert_eq!(run(&dir, &["index-shards", "a-00.tar"]).sound(), told(1, 0));
    assert_eq!(run(&dir, &["index-shards", "a-00.tar"]).sound(), told(0, 1));
    let before = fs::read(Contents::path_of(&path)).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let place = Contents::open(&path).unwrap().unwrap().sample(1).unwrap();
    let at = usize::try_from(place.members[0].data).unwrap();
    bytes[at..at + 6].copy_from_slice(b"other ");
    fs::write(&path, &bytes).unwrap();
    // Whatever the clock of the file system is.
    let later = SystemTime::now() + Duration::from_secs(10);
    File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
    assert_eq!(run(&dir, &["index-shards", "a-00.tar"]).sound(), told(1, 0));
    assert_ne!(fs::read(Contents::path_of(&path)).unwrap(), before);
    File::options().write(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(run(&dir, &["index-shards", "a-00.tar"]).sound(), told(0, 1));
    assert_eq!(run(&dir, &["index-shards", "--force", "a-00.tar"]).sound(), told(1, 0));
    // The same of those in one file for the folder.
    fs::remove_file(Contents::path_of(&path)).unwrap();
    let packed = |more: &[&str]| run(&dir, &[&["index-shards", "--pack", "a-00.tar"][..], more].concat()).sound();
    let first = |told: String| told.lines().next().unwrap().to_owned() + "\n";
    assert_eq!(first(packed(&[])), told(1, 0));
    assert_eq!(first(packed(&[])), told(0, 1));
    File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
    assert_eq!(first(packed(&[])), told(1, 0));
    File::options().write(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    for pack in [&["index-shards", "--pack", "--force", "."][..], &["index-shards", "--pack", "--force", "a-00.tar"]] {
        assert!(run(&dir, pack).sound().starts_with(told(1, 0).trim_end()));
    }
}

#[test]
fn a_bad_shard_keeps_no_other_from_its_contents() {
    let dir = dir();
    write(&dir, "a", 0, 16);
    for (number, len) in [(0, 700), (2, 1700)] {
        let path = dir.path().join(format!("a-{number:02}.tar"));
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..len]).unwrap();
    }
    let has =
        |number: usize| Contents::open(&dir.path().join(format!("a-{number:02}.tar"))).is_ok_and(|all| all.is_some());
    for args in [&["index-shards", "."][..], &["index-shards", "--pack", "."]] {
        let done = run(&dir, args);
        assert!(
            done.stdout
                .starts_with("8 samples; the contents of 2 shards were made, of 0 there already, 2 have none.\n"),
            "{}",
            done.stdout
        );
        let problems = done.problems();
        assert!(
            problems.lines().count() == 2 && problems.contains("a-00.tar") && problems.contains("a-02.tar"),
            "{problems}"
        );
        assert_eq!([0, 1, 2, 3].map(has), [false, true, false, true]);
        for number in [1, 3] {
            let _ = fs::remove_file(dir.path().join(format!("a-{number:02}.tar.atx")));
        }
    }
    // Those that are mended come to the others.
    fs::remove_file(dir.path().join("a-02.tar")).unwrap();
    write(&dir, "b", 0, 4);
    fs::rename(dir.path().join("b-00.tar"), dir.path().join("a-00.tar")).unwrap();
    let done = run(&dir, &["index-shards", "--pack", "."]).sound();
    assert!(done.starts_with("12 samples; the contents of 1 shards were made, of 2 there already.\n"), "{done}");
}

/// Whoever opens one waits for another process, and nobody can read it here and there.
#[cfg(unix)]
#[test]
fn a_pipe_is_waited_for_by_nobody() {
    let dir = dir();
    write(&dir, "a", 0, 4);
    let pipe = |name: &str| {
        let made = std::process::Command::new("mkfifo").arg(dir.path().join(name)).status().unwrap();
        assert!(made.success());
    };
    pipe("a-00.tar.atx");
    for args in [&["index-shards", "a-00.tar"][..], &["plan", "a-00.tar", "--batch", "2"], &["cp", "a-00.tar", "out"]] {
        let told = run(&dir, args);
        assert!(
            told.stderr.contains("a-00.tar.atx") && told.stderr.contains("found a pipe"),
            "{args:?}: {}",
            told.stderr
        );
    }
    fs::remove_file(dir.path().join("a-00.tar.atx")).unwrap();
    pipe("_contents.atxp");
    let problems = run(&dir, &["plan", "a-00.tar", "--batch", "2"]).problems();
    assert!(problems.contains("_contents.atxp") && problems.contains("found a pipe"), "{problems}");
    run(&dir, &["index-shards", "--pack", "."]).problems();
    fs::remove_file(dir.path().join("_contents.atxp")).unwrap();
    pipe("b.tar");
    for args in [&["inspect", "."][..], &["head", "*.tar"], &["index-shards", "."], &["index-shards", "b.tar"]] {
        let told = run(&dir, args);
        assert!(told.code != 0 && told.stderr.contains("a pipe"), "{args:?}: {}{}", told.stdout, told.stderr);
    }
}

#[test]
fn contents_of_links_say_what_to_run() {
    let dir = dir();
    let mut builder = tar::Builder::new(Vec::new());
    for (name, target) in [("a.txt", None), ("b.txt", Some("a.txt"))] {
        let mut header = tar::Header::new_ustar();
        header.set_path(name).unwrap();
        if let Some(target) = target {
            header.set_entry_type(tar::EntryType::Link);
            header.set_link_name(target).unwrap();
        }
        header.set_size(if target.is_none() { 3 } else { 0 });
        header.set_cksum();
        builder.append(&header, if target.is_none() { &b"one"[..] } else { b"" }).unwrap();
    }
    fs::write(dir.path().join("l.tar"), builder.into_inner().unwrap()).unwrap();
    let problems = run(&dir, &["index-shards", "l.tar"]).problems();
    assert!(problems.contains("`atdata reshard`"), "{problems}");
    run(&dir, &["reshard", "l.tar", "m.tar"]).sound();
    assert!(run(&dir, &["index-shards", "m.tar"]).sound().starts_with("2 samples"));
}
