#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use std::io::Write as _;

use super::*;

fn put(store: &LocalStore, name: &str, bytes: &[u8]) {
    let mut upload = store.create(name).unwrap();
    upload.write_all(bytes).unwrap();
    upload.sync().unwrap();
    upload.commit().unwrap();
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    files.sort();
    files
}

#[test]
fn an_object_is_a_file_that_appears_with_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path().join("data"));
    assert!(!store.root().exists(), "the folder is made with the first object");
    let mut upload = store.create("a/b/x.tar").unwrap();
    upload.write_all(b"one").unwrap();
    upload.sync().unwrap();
    assert!(upload.write_all(b"more").is_err());
    assert!(!Path::new(&store.object_url("a/b/x.tar")).exists());
    upload.commit().unwrap();
    assert_eq!(fs::read(store.root().join("a").join("b").join("x.tar")).unwrap(), b"one");
    put(&store, "a/b/x.tar", b"two");
    assert_eq!(fs::read(store.object_url("a/b/x.tar")).unwrap(), b"two");
    let sidecar = sidecar_of(Path::new(&store.object_url("a/b/x.tar")));
    fs::write(&sidecar, "what is in it").unwrap();
    assert!(store.remove(&store.object_url("a/b/x.tar")).unwrap());
    assert!(!sidecar.exists(), "nobody has a use for it");
    assert!(!store.remove(&store.object_url("a/b/x.tar")).unwrap());
}

#[test]
fn nothing_leads_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path().join("data"));
    put(&store, "in.tar", b"");
    let outside = folder.path().join("out.tar");
    fs::write(&outside, "").unwrap();
    for name in ["../out.tar", "/out.tar", "a/../../out.tar", "", "a//b", "..", "a/"] {
        assert_eq!(store.create(name).unwrap_err().kind(), ErrorKind::InvalidInput, "{name:?}");
    }
    let root = store.url();
    for url in [
        outside.to_str().unwrap(),
        &root,
        &format!("{root}/../out.tar"),
        &format!("{root}/a/../../out.tar"),
        &format!("{root}-2/x.tar"),
        &format!("https://host{root}/in.tar"),
        "-",
        "in.tar",
        "",
    ] {
        assert!(!store.holds(url), "{url}");
        assert_eq!(store.remove(url).unwrap_err().kind(), ErrorKind::InvalidInput, "{url}");
    }
    assert!(outside.exists());
    assert!(store.holds(&store.object_url("in.tar")) && store.holds(&format!("{root}/not/there.tar")));
    #[cfg(unix)]
    assert!(store.holds(&format!("file://{root}/in.tar")));
}

#[test]
fn a_folder_of_two_names_is_one_store() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    fs::create_dir_all(root.join("p")).unwrap();
    let store = LocalStore::new(root.join("data"));
    put(&store, "a/in.tar", b"in");
    put(&store, "b.tar", b"b");
    fs::write(root.join("out.tar"), "").unwrap();
    let other = LocalStore::new(root.join("p").join("..").join("data"));
    for (holder, held) in [(&store, &other), (&other, &store)] {
        assert!(holder.holds(&held.object_url("a/in.tar")), "{holder:?} {held:?}");
        assert!(!holder.holds(root.join("p/../out.tar").to_str().unwrap()), "{holder:?}");
        assert!(!holder.holds(root.join("data/../out.tar").to_str().unwrap()), "{holder:?}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(root.join("data"), root.join("link")).unwrap();
        let linked = LocalStore::new(root.join("link"));
        assert!(linked.holds(&store.object_url("b.tar")) && store.holds(&linked.object_url("b.tar")));
        // A link that leads out of the store, by another name of the folder.
        std::os::unix::fs::symlink(&root, root.join("data").join("up")).unwrap();
        assert!(!store.holds(root.join("link/up/out.tar").to_str().unwrap()));
    }
    assert!(other.remove(&store.object_url("b.tar")).unwrap());
    assert!(!Path::new(&store.object_url("b.tar")).exists());
}

#[test]
fn a_folder_and_a_pipe_are_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    put(&store, "a/x.tar", b"");
    let error = store.create("a").unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::InvalidInput, Some(store.object_url("a").as_str())));
    assert_eq!(store.create("a/x.tar/y.tar").unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn more_objects_than_a_process_may_hold_open_wait_for_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    let begin = |n: usize| {
        let mut upload = store.create(&format!("{n}.tar")).unwrap();
        upload.write_all(n.to_string().as_bytes()).unwrap();
        upload.sync().unwrap();
        upload
    };
    drop((0..300).map(begin).collect::<Vec<_>>());
    assert!(files(folder.path()).is_empty());
    let uploads: Vec<_> = (0..300).map(begin).collect();
    assert!(files(folder.path()).iter().all(|name| name.starts_with('.')));
    for upload in uploads {
        upload.commit().unwrap();
    }
    assert_eq!(files(folder.path()).len(), 300);
    assert!((0..300).all(|n| fs::read(store.object_url(&format!("{n}.tar"))).unwrap() == n.to_string().as_bytes()));
}

#[test]
fn a_commit_makes_a_folder_again_that_was_tidied_up() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    let mut upload = store.create("a/x.tar").unwrap();
    upload.write_all(b"bytes").unwrap();
    upload.sync().unwrap();
    if fs::remove_dir(folder.path().join("a")).is_ok() {
        upload.commit().unwrap();
        assert_eq!(fs::read(store.object_url("a/x.tar")).unwrap(), b"bytes");
    }
}

#[test]
fn names_are_sixteen_digits_that_differ() {
    let store = LocalStore::in_home().unwrap();
    let (one, two) = (store.unique(), store.unique());
    assert_ne!(one, two);
    assert!(one.len() == 16 && one.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{one}");
    assert!(store.root().ends_with(".atdata/data") && store.root().is_absolute());
}

#[test]
fn names_that_windows_would_change_are_known() {
    for good in ["data--0a1b2c3d--000000.tar", "console", "com", "com10", "nulls.tar", "日本"] {
        check_for_windows(good).unwrap();
    }
    for bad in ["a.", "a ", "nul", "NUL.tar", "com1", "LPT9.x", "aux .tar", "COM¹"] {
        assert!(check_for_windows(bad).is_err(), "{bad}");
    }
}
