//! `atdata barecat`, run as users run it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(dir: &TempDir, args: &str, input: &[u8]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atdata"));
    command.current_dir(dir.path()).arg("barecat").args(args.split(' '));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[track_caller]
fn sound(dir: &TempDir, args: &str) -> String {
    let run = run(dir, args, b"");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{args}: {}", run.stdout);
    run.stdout
}

fn photos() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, size) in [("p/a.jpg", 10), ("p/b.png", 2000), ("p/q/c.jpg", 3), ("p/q/.hidden", 1), ("p/r/d.tmp", 5)] {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, vec![b'x'; size]).unwrap();
    }
    dir
}

fn found(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_archive_is_made_looked_into_extended_and_extracted() {
    let dir = photos();
    assert_eq!(sound(&dir, "create a p -s 2K --exclude *.tmp"), "4 files of 2014 bytes were added.\n");
    assert_eq!(found(dir.path()), ["a", "a-shard-00000", "p"]);
    assert_eq!(sound(&dir, "ls a"), "p/\n");
    assert_eq!(sound(&dir, "ls a p"), "p/a.jpg\np/b.png\np/q/\np/r/\n");
    assert_eq!(sound(&dir, "ls a p/*.jpg"), "p/a.jpg\n");
    assert_eq!(sound(&dir, "ls -R a p/q"), "p/q/.hidden\np/q/c.jpg\n");
    let long = sound(&dir, "ls -l a p/b.png");
    assert!(long.starts_with("-rw") && long.contains(" 2000 ") && long.ends_with(" p/b.png\n"), "{long}");
    assert_eq!(sound(&dir, "cat a p/q/c.jpg /p/./a.jpg"), "x".repeat(13));
    assert_eq!(sound(&dir, "find a -name *.jpg"), "p/a.jpg\np/q/c.jpg\n");
    assert_eq!(sound(&dir, "find a -type d -maxdepth 2"), "p\np/q\np/r\n");
    assert_eq!(sound(&dir, "find a p -size +1k -print0"), "p/b.png\0");
    assert_eq!(sound(&dir, "find a -path p*hid*"), "p/q/.hidden\n");
    assert_eq!(sound(&dir, "du a"), "2014\tp\n4\tp/q\n0\tp/r\n2014\t.\n");
    assert_eq!(sound(&dir, "du -s -H a p"), "1.9K\tp\n");
    assert_eq!(
        sound(&dir, "tree a p"),
        "p\n├── a.jpg\n├── b.png\n├── q\n│   ├── .hidden\n│   └── c.jpg\n└── r\n\n2 directories, 4 files\n"
    );
    let listed = run(&dir, "add a -T - -0 -C p", b"r/d.tmp\0");
    assert_eq!((listed.code, listed.stdout.as_str()), (0, "1 files of 5 bytes were added.\n"), "{}", listed.stderr);
    let quick: serde_json::Value = serde_json::from_str(&sound(&dir, "verify --quick --json a")).unwrap();
    assert_eq!((&quick["sound"], &quick["unread"]), (&false.into(), &4.into()));
    let told = sound(&dir, "verify --quick a");
    assert!(told.ends_with("Nothing wrong was found; the bytes of 4 files were not read.\n"), "{told}");
    let json: serde_json::Value = serde_json::from_str(&sound(&dir, "verify --json a")).unwrap();
    assert_eq!((&json["sound"], &json["files"], &json["checked"]), (&true.into(), &5.into(), &5.into()));
    assert_eq!(sound(&dir, "extract a -C out"), "5 files of 2019 bytes were extracted.\n");
    assert_eq!(found(&dir.path().join("out/p")), ["a.jpg", "b.png", "q", "r"]);
    assert_eq!(sound(&dir, "extract a p/q -C part --pattern **/c.*"), "1 files of 3 bytes were extracted.\n");
    assert_eq!(found(&dir.path().join("part/p/q")), ["c.jpg"]);
}

#[test]
fn paths_are_left_out_however_they_are_typed() {
    let dir = photos();
    let made = sound(&dir, "create a ./p --exclude p/q/ --exclude *.tmp");
    assert_eq!(made, "2 files of 2010 bytes were added.\n");
    let listed = run(&dir, "create b -T - --exclude q/ --exclude /p/b.png", b"./p/q/c.jpg\np//b.png\np/a.jpg\n");
    assert_eq!((listed.code, listed.stdout.as_str()), (0, "1 files of 10 bytes were added.\n"), "{}", listed.stderr);
    assert_eq!(sound(&dir, "ls -R b"), "p/\np/a.jpg\n");
}

#[test]
fn what_goes_wrong_is_told_and_ends_with_one() {
    let dir = photos();
    sound(&dir, "create a p");
    for (args, told) in [
        ("create a p", "there is \"a\" already"),
        ("add a p", "the archive has such a file already"),
        ("create b missing", "missing"),
        ("add b p", "there is no archive"),
        ("ls a none", "no such file or directory"),
        ("cat a p", "it is a directory"),
        ("create b ../p", "No such file"),
    ] {
        let run = run(&dir, args, b"");
        assert!(run.code == 1 && run.stderr.contains(told), "{args}: {} {}", run.code, run.stderr);
    }
    assert_eq!(run(&dir, "create b", b"").code, 2);
    assert_eq!(run(&dir, "create b p -s 5X", b"").code, 2);
    sound(&dir, "extract a -C out");
    assert_eq!(run(&dir, "extract a -C out", b"").code, 1);
    sound(&dir, "extract a -C out -f");
    let shard = dir.path().join("a-shard-00000");
    let mut bytes = fs::read(&shard).unwrap();
    bytes[0] ^= 1;
    fs::write(&shard, bytes).unwrap();
    let verified = run(&dir, "verify a", b"");
    assert!(verified.code == 1 && verified.stderr.contains("CRC32C"), "{}", verified.stderr);
    assert!(verified.stdout.ends_with("Verification FAILED: 1 problems.\n"), "{}", verified.stdout);
    fs::remove_file(shard).unwrap();
    assert_eq!(run(&dir, "verify a", b"").code, 1, "and does not wait for what will not come");
    assert!(!found(dir.path()).iter().any(|name| name.starts_with('b') || name.starts_with('.')));
}

#[test]
fn one_damaged_row_keeps_no_command_from_the_others() {
    let dir = photos();
    sound(&dir, "create a p");
    let connection = rusqlite::Connection::open(dir.path().join("a")).unwrap();
    connection
        .execute_batch(
            "UPDATE config SET value_int=0 WHERE key='use_triggers'; UPDATE files SET offset='x' WHERE path='p/a.jpg'",
        )
        .unwrap();
    drop(connection);
    for args in ["find a", "tree a", "du -a a", "ls -R a", "ls a p", "ls a p/*", "extract a -C out"] {
        let run = run(&dir, args, b"");
        assert_eq!(run.code, 1, "{args}: {}{}", run.stdout, run.stderr);
        assert!(
            run.stderr.contains("a: key p/a.jpg: the index is damaged: `offset` is text"),
            "{args}: {}",
            run.stderr
        );
        assert_eq!(run.stderr.lines().count(), 1, "{args}: {}", run.stderr);
        if !args.starts_with("extract") {
            assert!(run.stdout.contains("b.png"), "{args}: {}", run.stdout);
        }
    }
    assert_eq!(found(&dir.path().join("out/p")), ["b.png", "q", "r"]);
    assert_eq!(found(&dir.path().join("out/p/q")), [".hidden", "c.jpg"]);
}

#[cfg(unix)]
#[test]
fn what_an_archive_does_not_take_is_told_and_ends_with_one() {
    let dir = photos();
    std::os::unix::net::UnixListener::bind(dir.path().join("p/socket")).unwrap();
    let made = run(&dir, "create a p", b"");
    assert_eq!((made.code, made.stdout.as_str()), (1, "5 files of 2019 bytes were added.\n"), "{}", made.stderr);
    assert!(made.stderr.contains("p/socket: left out: it is neither a file nor a folder"), "{}", made.stderr);
}

#[test]
fn an_archive_is_a_dataset_for_the_other_commands() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("p")).unwrap();
    for number in 0..3 {
        fs::write(dir.path().join(format!("p/{number}.cls")), number.to_string()).unwrap();
        fs::write(dir.path().join(format!("p/{number}.txt")), format!("text {number}")).unwrap();
    }
    sound(&dir, "create a.barecat p");
    let atdata = |args: &str| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_atdata")).current_dir(dir.path()).args(args.split(' ')).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    };
    let (code, head, _) = atdata("head a.barecat -n 1");
    assert_eq!((code, head.as_str()), (0, "--- Sample 0 (p/0) ---\n  cls: 0\n  txt: \"text 0\"\n"));
    let (code, _, errors) = atdata("cp a.barecat a.tar");
    assert_eq!(code, 0, "{errors}");
    let mut tar = tar::Archive::new(fs::File::open(dir.path().join("a.tar")).unwrap());
    let names: Vec<_> =
        tar.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
    assert_eq!(names, ["p/0.cls", "p/0.txt", "p/1.cls", "p/1.txt", "p/2.cls", "p/2.txt"]);
    let (code, _, errors) = atdata("index-shards a.barecat");
    assert!(code == 1 && errors.contains("it needs no contents beside it"), "{errors}");
}

#[test]
fn archives_are_changed_merged_and_cut_to_size() {
    let dir = photos();
    sound(&dir, "create a p");
    assert_eq!(sound(&dir, "remove a p/b.png p/q/.hidden"), "2 files were removed; `defrag` gives their bytes back.\n");
    assert_eq!(sound(&dir, "mv a p/q new/place/q"), "p/q is new/place/q now.\n");
    assert_eq!(sound(&dir, "ls -R a new"), "new/place/\nnew/place/q/\nnew/place/q/c.jpg\n");
    // All or none.
    let failed = run(&dir, "rm a p/a.jpg no", b"");
    assert_eq!(failed.code, 1);
    assert!(failed.stderr.contains("no such file"), "{}", failed.stderr);
    assert_eq!(sound(&dir, "cat a p/a.jpg"), "xxxxxxxxxx");
    assert_eq!(run(&dir, "rm a p", b"").code, 1);
    assert_eq!(sound(&dir, "defrag -n a"), "2001 bytes of the shards are in no file.\n");
    assert!(sound(&dir, "defrag a --json").contains(r#""freed":2001"#));
    assert_eq!(sound(&dir, "defrag -n a"), "0 bytes of the shards are in no file.\n");
    assert_eq!(sound(&dir, "rm -r a new --json"), "{\"removed\":1}\n");

    sound(&dir, "create b p --exclude *.tmp");
    assert_eq!(
        sound(&dir, "merge a b -o both --as-subdirs --prefix in -s 2100"),
        "6 files of 2029 bytes were added.\n"
    );
    assert_eq!(sound(&dir, "ls both in"), "in/a/\nin/b/\n");
    let clash = run(&dir, "merge a b -o c", b"");
    assert!(clash.code == 1 && clash.stderr.contains("p/a.jpg"), "{}", clash.stderr);
    assert!(!dir.path().join("c").exists());
    let merged = sound(&dir, "merge a b -o c --ignore-duplicates --json");
    assert!(merged.contains(r#""files":5"#) && merged.contains(r#""skipped":1"#), "{merged}");
    sound(&dir, "merge both -a -o c --pattern in/b/**/*.jpg -x q");
    assert_eq!(sound(&dir, "find c in -type f"), "in/b/p/a.jpg\n");
    let same = run(&dir, "merge a c -a -o c", b"");
    assert!(same.code == 1 && same.stderr.contains("read and written at once"), "{}", same.stderr);

    assert_eq!(sound(&dir, "subset b -o d --pattern **/*.jpg"), "2 files of 13 bytes were added.\n");
    assert_eq!(sound(&dir, "ls -R d"), "p/\np/a.jpg\np/q/\np/q/c.jpg\n");
    sound(&dir, "reshard b -s 2000");
    let shards = found(dir.path()).into_iter().filter(|name| name.starts_with("b-")).collect::<Vec<_>>();
    assert_eq!(shards, ["b-shard-00000", "b-shard-00001", "b-shard-00002"]);
    for archive in ["a", "b", "both", "c", "d"] {
        assert!(sound(&dir, &format!("verify {archive}")).contains("The archive is sound."));
    }
    let small = run(&dir, "reshard b -s 100", b"");
    assert!(small.code == 1 && small.stderr.contains("raise the limit"), "{}", small.stderr);
    assert!(sound(&dir, "verify b").contains("The archive is sound."));
}
