//! `--rank i --of n`: what all ranks do together is what one process does alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use atdata::{DictSample, ShardWriter};
use tempfile::TempDir;

use super::{dir, run};

const SHARDS: usize = 7;

fn shards(dir: &TempDir) {
    let mut writer = ShardWriter::builder(dir.path().join("a-%02d.tar")).max_count(3).mtime(5).build().unwrap();
    for number in 0..i64::try_from(SHARDS).unwrap() * 3 {
        let sample = DictSample::from_iter([("number", number)]);
        writer.write_with_key(&format!("k{number}"), &sample).unwrap();
    }
    writer.finish().unwrap();
}

/// The files of a folder, but for when a manifest was made.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let of = |entry: fs::DirEntry| {
        let mut bytes = fs::read(entry.path()).unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.ends_with(".manifest.json") {
            let text = String::from_utf8(bytes).unwrap();
            bytes = text.lines().filter(|line| !line.contains("\"created_at\"")).collect::<String>().into_bytes();
        }
        (name, bytes)
    };
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.filter(|entry| entry.file_type().unwrap().is_file()).map(of).collect()
}

/// The lines that all ranks print.
fn ranks(dir: &TempDir, of: usize, args: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    for rank in 0..of {
        let (rank, of) = (rank.to_string(), of.to_string());
        let printed = run(dir, &[args, &["--rank", &rank, "--of", &of]].concat());
        assert!(printed.code < 2, "{}", printed.stderr);
        lines.extend(printed.stdout.lines().map(str::to_owned));
    }
    lines.sort();
    lines
}

#[test]
fn all_ranks_together_do_what_one_process_does() {
    for of in [1, 2, 3, 9] {
        let (alone, shared) = (dir(), dir());
        shards(&alone);
        shards(&shared);
        for command in [
            &["index-shards", "a-{00..06}.tar"][..],
            #[cfg(feature = "manifest")]
            &["manifest", "build", "a-0[0-2].tar", "a-{03..06}.tar"],
        ] {
            run(&alone, command).sound();
            ranks(&shared, of, command);
            assert_eq!(files(alone.path()), files(shared.path()), "{command:?} of {of}");
        }
        // Each shard is looked at by one rank, and copied by one.
        let verify = ["verify", "a-{00..06}.tar", "--json"];
        let mut expected: Vec<_> = run(&shared, &verify).stdout.lines().map(str::to_owned).collect();
        expected.sort();
        assert_eq!(ranks(&shared, of, &verify), expected);
        let copied = ranks(&shared, of, &["cp", "a-{00..06}.tar", "there"]);
        assert_eq!(copied.len(), SHARDS, "{copied:?}");
        assert_eq!(files(&shared.path().join("there")), files(shared.path()));
    }
}

#[test]
fn what_is_no_rank_or_makes_no_sense_is_refused() {
    let dir = dir();
    shards(&dir);
    let refused = |args: &[&str]| {
        let refused = run(&dir, args);
        assert_eq!(refused.code, 2, "{}{}", refused.stdout, refused.stderr);
        refused.stderr
    };
    let three = ["--rank", "3", "--of", "3"];
    let told = refused(&[&["index-shards", "a-{00..06}.tar"][..], &three].concat());
    assert!(
        told.contains("--rank 3 --of 3: there is no such rank: they count from 0, so that the last is 2"),
        "{told}"
    );
    let told = refused(&["cp", "a-{00..06}.tar", "there", "--rank", "0", "--of", "0"]);
    assert!(told.contains("--of 0: expected at least 1 rank"), "{told}");
    let told = refused(&["verify", "a-{00..06}.tar", "--rank", "0"]);
    assert!(told.contains("--of"), "{told}");
    let two = ["--rank", "0", "--of", "2"];
    for (args, why) in [
        (&["index-shards", "--pack", "a-{00..06}.tar"][..], "one file of all shards of a folder"),
        (
            &["index-shards", "--export", "wids", "--out", "i.json", "a-{00..06}.tar"],
            "one file, which one process writes",
        ),
        (&["index-shards", "--export", "energon", "a-{00..06}.tar"], "one file, which one process writes"),
        (&["reshard", "a-{00..06}.tar", "b.tar"], "may have samples of several others"),
        (&["merge", "a-{00..06}.tar", "--out", "b.tar"], "may have samples of several others"),
        (&["convert", "--layout", "members", "a-{00..06}.tar", "b.tar"], "is seen from all samples"),
        (&["convert", "--layout", "members", "--max-count", "2", "a-{00..06}.tar", "b.tar"], "leave out --max-count"),
    ] {
        let told = refused(&[args, &two].concat());
        assert!(told.contains("--rank and --of: ") && told.contains(why), "{told}");
    }
    let before: Vec<_> = files(dir.path()).into_keys().collect();
    assert_eq!(before.len(), SHARDS, "{before:?}");
}

#[test]
fn each_rank_converts_its_shards_and_goes_on_where_it_was() {
    let dir = dir();
    shards(&dir);
    let inferred = run(&dir, &["schema", "infer", "a-{00..06}.tar", "--name", "Thing", "-o", "thing.json"]);
    assert_eq!(inferred.code, 0, "{}", inferred.stderr);
    let convert = ["convert", "--layout", "members", "--schema", "thing.json", "a-{00..06}.tar"];
    run(&dir, &[&convert[..], &["all.tar"]].concat()).sound();
    let (first, second) = (["--rank", "0", "--of", "2"], ["--rank", "1", "--of", "2"]);
    let to = ["m-%02d.tar", "--no-clobber"];
    let written = run(&dir, &[&convert[..], &to, &first].concat());
    assert_eq!((written.code, written.stdout.lines().count()), (0, 4), "{}{}", written.stdout, written.stderr);
    fs::remove_file(dir.path().join("m-02.tar")).unwrap();
    // What is there is left.
    let again = run(&dir, &[&convert[..], &to, &first].concat());
    assert_eq!((again.code, again.stdout.lines().count()), (0, 1), "{}{}", again.stdout, again.stderr);
    assert_eq!(run(&dir, &[&convert[..], &to, &second].concat()).code, 0);
    let samples = |shards: &str| run(&dir, &["head", "--json", "-n", "100", shards]).sound();
    assert_eq!(samples("m-{00..06}.tar"), samples("all.tar"));
    // Damage of one shard keeps no other from being converted.
    let whole = fs::read(dir.path().join("a-02.tar")).unwrap();
    fs::write(dir.path().join("a-02.tar"), &whole[..600]).unwrap();
    let damaged = run(&dir, &[&convert[..], &["n-%02d.tar"], &first].concat());
    assert!(damaged.problems().contains("a-02.tar"));
    let there = |number: usize| dir.path().join(format!("n-{number:02}.tar")).exists();
    assert_eq!([0, 1, 2, 4, 6].map(there), [true, false, false, true, true]);
}

/// A rank that starts later must not take for its own sources what others have written by then.
#[test]
fn what_another_rank_wrote_is_no_source() {
    for (to, written) in [("m-%02d.tar", "m-00.tar"), ("m.tar", "m-000000.tar"), ("./m-%d.tar.gz", "m-0.tar.gz")] {
        let dir = dir();
        shards(&dir);
        let inferred = run(&dir, &["schema", "infer", "a-{00..06}.tar", "--name", "Thing", "-o", "thing.json"]);
        assert_eq!(inferred.code, 0, "{}", inferred.stderr);
        let convert = ["convert", "--layout", "members", "--schema", "thing.json", ".", to, "--of", "2", "--rank"];
        let first = run(&dir, &[&convert[..], &["0"]].concat());
        assert_eq!((first.code, dir.path().join(written).exists()), (0, true), "{}", first.stderr);
        let before = files(dir.path());
        let second = run(&dir, &[&convert[..], &["1"]].concat());
        assert_eq!(second.code, 2, "{}{}", second.stdout, second.stderr);
        assert!(
            second.stderr.contains(written) && second.stderr.contains("write to another name"),
            "{}",
            second.stderr
        );
        assert_eq!(files(dir.path()), before);
    }
}

#[test]
fn a_rank_tells_its_part_of_which_list() {
    let dir = dir();
    shards(&dir);
    let told = |shards: &str, rank: &str| {
        let printed = run(&dir, &["cp", shards, "there", "--rank", rank, "--of", "2"]);
        assert_eq!(printed.code, 0, "{}", printed.stderr);
        printed.stderr.lines().find(|line| line.contains("(list ")).unwrap().to_owned()
    };
    let (first, second) = (told("a-{00..06}.tar", "0"), told("a-{00..06}.tar", "1"));
    assert!(first.contains("rank 0 of 2: 4 of 7 shards (list "), "{first}");
    assert!(second.contains("rank 1 of 2: 3 of 7 shards (list "), "{second}");
    let list = |line: &str| line.split_once("(list ").unwrap().1.to_owned();
    assert_eq!(list(&first), list(&second));
    // Another list of as many.
    assert_ne!(list(&first), list(&told("a-0{1,0,2,3,4,5,6}.tar", "0")));
    let help = run(&dir, &["convert", "--help"]).stdout;
    assert!(help.contains("--rank <I>") && !run(&dir, &["reshard", "--help"]).stdout.contains("--rank <I>"), "{help}");
}
