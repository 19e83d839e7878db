//! The program's commands for indexes, run as users run them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod adding;
mod places;
mod schemas;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use atdata::{DictSample, DynArray, Packable, ShardWriter, Value};
use ndarray::Array2;
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

/// What is said of checksums that shards cannot be held against: once wherever they are read, and of each when verified.
#[test]
fn checksums_of_another_kind_are_told_wherever_shards_are_read() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"]).sound();
    let connection = rusqlite::Connection::open(dir.path().join(".atdata/index.db")).unwrap();
    let mut metadata: Vec<u8> =
        connection.query_row("SELECT metadata FROM dataset_entries", [], |row| row.get(0)).unwrap();
    // One of another hash function, and one in another spelling.
    for begin in [&b"sha512:"[..], b"+/base64"] {
        let is_digest = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
        let at = metadata.windows(64).position(is_digest).unwrap();
        metadata[at..at + begin.len()].copy_from_slice(begin);
    }
    connection.execute("UPDATE dataset_entries SET metadata = ?", [metadata]).unwrap();
    for args in [&["head", "@local/photos"][..], &["inspect", "@local/photos"], &["cp", "@local/photos", "out"]] {
        let read = run(&dir, args);
        let told = "warning: photos: 2 of its 3 shards are not held against what the record says of their bytes: expected a \
                    SHA-256 of 64 hexadecimal digits, found one of \"sha512\" for ";
        assert!(read.code == 0 && read.err.starts_with(told), "{args:?}: {}", read.err);
        assert_eq!(read.err.matches("not held against").count(), 1, "{args:?}: {}", read.err);
    }
    let verified = run(&dir, &["verify", "photos"]);
    assert!(verified.out.contains("1 verified, 1 failed, 1 not checked."), "{}", verified.out);
    let told = verified.fails(1);
    assert!(told.contains("not verified: its checksum is of `sha512`") && told.contains("+/base64"), "{told}");
}

/// What a server says that refuses, or that there is none.
#[cfg(feature = "redis")]
#[test]
fn a_redis_that_cannot_be_reached_is_diagnosed_with_what_was_said() {
    let dir = dir();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let absent = run(&dir, &["diagnose", &format!("redis://:hunter2@127.0.0.1:{port}/0")]);
    assert!(absent.out.contains("✗ connection: ") && absent.out.contains("efused"), "{}", absent.out);
    assert!(absent.code == 1 && !absent.out.contains("hunter2") && !absent.out.contains(": Io"), "{}", absent.out);

    // One with a limit of connections says so and closes.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::Write as _;
        for mut stream in listener.incoming().map_while(Result::ok) {
            stream.write_all(b"-ERR max number of clients reached\r\n").ok();
        }
    });
    let refusing = run(&dir, &["diagnose", &format!("redis://127.0.0.1:{port}/0")]);
    assert!(refusing.code == 1 && refusing.out.contains("max number of clients reached"), "{}", refusing.out);
}

#[test]
fn an_sqlite_index_is_diagnosed() {
    let dir = with_schema();
    assert_eq!(run(&dir, &["diagnose", "sqlite://index.db"]).code, 1);
    assert!(!dir.path().join("index.db").exists());
    run(&dir, &["--index", "index.db", "schema", "publish", "photo.json"]).sound();
    let sound = run(&dir, &["diagnose", "sqlite://index.db"]).sound();
    assert!(sound.contains("✓ writing: ") && sound.ends_with("All is well.\n"), "{sound}");
    // Labels are counted one by one: a hundred megabytes of them need little more memory, and a damaged one is told.
    let within = |mib: u32| {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("ulimit -v {}; exec \"$0\" diagnose --read-only index.db", mib * 1024));
        command.arg(env!("CARGO_BIN_EXE_atdata")).current_dir(dir.path()).env("HOME", dir.path());
        command.output().unwrap()
    };
    let enough = |mib: &u32| cfg!(target_os = "linux") && within(*mib).status.success();
    let least = (16..1000).step_by(16).find(enough);
    let connection = rusqlite::Connection::open(dir.path().join("index.db")).unwrap();
    let many = "INSERT INTO labels (name, cid, version, description) WITH RECURSIVE n(i) AS \
                (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT i, 'c', '', printf('%10000d', i) FROM n";
    connection.execute(many, []).unwrap();
    if let Some(mib) = least {
        let counted = Run::from(within(mib + 48)).sound();
        assert!(counted.contains("10000 labels"), "{counted}");
    }
    connection.execute("UPDATE labels SET description = x'ff' WHERE name = '77'", []).unwrap();
    let damaged = run(&dir, &["diagnose", "--read-only", "index.db"]);
    assert!(damaged.out.contains("9999 labels") && damaged.err.contains("77"), "{}{}", damaged.out, damaged.err);
    assert_ne!(damaged.code, 0);
    fs::write(dir.path().join("bad.db"), "no database".repeat(1000)).unwrap();
    let bad = run(&dir, &["diagnose", "bad.db", "--json"]);
    assert_eq!(bad.code, 1);
    let line: Json = serde_json::from_str(bad.out.lines().next().unwrap()).unwrap();
    assert_eq!((&line["check"], &line["ok"]), (&"index".into(), &false.into()));
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
    // One that cannot be what is looked for is not looked at.
    assert_eq!(run(&dir, &["index", "search", "pho"]).sound().lines().count(), 1);
    for args in [&["index", "search", "ba"][..], &["index", "search", "--tag", "x"], &["index", "gc"]] {
        let found = run(&dir, args);
        assert!(found.code == 1 && found.err.contains(bad), "{args:?}: {}{}", found.out, found.err);
    }
    fs::create_dir(dir.path().join("moved")).unwrap();
    let moved = run(&dir, &["index", "relocate", dir.path().to_str().unwrap(), "moved"]);
    assert_eq!((moved.code, moved.out.lines().count()), (1, 1), "{}", moved.err);
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
        &["index", "search", "x"],
        &["index", "label", "y", "x", "--description", secret, "--json"],
        &["index", "ls", "--labels", "--json"],
        &["index", "rm", "y", "--json"],
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
fn secrets_are_shown_where_that_is_asked_for() {
    let dir = with_schema();
    let url = "https://me:hunter2@127.0.0.1:9/x.tar?sig=hunter2";
    let add = ["index", "add", "x", url, "--schema", "Photo@1.0.0", "--unchecked", "--description"];
    // Wherever in the metadata it stands.
    run(&dir, &[&add[..], &["mirror of https://h/x?sig=hunter2"]].concat()).sound();
    for args in [&["index", "ls"][..], &["index", "show", "x"], &["index", "search", "x"]] {
        for more in [&[][..], &["--json"]] {
            let left_out = run(&dir, &[args, more].concat()).sound();
            assert!(!left_out.contains("hunter2"), "{args:?}: {left_out}");
            let shown = run(&dir, &[args, more, &["--show-secrets"]].concat()).sound();
            assert!(shown.contains(url), "{args:?}: {shown}");
        }
    }
    let of_a_shard = run(&dir, &["schema", "show", url]);
    assert!(of_a_shard.code == 1 && !of_a_shard.err.contains("hunter2"), "{}", of_a_shard.err);
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
    // What is no version stands between, and the name does not go back all the same.
    let lower = add("photos-000002.tar", "1.5.0", &[]);
    assert!(lower.code == 0 && lower.err.contains("means banana still"), "{}", lower.err);
    assert!(run(&dir, &["index", "show", "p"]).sound().contains("Found by: p@banana"));
    let listed = run(&dir, &["index", "ls"]).sound();
    let line = listed.lines().find(|line| line.contains("banana")).unwrap();
    // Version, count, size, day and CID of what there is.
    for part in ["  banana  ", "  2 samples  ", " bytes  ", "-", "  bafyrei"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    let shown = run(&dir, &["index", "show", "p@banana"]).sound();
    assert!(shown.contains("\nBytes:    ") && shown.contains("\nDate:     20"), "{shown}");
    let cid = shown.lines().find_map(|line| line.strip_prefix("CID:")).unwrap().trim();
    assert!(run(&dir, &["index", "show", cid]).sound().contains(cid));
    assert!(run(&dir, &["head", cid, "-n", "1"]).sound().contains("label"));
    assert_eq!(run(&dir, &["index", "gc"]).sound().lines().count(), 1);
    let gone = run(&dir, &["index", "gc", "--remove"]).sound();
    assert!(gone.contains("  its shards stay: ") && gone.contains("photos-000000.tar"), "{gone}");
    assert_eq!(run(&dir, &["index", "gc"]).sound(), "");
}

/// Files are named by their whole paths, and so is the entry by them.
#[test]
fn a_relative_path_has_the_cid_of_the_whole_one() {
    let dir = with_schema();
    let add = ["index", "add", "p", "photos-000000.tar", "--schema", "Photo@1.0.0", "--json"];
    let added = run(&dir, &add).json().remove(0);
    let text = |name: &str| added[name].as_str().unwrap().to_owned();
    let whole = dir.path().canonicalize().unwrap().join("photos-000000.tar");
    let url = added["data_urls"][0].as_str().unwrap();
    assert_eq!(Path::new(url).canonicalize().unwrap(), whole);
    let entry = atdata::index::Entry::new(text("name"), text("schema_ref"), [url]).unwrap();
    assert_eq!(entry.cid, text("cid"));
}

#[test]
fn what_a_name_means_from_now_on_is_said() {
    let dir = with_schema();
    let add = |name: &str, shards: &str| run(&dir, &["index", "add", name, shards, "--schema", "Photo@1.0.0"]);
    add("p", "photos-000000.tar").sound();
    add("p", "photos-000000.tar").sound();
    let again = add("p", "photos-000001.tar");
    assert!(
        again.code == 0 && again.err.contains("p without a version means this dataset from now on"),
        "{}",
        again.err
    );
    // The same shards under a second name.
    let other = add("q", "photos-000001.tar");
    assert!(other.code == 0 && other.err.contains("these shards are known as p as well"), "{}", other.err);
    assert!(run(&dir, &["index", "ls"]).sound().contains("  also p  "));
    run(&dir, &["index", "rm", "q"]).sound();
    let removed = run(&dir, &["index", "rm", "p"]).sound();
    assert!(removed.contains("  its shards stay: ") && removed.contains("photos-000001.tar"), "{removed}");
    add("p", "photos-000002.tar").sound();
    let removed = run(&dir, &["index", "rm", "p", "--json"]).json();
    assert!(removed[0]["shards"][0].as_str().unwrap().ends_with("photos-000002.tar"), "{removed:?}");
}

#[test]
fn a_place_with_braces_in_its_name_is_moved_from_and_to() {
    let dir = with_schema();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir_all(at("st{1,2}")).unwrap();
    fs::copy(at("photos-000000.tar"), at("st{1,2}/a.tar")).unwrap();
    fs::create_dir(at("d")).unwrap();
    fs::copy(at("photos-000000.tar"), at("d/a.tar")).unwrap();
    run(&dir, &["index", "add", "p", "d/a.tar", "--schema", "Photo@1.0.0"]).sound();
    for (from, to) in [("d", "st{1,2}"), ("st{1,2}", "d"), ("d", "st{1,2}")] {
        assert_eq!(run(&dir, &["index", "relocate", from, to]).sound().lines().count(), 1, "{from} {to}");
        assert!(run(&dir, &["verify", "p"]).sound().contains("All checksums verified"), "{from} {to}");
    }
    fs::remove_dir_all(at("d")).unwrap();
    run(&dir, &["verify", "p"]).sound();
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

/// The words of a command, as a shell takes quotes.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in command.chars() {
        match letter {
            '\'' | '"' if quote.is_none() => quote = Some(letter),
            letter if quote == Some(letter) => quote = None,
            ' ' if quote.is_none() => words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty())),
            letter => word.push(letter),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// The commands of the page that need neither a server, nor the network, nor what a run left out, as they stand there.
#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let dir = dir();
    fs::remove_file(dir.path().join("photo.json")).unwrap();
    let temperature = DynArray::from_array(&Array2::<f32>::zeros((3, 4))).to_bytes();
    let cast = DictSample::from_iter([("temperature", Value::Bin(temperature.into()))]);
    ShardWriter::builder(dir.path().join("casts.tar")).write_all([cast]).unwrap();
    let page = include_str!("../../../docs/program.md");
    let block = page.split("```").nth(1).unwrap();
    let needs_others = [
        "s3://",
        "redis://",
        "infra",
        "login",
        "publish photos",
        "promote",
        "@alice",
        "repair bad.tar",
        "reshard new.tar",
        // A program of its own, whose tests it has.
        "atdata sql",
    ];
    let mut ran = 0;
    for line in block.lines().filter(|line| line.starts_with("atdata ")) {
        let command = line.split(" #").next().unwrap();
        if needs_others.iter().any(|part| command.contains(part)) {
            continue;
        }
        let args = words(command);
        let args: Vec<_> = args.iter().skip(1).map(String::as_str).collect();
        let run = run(&dir, &args);
        assert_eq!(run.code, 0, "{line}: {}{}", run.out, run.err);
        ran += 1;
    }
    assert!(ran >= 8, "{ran}");
}

/// Zeros are where the rest of a shard should be: a download that ended.
#[test]
fn a_shard_with_a_hole_is_not_added() {
    let dir = with_schema();
    let path = dir.path().join("photos-000001.tar");
    let sound = fs::read(&path).unwrap();
    let mut hole = sound.clone();
    hole[1024..].fill(0);
    hole.resize(100_000, 0);
    let add =
        |more: &[&str]| run(&dir, &[&["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"][..], more].concat());
    for (bytes, expected) in [(&hole[..], "zeros"), (&sound[..1700], "truncated"), (&sound[..2048], "end-of-archive")] {
        fs::write(&path, bytes).unwrap();
        for more in [&[][..], &["--store", "store"]] {
            let problems = add(more).fails(1);
            assert!(problems.contains("photos-000001.tar") && problems.contains(expected), "{problems}");
        }
        assert_eq!(run(&dir, &["index", "ls"]).out, "");
    }
    let is_empty = |folder: &Path| {
        fs::read_dir(folder).map_or(true, |mut entries| entries.all(|entry| entry.unwrap().path().is_dir()))
    };
    assert!(is_empty(&dir.path().join("store")) && is_empty(&dir.path().join("store/photos")));
    fs::write(&path, &hole).unwrap();
    assert_eq!(add(&["--lenient"]).code, 0);
    // Also where the hole is among the samples that are looked at.
    let first = ["index", "add", "first", "photos-000001.tar", "--schema", "Photo@1.0.0", "--lenient"];
    let first = run(&dir, &first);
    assert!(first.code == 0 && first.err.contains("warning: "), "{}{}", first.out, first.err);
    fs::write(&path, b"").unwrap();
    add(&["--lenient"]).fails(1);
}

/// Whatever its checksum is.
#[test]
fn an_empty_shard_is_not_verified_and_not_copied() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", "photos-000000.tar", "--schema", "Photo@1.0.0"]).sound();
    let path = dir.path().join("photos-000000.tar");
    fs::write(&path, b"").unwrap();
    let told = run(&dir, &["verify", "photos"]);
    assert!(told.code == 1 && told.err.contains("it is empty"), "{}{}", told.out, told.err);
    // An older index may have taken it, with the checksum of nothing.
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let (shard, options) = (atdata::source::Shard::from_path(&path), atdata::ReadOptions::new());
    let check = atdata::index::ShardCheck::of(&shard, &options, Some(nothing), &mut |_| ());
    assert!(matches!(check.status, atdata::index::ShardStatus::Failed(_)), "{check:?}");
    assert!(run(&dir, &["cp", "photos-000000.tar", "out"]).fails(1).contains("it is empty"));
    assert!(!dir.path().join("out/photos-000000.tar").exists());
}
