//! `atdata manifest`, and what `verify` says of manifests.

use std::fs;

use atdata::{DictSample, Packable as _, ShardWriter, Value};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::{dir, run};

fn shards(dir: &TempDir) {
    let mut writer = ShardWriter::builder(dir.path().join("a-%02d.tar")).max_count(3).build().unwrap();
    for number in 0..5_i64 {
        let sample = DictSample::from_iter([
            ("label", Value::from(["cat", "dog\u{1b}"][usize::from(number % 2 == 1)])),
            ("number", number.into()),
            ("tags", Value::List(vec!["x".into()])),
            ("bytes", Value::Bin(vec![0; 9].into())),
        ]);
        writer.write_with_key(&format!("k{number}"), &sample).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn manifests_are_made_kept_and_shown() {
    let dir = dir();
    shards(&dir);
    let build = |more: &[&str]| run(&dir, &[&["manifest", "build", "a-{00..01}.tar"], more].concat()).sound();
    assert_eq!(build(&[]), "5 samples; the manifests of 2 shards were made, of 0 there already.\n");
    assert_eq!(build(&["--threads", "1"]), "5 samples; the manifests of 0 shards were made, of 2 there already.\n");
    assert_eq!(build(&["--force"]), "5 samples; the manifests of 2 shards were made, of 0 there already.\n");

    let shown = run(&dir, &["manifest", "show", "a-01.tar", "--rows", "1"]).sound();
    assert!(shown.starts_with("a-01: 2 samples of DictSample@1.0.0\n"), "{shown}");
    let expected = "  label (categorical): dog\\u{1b} 1, cat 1\n  number (numeric): 2 from 3 to 4, mean 3.5\n  tags (set): x\nk3\n";
    assert!(shown.contains(expected), "{shown}");
    assert!(shown.ends_with("  label: \"dog\\u{1b}\"\n  number: 3\n  tags: [\"x\"]\n"), "{shown}");
    let line = run(&dir, &["manifest", "show", "a-01.manifest.json", "--json", "--rows", "9"]).sound();
    let found: Json = serde_json::from_str(&line).unwrap();
    assert_eq!((&found["num_samples"], &found["shard"]), (&json!(2), &json!("a-01")));
    assert_eq!(
        found["aggregates"]["number"],
        json!({"type": "numeric", "min": 3.0, "max": 4.0, "mean": 3.5, "count": 2})
    );
    assert_eq!(found["rows"][1]["__key__"], "k4");
    assert_eq!(found["rows"][1]["tags"], json!(["x"]));
    let at = usize::try_from(found["rows"][1]["__offset__"].as_u64().unwrap()).unwrap();
    let size = usize::try_from(found["rows"][1]["__size__"].as_u64().unwrap()).unwrap();
    let shard = fs::read(dir.path().join("a-01.tar")).unwrap();
    let sample = DictSample::unpack(&shard[at..at + size]).unwrap();
    assert_eq!(sample.get("number"), Some(&Value::from(4)));

    let missing = run(&dir, &["manifest", "show", "b.tar"]).problems();
    assert!(missing.contains("it has no manifest beside it"), "{missing}");
}

#[test]
fn a_record_says_which_fields_there_are() {
    let dir = dir();
    shards(&dir);
    let inferred = run(&dir, &["schema", "infer", "a-{00..01}.tar", "--name", "Thing", "-o", "thing.json"]);
    assert_eq!(inferred.code, 0, "{}", inferred.stderr);
    run(&dir, &["manifest", "build", "--schema", "thing.json", "a-{00..01}.tar"]).sound();
    let shown = run(&dir, &["manifest", "show", "a-00.tar"]).sound();
    assert!(shown.starts_with("a-00: 3 samples of Thing@1.0.0\n"), "{shown}");
}

#[test]
fn damage_of_a_shard_keeps_no_other_from_its_manifest() {
    let dir = dir();
    shards(&dir);
    let whole = fs::read(dir.path().join("a-00.tar")).unwrap();
    fs::write(dir.path().join("a-00.tar"), &whole[..600]).unwrap();
    let built = run(&dir, &["manifest", "build", "a-{00..01}.tar"]);
    assert_eq!(built.stdout, "2 samples; the manifests of 1 shards were made, of 0 there already, 1 have none.\n");
    assert!(built.problems().contains("a-00.tar"));
    assert!(!dir.path().join("a-00.manifest.json").exists() && dir.path().join("a-01.manifest.json").exists());
}

#[test]
fn verify_holds_manifests_against_shards() {
    let dir = dir();
    shards(&dir);
    run(&dir, &["manifest", "build", "a-{00..01}.tar"]).sound();
    // Of what is in no index there are no checksums, but manifests.
    let verified = run(&dir, &["verify", "a-{00..01}.tar"]);
    assert!(verified.stdout.contains("  [PASS] manifest of a-00.tar\n"), "{}", verified.stdout);
    assert!(verified.stderr.is_empty(), "{}", verified.stderr);
    let header = dir.path().join("a-01.manifest.json");
    let text = fs::read_to_string(&header).unwrap();
    fs::write(&header, text.replace("\"cat\": 1", "\"cow\": 1")).unwrap();
    let verified = run(&dir, &["verify", "a-{00..01}.tar"]);
    assert!(verified.stdout.contains("  [FAIL] manifest of a-01.tar\n"), "{}", verified.stdout);
    let problems = verified.problems();
    assert!(problems.contains("manifest of a-01.tar: field `label`: the manifest counts 2 values"), "{problems}");
    let lines = run(&dir, &["verify", "--json", "a-{00..01}.tar"]).stdout;
    let last: Json = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!((&last["manifest_of"], &last["status"]), (&json!("a-01.tar"), &json!("mismatch")));
    fs::write(&header, "{").unwrap();
    let problems = run(&dir, &["verify", "a-{00..01}.tar"]).problems();
    assert!(problems.contains("expected the header of a manifest"), "{problems}");
}
