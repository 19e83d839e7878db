//! `atdata plan` and `index-shards`.

use std::fs;

use atdata::dataset::Tail;
use atdata::shard::Contents;
use atdata::{Dataset, DictSample, ShardWriter};
use tempfile::TempDir;

use super::{dir, run};

/// 100 samples in shards of 30.
fn write(dir: &TempDir) -> Dataset<DictSample> {
    let samples = (0..100_i64).map(|number| DictSample::from_iter([("number", number)]));
    let writer = ShardWriter::builder(dir.path().join("n-%03d.tar")).max_count(30);
    writer.write_all(samples).unwrap().open().unwrap()
}

#[test]
fn shards_are_indexed_once() {
    let dir = dir();
    let dataset = write(&dir);
    let made = "100 samples; the contents of 4 shards were made, of 0 there already.\n";
    assert_eq!(run(&dir, &["index-shards", "n-{000..003}.tar", "--threads", "2"]).sound(), made);
    let kept = "100 samples; the contents of 0 shards were made, of 4 there already.\n";
    assert_eq!(run(&dir, &["index-shards", "."]).sound(), kept);
    for shard in dataset.shards() {
        assert!(Contents::open(shard.path().unwrap()).unwrap().is_some());
    }
    let cut = fs::read(dir.path().join("n-001.tar")).unwrap();
    fs::write(dir.path().join("n-001.tar"), &cut[..5000]).unwrap();
    let problems = run(&dir, &["index-shards", "n-{000..003}.tar"]).problems();
    assert!(problems.contains("n-001.tar") && problems.contains("truncated"), "{problems}");
}

#[test]
fn the_contents_of_a_folder_are_one_file() {
    let dir = dir();
    let dataset = write(&dir);
    let told = |made: usize, kept: usize| {
        format!(
            "100 samples; the contents of {made} shards were made, of {kept} there already.\npacked in ./_contents.atxp\n"
        )
    };
    assert_eq!(run(&dir, &["index-shards", "--pack", "."]).sound().replace(".\\", "./"), told(4, 0));
    assert_eq!(run(&dir, &["index-shards", "--pack", "./n-{000..003}.tar"]).sound().replace(".\\", "./"), told(0, 4));
    for shard in dataset.shards() {
        assert!(!Contents::path_of(shard.path().unwrap()).exists());
        assert!(Contents::open(shard.path().unwrap()).unwrap().is_some());
    }
    assert!(run(&dir, &["plan", ".", "--batch", "8"]).sound().contains("samples  100 in 4 shards"));
    // One that has changed is named, and the file that says otherwise.
    let samples = (0..3_i64).map(|number| DictSample::from_iter([("number", number)]));
    ShardWriter::builder(dir.path().join("n-001.tar")).write_all(samples).unwrap();
    let problems = run(&dir, &["plan", ".", "--batch", "8"]).problems();
    assert!(problems.contains("n-001.tar") && problems.contains("`atdata index-shards --pack`"), "{problems}");
    let again = run(&dir, &["index-shards", "--pack", "."]);
    assert!(again.stdout.starts_with("73 samples; the contents of 1 shards"), "{}{}", again.stdout, again.stderr);
}

#[test]
fn indexes_of_other_programs_are_written() {
    let dir = dir();
    write(&dir);
    let written = run(&dir, &["index-shards", "--export", "energon", "n-{000..003}.tar"]).sound();
    assert_eq!((written.lines().count(), written.lines().last()), (5, Some("./.nv-meta/.info.json")), "{written}");
    let info: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join(".nv-meta/.info.json")).unwrap()).unwrap();
    assert_eq!(info["shard_counts"]["n-003.tar"], 10);
    // Where each of 30 samples begins, and the last one ends.
    assert_eq!(fs::metadata(dir.path().join("n-000.tar.idx")).unwrap().len(), 31 * 8);
    fs::create_dir(dir.path().join("dali")).unwrap();
    run(&dir, &["index-shards", "--export", "dali", "--out", "dali", "n-000.tar"]).sound();
    assert!(fs::read_to_string(dir.path().join("dali/n-000.idx")).unwrap().starts_with("v1.2 30\nmsgpack 512 "));
    let problems = run(&dir, &["index-shards", "--export", "wids", "n-000.tar"]).stderr;
    assert!(problems.contains("`--out FILE`"), "{problems}");
    run(&dir, &["index-shards", "--export", "wids", "--out", "all.json", "n-000.tar", "n-003.tar"]).sound();
    let all: serde_json::Value = serde_json::from_slice(&fs::read(dir.path().join("all.json")).unwrap()).unwrap();
    assert_eq!((&all["shardlist"][1]["url"], &all["shardlist"][1]["nsamples"]), (&"n-003.tar".into(), &10.into()));
}

#[test]
fn indexes_of_other_programs_are_read() {
    let dir = dir();
    write(&dir);
    let sidecar = |name: &str| Contents::path_of(&dir.path().join(name));
    run(&dir, &["index-shards", "--export", "energon", "n-{000..003}.tar"]).sound();
    // One is stale: the others are made all the same.
    fs::copy(dir.path().join("n-003.tar.idx"), dir.path().join("n-001.tar.idx")).unwrap();
    let done = run(&dir, &["index-shards", "--import", "energon", "n-{000..003}.tar"]);
    assert!(
        done.stdout.contains("the contents of 3 shards were made, of 0 there already, 1 have none"),
        "{}",
        done.stdout
    );
    assert!(done.stderr.contains("n-001.tar.idx") && done.stderr.contains("`atdata index-shards`"), "{}", done.stderr);
    assert!(sidecar("n-000.tar").exists() && !sidecar("n-001.tar").exists());
    let done = run(&dir, &["index-shards", "--no-checksums", "n-{000..003}.tar"]).sound();
    assert!(done.starts_with("100 samples; the contents of 1 shards were made, of 3 there already."), "{done}");
    let contents = Contents::open(&dir.path().join("n-001.tar")).unwrap().unwrap();
    assert_eq!(contents.sample(0).unwrap().members[0].crc32c, None);
    let problems = run(&dir, &["index-shards", "--import", "wids", "n-000.tar"]).stderr;
    assert!(problems.contains("--from FILE)"), "{problems}");
    run(&dir, &["index-shards", "--export", "wids", "--out", "all.json", "n-{000..003}.tar"]).sound();
    run(&dir, &["index-shards", "--import", "wids", "--from", "all.json", "--force", "n-{000..003}.tar"]).sound();
}

/// The contents of a shard that a copy replaces are of no use to anyone.
#[test]
fn a_copy_takes_away_the_contents_of_what_it_replaces() {
    let dir = dir();
    let dataset = write(&dir);
    run(&dir, &["cp", "n-{000..001}.tar", "out"]).sound();
    run(&dir, &["index-shards", "out"]).sound();
    let [first, second] = ["out/n-000.tar", "out/n-001.tar"].map(|name| Contents::path_of(&dir.path().join(name)));
    assert!(first.exists() && second.exists());
    // Another shard under the name of the first one.
    run(&dir, &["cp", "n-003.tar", "out/n-000.tar"]).sound();
    assert!(!first.exists() && second.exists());
    let copied = Dataset::<DictSample>::open(dir.path().join("out").join("n-000.tar")).unwrap();
    assert_eq!((copied.len().unwrap(), copied.select(&[9]).unwrap()), (10, dataset.select(&[99]).unwrap()));
    assert!(run(&dir, &["plan", "out", "--batch", "8"]).sound().contains("samples  40 in 2 shards"));
    // Those that are beside a shard come with it.
    run(&dir, &["cp", "out", "again"]).sound();
    let there = ["again/n-000.tar", "again/n-001.tar"].map(|name| Contents::path_of(&dir.path().join(name)).exists());
    assert_eq!(there, [false, true]);
    assert_eq!(
        Contents::open(&dir.path().join("again/n-001.tar")).unwrap().map(|contents| contents.samples()),
        Some(30)
    );
}

#[test]
fn a_plan_is_shown() {
    let dir = dir();
    let dataset = write(&dir);
    let args = ["plan", "n-{000..003}.tar", "--batch", "16", "--ranks", "4", "--order", "stored", "--tail", "uneven"];
    let shown = run(&dir, &args).sound();
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines[0], "order    stored, seed 0, epoch 0");
    assert!(lines[1].starts_with("samples  100 in 4 shards, "), "{shown}");
    assert_eq!(lines[2], "batches  7 of 16: 4 for each of 4 ranks");
    assert!(lines[3].ends_with("ranks have 0 to 4 of it, and 3 ranks have one batch less"), "{shown}");
    let shown = run(&dir, &[&args[..], &["--rank", "3", "--steps", "2"]].concat()).sound();
    assert!(shown.contains("batch 1 of rank 3: ") && shown.contains("n-000.tar  samples 28 to 29\n"), "{shown}");
    assert!(shown.contains("n-001.tar  samples 0 to 1\n"), "{shown}");
    let json = run(&dir, &[&args[..], &["--json", "--steps", "1"]].concat()).sound();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((json["steps"].as_u64(), json["batches"][0]["reads"][0]["samples"].as_u64()), (Some(7), Some(4)));

    let token = dataset.plan().seed(3).batch(16).tail(Tail::Pad).build().unwrap().token(2).unwrap();
    fs::write(dir.path().join("token.json"), token.to_json()).unwrap();
    let shown = run(&dir, &["plan", "n-{000..003}.tar", "--resume", "token.json", "--ranks", "2"]).sound();
    assert!(
        shown.contains("order    global, seed 3, epoch 0") && shown.contains("; 32 were consumed before"),
        "{shown}"
    );
    assert!(shown.contains("batches  5 of 16: 8 for each of 2 ranks"), "{shown}");
}

#[test]
fn a_plan_of_some_keys_is_shown() {
    let dir = dir();
    let keys: Vec<String> = write(&dir).ordered().with_keys().map(|found| found.unwrap().0).collect();
    let (one, other) = (&keys[7], &keys[90]);
    let args = ["plan", "n-{000..003}.tar", "--batch", "1", "--order", "stored", "--keys", one, "--keys", other];
    let shown = run(&dir, &[&args[..], &["--steps", "2"]].concat()).sound();
    assert!(shown.contains("samples  2 in 4 shards, ") && shown.contains("\nparts    some(0, 2)\n"), "{shown}");
    assert!(shown.contains("n-000.tar  samples 7 to 7\n") && shown.contains("n-003.tar  samples 0 to 0\n"), "{shown}");
    let all = run(&dir, &["plan", "n-{000..003}.tar", "--batch", "1", "--keys", "*"]).sound();
    assert!(all.contains("samples  100 in 4 shards, "), "{all}");
    for (pattern, told) in [("[", "--keys"), ("no such *", "the dataset has no samples to plan with")] {
        let found = run(&dir, &["plan", "n-{000..003}.tar", "--batch", "1", "--keys", pattern]);
        assert_eq!((found.code, found.stderr.contains(told)), (2, true), "{}", found.stderr);
    }
}

#[test]
fn numbers_that_do_not_fit_are_a_wrong_command_line() {
    let dir = dir();
    write(&dir);
    for (args, expected) in [
        (&["--batch", "10", "--ranks", "4"][..], "take 8 or 12 samples"),
        (&[], "write `.batch(256)` (`--batch 256`)"),
        (&["--batch", "200"], "take a smaller one, or `Tail::Uneven` (`--tail uneven`) for one short batch"),
        (&["--batch", "4", "--order", "random"], "expected `stored`, `global`, or `blocks:256x512`"),
        (&["--batch", "4", "--tail", "cut"], "expected `drop`, `pad` or `uneven`, found `cut`"),
        (&["--batch", "4", "--rank", "1"], "there is no rank 1 of 1"),
    ] {
        let found = run(&dir, &[&["plan", "n-{000..003}.tar"], args].concat());
        assert_eq!(found.code, 2, "{}", found.stderr);
        assert!(found.stderr.contains(expected), "{}", found.stderr);
    }
}
