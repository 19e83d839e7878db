//! `atdata reshard`, `merge`, `subset` and `shuffle`.

use std::fs;

use atdata::shard::Contents;
use atdata::{Dataset, DictSample, Group, Packable as _, ShardWriter, Value};
use tempfile::TempDir;

use super::{dir, run, run_with_stdin};

/// Samples of three members, `count` from `first` on, in shards of ten.
fn write(dir: &TempDir, name: &str, first: usize, count: usize) {
    let mut writer =
        ShardWriter::<Group>::builder(dir.path().join(format!("{name}-%02d.tar"))).max_count(10).build().unwrap();
    for number in first..first + count {
        writer.write(&group(number)).unwrap();
    }
    writer.finish().unwrap();
}

fn group(number: usize) -> Group {
    let text = format!("text {number}");
    // Not what a decoder would take, and copied all the same.
    Group::new(
        format!("k/{number:03}"),
        [("jpg", &b"\xff\xd8"[..]), ("json", b"{ not json"), ("seg.txt", text.as_bytes())],
    )
}

fn read(dir: &TempDir, pattern: &str) -> Vec<Group> {
    let groups = Dataset::<Group>::open(dir.path().join(pattern).to_str().unwrap()).unwrap().ordered();
    let moved = |mut group: Group| {
        group.offset = 0;
        group
    };
    groups.map(|group| moved(group.unwrap())).collect()
}

fn groups(numbers: impl IntoIterator<Item = usize>) -> Vec<Group> {
    numbers.into_iter().map(group).collect()
}

fn files(dir: &TempDir) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn shards_get_other_sizes() {
    let dir = dir();
    write(&dir, "a", 0, 25);
    let out = run(&dir, &["reshard", "a-{00..02}.tar", "b-%03d.tar", "--max-count", "8", "--contents"]).sound();
    let lines: Vec<_> = out.lines().map(|line| line.rsplit('/').next().unwrap()).collect();
    assert!(lines[0].starts_with("b-000.tar: 8 samples, ") && lines[3].starts_with("b-003.tar: 1 samples, "), "{out}");
    assert_eq!((lines.len(), read(&dir, "b-{000..003}.tar")), (4, groups(0..25)));
    assert_eq!(Contents::open(&dir.path().join("b-003.tar")).unwrap().unwrap().samples(), 1);
    let out = run(&dir, &["reshard", "b-{000..003}.tar", "one.tar.gz", "--json"]).sound();
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((json["samples"].as_u64(), json["sha256"].as_str().map(str::len)), (Some(25), Some(64)));
    assert_eq!(read(&dir, "one.tar.gz"), groups(0..25));
    // The names of other programs; and the same bytes for the same time.
    for name in ["c-%d.tar", "d-%d.tar"] {
        run(&dir, &["reshard", "one.tar.gz", name, "--maxsize", "20480", "--mtime", "7"]).sound();
    }
    assert_eq!(read(&dir, "c-{0..4}.tar"), groups(0..25));
    assert_eq!(fs::read(dir.path().join("c-1.tar")).unwrap(), fs::read(dir.path().join("d-1.tar")).unwrap());
}

#[test]
fn a_copy_that_fails_leaves_all_as_it_was() {
    let dir = dir();
    write(&dir, "a", 0, 25);
    write(&dir, "old", 100, 5);
    let whole = fs::read(dir.path().join("a-02.tar")).unwrap();
    fs::write(dir.path().join("a-02.tar"), &whole[..2000]).unwrap();
    let before = files(&dir);
    for args in [
        &["reshard", "a-{00..02}.tar", "old-%02d.tar", "--max-count", "3"][..],
        &["merge", "a-{00..02}.tar", "old-00.tar", "--out", "new/x.tar"],
        &["subset", "a-{00..02}.tar", "old-00.tar", "--every", "2"],
        &["shuffle", "a-{00..02}.tar", "old-00.tar"],
    ] {
        let problems = run(&dir, args).problems();
        assert!(problems.contains("a-02.tar"), "{problems}");
        assert_eq!((files(&dir), read(&dir, "old-00.tar")), (before.clone(), groups(100..105)));
    }
}

#[test]
fn shards_are_added_made_by_threads_and_gone_on_with() {
    let dir = dir();
    write(&dir, "a", 0, 25);
    write(&dir, "b", 25, 15);
    let to = |source: &str, more: &[&str]| {
        let args = ["reshard", source, "d-%02d.tar", "--max-count", "7", "--append"];
        run(&dir, &[&args[..], more].concat())
    };
    to("a-{00..02}.tar", &["--contents"]).sound();
    let out = to("b-{00..01}.tar", &["--threads", "2"]).sound();
    assert!(out.lines().count() == 3 && out.contains("d-04.tar: 7 samples"), "{out}");
    assert_eq!(read(&dir, "d-{00..06}.tar"), groups(0..40));
    assert!(Contents::open(&dir.path().join("d-06.tar")).unwrap().is_some());
    let before = files(&dir);
    let problems = to("b-01.tar", &[]).problems();
    assert!(problems.contains("k/035") && problems.contains("--allow-duplicates"), "{problems}");
    assert_eq!(files(&dir), before);
    let out =
        run(&dir, &["merge", "b-01.tar", "--out", "d-%02d.tar", "--max-count", "7", "--append", "--allow-duplicates"]);
    assert!(out.sound().contains("d-07.tar: 5 samples"));

    // Ended by a key that is there twice, when eight shards are whole; with that allowed it goes on.
    let merge = ["merge", "a-{00..02}.tar", "a-02.tar", "--out", "e-%02d.tar", "--resume", "--threads", "2"];
    let problems = run(&dir, &[&merge[..], &["--max-count", "3"]].concat()).problems();
    assert!(problems.contains("k/020"), "{problems}");
    let staged = dir.path().join(".e-%02d.tar.resume");
    assert!(staged.join("000005").exists() && !dir.path().join("e-00.tar").exists());
    let problems = run(&dir, &[&merge[..], &["--max-count", "4", "--allow-duplicates"]].concat()).problems();
    assert!(problems.contains("another write is to go on from here"), "{problems}");
    let out = run(&dir, &[&merge[..], &["--max-count", "3", "--allow-duplicates"]].concat()).sound();
    assert_eq!((out.lines().count(), read(&dir, "e-{00..09}.tar")), (10, groups((0..25).chain(20..25))));
    assert!(!staged.exists());
    let convert = ["convert", "--layout", "members", "--max-count", "10", "--threads", "2", "--resume"];
    run(&dir, &[&convert[..], &["e-{00..07}.tar", "c-%02d.tar.gz"]].concat()).sound();
    assert_eq!(read(&dir, "c-{00..02}.tar.gz"), groups(0..24));
}

#[test]
fn converted_samples_are_added() {
    let dir = dir();
    let packed = |name: &str, from: i64, to: i64, scored: bool| {
        let samples = (from..to).map(|n| {
            let score = if scored { Value::Float(0.5) } else { Value::Int(n) };
            DictSample::from_iter([("text", Value::Str(format!("text {n}"))), ("score", score)])
        });
        let mut writer = ShardWriter::<DictSample>::builder(dir.path().join(name)).build().unwrap();
        for (n, sample) in (from..to).zip(samples) {
            writer.write_with_key(&format!("k{n:03}"), &sample).unwrap();
        }
        writer.finish().unwrap();
    };
    packed("a.tar", 0, 10, true);
    packed("b.tar", 10, 25, false);
    let convert = |layout: &str, from: &str, to: &str| {
        run(&dir, &["convert", "--layout", layout, from, to, "--max-count", "4", "--append"])
    };
    convert("members", "a.tar", "m-%02d.tar").sound();
    let before = files(&dir);
    // What is there keeps its names: whole numbers are not `score.cls`, beside the others' `score.json`.
    let out = convert("members", "b.tar", "m-%02d.tar").sound();
    assert!(out.lines().count() == 4 && out.contains("m-03.tar: 4 samples"), "{out}");
    let all = read(&dir, "m-{00..06}.tar");
    assert_eq!(all.len(), 25);
    assert!(all.iter().all(|group| group.names().eq(["text", "score.json"])), "{:?}", all[20]);
    let keys: Vec<_> = all.iter().map(|group| group.key().to_owned()).collect();
    assert_eq!(keys, (0..25).map(|n| format!("k{n:03}")).collect::<Vec<_>>());
    let there = files(&dir);
    assert!(before.iter().all(|name| there.contains(name)));
    // Keys that are there, another layout, another kind of value: nothing is added.
    for (layout, from, to, told) in [
        ("members", "b.tar", "m-%02d.tar", "the key is one of the dataset already"),
        ("packed", "m-00.tar", "m-%02d.tar", "add samples with --layout members"),
        ("members", "c.tar", "m-%02d.tar", "by --schema"),
    ] {
        if from == "c.tar" {
            let sample = DictSample::from_iter([("text", Value::Int(3)), ("score", Value::Bin(vec![0xff].into()))]);
            let mut writer = ShardWriter::<DictSample>::builder(dir.path().join("c.tar")).build().unwrap();
            writer.write_with_key("c", &sample).unwrap();
            writer.finish().unwrap();
        }
        let there = files(&dir);
        let problems = convert(layout, from, to).problems();
        assert!(problems.contains(told), "{problems}");
        assert_eq!(files(&dir), there);
    }
    // And back: packed ones are added to packed ones, by members that are copied to others.
    convert("packed", "m-00.tar", "p-%02d.tar").sound();
    convert("packed", "m-{01..06}.tar", "p-%02d.tar").sound();
    let back = Dataset::<DictSample>::open(dir.path().join("p-{00..06}.tar").to_str().unwrap()).unwrap();
    assert_eq!(back.len().unwrap(), 25);
    convert("members", "m-01.tar", "n-%02d.tar").sound();
    convert("members", "m-02.tar", "n-%02d.tar").sound();
    assert_eq!(read(&dir, "n-{00..01}.tar").len(), 6);
}

/// Not those of the first sample alone.
#[test]
fn converted_samples_that_are_added_have_the_names_of_all_that_are_there() {
    let dir = dir();
    let write = |name: &str, groups: &[Group]| {
        let writer = ShardWriter::<Group>::builder(dir.path().join(name));
        writer.write_all(groups.iter().cloned()).unwrap();
    };
    let convert = |layout: &str, from: &str, to: &str| {
        run(&dir, &["convert", "--layout", layout, from, to, "--append", "--max-count", "9"])
    };
    // Packed ones, of which the first has no score.
    let packed = |key: &str, score: Option<Value>| {
        let fields = [("text", Some(Value::from("x"))), ("score", score)];
        let sample: DictSample = fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Group::new(key, [("msgpack", sample.pack())])
    };
    write("a.tar", &[packed("0", None), packed("1", Some(0.5.into()))]);
    write("b.tar", &[packed("2", Some(3.into()))]);
    convert("members", "a.tar", "m-%02d.tar").sound();
    convert("members", "b.tar", "m-%02d.tar").sound();
    let names: Vec<Vec<_>> =
        read(&dir, "m-{00..01}.tar").iter().map(|group| group.names().map(str::to_owned).collect()).collect();
    assert_eq!(names, [vec!["text"], vec!["text", "score.json"], vec!["text", "score.json"]]);
    // Members that would have one name, and keep their own; one alone would have the short one.
    let both = |key: &str| Group::new(key, [("a.txt", "x"), ("a.json", "[1]")]);
    write("c.tar", &[Group::new("3", [("b.txt", "y")]), both("4")]);
    write("d.tar", &[Group::new("5", [("a.json", "[2]")])]);
    write("e.tar", &[both("6")]);
    convert("packed", "c.tar", "p-%02d.tar").sound();
    let there = files(&dir);
    let problems = convert("packed", "d.tar", "p-%02d.tar").problems();
    assert!(
        problems.contains("key 5") && problems.contains("`a.json` in the shards that are there would be `a`"),
        "{problems}"
    );
    // The other way round, where the first sample says so and where a later one does.
    convert("packed", "d.tar", "q-%02d.tar").sound();
    let problems = convert("packed", "c.tar", "q-%02d.tar").problems();
    assert!(problems.contains("which are not written anew"), "{problems}");
    let problems = convert("packed", "e.tar", "q-%02d.tar").problems();
    assert!(
        problems.contains("key 6") && problems.contains("`a` in the shards that are there would be `a."),
        "{problems}"
    );
    assert!(files(&dir).iter().filter(|name| !name.starts_with("q-")).eq(&there));
    convert("packed", "e.tar", "p-%02d.tar").sound();
}

#[test]
fn datasets_are_merged() {
    let dir = dir();
    write(&dir, "a", 0, 15);
    write(&dir, "b", 20, 5);
    write(&dir, "c", 14, 3);
    run(&dir, &["merge", "a-{00..01}.tar", "b-00.tar", "--out", "ab.tar"]).sound();
    assert_eq!(read(&dir, "ab.tar"), groups((0..15).chain(20..25)));
    let problems = run(&dir, &["merge", "a-{00..01}.tar", "c-00.tar", "--out", "ac.tar"]).problems();
    assert!(
        problems.contains("key k/014: the key is one of dataset 0 already, and of dataset 1 as well"),
        "{problems}"
    );
    assert!(!dir.path().join("ac.tar").exists());
    // The same key twice in a row would be one sample: another shard begins where there may be one.
    let args =
        ["merge", "a-{00..01}.tar", "c-00.tar", "--allow-duplicates", "--max-count", "100", "--out", "ac-%d.tar"];
    run(&dir, &args).sound();
    assert_eq!(read(&dir, "ac-{0..1}.tar"), groups((0..15).chain(14..17)));
}

#[test]
fn some_samples_are_chosen() {
    for contents in [false, true] {
        let dir = dir();
        write(&dir, "a", 0, 25);
        if contents {
            run(&dir, &["index-shards", "a-{00..02}.tar"]).sound();
        }
        let subset = |args: &[&str]| run(&dir, &[&["subset", "a-{00..02}.tar", "s.tar"], args].concat());
        subset(&["--range", "8..13"]).sound();
        assert_eq!(read(&dir, "s.tar"), groups(8..13));
        subset(&["--range", "..2"]).sound();
        assert_eq!(read(&dir, "s.tar"), groups(0..2));
        subset(&["--every", "10"]).sound();
        assert_eq!(read(&dir, "s.tar"), groups([0, 10, 20]));
        fs::write(dir.path().join("keys.txt"), "k/020\nk/003\n\nk/003\n").unwrap();
        subset(&["--keys", "keys.txt"]).sound();
        assert_eq!(read(&dir, "s.tar"), groups([3, 20]));
        let found = run_with_stdin(&dir, &["subset", "a-{00..02}.tar", "s.tar", "--keys", "-"], b"k/001\n");
        assert_eq!((found.code, read(&dir, "s.tar")), (0, groups([1])));

        fs::write(dir.path().join("keys.txt"), "k/020\nz\ny\n").unwrap();
        let problems = subset(&["--keys", "keys.txt"]).problems();
        assert!(problems.contains("no sample has one of the keys \"z\", \"y\""), "{problems}");
        let problems = subset(&["--range", "20..26"]).problems();
        assert!(problems.contains("within the 25 samples of the dataset, found one up to 26"), "{problems}");
        assert_eq!(read(&dir, "s.tar"), groups([1]), "nothing was written");
        for (args, told) in [
            (&["--range", "5..5"][..], "found 5..5, which has none"),
            (&["--range", "5"], "expected a range such as 100..200"),
            (&["--every", "0"], "with an n of at least 1"),
            (&[], "--keys"),
            (&["--every", "2", "--range", "1..2"], "cannot be used with"),
        ] {
            let found = subset(args);
            assert!(found.code == 2 && found.stderr.contains(told), "{}", found.stderr);
        }
    }
}

#[test]
fn samples_are_shuffled_by_a_seed() {
    let dir = dir();
    write(&dir, "a", 0, 125);
    let shuffled = |seed: &str, name: &str| {
        let dest = format!("{name}-%d.tar");
        run(&dir, &["shuffle", "a-{00..12}.tar", &dest, "--seed", seed, "--max-count", "50", "--contents"]).sound();
        read(&dir, &format!("{name}-{{0..2}}.tar"))
    };
    let one = shuffled("7", "x");
    assert_eq!((shuffled("7", "y"), shuffled("8", "z") == one), (one.clone(), false));
    let mut sorted = one.clone();
    sorted.sort_by(|one, other| one.key.cmp(&other.key));
    assert_eq!(sorted, groups(0..125));
    // It is the order of a plan.
    let data = Dataset::<Group>::open(dir.path().join("a-{00..12}.tar").to_str().unwrap()).unwrap();
    let plan = data.plan().seed(7).batch(125).build().unwrap();
    let order = plan.global_slots(0).into_iter().map(|slot| usize::try_from(slot.sample).unwrap());
    assert_eq!(one, groups(order));
    run(&dir, &["reshard", "a-00.tar", "z.tar.gz"]).sound();
    let problems = run(&dir, &["shuffle", "z.tar.gz", "zz.tar"]).problems();
    assert!(problems.contains("write it as `.tar`"), "{problems}");
}

/// A pattern reads what an earlier write has left as well.
#[test]
fn shards_of_an_earlier_and_longer_write_are_told() {
    let dir = dir();
    write(&dir, "a", 0, 25);
    run(&dir, &["reshard", "a-{00..02}.tar", "b-%03d.tar", "--max-count", "8"]).sound();
    let shorter = run(&dir, &["reshard", "a-{00..02}.tar", "b-%03d.tar", "--max-count", "20"]);
    assert_eq!(shorter.code, 0, "{}", shorter.stderr);
    for left in ["b-002.tar", "b-003.tar"] {
        let told = format!("{left}: left from an earlier write of more shards");
        assert!(shorter.stderr.contains(&told), "{}", shorter.stderr);
    }
    assert!(!shorter.stderr.contains("b-001.tar"), "{}", shorter.stderr);
}
