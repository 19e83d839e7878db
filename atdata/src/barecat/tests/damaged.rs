//! Rows that are damaged are told one by one, and hide no others; and nothing stays behind of reading.

use super::*;

/// An archive of which three rows are damaged: a shard that is none, and paths that are no text and no UTF-8.
fn with_damaged_rows(folder: &TempDir) -> PathBuf {
    let path = small(folder);
    sql(
        &path,
        "UPDATE config SET value_int=0 WHERE key='use_triggers';
         UPDATE files SET shard='none' WHERE path='d1/e/04.bin';
         INSERT INTO files(path,shard,offset,size) VALUES(CAST(x'64312f652fff' AS TEXT),0,0,0),(x'64312f652ffe',0,0,0);",
    );
    path
}

/// The paths that were found, and what was wrong with others.
fn parted(nodes: impl IntoIterator<Item = crate::Result<Node>>) -> (Vec<String>, Vec<crate::Error>) {
    let (mut sound, mut damaged) = (Vec::new(), Vec::new());
    for node in nodes {
        match node {
            Ok(node) => sound.push(node.path().to_owned()),
            Err(error) => damaged.push(error),
        }
    }
    (sound, damaged)
}

#[test]
fn a_damaged_row_is_named_and_the_others_are_walked() {
    let folder = tempfile::tempdir().unwrap();
    let whole = parted(Archive::open(small(&folder)).unwrap().walk("").unwrap()).0;
    let other = tempfile::tempdir().unwrap();
    let archive = Archive::open(with_damaged_rows(&other)).unwrap();
    let (sound, damaged) = parted(archive.walk("").unwrap());
    assert_eq!(sound, whole.iter().filter(|path| *path != "d1/e/04.bin").cloned().collect::<Vec<_>>());
    assert_eq!(damaged.len(), 3, "{damaged:?}");
    assert_eq!(damaged[0].key(), Some("d1/e/04.bin"));
    for (error, column) in damaged.iter().zip(["shard", "path", "path"]) {
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        let text = error.to_string();
        assert!(text.contains("a.barecat: key d1/e/") && text.contains(&format!("`{column}`")), "{text}");
    }
    // That of a directory among others.
    let (sound, damaged) = parted(archive.walk("d1").unwrap());
    assert_eq!((sound.len(), damaged.len()), (10, 2), "the one that is no text is in no directory");
    assert_eq!(parted(archive.walk("d2").unwrap()).1.len(), 0);
}

#[test]
fn a_damaged_row_is_named_and_the_others_are_listed_and_matched() {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open(with_damaged_rows(&folder)).unwrap();
    let (sound, damaged) = parted(archive.list_each("d1/e").unwrap());
    assert_eq!((sound.len(), sound.iter().any(|path| path == "d1/e/04.bin")), (9, false));
    assert!(!damaged.is_empty() && damaged.iter().any(|error| error.key() == Some("d1/e/04.bin")), "{damaged:?}");
    assert_eq!(archive.list("d1/e").unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(archive.list("d2/e").unwrap().len(), 10);
    for pattern in ["*/e/*.bin", "**/*.bin", "d1/e/*"] {
        let (sound, damaged) = parted(archive.glob_each(&Pattern::new(pattern)).unwrap());
        assert!(sound.len() >= 9 && damaged.iter().any(|error| error.key() == Some("d1/e/04.bin")), "{pattern}");
        assert!(archive.glob(pattern).is_err(), "{pattern}");
    }
    let (sound, damaged) = parted(archive.glob_each(&Pattern::new("d1/e/04.bin")).unwrap());
    assert_eq!((sound.len(), damaged.len()), (0, 1));
}

#[test]
fn many_damaged_rows_end_no_walk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let mut writer = Writer::create(&path).unwrap();
    for n in 0..5000 {
        writer.add(&format!("d/{n:04}"), b"").unwrap();
    }
    writer.finish().unwrap();
    sql(
        &path,
        "UPDATE config SET value_int=0 WHERE key='use_triggers'; UPDATE files SET size=-1 WHERE path LIKE '%_1__'",
    );
    let (sound, damaged) = parted(Archive::open(&path).unwrap().walk("").unwrap());
    assert_eq!((sound.len(), damaged.len()), (4501, 500));
}

/// Python makes such archives by `wal=True`.
#[test]
fn reading_and_extending_leave_nothing_beside_an_archive_with_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let before = names(folder.path());
    sql(&path, "PRAGMA journal_mode=WAL");
    for threads in [1, 4] {
        let archive = Archive::open(&path).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| assert_eq!(archive.walk("").unwrap().count(), 39));
            }
        });
        assert!(archive.verify(&VerifyOptions::new()).unwrap().is_sound());
        drop(archive);
        assert_eq!(names(folder.path()), before);
    }
    let archive = Archive::open(&path).unwrap();
    let mut writer = Writer::append(&path).unwrap();
    writer.add("more", b"more").unwrap();
    writer.finish().unwrap();
    assert_eq!(archive.get("more").unwrap(), b"more", "who reads already sees what is added");
    drop(archive);
    assert_eq!(names(folder.path()), before);
    is_sound(&path);
    assert!(fs::read(&path).unwrap()[18..20] == [2, 2], "and it has a log still");
}

/// What somebody who was killed has written is part of the archive.
#[test]
fn a_log_that_was_left_behind_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    sql(&path, "PRAGMA journal_mode=WAL");
    let writer = connect(&path);
    writer.execute_batch("DELETE FROM files WHERE path='empty'").unwrap();
    let log = fs::read(folder.path().join("a.barecat-wal")).unwrap();
    let index = fs::read(&path).unwrap();
    drop(writer);
    fs::write(&path, index).unwrap();
    fs::write(folder.path().join("a.barecat-wal"), log).unwrap();
    assert!(!Archive::open(&path).unwrap().exists("empty").unwrap());
    assert!(!names(folder.path()).iter().any(|name| name.contains("wal")), "{:?}", names(folder.path()));
}

#[test]
fn where_nothing_can_be_made_beside_it_an_archive_is_read_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a%41 #?.barecat");
    fs::rename(small(&folder), &path).unwrap();
    sql(&path, "PRAGMA journal_mode=WAL");
    // SQLite can make no file of that name.
    fs::create_dir(folder.path().join("a%41 #?.barecat-shm")).unwrap();
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.walk("").unwrap().count(), 39);
}
