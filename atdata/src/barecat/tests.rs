use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::error::ErrorKind;

mod changed;
mod damaged;
mod faults;
mod kept;
mod samples;

fn small(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("a.barecat");
    let mut writer = Writer::create_with(&path, &CreateOptions::new().shard_size_limit(100)).unwrap();
    for n in 0..30_u8 {
        writer.add(&format!("d{}/e/{n:02}.bin", n % 3), &vec![n; usize::from(n)]).unwrap();
    }
    writer.add("empty", b"").unwrap();
    writer.add_dir("nothing/in it", &Metadata::default()).unwrap();
    writer.finish().unwrap();
    path
}

#[track_caller]
fn is_sound(path: &Path) -> Verified {
    let verified = Archive::open(path).unwrap().verify(&VerifyOptions::new()).unwrap();
    assert!(verified.is_sound(), "{:?}", verified.problems);
    verified
}

/// A connection of somebody who may do anything.
fn connect(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA foreign_keys=OFF").unwrap();
    connection
}

fn sql(path: &Path, sql: &str) {
    connect(path).execute_batch(sql).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn paths(nodes: &[Node]) -> Vec<&str> {
    nodes.iter().map(Node::path).collect()
}

#[test]
fn what_was_written_is_read_with_and_without_the_index_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let archive = Archive::open(&path).unwrap();
    for loaded in [false, true] {
        if loaded {
            assert!(archive.load_index(10).unwrap().is_none());
            assert!(archive.load_index(1 << 20).unwrap().is_some());
        }
        for n in 0..30_u8 {
            assert_eq!(archive.get(&format!("/d{}//e/./{n:02}.bin", n % 3)).unwrap(), vec![n; usize::from(n)]);
        }
        assert_eq!(archive.get("empty").unwrap(), b"");
        assert!(archive.exists("d0").unwrap() && archive.exists("").unwrap() && !archive.exists("d").unwrap());
        let error = archive.get("d0/e").unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::InvalidInput, Some("d0/e")));
        assert_eq!(archive.get("no").unwrap_err().kind(), ErrorKind::NotFound);
    }
    assert_eq!(archive.len().unwrap(), 31);
    assert_eq!(paths(&archive.list("").unwrap()), ["d0", "d1", "d2", "empty", "nothing"]);
    assert_eq!(archive.list("empty").unwrap_err().kind(), ErrorKind::InvalidInput);
    let walked = archive.walk("d1").unwrap().collect::<crate::Result<Vec<_>>>().unwrap();
    assert_eq!(paths(&walked)[..3], ["d1/e", "d1/e/01.bin", "d1/e/04.bin"]);
    assert_eq!(walked.len(), 11);
    let Node::Dir(root) = archive.stat(".").unwrap() else { panic!() };
    assert_eq!((root.num_subdirs, root.num_files, root.num_files_tree, root.size_tree), (4, 1, 31, 435));
    assert_eq!(is_sound(&path).checked, 31);
}

#[test]
fn parts_of_a_file_are_read_wherever_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.barecat");
    let mut writer = Writer::create(&path).unwrap();
    writer.add("a", b"first").unwrap();
    writer.add("b", b"0123456789").unwrap();
    writer.add("c", b"last").unwrap();
    writer.finish().unwrap();
    let archive = Archive::open(&path).unwrap();
    let mut buffer = [0; 4];
    assert_eq!(archive.read_at("b", &mut buffer, 8).unwrap(), 2);
    assert_eq!(&buffer[..2], b"89");
    assert_eq!(archive.read_at("b", &mut buffer, 11).unwrap(), 0);
    let mut file = archive.open_file("b").unwrap();
    file.seek(SeekFrom::End(-3)).unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), file.size()), ("789", 10));
    assert!(file.seek(SeekFrom::Current(-11)).is_err());
}

#[test]
fn many_threads_read_one_archive() {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open(small(&folder)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in (0..30_u8).cycle().take(300) {
                    assert_eq!(archive.get(&format!("d{}/e/{n:02}.bin", n % 3)).unwrap(), vec![n; usize::from(n)]);
                }
            });
        }
    });
}

#[test]
fn an_index_of_the_old_name_is_found_and_what_is_none_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    fs::rename(&path, folder.path().join("a.barecat-sqlite-index")).unwrap();
    assert_eq!(Archive::open(&path).unwrap().get("empty").unwrap(), b"");
    let kind = |name: &str| Archive::open(folder.path().join(name)).unwrap_err().kind();
    assert_eq!(kind("none"), ErrorKind::NotFound);
    assert_eq!(kind(""), ErrorKind::InvalidInput);
    assert_eq!(kind("a.barecat-shard-00000"), ErrorKind::Corrupt);
    sql(&folder.path().join("other"), "CREATE TABLE t(a)");
    assert_eq!(kind("other"), ErrorKind::Corrupt);
    sql(&folder.path().join("first"), "CREATE TABLE files(path)");
    assert_eq!(kind("first"), ErrorKind::Unsupported);
}

#[test]
fn versions_of_the_schema_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let set = |key: &str, value: i64| {
        sql(&path, &format!("UPDATE config SET value_int={value} WHERE key='schema_version_{key}'"));
    };
    set("minor", 4);
    assert_eq!(Archive::open(&path).unwrap().get("empty").unwrap(), b"");
    assert_eq!(Writer::append(&path).unwrap_err().kind(), ErrorKind::Unsupported);
    set("major", 1);
    assert_eq!(Archive::open(&path).unwrap_err().kind(), ErrorKind::Unsupported);
    sql(&path, "DELETE FROM config");
    assert_eq!(Archive::open(&path).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn rows_that_cannot_be_right_are_errors_that_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for (set, expected) in [
        ("offset=-1", "`offset` is -1"),
        ("size=-1", "`size` is -1"),
        ("size=9223372036854775807", "which has 91 bytes"),
        ("offset=9223372036854775807", "which has 91 bytes"),
        ("size=size+1000", "which has 91 bytes"),
        ("shard=-1", "`shard` is -1"),
        ("shard=9999999999", "at most 99999"),
        ("shard='x'", "`shard` is text"),
        ("offset=NULL", "NOT NULL"),
        ("size=NULL", "`size` is NULL"),
        ("crc32c=-5", "`crc32c` is -5"),
        ("crc32c=crc32c+1", "its CRC32C is"),
        ("shard=77", "a.barecat-shard-00077"),
    ] {
        let path = small(&folder);
        let changed = connect(&path).execute(&format!("UPDATE files SET {set} WHERE path='d1/e/13.bin'"), []);
        if let Err(error) = changed {
            assert!(error.to_string().contains(expected), "{error}");
        } else {
            let archive = Archive::open(&path).unwrap();
            for _ in 0..2 {
                let error = archive.get("d1/e/13.bin").unwrap_err();
                assert!(error.to_string().contains(expected), "{set}: {error}");
                assert_eq!((error.key(), error.shard()), (Some("d1/e/13.bin"), path.to_str()), "{set}");
                assert_eq!(archive.get("d1/e/16.bin").unwrap(), [16; 16], "{set}");
                archive.load_index(u64::MAX).unwrap();
            }
            let verified = archive.verify(&VerifyOptions::new()).unwrap();
            assert!(!verified.is_sound(), "{set}");
        }
        for name in names(folder.path()) {
            fs::remove_file(folder.path().join(name)).unwrap();
        }
    }
}

#[test]
fn a_missing_shard_fails_its_own_files_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    fs::remove_file(folder.path().join("a.barecat-shard-00000")).unwrap();
    let archive = Archive::open(&path).unwrap();
    let error = archive.get("d1/e/01.bin").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("a.barecat-shard-00000"), "{error}");
    assert_eq!(archive.get("d2/e/29.bin").unwrap(), [29; 29]);
    let verified = archive.verify(&VerifyOptions::new()).unwrap();
    assert!(verified.failed > 1 && verified.checked > 10, "{verified:?}");
    fs::write(
        folder.path().join("a.barecat-shard-00000"),
        (0..14).flat_map(|n| vec![n; usize::from(n)]).collect::<Vec<u8>>(),
    )
    .unwrap();
    assert_eq!(archive.get("d1/e/01.bin").unwrap(), [1], "it is looked for again");
}

#[test]
fn a_view_in_place_of_a_table_and_directories_in_a_circle_do_not_hang() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("view");
    sql(
        &path,
        "CREATE TABLE config(key,value_int); INSERT INTO config VALUES('schema_version_major',0),('schema_version_minor',3);
         CREATE VIEW files AS WITH RECURSIVE n(path) AS (SELECT 1 UNION ALL SELECT path+1 FROM n)
         SELECT path, 0 AS shard, 0 AS offset, 0 AS size, 0 AS crc32c FROM n;",
    );
    assert_eq!(Archive::open(&path).unwrap_err().kind(), ErrorKind::Corrupt);

    let path = folder.path().join("circle");
    sql(
        &path,
        "CREATE TABLE config(key,value_int); INSERT INTO config VALUES('schema_version_major',0),('schema_version_minor',3);
         CREATE TABLE files(path,parent,shard,offset,size,crc32c,mode,uid,gid,mtime_ns);
         CREATE TABLE dirs(path,parent,num_subdirs,num_files,num_files_tree,size_tree,mode,uid,gid,mtime_ns);
         INSERT INTO dirs(path,parent) VALUES('','a'),('a','a'),('a/b','a');",
    );
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.list("a").unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(archive.walk("").unwrap().count(), 2);
    assert_eq!(archive.glob("**/b").unwrap().len(), 1);
    assert!(!archive.verify(&VerifyOptions::new()).unwrap().is_sound());
}

#[test]
fn paths_that_lead_out_clash_or_are_there_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    for round in ["create", "append"] {
        let mut writer = if round == "create" { Writer::create(&path) } else { Writer::append(&path) }.unwrap();
        if round == "create" {
            writer.add("a/b", b"1").unwrap();
        }
        let kind = |added: crate::Result<()>| added.unwrap_err().kind();
        for wrong in ["../x", "a\0b", "", "/", "a/b", "a/b/c", "a/b/c/d", "a"] {
            assert_eq!(kind(writer.add(wrong, b"2")), ErrorKind::InvalidInput, "{round} {wrong}");
        }
        assert_eq!(kind(writer.add_dir("a/b", &Metadata::default())), ErrorKind::InvalidInput);
        writer.add_dir("a", &Metadata::default()).unwrap();
        let short = writer.add_reader(&format!("short {round}"), &Metadata::default(), 9, &b"four"[..]);
        assert_eq!(kind(short), ErrorKind::Conflict);
        writer.add(&format!("a/{round}"), b"3").unwrap();
        writer.finish().unwrap();
        let verified = is_sound(&path);
        assert!(verified.unused > 0, "what was too short is in no file");
    }
    assert_eq!(Archive::open(&path).unwrap().get("a/append").unwrap(), b"3");
}

#[test]
fn shards_have_their_limit_and_files_may_not_be_larger() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let mut writer = Writer::create_with(&path, &CreateOptions::new().shard_size_limit(10)).unwrap();
    assert_eq!(writer.add("large", &[0; 11]).unwrap_err().kind(), ErrorKind::InvalidInput);
    for n in 0..5_u8 {
        writer.add(&n.to_string(), &[n; 5]).unwrap();
    }
    writer.finish().unwrap();
    let mut writer = Writer::append(&path).unwrap().checkpoint_every(1);
    assert_eq!(writer.add("large", &[0; 11]).unwrap_err().kind(), ErrorKind::InvalidInput);
    for n in 5..9_u8 {
        writer.add(&n.to_string(), &[n; 5]).unwrap();
    }
    writer.finish().unwrap();
    let sizes: Vec<u64> =
        (0..5).map(|n| fs::metadata(folder.path().join(format!("a-shard-{n:05}"))).unwrap().len()).collect();
    assert_eq!(sizes, [10, 10, 10, 10, 5]);
    assert_eq!(is_sound(&path).checked, 9);
}

#[test]
fn two_writers_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    std::thread::scope(|scope| {
        for writer in 0..2 {
            let path = &path;
            scope.spawn(move || {
                for n in 0..10 {
                    let mut archive = Writer::append(path).unwrap();
                    archive.add(&format!("w{writer}/{n}"), &[n; 20]).unwrap();
                    archive.finish().unwrap();
                }
            });
        }
    });
    assert_eq!(is_sound(&path).checked, 51);
}

#[test]
fn verifying_finds_what_is_wrong_and_tells_what_it_cannot_know() {
    let folder = tempfile::tempdir().unwrap();
    for (change, wrong) in [
        ("UPDATE config SET value_int=0; UPDATE dirs SET num_files=num_files+1 WHERE path='d0/e'", "counts"),
        ("UPDATE config SET value_int=0; UPDATE dirs SET size_tree=-1 WHERE path='d0/e'", "counts what is no number"),
        ("UPDATE config SET value_int=0; DELETE FROM dirs WHERE path='d0'", "has no row"),
        ("UPDATE config SET value_int=0; INSERT INTO dirs(path) VALUES('empty')", "of a file and of a directory"),
        ("INSERT INTO files(path,shard,offset) VALUES('../x',0,0)", "`..`"),
    ] {
        let path = small(&folder);
        sql(&path, change);
        let verified = Archive::open(&path).unwrap().verify(&VerifyOptions::new().quick(true)).unwrap();
        let told: Vec<String> = verified.problems.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|problem| problem.contains(wrong)), "{change}: {told:?}");
        for name in names(folder.path()) {
            fs::remove_file(folder.path().join(name)).unwrap();
        }
    }
    let path = small(&folder);
    let verified = Archive::open(&path).unwrap().verify(&VerifyOptions::new().quick(true)).unwrap();
    assert_eq!((verified.checked, verified.unread, verified.files), (1, 30, 31));
    fs::write(folder.path().join("a.barecat-shard-00009"), b"").unwrap();
    sql(&path, "DROP INDEX idx_files_path");
    let long = "x/".repeat(40_000) + "x";
    sql(&path, &format!("UPDATE config SET value_int=0; INSERT INTO files(path,shard,offset) VALUES('{long}',0,0)"));
    sql(&path, "PRAGMA ignore_check_constraints=1; UPDATE files SET offset='here' WHERE path='empty'");
    let verified = Archive::open(&path).unwrap().verify(&VerifyOptions::new().quick(true)).unwrap();
    let told: Vec<String> = verified.problems.iter().map(ToString::to_string).collect();
    for wrong in
        ["shard-00005\" is missing", "no unique index of the paths in `files`", "more than 4096", "`offset` is text"]
    {
        assert!(told.iter().any(|problem| problem.contains(wrong)), "{wrong}: {told:?}");
    }
    assert_eq!((verified.files, verified.unchecked), (32, 0));
    for name in names(folder.path()) {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let path = small(&folder);
    sql(&path, "UPDATE files SET crc32c=NULL WHERE path='d1/e/13.bin'");
    let shard = folder.path().join("a.barecat-shard-00002");
    let mut bytes = fs::read(&shard).unwrap();
    bytes[0] ^= 1;
    bytes.extend([0; 9]);
    fs::write(&shard, bytes).unwrap();
    let verified = Archive::open(&path).unwrap().verify(&VerifyOptions::new()).unwrap();
    assert_eq!((verified.files, verified.unchecked, verified.failed, verified.orphaned), (31, 1, 1, 9));
    assert!(verified.problems[0].message.contains("CRC32C"));
}

#[cfg(unix)]
#[test]
fn a_folder_comes_back_as_it_was() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    fs::create_dir_all(source.join("a/empty")).unwrap();
    fs::write(source.join("a/run"), b"#!").unwrap();
    fs::write(source.join("large"), vec![3; 3 << 20]).unwrap();
    fs::set_permissions(source.join("a/run"), fs::Permissions::from_mode(0o4750)).unwrap();
    fs::set_permissions(source.join("a/empty"), fs::Permissions::from_mode(0o500)).unwrap();
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_nanos(1_234_567_890_123_456_789);
    fs::File::open(source.join("a/run")).unwrap().set_modified(time).unwrap();
    fs::File::open(source.join("a/empty")).unwrap().set_modified(time).unwrap();
    symlink("run", source.join("a/link")).unwrap();
    // The archive lies in the folder that is put into it.
    let path = source.join("x.barecat");
    let mut writer = Writer::create(&path).unwrap();
    writer.add_tree(&source, "", &mut |_, stored, _| stored != "a/skipped").unwrap();
    assert_eq!((writer.added().files, writer.added().skipped), (3, 0));
    writer.finish().unwrap();

    let target = folder.path().join("target");
    let archive = Archive::open(&path).unwrap();
    let extracted = archive.extract(&target, &ExtractOptions::new()).unwrap();
    assert_eq!((extracted.files, extracted.bytes), (3, (3 << 20) + 4));
    let found = fs::metadata(target.join("a/run")).unwrap();
    assert_eq!((found.mode() & 0o7777, found.modified().unwrap()), (0o750, time));
    let found = fs::metadata(target.join("a/empty")).unwrap();
    assert_eq!((found.mode() & 0o7777, found.modified().unwrap()), (0o500, time));
    assert_eq!(fs::read(target.join("large")).unwrap(), vec![3; 3 << 20]);
    assert!(names(&target.join("a")).iter().all(|name| !name.contains("tmp")));

    fs::write(target.join("large"), b"mine").unwrap();
    assert_eq!(archive.extract(&target, &ExtractOptions::new()).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(fs::read(target.join("large")).unwrap(), b"mine");
    archive.extract(&target, &ExtractOptions::new().replace(true)).unwrap();
    assert_eq!(fs::metadata(target.join("large")).unwrap().len(), 3 << 20);

    symlink("..", source.join("a/up")).unwrap();
    let mut writer = Writer::append(&path).unwrap();
    let added = writer.add_tree(source.join("a"), "again", &mut |_, _, _| true);
    assert_eq!(added.unwrap_err().kind(), ErrorKind::Unsupported, "links in a circle");
}

#[cfg(unix)]
#[test]
fn nothing_is_extracted_outside_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let mut writer = Writer::create(&path).unwrap();
    writer.add("link/evil", b"evil").unwrap();
    writer.add("file", b"evil").unwrap();
    writer.finish().unwrap();
    let target = folder.path().join("target");
    let outside = folder.path().join("outside");
    fs::create_dir_all(&target).unwrap();
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("kept"), b"kept").unwrap();
    std::os::unix::fs::symlink("../outside", target.join("link")).unwrap();
    std::os::unix::fs::symlink("../outside/kept", target.join("file")).unwrap();
    let archive = Archive::open(&path).unwrap();
    let mut extractor = archive.extractor(&target, &ExtractOptions::new().replace(true)).unwrap();
    assert_eq!(extractor.extract(&archive.stat("link/evil").unwrap()).unwrap_err().kind(), ErrorKind::InvalidInput);
    extractor.extract(&archive.stat("file").unwrap()).unwrap();
    assert_eq!(names(&outside), ["kept"]);
    assert_eq!(fs::read(outside.join("kept")).unwrap(), b"kept", "the link is replaced, and not what it leads to");
    for evil in ["../evil", "/evil", "a/../../evil", "a//evil"] {
        sql(&path, "UPDATE config SET value_int=0 WHERE key='use_triggers'");
        connect(&path).execute("UPDATE files SET path=?1 WHERE path LIKE '%evil'", [evil]).unwrap();
        let error = archive.extract(folder.path().join("fresh"), &ExtractOptions::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{evil}: {error}");
    }
    assert!(!folder.path().join("evil").exists() && !Path::new("/evil").exists());
}

/// What Python's glob finds in a folder of the same files was written by `tests/fixtures/barecat/make_glob.py`.
#[test]
fn patterns_find_what_python_finds() {
    let text = include_str!("tests/glob.txt");
    let mut lines = text.lines();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let mut writer = Writer::create(&path).unwrap();
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        match line.strip_suffix('/') {
            Some(dir) => writer.add_dir(dir, &Metadata::default()).unwrap(),
            None => writer.add(line, b"").unwrap(),
        }
    }
    writer.finish().unwrap();
    let archive = Archive::open(&path).unwrap();
    let mut count = 0;
    for line in lines {
        let mut parts = line.split('\t');
        let (rules, pattern) = (parts.next().unwrap(), parts.next().unwrap());
        let expected: Vec<&str> = parts.collect();
        let parsed = if rules.contains('r') { Pattern::new(pattern) } else { Pattern::flat(pattern) };
        let parsed = parsed.hidden(rules.contains('h'));
        let found = archive.glob_with(&parsed).unwrap();
        assert_eq!(paths(&found), expected, "{line}");
        let all = archive
            .walk("")
            .unwrap()
            .map(Result::unwrap)
            .filter(|node| parsed.matches_node(node.path(), node.is_dir()));
        assert_eq!(all.map(|node| node.path().to_owned()).collect::<Vec<_>>(), expected, "{line}, one by one");
        count += 1;
    }
    assert!(count > 1000, "{count}");
}

#[test]
fn the_index_has_the_names_that_python_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let connection = connect(&path);
    let mut statement = connection
        .prepare("SELECT type, count(*) FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' GROUP BY type")
        .unwrap();
    let counts = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let counts: BTreeMap<String, i64> = counts.map(Result::unwrap).collect();
    let expected = [("index", 5), ("table", 3), ("trigger", 10)];
    assert_eq!(counts, expected.map(|(name, count)| (name.to_owned(), count)).into());
}

#[test]
fn files_are_added_while_an_archive_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let mut writer = Writer::create(&path).unwrap();
    for n in 0..2500 {
        writer.add(&format!("d/{n}"), b"byte").unwrap();
    }
    writer.finish().unwrap();
    let archive = Archive::open(&path).unwrap();
    let mut added = 0;
    let mut progress = |_| {
        if added < 3 {
            let mut writer = Writer::append(&path).unwrap();
            writer.add(&format!("more/{added}"), b"more").unwrap();
            writer.finish().unwrap();
            added += 1;
        }
    };
    let verified = archive.verify_with(&VerifyOptions::new(), &mut progress).unwrap();
    assert!(verified.is_sound(), "{:?}", verified.problems);
    assert_eq!((verified.checked, verified.files), (2503, 2503));
}

#[test]
fn an_index_that_is_out_of_order_is_not_walked_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    sql(&path, &schema::TABLES.replace("path TEXT NOT NULL", "path TEXT NOT NULL COLLATE NOCASE"));
    sql(&path, schema::INDICES);
    sql(&path, "INSERT INTO files(path,shard,offset) VALUES('a',0,0),('B',0,0),('c',0,0)");
    let walked: Vec<_> = Archive::open(&path).unwrap().walk("").unwrap().collect();
    assert_eq!(walked.len(), 1);
    let error = walked[0].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("out of order"), "{error}");
}
