//! Places: what the arguments of all commands may name, and which index is meant.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::{Photo, Run, SHARDS, dir, run, with_schema};

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
    // A name of its own in each of the ways to write it; what is escaped in a URL is not in a name.
    for (to, file) in [
        (&*url("a%20b.tar"), "a b.tar"),
        (&url("new/100%25.tar"), "new/100%.tar"),
        ("file:here.tar", "here.tar"),
        ("file:new/%C3%BC.tar", "new/ü.tar"),
        ("~/new/home.tar", "new/home.tar"),
    ] {
        let out = run(&dir, &["cp", "photos-000000.tar", to]).sound();
        assert!(dir.path().join(file).is_file() && out.contains(file), "{to}: {out}");
        fs::remove_file(dir.path().join(file)).unwrap();
    }
    let numbered = run(&dir, &["cp", SHARDS, &url("x-%06d")]).fails(2);
    assert!(numbered.contains("`%2506d`"), "{numbered}");
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
    #[cfg(feature = "s3")]
    {
        // A key has them as they are, so that a bucket is no other place; only that nobody is there.
        fs::copy(dir.path().join("photos-000000.tar"), dir.path().join("a#1%20,b.tar")).unwrap();
        let keys =
            [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:9")];
        let error = run_with(&dir, &["cp", "a#1%20,b.tar", "s3://bucket/x"], &keys).fails(1);
        assert!(!error.contains("take for something else") && error.contains("connect"), "{error}");
    }
    // One that begins as a URL of some scheme does, as a time of day makes it.
    let time = "run-2024-01-01T10:00:00.tar";
    fs::copy(dir.path().join("photos-000000.tar"), dir.path().join(time)).unwrap();
    run(&dir, &["cp", time, "times"]).sound();
    assert!(dir.path().join("times").join(time).is_file());
    run(&dir, &["inspect", time]).sound();
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
    let child = Run::from(with(
        child.args(["--exact", "index::places::program_and_library_open_the_same_index"]).env(CHILD, "1"),
    ));
    assert!(child.code == 0 && child.out.contains("1 passed"), "{}{}", child.out, child.err);
    assert!(program(&["verify", "library"]).sound().contains("All checksums verified."));
    assert!(program(&["index", "show", "library"]).sound().contains(&at("store/library/")));
    assert!(!dir.path().join(".atdata").exists(), "nothing is made in the home folder");
}

fn run_with(dir: &TempDir, args: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atdata"));
    command.current_dir(dir.path()).env("HOME", dir.path()).env("USERPROFILE", dir.path()).env_remove("ATDATA_INDEX");
    command.args(args).envs(variables.iter().copied()).output().unwrap().into()
}

/// Neither the working folder nor `/` is a home, by whatever command and from a library as well.
#[test]
fn without_a_home_folder_nothing_is_made_anywhere() {
    const CHILD: &str = "ATDATA_TEST_NO_HOME";
    if std::env::var_os(CHILD).is_some() {
        let error = atdata::store::LocalStore::in_home().unwrap_err().to_string();
        assert!(error.contains("no home folder to keep shards in: set HOME"), "{error}");
        assert!(atdata::index::Index::from_env().is_err() && atdata::index::Index::open().is_err());
        assert!(atdata::load_dataset::<Photo>("~").unwrap_err().to_string().contains("no home folder"));
        return;
    }
    let dir = dir();
    let was_there = fs::exists("/.atdata").unwrap();
    let empty = [("HOME", ""), ("USERPROFILE", "")];
    for args in [
        &["schema", "publish", "photo.json"][..],
        &["schema", "ls"],
        &["index", "ls"],
        &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"],
        &["verify", "@local/photos"],
        &["cp", SHARDS, "~/there"],
        &["inspect", "~/photos-000000.tar"],
    ] {
        let run = run_with(&dir, args, &empty);
        assert!(run.code != 0 && run.err.contains("no home folder"), "{args:?}: {} {}{}", run.code, run.out, run.err);
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "index::places::without_a_home_folder_nothing_is_made_anywhere"]).env(CHILD, "1");
    let child = child.current_dir(dir.path()).envs(empty).env_remove("ATDATA_INDEX").env_remove("ATDATA_STORE");
    let child = Run::from(child.output().unwrap());
    assert!(child.code == 0 && child.out.contains("1 passed"), "{}{}", child.out, child.err);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4, "{:?}", listing(&dir));
    assert_eq!(fs::exists("/.atdata").unwrap(), was_there);
    // An index and a store that are named need no home.
    let named = [("HOME", ""), ("USERPROFILE", ""), ("ATDATA_INDEX", "i.db"), ("ATDATA_STORE", "store")];
    run_with(&dir, &["schema", "publish", "photo.json"], &named).sound();
    run_with(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"], &named).sound();
    assert!(dir.path().join("store/photos").is_dir() && !dir.path().join(".atdata").exists());
}

#[test]
fn what_the_command_line_says_is_not_looked_for_in_the_environment() {
    let dir = with_schema();
    let wrong = [("ATDATA_INDEX", "mysql://me:hunter2@h/d")];
    let error = run_with(&dir, &["schema", "ls"], &wrong).fails(2);
    assert!(error.contains("mysql://h/d") && !error.contains("hunter2"), "{error}");
    let listed = run_with(&dir, &["--index", ".atdata/index.db", "schema", "ls"], &wrong).sound();
    assert_eq!(listed, "Photo@1.0.0\n");
    run_with(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"], &[]).sound();
    run_with(&dir, &["verify", "photos", "--db", ".atdata/index.db"], &wrong).sound();
}

#[test]
fn what_a_copy_replaces_is_said_or_left() {
    let dir = with_schema();
    assert!(!run(&dir, &["cp", "photos-000000.tar", "out"]).sound().contains("(replaced)"));
    fs::write(dir.path().join("out/photos-000000.tar"), "mine").unwrap();
    let kept = run(&dir, &["cp", "-n", SHARDS, "out"]);
    assert!(kept.err.contains("out/photos-000000.tar is there already"), "{}", kept.err);
    assert_eq!((kept.code, kept.out.lines().count()), (0, 2), "{}", kept.out);
    assert_eq!(fs::read_to_string(dir.path().join("out/photos-000000.tar")).unwrap(), "mine");
    let all = run(&dir, &["cp", "--json", SHARDS, "out"]).json();
    assert!(all.iter().all(|copy| copy["replaced"] == true), "{all:?}");
    assert_eq!(all.len(), 3);
    let bytes = |folder: &str| fs::read(dir.path().join(folder).join("photos-000000.tar")).unwrap();
    assert_eq!(bytes("out"), bytes("."));
}

#[test]
fn variables_come_from_a_file() {
    let dir = with_schema();
    fs::copy(dir.path().join(".atdata/index.db"), dir.path().join("other.db")).unwrap();
    fs::remove_dir_all(dir.path().join(".atdata")).unwrap();
    // As Python has it; `$` alone is a letter, and an unquoted value may have spaces.
    let env = "# where it is\nNAME=other\nexport ATDATA_INDEX=\"${NAME}.db\"\nATDATA_STORE=there\nPASSWORD=a$b and c\n";
    fs::write(dir.path().join(".env"), env).unwrap();
    let listed = |args: &[&str], variables: &[(&str, &str)]| run_with(&dir, args, variables).sound();
    assert_eq!(listed(&["--env-file", ".env", "schema", "ls"], &[]), "Photo@1.0.0\n");
    assert_eq!(listed(&["schema", "ls"], &[("ATDATA_ENV_FILE", ".env")]), "Photo@1.0.0\n");
    // What is set already goes before it.
    assert_eq!(listed(&["schema", "ls", "--env-file", ".env"], &[("ATDATA_INDEX", ":memory:")]), "");
    // All that is asked of the environment is, with the exit codes of the command.
    listed(&["--env-file", ".env", "index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"], &[]);
    assert_eq!(fs::read_dir(dir.path().join("there/photos")).unwrap().count(), 3);
    assert_eq!(run(&dir, &["--env-file", ".env", "verify", "nothing"]).code, 1);
    fs::write(dir.path().join("bad.env"), "A=1\nthis is hunter2\n").unwrap();
    let error = run(&dir, &["--env-file", "bad.env", "schema", "ls"]).fails(2);
    assert!(error.contains("bad.env: line 2: expected KEY=value") && !error.contains("hunter2"), "{error}");
    assert!(run(&dir, &["--env-file", "no.env", "schema", "ls"]).fails(2).contains("no.env"));
}

/// A server whose address does not show that it is of this machine, which so is one of another.
#[cfg(feature = "redis")]
#[test]
fn files_that_the_user_names_are_verified_whatever_the_index() {
    let servers = crate::servers::Servers::start(&["redis"]);
    let dir = with_schema();
    let elsewhere = servers.get("ATDATA_INDEX").replace("127.0.0.1", "127.1").replace("localhost", "127.1");
    assert!(elsewhere.contains("127.1"), "{elsewhere}");
    let verified = run(&dir, &["--index", &elsewhere, "verify", "./photos-000000.tar"]);
    assert!(verified.out.contains("[SKIP] ./photos-000000.tar"), "{}{}", verified.out, verified.err);
    assert_eq!((verified.code, verified.err.as_str()), (1, ""), "nothing is known of it, and that is all");
    // What is in the index may be anybody's, until the user says otherwise.
    let at = |args: &[&str]| run(&dir, &[&["--index", &elsewhere], args].concat());
    at(&["schema", "publish", "photo.json"]).sound();
    at(&["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"]).sound();
    for command in [
        &["head", "@local/photos"][..],
        &["inspect", "@local/photos"],
        &["verify", "photos"],
        &["cp", "@local/photos", "out"],
    ] {
        let refused = at(command);
        assert!(refused.code == 1 && refused.err.contains("--allow-files"), "{command:?}: {}", refused.err);
        assert!(!dir.path().join("out/photos-000000.tar").exists());
        let allowed = at(&[command, &["--allow-files"]].concat());
        assert_eq!(allowed.code, 0, "{command:?}: {}", allowed.err);
    }
}

/// Neither tables nor keys are made by who only reads, also where nobody has written yet.
#[cfg(all(feature = "redis", feature = "postgres"))]
#[test]
fn what_only_reads_makes_nothing_on_a_server() {
    use atdata::index::redis as client;

    let dir = with_schema();
    for (server, there) in [("redis", true), ("postgres", false)] {
        let servers = crate::servers::Servers::start(&[server]);
        let url = servers.get("ATDATA_INDEX");
        // An empty Redis is an empty index; PostgreSQL has none before there are its tables.
        for command in [&["diagnose", url, "--read-only"][..], &["--index", url, "index", "ls"]] {
            for _ in 0..2 {
                let read = run(&dir, command);
                assert_eq!(read.code, i32::from(!there), "{command:?}: {}{}", read.out, read.err);
                let said = there || [read.out, read.err].concat().contains("there is no index here");
                assert!(said, "{command:?}");
            }
        }
        if server == "redis" {
            let mut connection = client::Client::open(url).unwrap().get_connection().unwrap();
            assert_eq!(client::cmd("DBSIZE").query::<u64>(&mut connection).unwrap(), 0);
        }
        // Who writes makes them.
        run(&dir, &["--index", url, "schema", "publish", "photo.json"]).sound();
        assert_eq!(run(&dir, &["--index", url, "schema", "ls"]).sound(), "Photo@1.0.0\n");
        let sound = run(&dir, &["diagnose", url, "--read-only"]);
        assert!(sound.out.contains("✓ reading: 0 entries, 0 labels, 1 schemas"), "{}{}", sound.out, sound.err);
        assert!(!sound.out.contains("writing"), "{}", sound.out);
        let upper = url.replacen(server, &server.to_uppercase(), 1);
        let written = run(&dir, &["diagnose", &upper]);
        assert!(written.out.contains("✓ writing: "), "{}{}", written.out, written.err);
    }
}

#[test]
fn what_is_diagnosed_in_vain_is_told_with_what_to_do() {
    let dir = dir();
    let server = run(&dir, &["diagnose", "redis://:hunter2@127.0.0.1:1/0"]);
    let said = server.out.contains("✗ connection: ") || cfg!(not(feature = "redis"));
    assert!(server.code == 1 && said && !server.out.contains("hunter2"), "{}", server.out);
    assert!(server.out.contains("nothing listens there") || cfg!(not(feature = "redis")), "{}", server.out);
    let none = run(&dir, &["diagnose", "http://127.0.0.1:1/x"]);
    assert!(none.code == 1 && none.out.contains("→ name a database (redis://host:6379/0"), "{}", none.out);
    // Schemes are in any case.
    let bucket = run(&dir, &["diagnose", "S3://x/../y"]);
    assert!(bucket.code == 1 && bucket.out.contains("store: ") || cfg!(not(feature = "s3")), "{}", bucket.out);
}

/// The cause, as `index ls` tells it, and not the name of a kind of errors.
#[cfg(feature = "redis")]
#[test]
fn what_is_diagnosed_has_the_cause_that_a_listing_tells() {
    let dir = dir();
    let listed = run(&dir, &["--index", "redis://127.0.0.1:1/0", "index", "ls"]).fails(1);
    let cause = "nothing listens there";
    assert!(listed.contains(cause), "{listed}");
    let names = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "Io" | "InvalidClientConfig"))
    };
    for more in [&[][..], &["--json"]] {
        let diagnosed = run(&dir, &[&["diagnose", "redis://127.0.0.1:1/0"], more].concat());
        let told = diagnosed.out + &diagnosed.err;
        assert!(diagnosed.code == 1 && told.contains(cause) && !names(&told), "{more:?}: {told}");
        // A slash in a password ends the host of what is then no address. What is told has an address of its own, which
        // is no secret.
        for url in ["redis://u:hunter2/b@h/0", "postgres://u:hunter2/b@h:x/0"] {
            let malformed = run(&dir, &[&["diagnose", url], more].concat());
            let told = malformed.out + &malformed.err;
            assert!(malformed.code != 0 && told.contains("%2F") && !names(&told), "{more:?}: {told}");
            assert!(!told.contains("hunter2"), "{more:?}: {told}");
            let listed = run(&dir, &["--index", url, "index", "ls"]);
            let whole = url.split(':').next().unwrap().to_owned() + "://host:";
            assert!(listed.code != 0 && listed.err.contains(&whole) && listed.err.contains("%2F"), "{}", listed.err);
            assert!(listed.err.contains("with user, `:`, password and `@` before"), "{}", listed.err);
            assert!(!listed.err.contains("hunter2") && !names(&listed.err), "{}", listed.err);
        }
    }
}
