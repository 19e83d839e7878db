//! `atdata query`: samples that a predicate holds of, and predicates that are refused.

use std::fs;

use atdata::Value;

use super::{archive, dir, photos, run, run_with_stdin, sample, write};

#[test]
fn samples_are_shown_counted_or_named() {
    let dir = dir();
    photos(&dir, "x-000.tar");
    photos(&dir, "x-001.tar");
    let all = "x-{000..001}.tar";
    let out = run(&dir, &["query", all, "label = 'cat' and score > 0.4"]).sound();
    assert!(out.starts_with("--- Match 0 (a/0) ---\n  image: ") && out.contains("--- Match 1 (a/0) ---"), "{out}");
    let json = run(&dir, &["query", all, "not score > 0.4", "--json", "--limit", "1"]).sound();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["__key__"], &json["label"], &json["score"]),
        (&"a/1".into(), &"dog".into(), &serde_json::Value::Null)
    );
    assert_eq!(run(&dir, &["query", all, "score is null", "--count"]).sound(), "2\n");
    assert_eq!(run(&dir, &["query", "x-000.tar", "x-001.tar", "label in ('dog')", "--keys"]).sound(), "a/1\na/1\n");
    let none = run(&dir, &["query", all, "label = 'cow'", "--count"]);
    assert_eq!((none.code, &*none.stdout, &*none.stderr), (1, "0\n", "error: no sample matches\n"));
}

#[test]
fn plain_shards_and_standard_input_are_asked() {
    let dir = dir();
    let members = archive(&[
        ("a.cls", b"3"),
        ("a.json", b"{\"w\": 640}"),
        ("b.cls", b"5"),
        ("c.cls", b"3"),
        ("c.json", b"{\"w\": 1}"),
    ]);
    fs::write(dir.path().join("p.tar"), &members).unwrap();
    assert_eq!(run(&dir, &["query", "p.tar", "cls = 3 and json.w > 100", "--keys"]).sound(), "a\n");
    assert_eq!(run_with_stdin(&dir, &["query", "-", "json is null", "--keys"], &members).sound(), "b\n");
}

#[test]
fn what_the_first_samples_do_not_have_is_pointed_at() {
    let dir = dir();
    photos(&dir, "x.tar");
    for (text, expected) in [
        (
            "lable = 'cat'",
            "the predicate, character 1: `each of the first 2 samples` has no field \"lable\"; did you mean \"label\"?\n  lable = 'cat'\n  ^^^^^\n",
        ),
        (
            "label > 3",
            "the predicate, character 9: `label` is str, and is compared with a number\n  label > 3\n          ^\n",
        ),
        (
            "score > 'x'",
            "the predicate, character 9: `score` is float, and is compared with text\n  score > 'x'\n          ^^^\n",
        ),
        ("label = ", "the predicate, character 9: expected a value, found the end\n  label = \n          ^\n"),
        (
            "image > 3",
            "the predicate, character 7: `image` is bytes, of which only `is null` can be asked\n  image > 3\n        ^\n",
        ),
    ] {
        let refused = run(&dir, &["query", "x.tar", text]);
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{}", refused.stderr);
        assert_eq!(refused.stderr, format!("error: {expected}"));
    }
    let deep = format!("{}label = 'cat'", "not ".repeat(10_000));
    let refused = run(&dir, &["query", "x.tar", &deep]);
    assert!(refused.code == 2 && refused.stderr.contains("more than 1000 parentheses"), "{}", refused.stderr);
    // A field that is null in the first samples, and one that comes later.
    write(
        &dir.path().join("n.tar"),
        &[
            ("a", sample([("n", Value::Nil)])),
            ("b", sample([("n", Value::Nil), ("m", 1_i64.into())])),
            ("c", sample([("n", 2_i64.into())])),
        ],
    );
    assert_eq!(run(&dir, &["query", "n.tar", "n = 2 or m = 1", "--keys"]).sound(), "b\nc\n");
    // Whole numbers in all that was looked at do not say that there are no others.
    assert_eq!(run(&dir, &["query", "n.tar", "not n is nan and m.x is null", "--keys"]).code, 2);
    assert_eq!(run(&dir, &["query", "n.tar", "not n is nan", "--count"]).sound(), "3\n");
    assert_eq!(run(&dir, &["query", "n.tar", "n = 2", "--limit", "0"]).sound(), "");
}

#[test]
fn damage_is_told_and_the_rest_is_asked() {
    let dir = dir();
    photos(&dir, "x.tar");
    fs::write(
        dir.path().join("y.tar"),
        archive(&[("a.msgpack", b"\x81\xa5label"), ("b.msgpack", b"\x81\xa5label\xa3cat")]),
    )
    .unwrap();
    let found = run(&dir, &["query", "x.tar", "missing.tar", "y.tar", "label = 'cat'", "--keys"]);
    assert_eq!((found.code, found.stdout.as_str()), (1, "a/0\nb\n"));
    assert!(found.stderr.contains("missing.tar") && found.stderr.contains("y.tar"), "{}", found.stderr);
}

/// Four shards with manifests, of which the last is none any more.
#[cfg(feature = "manifest")]
fn with_manifests(dir: &tempfile::TempDir) {
    let row = |number: i64| {
        atdata::DictSample::from_iter([
            ("label", Value::from(if number % 2 == 0 { "cat" } else { "dog" })),
            ("score", Value::from(number)),
        ])
    };
    for shard in 0..4 {
        let mut writer =
            atdata::ShardWriter::builder(dir.path().join(format!("m{shard}.tar"))).manifest(true).build().unwrap();
        for number in shard * 3..shard * 3 + 3 {
            writer.write_with_key(&format!("k{number}"), &row(number)).unwrap();
        }
        writer.finish().unwrap();
    }
    fs::remove_file(dir.path().join("m3.manifest.json")).unwrap();
}

#[cfg(feature = "manifest")]
#[test]
fn manifests_leave_out_shards_and_it_is_told_why() {
    let dir = dir();
    with_manifests(&dir);
    let all = "m{0..3}.tar";
    let asked = "label = 'cat' and score >= 4";
    let keys = "k4\nk6\nk8\nk10\n";
    for more in [&[][..], &["--no-manifests"], &["--threads", "1"], &["--threads", "3"]] {
        let run = |what: &[&str]| run(&dir, &[&["query", all, asked], what, more].concat()).sound();
        assert_eq!(run(&["--keys"]), keys, "{more:?}");
        assert_eq!(run(&["--count"]), "4\n");
        assert_eq!(run(&["--count", "--limit", "3"]), "3\n");
        assert_eq!(run(&["--keys", "--limit", "2"]), "k4\nk6\n");
        let lines = run(&["--json"]);
        let found: Vec<String> = lines
            .lines()
            .map(|line| {
                serde_json::from_str::<serde_json::Value>(line).unwrap()["__key__"].as_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!(found, ["k4", "k6", "k8", "k10"]);
        assert!(run(&[]).contains("--- Match 3 (k10) ---\n  label: "));
    }
    let told = run(&dir, &["query", all, asked, "--explain"]).sound();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "m0.tar: left out, score >= 4 (`score` has numbers from 0 to 2)");
    assert!(
        lines[1].starts_with("m1.tar: by rows: 1 of 3 match, ") && lines[1].contains("columns `label`, `score`"),
        "{told}"
    );
    assert_eq!(lines[3], "m3.tar: read: there is no manifest");
    assert!(
        lines[4].starts_with("4 shards: 1 left out, 2 by rows, 1 read; 9 samples known: 3 match, 0 are asked; "),
        "{told}"
    );
    let json = run(&dir, &["query", all, asked, "--explain", "--json"]).sound();
    let json: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json[0]["by"][0]["test"], "score >= 4");
    assert_eq!((&json[1]["how"], &json[1]["matching"]), (&"by rows".into(), &1.into()));
    assert_eq!((&json[3]["why"], &json[4]["totals"]["left_out"]), (&"no manifest".into(), &1.into()));
    assert_eq!(run(&dir, &["query", all, asked, "--explain", "--count"]).code, 2);
}

#[test]
fn no_count_is_told_of_what_cannot_be_read() {
    let dir = dir();
    photos(&dir, "x.tar");
    for shards in [&["missing.tar"][..], &["x.tar", "missing.tar"]] {
        let args = [&["query"], shards, &["label = 'cat'", "--count"]].concat();
        let failed = run(&dir, &args);
        assert_eq!((failed.code, failed.stdout.as_str()), (1, ""), "{}", failed.stderr);
    }
}

/// A pipe that gives no more is not waited for, nor is one read on in which no more samples match.
#[cfg(unix)]
#[test]
fn a_limit_ends_the_program_while_a_pipe_goes_on() {
    use std::io::{Read as _, Write as _};
    let dir = dir();
    let of = |label: &str| sample([("label", Value::from(label)), ("text", "x".repeat(1 << 20).into())]);
    let samples: Vec<_> = (0..8).map(|n| (format!("k{n}"), of(if n == 0 { "cat" } else { "dog" }))).collect();
    let samples: Vec<_> = samples.iter().map(|(key, sample)| (key.as_str(), sample.clone())).collect();
    write(&dir.path().join("x.tar"), &samples);
    let bytes = fs::read(dir.path().join("x.tar")).unwrap();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_atdata"))
        .args(["query", "-", "label = 'cat'", "--keys", "--limit", "1"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = program.stdin.take().unwrap();
    // All but the end, and then nothing, as of somebody who is still writing; or less, where nobody reads it.
    drop(pipe.write_all(&bytes[..bytes.len() - 1024]));
    let begun = std::time::Instant::now();
    while program.try_wait().unwrap().is_none() && begun.elapsed().as_secs() < 60 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let ended = program.try_wait().unwrap();
    drop(program.kill());
    let mut found = String::new();
    program.stdout.take().unwrap().read_to_string(&mut found).unwrap();
    drop(pipe);
    assert!(found == "k0\n" && ended.is_some_and(|status| status.success()), "{found} {ended:?}");
}

#[cfg(feature = "manifest")]
#[test]
fn a_shard_that_is_cut_gives_what_it_has() {
    let dir = dir();
    with_manifests(&dir);
    let path = dir.path().join("m1.tar");
    let (bytes, time) = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    // The end of the last sample, and of the shard: filled up to what its manifest says that there is at least.
    let mut cut = bytes[..bytes.len() - 2 * 512 - 1024].to_vec();
    cut.resize(bytes.len(), 0xff);
    fs::write(&path, cut).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    let (with, without) = (
        run(&dir, &["query", "m1.tar", "label = 'cat'", "--keys"]),
        run(&dir, &["query", "m1.tar", "label = 'cat'", "--keys", "--no-manifests"]),
    );
    assert_eq!((with.code, with.stdout.as_str()), (1, "k4\n"), "{}", with.stderr);
    assert_eq!((without.code, without.stdout.as_str()), (1, "k4\n"), "{}", without.stderr);
}
