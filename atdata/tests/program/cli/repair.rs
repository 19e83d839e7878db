//! `atdata repair`.

use std::fs;

use atdata::dataset::Policy;
use atdata::{Dataset, DictSample, Packable, ShardWriter};
use tempfile::TempDir;

use super::{dir, run};

#[derive(Packable)]
struct Number {
    number: i64,
}

/// Ten samples, of which these are no numbers.
fn write(dir: &TempDir, bad: &[i64]) -> Dataset<Number> {
    let mut writer = ShardWriter::builder(dir.path().join("n.tar")).build().unwrap();
    for number in 0..10_i64 {
        let name = if bad.contains(&number) { "word" } else { "number" };
        writer.write_with_key(&format!("{number:02}"), &DictSample::from_iter([(name, number)])).unwrap();
    }
    writer.finish().unwrap().open().unwrap()
}

#[test]
fn a_quarantine_is_replayed_and_what_is_sound_is_written() {
    let dir = dir();
    let data = write(&dir, &[3, 5]).on_error(Policy::quarantine(dir.path().join("bad.tar"))).unwrap();
    assert_eq!(data.ordered().count(), 8);
    fs::write(dir.path().join("number.json"), Number::schema_record().to_local().to_string()).unwrap();

    let found = run(&dir, &["repair", "bad.tar"]);
    assert_eq!((found.code, found.stderr.as_str()), (1, ""));
    assert!(
        found.stdout.contains("key 03: it did not fit its type: name the schema with --schema\n"),
        "{}",
        found.stdout
    );
    assert!(found.stdout.ends_with("0 samples can be read now, 0 cannot, 2 are not decided.\n"), "{}", found.stdout);
    let found = run(&dir, &["repair", "bad.tar", "--schema", "number.json", "--out", "good.tar"]);
    assert!(found.stdout.contains("expected int, which is not there") && found.code == 1, "{}", found.stdout);
    assert!(found.stderr.contains("nothing is written") && !dir.path().join("good.tar").exists(), "{}", found.stderr);

    write(&dir, &[5]);
    let args = ["repair", "bad.tar", "--schema", "number.json", "--out", "good.tar"];
    let found = run(&dir, &[&args[..], &["--json"]].concat());
    let lines: Vec<serde_json::Value> = found.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let status: Vec<_> =
        lines.iter().map(|line| (line["key"].as_str().unwrap(), line["status"].as_str().unwrap())).collect();
    assert_eq!(status, [("03", "sound"), ("05", "bad")]);
    assert_eq!(found.code, 1);
    let good: Vec<_> = Dataset::<Number>::open(dir.path().join("good.tar"))
        .unwrap()
        .ordered()
        .with_keys()
        .map(Result::unwrap)
        .collect();
    assert_eq!((good.len(), good[0].0.as_str(), good[0].1.number), (1, "03", 3));

    write(&dir, &[]);
    let found = run(&dir, &args);
    assert_eq!(found.code, 0, "{}", found.stdout);
    assert!(found.stderr.contains("good.tar: 2 samples"), "{}", found.stderr);
    let found = run(&dir, &["repair", "bad.tar", "--schema", "number.json", "--max-member", "3"]);
    assert!(found.stdout.ends_with("0 samples can be read now, 2 cannot, 0 are not decided.\n"), "{}", found.stdout);
}

#[test]
fn what_is_no_quarantine_or_not_there_is_told() {
    let dir = dir();
    write(&dir, &[]);
    let problems = run(&dir, &["repair", "n.tar"]).problems();
    assert!(problems.contains("n.tar") && problems.contains("Quarantined"), "{problems}");
    assert!(run(&dir, &["repair", "none.tar"]).problems().contains("no such shard"));
    let data = write(&dir, &[3]).on_error(Policy::quarantine(dir.path().join("bad.tar"))).unwrap();
    assert_eq!(data.ordered().count(), 9);
    fs::remove_file(dir.path().join("n.tar")).unwrap();
    let found = run(&dir, &["repair", "bad.tar"]);
    assert!(found.stdout.contains("no such shard") && found.code == 1, "{}", found.stdout);
}
