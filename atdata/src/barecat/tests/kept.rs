//! What is there is kept, whatever ends a write: archives of others, and what was added before.

use super::*;
#[cfg(target_os = "linux")]
use crate::atomic::AtomicFile;

#[cfg(target_os = "linux")]
#[test]
fn an_archive_whose_writer_was_killed_is_finished_before_it_is_extended() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    // Killed between the shard and the index of the one that takes its place.
    let other = folder.path().join("other");
    let mut writer = Writer::create(&other).unwrap();
    writer.add("new", b"bytes").unwrap();
    writer.finish().unwrap();
    fs::rename(folder.path().join("other-shard-00000"), folder.path().join("a.barecat-shard-00000")).unwrap();
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let mut file = AtomicFile::create(&path).unwrap();
    file.park().unwrap();
    let own = file.parked().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
    let dead = own.replace(&format!("-{}-", std::process::id()), &format!("-{}-", child.id()));
    let journal = |name: &str| {
        let text = format!("atdata journal 1\n{name}\0a.barecat\0\0");
        fs::write(folder.path().join(name.replace(".tmp", ".commit")), text).unwrap();
    };
    fs::rename(&other, folder.path().join(&dead)).unwrap();
    journal(&dead);
    let mut writer = Writer::append(&path).unwrap();
    writer.add("newer", b"more").unwrap();
    writer.finish().unwrap();
    let archive = Archive::open(&path).unwrap();
    assert_eq!((archive.get("new").unwrap(), archive.get("newer").unwrap()), (b"bytes".to_vec(), b"more".to_vec()));
    assert_eq!(archive.len().unwrap(), 2);

    // One that runs, or may run elsewhere, is not to be finished here.
    journal(&own);
    let error = Writer::append(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(error.to_string().contains(".commit"), "{error}");
}

#[test]
fn after_an_error_of_sqlite_nothing_more_is_added() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    sql(&path, "CREATE UNIQUE INDEX odd ON files(size) WHERE size>0");
    let rolls_back = folder.path().join("b");
    let tables = schema::TABLES.replace(
        "mtime_ns INTEGER);\nCREATE TABLE config",
        "mtime_ns INTEGER, UNIQUE(size) ON CONFLICT ROLLBACK);\nCREATE TABLE config",
    );
    sql(&rolls_back, &tables);
    sql(&rolls_back, schema::INDICES);
    sql(&rolls_back, &schema::triggers());
    for path in [&path, &rolls_back] {
        let len = Archive::open(path).unwrap().len().unwrap();
        let mut writer = Writer::append(path).unwrap();
        writer.add("one", &[0; 60]).unwrap();
        assert_eq!(writer.add("other", &[1; 60]).unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(writer.add("more", &[2; 61]).unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(writer.add_dir("dir", &Metadata::default()).unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(writer.checkpoint().unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(Archive::open(path).unwrap().len().unwrap(), len);
        let mut writer = Writer::append(path).unwrap();
        writer.add("one", &[0; 60]).unwrap();
        writer.finish().unwrap();
        assert_eq!(is_sound(path).files, len + 1);
    }
}

#[test]
fn what_was_not_finished_is_taken_back_to_the_last_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let before = names(folder.path());
    let mut writer = Writer::append(&path).unwrap();
    writer.add("kept", b"kept").unwrap();
    writer.checkpoint().unwrap();
    for n in 0..100 {
        writer.add(&format!("lost/{n}"), &[7; 50]).unwrap();
    }
    drop(writer);
    let archive = Archive::open(&path).unwrap();
    assert!(archive.exists("kept").unwrap() && !archive.exists("lost").unwrap());
    assert_eq!(is_sound(&path).unused, 0);
    assert_eq!(names(folder.path()), before);
}

#[test]
fn what_cannot_be_extended_safely_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    sql(&path, "CREATE TRIGGER strange AFTER INSERT ON files BEGIN DELETE FROM files; END");
    assert_eq!(Writer::append(&path).unwrap_err().kind(), ErrorKind::Unsupported);
    sql(&path, "DROP TRIGGER strange");
    let last = folder.path().join("a.barecat-shard-00004");
    assert!(last.exists());
    let bytes = fs::read(&last).unwrap();
    fs::write(&last, &bytes[1..]).unwrap();
    assert_eq!(Writer::append(&path).unwrap_err().kind(), ErrorKind::Corrupt, "its bytes would become another file's");
    fs::remove_file(&last).unwrap();
    assert_eq!(Writer::append(&path).unwrap_err().kind(), ErrorKind::NotFound);
    #[cfg(unix)]
    {
        fs::write(folder.path().join("train.tar"), &bytes).unwrap();
        std::os::unix::fs::symlink("train.tar", &last).unwrap();
        assert_eq!(Writer::append(&path).unwrap_err().kind(), ErrorKind::Unsupported);
        let replace = CreateOptions::new().replace(true).shard_size_limit(50);
        let mut writer = Writer::create_with(&path, &replace).unwrap();
        let added = (0..20).try_for_each(|n| writer.add(&n.to_string(), &[0; 50]));
        assert_eq!(added.unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(fs::read(folder.path().join("train.tar")).unwrap(), bytes);
    }
}

#[test]
fn an_archive_appears_whole_and_is_not_replaced_unless_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.barecat");
    let mut writer = Writer::create(&path).unwrap();
    writer.add("a", b"1").unwrap();
    assert!(!names(folder.path()).iter().any(|name| !name.starts_with('.')));
    drop(writer);
    assert!(names(folder.path()).is_empty());

    small(&folder);
    assert_eq!(names(folder.path()).len(), 6, "{:?}", names(folder.path()));
    assert_eq!(Writer::create(&path).unwrap_err().kind(), ErrorKind::InvalidInput);
    let mut writer = Writer::create_with(&path, &CreateOptions::new().replace(true)).unwrap();
    writer.add("new", b"1").unwrap();
    assert_eq!(Archive::open(&path).unwrap().len().unwrap(), 31, "until then it is the old one");
    writer.finish().unwrap();
    assert_eq!(names(folder.path()), ["a.barecat", "a.barecat-shard-00000"]);
    assert_eq!(is_sound(&path).checked, 1);

    fs::remove_file(&path).unwrap();
    assert_eq!(Writer::create(&path).unwrap_err().kind(), ErrorKind::InvalidInput, "shards of an archive are there");
    for name in ["-shard-00000", "-shard-00017", "-journal", "-wal", "-shm"].map(|end| format!("a.barecat{end}")) {
        let _ = fs::remove_file(folder.path().join("a.barecat-shard-00000"));
        fs::write(folder.path().join(&name), b"of another").unwrap();
        let error = Writer::create(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(&name), "{error}");
        let mut writer = Writer::create_with(&path, &CreateOptions::new().replace(true)).unwrap();
        writer.add("new", b"1").unwrap();
        writer.finish().unwrap();
        assert_eq!(names(folder.path()), ["a.barecat", "a.barecat-shard-00000"]);
        is_sound(&path);
        fs::remove_file(&path).unwrap();
    }
    fs::remove_file(folder.path().join("a.barecat-shard-00000")).unwrap();
    for name in ["a.barecat", "a.barecat-sqlite-index", "a.barecat-shard-00002", "a.barecat-journal"] {
        let mut writer = Writer::create(&path).unwrap();
        writer.add("new", b"1").unwrap();
        fs::write(folder.path().join(name), b"made meanwhile").unwrap();
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
        assert_eq!(names(folder.path()), [name]);
        assert_eq!(fs::read(folder.path().join(name)).unwrap(), b"made meanwhile");
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    fs::write(&path, b"something else").unwrap();
    let replaced = Writer::create_with(&path, &CreateOptions::new().replace(true));
    assert_eq!(replaced.unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(fs::read(&path).unwrap(), b"something else");
}
