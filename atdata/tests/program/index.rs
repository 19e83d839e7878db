//! The program's commands for indexes, run as users run them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use atdata::{Packable, ShardWriter};
use serde_json::Value as Json;
use tempfile::TempDir;

#[derive(Packable)]
struct Photo {
    label: String,
    stars: i64,
}

struct Run {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Run {
    /// Asserts that all is well, and gives the output.
    #[track_caller]
    fn sound(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// Asserts the exit code, and gives the messages.
    #[track_caller]
    fn fails(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self.err
    }

    #[track_caller]
    fn json(self) -> Vec<Json> {
        self.sound().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Runs the program with a home folder of its own, so that its index is the default one.
fn run(dir: &TempDir, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atdata"));
    command.current_dir(dir.path()).env("HOME", dir.path()).env("USERPROFILE", dir.path()).env_remove("ATDATA_INDEX");
    command.args(args).stdin(Stdio::null()).output().unwrap().into()
}

/// A folder with three shards and the record of their schema, which the index has.
fn dir() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = ShardWriter::builder(dir.path().join("photos-%06d.tar")).max_count(2).build().unwrap();
    for i in 0..5 {
        writer.write(&Photo { label: format!("label {i}"), stars: i }).unwrap();
    }
    writer.finish().unwrap();
    fs::write(dir.path().join("photo.json"), Photo::schema_record().to_local_json()).unwrap();
    dir
}

fn with_schema() -> TempDir {
    let dir = dir();
    let published = run(&dir, &["schema", "publish", "photo.json"]).sound();
    assert_eq!(published, "atdata://local/schema/Photo@1.0.0\n");
    dir
}

const SHARDS: &str = "photos-{000000..000002}.tar";

#[test]
fn a_dataset_is_added_listed_shown_labelled_found_and_removed() {
    let dir = with_schema();
    let added = run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0", "--tag", "images", "--json"]);
    let entry = added.json().remove(0);
    assert_eq!(entry["schema_ref"], "atdata://local/schema/Photo@1.0.0");
    assert_eq!(entry["data_urls"][0], format!("{}/{SHARDS}", dir.path().canonicalize().unwrap().display()));
    assert_eq!(entry["metadata"]["tags"][0], "images");

    assert_eq!(run(&dir, &["index", "ls", "--json"]).json(), std::slice::from_ref(&entry));
    assert!(run(&dir, &["index", "ls"]).sound().starts_with("photos  atdata://local/schema/Photo@1.0.0  /"));
    let shown = run(&dir, &["index", "show", "@local/photos"]).sound();
    for part in ["Name:     photos", "CID:      bafyrei", "Shards:   3", "tags: [\"images\"]"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let label = run(&dir, &["index", "label", "stable", "photos", "--version", "1.0.0", "--json"]).json().remove(0);
    assert_eq!((&label["name"], &label["version"], &label["cid"]), (&"stable".into(), &"1.0.0".into(), &entry["cid"]));
    assert_eq!(run(&dir, &["index", "ls", "--labels"]).sound().lines().count(), 2);
    assert_eq!(
        run(&dir, &["index", "show", "stable@1.0.0", "--json"]).json()[0]["labels"].as_array().unwrap().len(),
        2
    );

    let found = run(&dir, &["index", "search", "PHO", "--tag", "images", "--json"]).json().remove(0);
    assert_eq!((&found["cid"], found["labels"].as_array().unwrap().len()), (&entry["cid"], 2));
    let none = run(&dir, &["index", "search", "PHO", "--tag", "sounds"]);
    assert_eq!((none.out.as_str(), none.err.as_str()), ("", "note: no dataset fits\n"));
    let none = run(&dir, &["index", "search", "images"]);
    assert_eq!((none.code, none.err.as_str()), (0, "note: no dataset fits; tags are looked for by --tag\n"));
    assert_eq!(run(&dir, &["index", "search", "--schema", "Photo@1.0.0"]).sound().lines().count(), 1);

    run(&dir, &["index", "rm", "stable@1.0.0"]).sound();
    let missing = run(&dir, &["index", "show", "stable@1.0.0"]).fails(1);
    assert!(missing.contains("no dataset \"stable@1.0.0\""), "{missing}");
    assert!(run(&dir, &["index", "rm", "photos"]).sound().contains("removed the label photos  bafyrei"));
    let empty = run(&dir, &["index", "ls"]);
    assert_eq!((empty.code, empty.out.as_str()), (0, ""));
    assert!(empty.err.contains("index.db is empty"), "{}", empty.err);
    assert!(run(&dir, &["index", "rm", "photos"]).fails(1).contains("it is empty"));
}

#[test]
fn a_dataset_goes_into_a_store_and_is_verified() {
    let dir = with_schema();
    let add = ["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0", "--store", "store"];
    run(&dir, &add).sound();
    let verified = run(&dir, &["verify", "photos"]).sound();
    assert_eq!(verified.matches("  [PASS] ").count(), 3, "{verified}");
    assert!(verified.ends_with("All checksums verified.\n"), "{verified}");

    let shard =
        run(&dir, &["index", "show", "photos", "--json"]).json()[0]["data_urls"][1].as_str().unwrap().to_owned();
    assert!(Path::new(&shard).starts_with(dir.path().join("store").canonicalize().unwrap()), "{shard}");
    fs::write(&shard, "changed").unwrap();
    let failed = run(&dir, &["verify", "photos"]);
    assert!(failed.out.contains(&format!("  [FAIL] {shard}\n")) && failed.out.ends_with("Verification FAILED.\n"));
    assert!(failed.fails(1).contains("expected the SHA-256 "));
    let failed = run(&dir, &["verify", "photos", "--json"]);
    let lines: Vec<Json> = failed.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let statuses: Vec<_> = lines.iter().map(|line| line["status"].as_str().unwrap()).collect();
    assert_eq!((failed.code, statuses), (1, vec!["ok", "mismatch", "ok"]));
}

#[test]
fn what_was_not_looked_at_is_not_verified() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"]).sound();
    let verified = run(&dir, &["verify", "photos"]).sound();
    assert!(verified.ends_with("All checksums verified.\n"), "files are read for their checksums: {verified}");
    let other_home = tempfile::tempdir().unwrap();
    let at_dir = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_atdata"));
        command.current_dir(dir.path()).env("HOME", other_home.path()).env_remove("ATDATA_INDEX");
        Run::from(command.args(args).stdin(Stdio::null()).output().unwrap())
    };
    at_dir(&["index", "add", "bare", SHARDS, "--schema", "photo.json", "--no-checksums"]).sound();
    let bare = at_dir(&["verify", "bare"]);
    assert!(bare.out.ends_with("The index has no checksums of this dataset.\n"), "{}", bare.out);
    assert_eq!((bare.code, bare.out.matches("[SKIP]").count()), (1, 3));
    fs::remove_file(dir.path().join("photos-000001.tar")).unwrap();
    let missing = at_dir(&["verify", "bare"]);
    assert_eq!((missing.out.matches("[SKIP]").count(), missing.out.matches("[FAIL]").count()), (2, 1));
    assert!(missing.fails(1).contains("photos-000001.tar"));
    assert_eq!(at_dir(&["verify", "photos-000000.tar"]).code, 1, "nothing is known of shards without an index");
    let other = dir.path().join("other.db");
    let missing = run(&dir, &["verify", "photos", "--db", other.to_str().unwrap()]).fails(1);
    assert!(missing.contains("other.db"), "{missing}");
}

#[test]
fn an_index_is_named_by_a_url_or_the_environment() {
    let dir = with_schema();
    let url = format!("sqlite://{}/other.db", dir.path().display());
    assert!(run(&dir, &["schema", "ls", "--index", &url]).fails(1).contains("there is no index here"));
    assert!(run(&dir, &["--index", "here.db", "index", "ls"]).fails(1).contains("here.db"));
    assert!(!dir.path().join("here.db").exists() && !dir.path().join("other.db").exists());
    run(&dir, &["--index", "here.db", "schema", "publish", "photo.json"]).sound();
    assert_eq!(run(&dir, &["--index", "sqlite:here.db", "schema", "ls"]).sound(), "Photo@1.0.0\n");
    assert_eq!(run(&dir, &["schema", "ls"]).sound(), "Photo@1.0.0\n");
    let wrong = run(&dir, &["index", "ls", "--index", "mysql://me:secret@host/x"]).fails(2);
    assert!(wrong.contains("found `mysql://host/x`") && !wrong.contains("secret"), "{wrong}");
}

#[test]
fn a_schema_that_is_not_there_is_said_before_anything_is_added() {
    let dir = with_schema();
    let error = run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@2.0.0"]).fails(1);
    assert!(error.contains("there are \"Photo@1.0.0\""), "{error}");
    let error = run(&dir, &["index", "add", "a@b", SHARDS, "--schema", "Photo@1.0.0"]).fails(2);
    assert!(error.contains("`@` divides a name from its version"), "{error}");
    assert_eq!(run(&dir, &["index", "ls"]).out, "");
}

#[test]
fn schemas_are_shown_from_wherever_they_are() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"]).sound();
    let fields = "Fields (2):\n  label: str\n  stars: int\n";
    for schema in ["photo.json", "Photo@1.0.0", "atdata://local/sampleSchema/Photo@1.0.0", "@local/photos", "photos"] {
        let shown = run(&dir, &["schema", "show", schema]).sound();
        assert_eq!(shown, format!("Schema for: {schema}\nName: Photo@1.0.0\n{fields}"));
    }
    for shards in ["photos-000000.tar", SHARDS] {
        assert_eq!(run(&dir, &["schema", "show", shards]).sound(), format!("Schema for: {shards}\n{fields}"));
    }
    assert_eq!(run(&dir, &["schema", "show", "photo.json", "--json"]).json()[0]["name"], "Photo");
    run(&dir, &["schema", "show", "nothing"]).fails(1);
}

#[test]
fn schemas_are_compared_with_the_exit_codes_of_diff() {
    let dir = with_schema();
    assert_eq!(run(&dir, &["schema", "diff", "photo.json", "Photo@1.0.0"]).sound(), "Schemas are identical.\n");
    let text = fs::read_to_string(dir.path().join("photo.json")).unwrap();
    let changed = text.replace("\"int\"", "\"str\"").replace("label", "title");
    fs::write(dir.path().join("changed.json"), changed).unwrap();
    let differ = run(&dir, &["schema", "diff", "photo.json", "changed.json"]);
    let expected =
        "Added:\n  + title: str\nRemoved:\n  - label: str\nChanged:\n  ~ stars: int -> str\nVerdict: major\n";
    assert!(differ.out.starts_with(expected), "{}", differ.out);
    assert_eq!(differ.fails(1), "");
    let lines = run(&dir, &["schema", "diff", "photo.json", "changed.json", "--json"]).out;
    assert_eq!(lines.lines().next().unwrap(), r#"{"change":"added","field":"title","new":"str"}"#);
    run(&dir, &["schema", "diff", "photo.json", "nothing.json"]).fails(2);
    assert_eq!(run(&dir, &["schema", "diff", "photo.json", "photos-000000.tar"]).sound(), "Schemas are identical.\n");
}

#[test]
fn another_schema_of_a_published_version_is_refused() {
    let dir = with_schema();
    let text = fs::read_to_string(dir.path().join("photo.json")).unwrap();
    fs::write(dir.path().join("photo.json"), text.replace("\"int\"", "\"str\"")).unwrap();
    let error = run(&dir, &["schema", "publish", "photo.json"]).fails(1);
    assert!(error.contains("major  stars: type int -> str"), "{error}");
    fs::write(dir.path().join("photo.json"), "{").unwrap();
    assert!(run(&dir, &["schema", "publish", "photo.json"]).fails(2).contains("photo.json"));
}

#[test]
fn shards_are_copied_with_their_names_and_digests() {
    let dir = with_schema();
    let copied = run(&dir, &["cp", SHARDS, "there", "--json"]).json();
    assert_eq!(copied.len(), 3);
    for line in &copied {
        let (from, to) = (line["from"].as_str().unwrap(), line["to"].as_str().unwrap());
        assert_eq!(fs::read(dir.path().join(from)).unwrap(), fs::read(to).unwrap());
        assert!(to.ends_with(&format!("there/{from}")), "{to}");
        assert_eq!(line["sha256"].as_str().unwrap().len(), 64);
    }
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"]).sound();
    assert_eq!(run(&dir, &["cp", "@local/photos", "again"]).sound().lines().count(), 3);

    let twice = run(&dir, &["cp", "photos-000000.tar", "there/photos-000000.tar", "x"]).fails(2);
    assert!(twice.contains("two shards would be called `photos-000000.tar`"), "{twice}");
    run(&dir, &["cp", "nothing.tar", "x"]).fails(1);
    assert!(!dir.path().join("x").exists());
}

#[test]
fn an_sqlite_index_is_diagnosed() {
    let dir = with_schema();
    assert_eq!(run(&dir, &["diagnose", "sqlite://index.db"]).code, 1);
    assert!(!dir.path().join("index.db").exists());
    run(&dir, &["--index", "index.db", "schema", "publish", "photo.json"]).sound();
    let sound = run(&dir, &["diagnose", "sqlite://index.db"]).sound();
    assert!(sound.contains("✓ writing: ") && sound.ends_with("All is well.\n"), "{sound}");
    fs::write(dir.path().join("bad.db"), "no database".repeat(1000)).unwrap();
    let bad = run(&dir, &["diagnose", "bad.db", "--json"]);
    assert_eq!(bad.code, 1);
    let line: Json = serde_json::from_str(bad.out.lines().next().unwrap()).unwrap();
    assert_eq!((&line["check"], &line["ok"]), (&"index".into(), &false.into()));
}

/// What stands in the folder, by name.
fn listing(dir: &TempDir) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name != ".atdata")
        .collect();
    names.sort();
    names
}

#[test]
fn nothing_of_a_strange_name_is_made() {
    let dir = with_schema();
    let before = listing(&dir);
    for index in [
        "redis:host:6379",
        "localhost:6379",
        "host=h user=me password=hunter2",
        "me:hunter2@host:/i.db",
        "postgres:h/d",
        "a.db::b.db",
        "redis://:x/hunter2@h:y/0",
    ] {
        for command in [&["index", "ls"][..], &["schema", "publish", "photo.json"]] {
            let args = [&["--index", index], command].concat();
            let refused = run(&dir, &args).fails(2);
            assert!(!refused.contains("hunter2"), "{index}: {refused}");
        }
        assert_ne!(run(&dir, &["diagnose", index]).code, 0, "{index}");
    }
    for place in ["s3:/bucket/x", "me@host:/d", "redis:host", "a::b", "hdfs://host/x"] {
        run(&dir, &["cp", "photos-000000.tar", place]).fails(2);
        run(&dir, &["index", "add", "x", SHARDS, "--schema", "Photo@1.0.0", "--store", place]).fails(2);
    }
    for shards in ["photos-000000.tar::photos-000001.tar", "s3:/b/x.tar", "me@host:/x.tar"] {
        run(&dir, &["inspect", shards]).fails(2);
        run(&dir, &["cp", shards, "there"]).fails(2);
    }
    assert_eq!(listing(&dir), before);
}

#[test]
fn paths_are_understood_wherever_they_are_given() {
    let dir = with_schema();
    let url = |name: &str| format!("file://{}/{name}", dir.path().canonicalize().unwrap().display());
    run(&dir, &["cp", &url("photos-000000.tar"), &url("out")]).sound();
    run(&dir, &["cp", "photos-000001.tar", "~/home"]).sound();
    for file in ["out/photos-000000.tar", "home/photos-000001.tar"] {
        assert!(dir.path().join(file).is_file(), "{file}");
    }
    run(&dir, &["--index", "~/other.db", "schema", "publish", "photo.json"]).sound();
    for index in [&url("other.db"), "sqlite://~/other.db", "sqlite:other.db", "sqlite:other.db?mode=ro"] {
        assert_eq!(run(&dir, &["--index", index, "schema", "ls"]).sound(), "Photo@1.0.0\n", "{index}");
    }
    run(&dir, &["--index", "sqlite:other.db?mode=ro", "schema", "publish", "photo.json"]).sound();
    // A name of its own, one that needs escaping, and one that was escaped.
    run(&dir, &["cp", "photos-000000.tar", "renamed.tar"]).sound();
    assert!(dir.path().join("renamed.tar").is_file());
    fs::rename(dir.path().join("renamed.tar"), dir.path().join("a 1%:,{x}.tar")).unwrap();
    run(&dir, &["cp", "a 1%:,\\{x\\}.tar", "strange"]).sound();
    assert!(dir.path().join("strange/a 1%:,{x}.tar").is_file());
}

#[test]
fn every_command_takes_the_same_places() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0", "--version", "1.0.0"]).sound();
    fs::create_dir(dir.path().join("folder")).unwrap();
    run(&dir, &["cp", SHARDS, "folder"]).sound();
    for place in [SHARDS, "photos-*.tar", "folder", "@local/photos", "@local/photos@1.0.0", "photos@1.0.0"] {
        let seen = run(&dir, &["inspect", "--json", place]).json().remove(0);
        assert_eq!(seen["shards"].as_array().map_or(3, Vec::len), 3, "{place}: {seen}");
        assert_eq!(run(&dir, &["head", "-n", "9", "--json", place]).json().len(), 5, "{place}");
        let name = format!("copy{}", place.len());
        run(&dir, &["cp", place, &name]).sound();
        assert_eq!(fs::read_dir(dir.path().join(&name)).unwrap().count(), 3, "{place}");
        run(&dir, &["index", "add", &name, place, "--schema", "Photo@1.0.0", "--json"]);
        assert_eq!(run(&dir, &["head", "-n", "9", "--json", &format!("@local/{name}")]).json().len(), 5, "{place}");
    }
    let missing = run(&dir, &["head", "nothing"]).fails(1);
    assert!(missing.contains("nothing"), "{missing}");
}

#[test]
fn shards_of_another_type_are_not_registered() {
    let dir = with_schema();
    let text = fs::read_to_string(dir.path().join("photo.json")).unwrap();
    fs::write(dir.path().join("other.json"), text.replace("\"label\"", "\"title\"").replace("Photo", "Other")).unwrap();
    let error = run(&dir, &["index", "add", "x", SHARDS, "--schema", "other.json"]).fails(1);
    assert!(error.contains("title: expected str, which is not there; the sample has `label`, `stars`"), "{error}");
    fs::write(dir.path().join("record.tar"), "{\"no\": \"shard\"}").unwrap();
    run(&dir, &["index", "add", "x", "record.tar", "--schema", "Photo@1.0.0"]).fails(1);
    assert_eq!(run(&dir, &["index", "ls"]).out, "");
    run(&dir, &["index", "add", "x", SHARDS, "--schema", "other.json", "--unchecked"]).sound();
}

#[test]
fn reading_changes_no_database() {
    let dir = with_schema();
    let path = dir.path().join("app.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch("CREATE TABLE users (name TEXT)").unwrap();
    drop(connection);
    let before = fs::read(&path).unwrap();
    for command in
        [&["index", "ls"][..], &["index", "show", "x"], &["verify", "x"], &["schema", "ls"], &["index", "gc"]]
    {
        let error = run(&dir, &[&["--index", "app.db"], command].concat()).fails(1);
        assert!(error.contains("database of another program"), "{command:?}: {error}");
    }
    assert!(fs::read(&path).unwrap() == before);
    assert!(!listing(&dir).iter().any(|name| name.starts_with("app.db-")), "{:?}", listing(&dir));
}

#[test]
fn one_damaged_row_is_named_and_the_others_are_listed() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"]).sound();
    let connection = rusqlite::Connection::open(dir.path().join(".atdata/index.db")).unwrap();
    let bad = "bafyreih6ahcgqy6if455di3w7jyffpdkjeyrrgtht54hsw5tn5bwr3k6tm";
    connection
        .execute("INSERT INTO dataset_entries (cid, name, schema_ref, data_urls) VALUES (?, 'bad', 'x', x'c1')", [bad])
        .unwrap();
    let listed = run(&dir, &["index", "ls"]);
    assert!(listed.out.starts_with("photos  ") && listed.out.lines().count() == 1, "{}", listed.out);
    assert!(listed.fails(1).contains(bad));
    assert_eq!(run(&dir, &["index", "search", "pho"]).sound().lines().count(), 1);
    run(&dir, &["index", "rm", bad]).sound();
    run(&dir, &["index", "ls"]).sound();
}

#[test]
fn no_secret_is_shown() {
    let dir = with_schema();
    let secret = "https://me:hunter2@127.0.0.1:9/x.tar?sig=hunter2";
    for args in [
        &["index", "add", "x", secret, "--schema", "Photo@1.0.0", "--unchecked", "--json"][..],
        &["index", "ls"],
        &["index", "ls", "--json"],
        &["index", "show", "x"],
        &["index", "show", "x", "--json"],
        &["index", "search", "x", "--json"],
    ] {
        let shown = run(&dir, args);
        assert!(
            !shown.out.contains("hunter2") && !shown.err.contains("hunter2"),
            "{args:?}: {}{}",
            shown.out,
            shown.err
        );
        assert_eq!(shown.code, 0, "{args:?}: {}", shown.err);
    }
}

#[test]
fn a_version_is_taken_once_and_the_highest_is_meant() {
    let dir = with_schema();
    let add = |shards: &str, version: &str, more: &[&str]| {
        let args = ["index", "add", "p", shards, "--schema", "Photo@1.0.0", "--version", version];
        run(&dir, &[&args[..], more].concat())
    };
    add("photos-000000.tar", "2.0.0", &[]).sound();
    let lower = add("photos-000001.tar", "0.1.0", &[]);
    assert!(lower.code == 0 && lower.err.contains("means 2.0.0 still"), "{}", lower.err);
    assert!(run(&dir, &["index", "show", "p"]).sound().contains("Found by: p@2.0.0"));
    assert!(add("photos-000002.tar", "2.0.0", &[]).fails(1).contains("p@2.0.0 leads to the entry"));
    add("photos-000002.tar", "2.0.0", &["--replace"]).sound();
    assert!(add("photos-000001.tar", "banana", &[]).err.contains("`banana` is no version such as 1.0.0"));
    assert_eq!(run(&dir, &["index", "gc"]).sound().lines().count(), 1);
    run(&dir, &["index", "gc", "--remove"]).sound();
    assert_eq!(run(&dir, &["index", "gc"]).sound(), "");
}

#[test]
fn a_record_is_inferred_that_the_samples_fit() {
    let dir = dir();
    let inferred = run(&dir, &["schema", "infer", SHARDS, "--name", "Photo"]);
    assert!(inferred.err.contains("note: not known: descriptions"), "{}", inferred.err);
    let record: Json = serde_json::from_str(&inferred.out).unwrap();
    assert_eq!((&record["name"], &record["version"]), (&"Photo".into(), &"1.0.0".into()));
    let written = run(&dir, &["schema", "infer", "photos-*.tar", "-o", "inferred.json"]);
    assert!(written.out.contains("Photos@1.0.0 is in inferred.json"), "{}", written.out);
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "inferred.json"]).sound();
    assert_eq!(
        run(&dir, &["schema", "show", "@local/photos"]).sound(),
        "Schema for: @local/photos\nName: Photos@1.0.0\nFields (2):\n  label: str\n  stars: int\n"
    );
    run(&dir, &["schema", "infer", SHARDS, "-o", "inferred.json"]).fails(1);
}

#[test]
fn a_name_of_nothing_is_told_with_what_there_is() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", "photos-000000.tar", "--schema", "Photo@1.0.0", "--version", "1.0.0"])
        .sound();
    let versions = "; \"photos\" has the versions \"1.0.0\"";
    for args in [&["head", "photos@2.0.0"][..], &["cp", "photos@2.0.0", "out"], &["verify", "photos@2.0.0"]] {
        let error = run(&dir, args).fails(1);
        assert!(
            error.starts_with("error: photos@2.0.0: no file or folder, and no dataset \"photos@2.0.0\""),
            "{error}"
        );
        assert!(error.trim_end().ends_with(versions), "{error}");
    }
    run(&dir, &["index", "add", "lab/photos", "photos-000001.tar", "--schema", "Photo@1.0.0"]).sound();
    assert!(run(&dir, &["head", "lab/photos"]).sound().contains("label 2"));
    assert!(run(&dir, &["head", "photso"]).fails(1).contains("did you mean \"photos\"?"));
    // What is a path by its looks is looked for among files.
    for args in [&["verify", "photo-000000.tar"][..], &["schema", "show", "photo-000000.tar"]] {
        let error = run(&dir, args).fails(1);
        assert!(error.starts_with("error: photo-000000.tar: no such shard; the current folder has "), "{error}");
    }
    let error = run(&dir, &["schema", "show", "gone.json"]).fails(1);
    assert!(error.starts_with("error: gone.json: "), "{error}");
    let error = run(&dir, &["schema", "publish", "photos-000000.tar"]);
    assert!(error.err.contains("`atdata schema infer` makes one"), "{}", error.err);
}

#[test]
fn a_schema_is_shown_of_folders_and_patterns() {
    let dir = with_schema();
    let folder = dir.path().join("several");
    fs::create_dir(&folder).unwrap();
    fs::copy(dir.path().join("photos-000000.tar"), folder.join("a.tar")).unwrap();
    for place in ["several", "several/*.tar"] {
        let shown = run(&dir, &["schema", "show", place]).sound();
        assert!(shown.contains("Fields ("), "{shown}");
    }
}

#[test]
fn an_inferred_record_replaces_no_file() {
    let dir = with_schema();
    fs::write(dir.path().join("mine.json"), "{}").unwrap();
    let error = run(&dir, &["schema", "infer", "photos-000000.tar", "-o", "mine.json"]).fails(1);
    assert!(error.contains("error: mine.json: this file exists, and is not replaced"), "{error}");
    assert_eq!(fs::read_to_string(dir.path().join("mine.json")).unwrap(), "{}");
}

#[test]
fn the_shards_of_a_pattern_are_counted() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", "photos-{000000..000001}.tar", "--schema", "Photo@1.0.0"]).sound();
    let shown = run(&dir, &["index", "show", "photos"]).sound();
    assert!(shown.contains("Shards:   2\n"), "{shown}");
}

/// One shard that is missing is named, and the others are looked at.
#[test]
fn a_gap_in_a_range_hides_no_other_shard() {
    let dir = dir();
    fs::remove_file(dir.path().join("photos-000001.tar")).unwrap();
    let inspected = run(&dir, &["inspect", SHARDS]);
    assert_eq!(inspected.code, 1);
    assert!(inspected.err.starts_with("error: photos-000001.tar: no such shard"), "{}", inspected.err);
    assert!(inspected.out.contains("photos-000000.tar: 2 samples"), "{}", inspected.out);
    assert!(inspected.out.contains("photos-000002.tar: 1 sample"), "{}", inspected.out);
    let beside = run(&dir, &["inspect", "{photos-*2,no-*}.tar"]);
    assert!(beside.code == 1 && beside.out.contains("photos-000002.tar: 1 sample"), "{}{}", beside.out, beside.err);
    let verified = run(&dir, &["verify", SHARDS]);
    assert_eq!(verified.code, 1);
    assert!(verified.out.contains("0 verified, 1 failed, 2 not checked."), "{}{}", verified.out, verified.err);
    assert!(run(&dir, &["cp", SHARDS, "out"]).fails(1).contains("photos-000001.tar"));
}

/// A server that is none of `atdata infra` is not ended by it, though it has taken the port.
#[cfg(unix)]
#[test]
fn the_server_of_somebody_else_goes_on_running() {
    use std::io::{BufRead as _, BufReader, Write as _};
    let dir = tempfile::tempdir().unwrap();
    assert!(run(&dir, &["infra", "down"]).sound().contains("Nothing runs"));
    assert_eq!(run(&dir, &["infra", "status"]).code, 1);
    assert!(!dir.path().join(".atdata").exists(), "looking makes nothing");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // Of an earlier run, whose server is gone.
    fs::create_dir_all(dir.path().join(".atdata/redis")).unwrap();
    let note = dir.path().join(".atdata/redis/port");
    fs::write(&note, port.to_string()).unwrap();
    let (said, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            let answer = if line.starts_with("PING") { "+PONG\r\n" } else { "*2\r\n$3\r\ndir\r\n$4\r\n/srv\r\n" };
            said.send(line).unwrap();
            (&stream).write_all(answer.as_bytes()).ok();
        }
    });
    let status = run(&dir, &["infra", "status"]);
    assert!(status.code == 1 && status.out.contains("stopped"), "{}", status.out);
    let message = run(&dir, &["infra", "down", "--volumes"]).fails(1);
    assert!(message.contains("goes on running"), "{message}");
    assert!(dir.path().join(".atdata/redis").exists() && !note.exists());
    assert!(run(&dir, &["infra", "down"]).sound().contains("Nothing runs"));
    let heard: Vec<String> = heard.try_iter().collect();
    assert!(!heard.is_empty() && heard.iter().all(|line| !line.starts_with("SHUTDOWN")), "{heard:?}");
}

/// Where a process of these tests looks for the index by itself.
const CHILD: &str = "ATDATA_TEST_CHILD";

/// The program and the library open the same index and store, wherever the environment says that they are.
#[test]
fn program_and_library_open_the_same_index() {
    if std::env::var_os(CHILD).is_some() {
        let entry = atdata::index::Index::from_env().unwrap().get("program").unwrap();
        assert!(entry.data_urls[0].contains("/store/program/"), "{entry:?}");
        let read = atdata::load_dataset::<Photo>("@local/program").unwrap();
        assert_eq!(read.only().unwrap().len().unwrap(), 5);
        let written = [Photo { label: "by the library".into(), stars: 1 }];
        atdata::index::Index::from_env().unwrap().write_samples("library", written).unwrap();
        return;
    }
    let dir = dir();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let with = |command: &mut Command| -> Output {
        let command = command.current_dir(dir.path()).env("HOME", dir.path()).env("USERPROFILE", dir.path());
        command.env("ATDATA_INDEX", at("i.db")).env("ATDATA_STORE", at("store")).output().unwrap()
    };
    let program = |args: &[&str]| Run::from(with(Command::new(env!("CARGO_BIN_EXE_atdata")).args(args)));
    program(&["schema", "publish", "photo.json"]).sound();
    program(&["index", "add", "program", SHARDS, "--schema", "Photo@1.0.0"]).sound();
    let mut child = Command::new(std::env::current_exe().unwrap());
    let child =
        Run::from(with(child.args(["--exact", "index::program_and_library_open_the_same_index"]).env(CHILD, "1")));
    assert!(child.code == 0 && child.out.contains("1 passed"), "{}{}", child.out, child.err);
    assert!(program(&["verify", "library"]).sound().contains("All checksums verified."));
    assert!(program(&["index", "show", "library"]).sound().contains(&at("store/library/")));
    assert!(!dir.path().join(".atdata").exists(), "nothing is made in the home folder");
}

#[test]
fn a_schema_is_named_with_its_version_or_by_a_file() {
    let dir = with_schema();
    let add = |schema: &str| run(&dir, &["index", "add", "photos", SHARDS, "--schema", schema]);
    let error = add("Photo").fails(2);
    assert!(
        error.contains("expected a schema such as `Name@1.0.0`") && error.contains("there are `Photo@1.0.0`"),
        "{error}"
    );
    let error = add("gone.json").fails(1);
    assert!(error.starts_with("error: gone.json: "), "{error}");
    add("photo.json").sound();
}

#[test]
fn plain_shards_are_not_registered_as_samples() {
    let dir = with_schema();
    let mut archive = tar::Builder::new(fs::File::create(dir.path().join("p.tar")).unwrap());
    let mut header = tar::Header::new_ustar();
    header.set_size(1);
    archive.append_data(&mut header, "a.jpg", &b"x"[..]).unwrap();
    archive.finish().unwrap();
    let error = run(&dir, &["index", "add", "plain", "p.tar", "--schema", "Photo@1.0.0"]).fails(1);
    assert!(error.starts_with("error: p.tar: a plain WebDataset archive") && error.lines().count() == 1, "{error}");
}

/// The commands of the page that need neither a server nor the network, as they stand there.
#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let dir = dir();
    fs::remove_file(dir.path().join("photo.json")).unwrap();
    let page = include_str!("../../../docs/program.md");
    let block = page.split("```").nth(1).unwrap();
    let needs_others = ["s3://", "redis://", "infra", "login", "publish photos", "promote", "@alice"];
    let mut ran = 0;
    for line in block.lines().filter(|line| line.starts_with("atdata ")) {
        let command = line.split(" #").next().unwrap().replace('\'', "");
        if needs_others.iter().any(|part| command.contains(part)) {
            continue;
        }
        let args: Vec<_> = command.split_whitespace().skip(1).collect();
        let run = run(&dir, &args);
        assert_eq!(run.code, 0, "{line}: {}{}", run.out, run.err);
        ran += 1;
    }
    assert!(ran >= 8, "{ran}");
}
