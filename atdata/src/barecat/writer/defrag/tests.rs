//! Gaps of all kinds, ends at any time, and shards that are somebody else's.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use super::*;
use crate::barecat::writer::tars::{TarFile, write_over_tars};
use crate::barecat::{Archive, CreateOptions, VerifyOptions, Writer};
use crate::error::ErrorKind;

type Files = BTreeMap<String, Vec<u8>>;

/// An archive with gaps, and what is in it.
fn with_gaps(folder: &Path, limit: u64, is_kept: impl Fn(usize) -> bool) -> (PathBuf, Files) {
    let path = folder.join("a.barecat");
    let options = CreateOptions::new().shard_size_limit(limit).replace(true);
    let mut writer = Writer::create_with(&path, &options).unwrap();
    let mut files = Files::new();
    for n in 0..60_usize {
        let (name, bytes) = (format!("d{}/{n}", n % 4), vec![u8::try_from(n).unwrap(); n * 13 % 97]);
        writer.add(&name, &bytes).unwrap();
        files.insert(name, bytes);
    }
    writer.finish().unwrap();
    let mut writer = Writer::append(&path).unwrap();
    for n in (0..60_usize).filter(|n| !is_kept(*n)) {
        let name = format!("d{}/{n}", n % 4);
        writer.remove(&name).unwrap();
        files.remove(&name);
    }
    writer.finish().unwrap();
    (path, files)
}

#[track_caller]
fn check(path: &Path, files: &Files) -> u64 {
    let archive = Archive::open(path).unwrap();
    let verified = archive.verify(&VerifyOptions::new()).unwrap();
    assert!(verified.is_sound(), "{:?}", verified.problems);
    assert_eq!(verified.files, files.len() as u64);
    for (name, bytes) in files {
        assert_eq!(archive.get(name).unwrap(), *bytes, "{name}");
    }
    verified.unused
}

#[test]
fn gaps_are_closed_and_files_stay_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let keeps: [fn(usize) -> bool; 5] = [|n| n % 2 == 0, |n| n % 7 != 3, |n| n > 0, |n| n > 40, |n| n < 3];
    for limit in [100, 250, 100_000] {
        for is_kept in keeps {
            for at_once in [1, 100, BATCH] {
                let (path, files) = with_gaps(folder.path(), limit, is_kept);
                let dry = run(&path, DefragOptions::new().dry_run(true), at_once, &mut |_| ()).unwrap();
                assert_eq!(check(&path, &files), dry.gaps);
                let done = run(&path, DefragOptions::new(), at_once, &mut |_| ()).unwrap();
                assert_eq!((done.gaps, check(&path, &files)), (dry.gaps, 0), "{limit} {at_once}");
                assert_eq!(done.freed, done.gaps);
                assert_eq!(run(&path, DefragOptions::new(), at_once, &mut |_| ()).unwrap().moved, 0);
            }
        }
    }
}

#[test]
fn whenever_it_ends_no_byte_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    for (limit, at_once) in [(300, 60), (100_000, 200), (100_000, 1)] {
        let mut end = 1;
        loop {
            let (path, files) = with_gaps(folder.path(), limit, |n| n % 3 != 1);
            let mut left = end;
            let ended = catch_unwind(AssertUnwindSafe(|| {
                run(&path, DefragOptions::new(), at_once, &mut |_| {
                    left -= 1;
                    assert!(left > 0, "the end of this process");
                })
            }));
            check(&path, &files);
            if ended.is_ok() {
                break;
            }
            // Who comes after it goes on.
            run(&path, DefragOptions::new(), at_once, &mut |_| ()).unwrap();
            assert_eq!(check(&path, &files), 0);
            end += 1;
        }
        assert!(end > 20);
    }
}

#[test]
fn what_is_not_the_archives_alone_is_not_moved() {
    let folder = tempfile::tempdir().unwrap();
    let (path, files) = with_gaps(folder.path(), 100_000, |n| n % 2 == 0);
    let shard = shard_path(&path, 0);
    let other = folder.path().join("other");
    let refused = |text: &str| {
        let error = defrag(&path, &DefragOptions::new(), &mut |_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(text), "{error}");
        check(&path, &files);
    };
    fs::hard_link(&shard, &other).unwrap();
    #[cfg(unix)]
    refused("other names");
    fs::remove_file(&shard).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("other", &shard).unwrap();
        refused("symlink");
        fs::remove_file(&shard).unwrap();
    }
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

#[test]
fn tar_archives_stay_and_what_was_a_tar_archive_in_one_goes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = tar_of(&[("a", b"one"), ("b", b"more")]);
    let tar = folder.path().join("a.tar");
    fs::write(&tar, &bytes).unwrap();
    let file = |path: &str, offset, bytes: &[u8]| TarFile {
        path: path.to_owned(),
        offset,
        size: bytes.len() as u64,
        crc32c: crc32c::crc32c(bytes),
    };
    let path = folder.path().join("over.barecat");
    write_over_tars(&path, &[(&tar, &[file("a", 512, b"one"), file("b", 1536, b"more")])]).unwrap();
    // A copy in place of the link is no less a tar archive, also to who has some of its members alone.
    fs::remove_file(shard_path(&path, 0)).unwrap();
    fs::copy(&tar, shard_path(&path, 0)).unwrap();
    for is_part in [false, true] {
        if is_part {
            let connection = rusqlite::Connection::open(&path).unwrap();
            connection.execute("DELETE FROM files WHERE path='a'", []).unwrap();
        }
        let error = defrag(&path, &DefragOptions::new(), &mut |_| ()).unwrap_err();
        assert!(error.to_string().contains("a tar archive"), "{error}");
        assert_eq!(fs::read(shard_path(&path, 0)).unwrap(), bytes);
    }

    let path = folder.path().join("files.barecat");
    let mut writer = Writer::create(&path).unwrap();
    writer.add("a.tar", &bytes).unwrap();
    writer.add("other", b"other").unwrap();
    writer.finish().unwrap();
    let mut writer = Writer::append(&path).unwrap();
    writer.remove("a.tar").unwrap();
    writer.finish().unwrap();
    let done = defrag(&path, &DefragOptions::new(), &mut |_| ()).unwrap();
    assert_eq!(done.freed, bytes.len() as u64);
    check(&path, &Files::from([("other".to_owned(), b"other".to_vec())]));
}

/// An archive of as many shards, each of files of 55 and 35 bytes with a gap of 10 between them.
fn of_shards(path: &Path, shards: u8) -> Files {
    let mut writer = Writer::create_with(path, &CreateOptions::new().shard_size_limit(100)).unwrap();
    let mut files = Files::new();
    for n in 0..shards {
        for (name, size) in [("a", 55), ("b", 10), ("c", 35)] {
            let (name, bytes) = (format!("{name}/{n}"), vec![n; size]);
            writer.add(&name, &bytes).unwrap();
            files.insert(name, bytes);
        }
    }
    writer.finish().unwrap();
    let mut writer = Writer::append(path).unwrap();
    writer.remove_all("b").unwrap();
    writer.finish().unwrap();
    files.retain(|name, _| !name.starts_with('b'));
    files
}

#[test]
fn more_shards_than_are_open_at_a_time_are_moved_between() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.barecat");
    let files = of_shards(&path, 200);
    defrag(&path, &DefragOptions::new(), &mut |_| ()).unwrap();
    check(&path, &files);
}

#[test]
fn shards_that_another_process_has_made_anew_are_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.barecat");
    let mut files = of_shards(&path, 10);
    let mut quiet = |_| ();
    let mut one = Defrag::new(&path, Append::open(&path).unwrap(), 1, &mut quiet).unwrap();
    for number in 0..10 {
        one.open(number).unwrap();
    }
    // Where it would commit others come in: the last shards are removed, and made anew with other files.
    one.append.commit().unwrap();
    let mut writer = Writer::append(&path).unwrap();
    for n in 2..10 {
        for name in [format!("a/{n}"), format!("c/{n}")] {
            writer.remove(&name).unwrap();
            files.remove(&name);
        }
    }
    writer.finish().unwrap();
    defrag(&path, &DefragOptions::new(), &mut |_| ()).unwrap();
    let mut writer = Writer::append(&path).unwrap();
    for n in 100..130 {
        let (name, bytes) = (format!("new/{n}"), vec![n; 30]);
        writer.add(&name, &bytes).unwrap();
        files.insert(name, bytes);
    }
    writer.remove("a/0").unwrap();
    files.remove("a/0");
    writer.finish().unwrap();
    one.append.begin().unwrap();
    one.look_anew().unwrap();
    while !one.all().unwrap() {}
    one.cut().unwrap();
    assert!(one.done.moved > 0);
    drop(one);
    check(&path, &files);
}

#[test]
fn rows_beyond_their_shards_are_told_before_anything_is_moved() {
    let folder = tempfile::tempdir().unwrap();
    for change in ["offset=1000000", "shard=70"] {
        let (path, _) = with_gaps(folder.path(), 100_000, |n| n % 2 == 0);
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute(&format!("UPDATE files SET {change} WHERE path='d2/10'"), []).unwrap();
        drop(connection);
        let before = fs::read(shard_path(&path, 0)).unwrap();
        let error = defrag(&path, &DefragOptions::new(), &mut |_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert_eq!(fs::read(shard_path(&path, 0)).unwrap(), before);
    }
}

#[cfg(unix)]
#[test]
fn a_shard_that_nothing_is_cut_off_is_not_opened_for_writing() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.barecat");
    let mut writer = Writer::create_with(&path, &CreateOptions::new().shard_size_limit(100)).unwrap();
    for name in ["full", "gone", "last"] {
        writer.add(name, &[7; 100]).unwrap();
    }
    writer.finish().unwrap();
    let mut writer = Writer::append(&path).unwrap();
    writer.remove("last").unwrap();
    writer.finish().unwrap();
    for number in 0..2 {
        fs::set_permissions(shard_path(&path, number), fs::Permissions::from_mode(0o444)).unwrap();
    }
    assert_eq!(defrag(&path, &DefragOptions::new(), &mut |_| ()).unwrap().freed, 100);
}
