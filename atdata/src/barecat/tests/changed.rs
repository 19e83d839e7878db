//! Files and directories that are removed, renamed, and copied from one archive to another.

use super::*;

fn editing(path: &Path) -> Writer {
    Writer::append(path).unwrap()
}

#[test]
fn files_and_directories_are_removed_and_what_counts_them_knows() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let mut writer = editing(&path);
    writer.remove("/d0//e/00.bin").unwrap();
    writer.remove("nothing/in it").unwrap();
    for (path, kind) in
        [("d0", ErrorKind::InvalidInput), ("", ErrorKind::InvalidInput), ("d0/e/00.bin", ErrorKind::NotFound)]
    {
        let error = writer.remove(path).unwrap_err();
        assert_eq!(error.kind(), kind, "{path}: {error}");
    }
    writer.remove_all("d1").unwrap();
    assert_eq!(writer.remove_all("").unwrap_err().kind(), ErrorKind::InvalidInput);
    // A path that was there may be there again.
    writer.add("d1/e/01.bin", b"again").unwrap();
    let added = writer.finish().unwrap();
    assert_eq!((added.removed, added.files), (11, 1));
    let verified = is_sound(&path);
    assert_eq!(verified.files, 21);
    assert!(verified.unused > 0);
    let archive = Archive::open(&path).unwrap();
    assert_eq!(paths(&archive.list("").unwrap()), ["d0", "d1", "d2", "empty", "nothing"]);
    assert_eq!(archive.get("d1/e/01.bin").unwrap(), b"again");
    assert_eq!(archive.len().unwrap(), 21);
}

#[test]
fn what_is_renamed_has_its_parents_made_and_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let before = Archive::open(&path).unwrap().stat("").unwrap();
    let mut writer = editing(&path);
    writer.rename("d0/e/03.bin", "new/é/far/3").unwrap();
    writer.rename("d1", "new/d*/[1]").unwrap();
    writer.rename("d2/e", "d2e").unwrap();
    writer.rename("d2e", "d2e").unwrap();
    for (old, new, kind) in [
        ("no", "x", ErrorKind::NotFound),
        ("new", "new/in/itself", ErrorKind::InvalidInput),
        ("empty", "new", ErrorKind::InvalidInput),
        ("empty", "d0/e/00.bin", ErrorKind::InvalidInput),
        ("empty", "d0/e/00.bin/below", ErrorKind::InvalidInput),
        ("empty", "../out", ErrorKind::InvalidInput),
        ("empty", "", ErrorKind::InvalidInput),
        ("", "x", ErrorKind::InvalidInput),
    ] {
        let error = writer.rename(old, new).unwrap_err();
        assert_eq!(error.kind(), kind, "{old} {new}: {error}");
    }
    assert_eq!(writer.finish().unwrap().renamed, 4);
    assert_eq!(is_sound(&path).files, 31);
    let archive = Archive::open(&path).unwrap();
    let after = archive.stat("").unwrap();
    assert_eq!(before.size(), after.size());
    assert_eq!(archive.get("new/é/far/3").unwrap(), vec![3; 3]);
    assert_eq!(archive.get("new/d*/[1]/e/04.bin").unwrap(), vec![4; 4]);
    assert_eq!(archive.get("d2e/05.bin").unwrap(), vec![5; 5]);
    assert!(!archive.exists("d1").unwrap() && archive.list("d2").unwrap().is_empty());
}

#[test]
fn a_path_that_leads_out_can_be_got_rid_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    sql(&path, "UPDATE files SET path='../evil' WHERE path='empty'");
    let mut writer = editing(&path);
    writer.remove("../evil").unwrap();
    writer.finish().unwrap();
    assert!(!Archive::open(&path).unwrap().exists("../evil").unwrap());
}

#[test]
fn what_is_being_made_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(folder.path().join("a")).unwrap();
    writer.add("a", b"").unwrap();
    assert_eq!(writer.remove("a").unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(writer.rename("a", "b").unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(writer.finish().unwrap().files, 1);
}

#[test]
fn edits_that_are_not_committed_are_as_if_they_had_never_been() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let mut writer = editing(&path);
    writer.remove_all("d0").unwrap();
    writer.rename("d1", "x/y").unwrap();
    drop(writer);
    assert_eq!(is_sound(&path).files, 31);
    assert!(Archive::open(&path).unwrap().exists("d1/e/01.bin").unwrap());
}

#[test]
fn archives_are_put_into_one_by_parts_and_under_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let from = Archive::open(&path).unwrap();
    let out = folder.path().join("out");
    let mut writer = Writer::create_with(&out, &CreateOptions::new().shard_size_limit(70)).unwrap();
    writer.add_archive(&from, &CopyOptions::new(), &mut |node| !node.path().starts_with("d1")).unwrap();
    // Twice is too often, but where it is said to be left out.
    let error = writer.add_archive(&from, &CopyOptions::new(), &mut |node| !node.is_dir()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    writer.add_archive(&from, &CopyOptions::new().skip_existing(true), &mut |node| !node.is_dir()).unwrap();
    writer.add_archive(&from, &CopyOptions::new().prefix("all/of it"), &mut |_| true).unwrap();
    let added = writer.finish().unwrap();
    assert_eq!((added.files, added.skipped), (62, 21));
    let verified = is_sound(&out);
    assert_eq!((verified.files, verified.unused), (62, 0));
    let archive = Archive::open(&out).unwrap();
    assert!(archive.exists("all/of it/nothing/in it").unwrap() && archive.exists("nothing/in it").unwrap());
    assert_eq!(archive.get("all/of it/d1/e/04.bin").unwrap(), vec![4; 4]);
}

#[test]
fn damage_is_not_copied_and_rows_without_a_place_are_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    sql(&path, "UPDATE files SET crc32c=crc32c+1 WHERE path='d2/e/29.bin'");
    let copy = |name: &str| {
        let mut writer = Writer::create(folder.path().join(name)).unwrap();
        writer.add_archive(&Archive::open(&path).unwrap(), &CopyOptions::new(), &mut |_| true).unwrap_err()
    };
    let error = copy("one");
    assert_eq!((error.kind(), error.key()), (ErrorKind::Corrupt, Some("d2/e/29.bin")), "{error}");
    sql(
        &path,
        "UPDATE files SET crc32c=crc32c-1 WHERE path='d2/e/29.bin'; UPDATE files SET offset='x' WHERE path='empty'",
    );
    let error = copy("two");
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("offset"), "{error}");
    assert!(!folder.path().join("one").exists() && !folder.path().join("two").exists());
}

#[test]
fn an_archive_is_not_added_to_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let mut writer = editing(&path);
    let add = |writer: &mut Writer| {
        writer.add_archive(&Archive::open(&path).unwrap(), &CopyOptions::new().prefix("again"), &mut |_| true)
    };
    let error = add(&mut writer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert_eq!(writer.finish().unwrap().files, 0);
    // One that takes its place is another.
    let mut writer = Writer::create_with(&path, &CreateOptions::new().replace(true)).unwrap();
    add(&mut writer).unwrap();
    assert_eq!(writer.finish().unwrap().files, 31);
    is_sound(&path);
}

#[test]
fn an_archive_that_is_changed_while_it_is_copied_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let archive = Archive::open(&path).unwrap();
    let watch = archive.watch().unwrap();
    let mut writer = Writer::create(folder.path().join("b")).unwrap();
    let mut is_changed = false;
    let error = writer
        .add_archive(&archive, &CopyOptions::new(), &mut |_| {
            if !std::mem::replace(&mut is_changed, true) {
                watch.check().unwrap();
                let mut writer = editing(&path);
                writer.remove("d2/e/29.bin").unwrap();
                writer.finish().unwrap();
                watch.check().unwrap_err();
            }
            true
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
}

#[test]
fn what_is_not_known_of_a_directory_leaves_what_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let known = Metadata { mode: Some(0o750), uid: Some(1), gid: Some(2), mtime_ns: Some(3) };
    for is_made in [true, false] {
        let mut writer = if is_made { Writer::create(&path).unwrap() } else { editing(&path) };
        if is_made {
            writer.add_dir("d", &known).unwrap();
        }
        writer.add_dir("d", &Metadata::default()).unwrap();
        writer.finish().unwrap();
        assert_eq!(*Archive::open(&path).unwrap().stat("d").unwrap().metadata(), known, "{is_made}");
    }
}
