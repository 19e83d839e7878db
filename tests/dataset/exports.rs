//! Indexes of other programs, held against what those programs make of the same shard.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::fs;
use std::path::{Path, PathBuf};

use atdata::shard::IndexFormat;
use atdata::{Dataset, ErrorKind, Group};
use atdata_tests::archive::tar;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/other_indexes").join(name)
}

/// The shard that the others indexed, in a folder of its own.
fn shard() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    fs::copy(fixture("x.tar"), &path).unwrap();
    (folder, path)
}

fn export(path: &Path, format: &str, to: Option<&Path>) -> atdata::Result<Vec<PathBuf>> {
    let format: IndexFormat = format.parse().unwrap();
    Dataset::<Group>::open(path)?.untyped().export(format, to, 1, &|_| ())
}

/// Of Megatron-Energon 7.4.1.
#[test]
fn energon_has_the_begin_of_each_sample() {
    let (_folder, path) = shard();
    let written = export(&path, "energon", None).unwrap();
    let info = path.with_file_name(".nv-meta").join(".info.json");
    assert_eq!(written, [path.with_file_name("x.tar.idx"), info]);
    assert_eq!(fs::read(&written[0]).unwrap(), fs::read(fixture("x.tar.idx")).unwrap());
    // As many as there are begins, but for the end.
    let samples = fs::metadata(&written[0]).unwrap().len() / 8 - 1;
    assert_eq!(json(&written[1]), serde_json::json!({"shard_counts": {"x.tar": samples}}));
}

/// In the folder that all shards are in, with names as seen from it: `WebdatasetInfo` of Energon 7.4.1.
#[test]
fn energon_is_told_how_many_samples_each_shard_has() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    for (name, samples) in [("a/1.tar", 1), ("a/2.tar", 2), ("b/c/3.tar", 3)] {
        let names: Vec<String> = (0..samples).map(|number| format!("{number}.txt")).collect();
        fs::create_dir_all(place(name).parent().unwrap()).unwrap();
        fs::write(place(name), tar(names.iter().map(|name| (name.as_str(), b"x".as_slice())))).unwrap();
    }
    let export = |names: &[&str], to: Option<&Path>| {
        let paths: Vec<PathBuf> = names.iter().map(|name| place(name)).collect();
        Dataset::<Group>::open(paths).unwrap().untyped().export(IndexFormat::Energon, to, 2, &|_| ())
    };
    let written = export(&["a/1.tar", "b/c/3.tar"], None).unwrap();
    assert_eq!(written, ["a/1.tar.idx", "b/c/3.tar.idx", ".nv-meta/.info.json"].map(place));
    let info = place(".nv-meta/.info.json");
    assert_eq!(json(&info), serde_json::json!({"shard_counts": {"a/1.tar": 1, "b/c/3.tar": 3}}));
    // What Energon said itself stays, but for these shards.
    let before = serde_json::json!({"energon_version": "7.4.1", "shard_counts": {"a/2.tar": 9, "z.tar": 4}});
    fs::write(&info, before.to_string()).unwrap();
    export(&["b/c/3.tar", "a/2.tar"], None).unwrap();
    let counts = serde_json::json!({"a/2.tar": 2, "z.tar": 4, "b/c/3.tar": 3});
    assert_eq!(json(&info), serde_json::json!({"energon_version": "7.4.1", "shard_counts": counts}));
    // Somewhere else all of it is, under the names of the indexes.
    let to = place("to");
    fs::create_dir(&to).unwrap();
    let written = export(&["b/c/3.tar"], Some(&to)).unwrap();
    assert_eq!(written, [to.join("3.tar.idx"), to.join(".nv-meta/.info.json")]);
    assert_eq!(json(&written[1]), serde_json::json!({"shard_counts": {"3.tar": 3}}));
    for other in ["[]", "{", "{\"shard_counts\": 3}"] {
        fs::write(&info, other).unwrap();
        let error = export(&["b/c/3.tar", "a/2.tar"], None).unwrap_err();
        assert_eq!((error.kind(), error.shard()), (ErrorKind::Corrupt, info.to_str()), "{error}");
        assert_eq!(fs::read_to_string(&info).unwrap(), other);
    }
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Of webshart 0.4.6, which has more of each file, and no order.
#[test]
fn webshart_has_the_place_of_each_file() {
    let (_folder, path) = shard();
    let written = export(&path, "webshart", None).unwrap();
    assert_eq!(written, [path.with_file_name("x.json")]);
    let (found, mut expected) = (json(&written[0]), json(&fixture("x.json")));
    for file in expected["files"].as_object_mut().unwrap().values_mut() {
        file.as_object_mut().unwrap().retain(|name, _| matches!(name.as_str(), "offset" | "length"));
    }
    assert_eq!(found, expected);
}

/// By what its `wds2idx` says: extension, place, size, name.
#[test]
fn dali_has_a_line_for_each_sample() {
    let (_folder, path) = shard();
    let written = export(&path, "dali", None).unwrap();
    assert_eq!(written, [path.with_file_name("x.idx")]);
    let text = fs::read_to_string(&written[0]).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines[0], lines.len()), ("v1.2 7", 8));
    assert_eq!(lines[2], "jpg 4096 700 dir/0001.jpg seg.PNG 5632 1 dir/0001.seg.PNG cls 6656 1 dir/0001.cls");
    assert_eq!(lines[7], "txt 27648 0 last.txt");
    let bytes = fs::read(&path).unwrap();
    for line in &lines[1..] {
        for file in line.split(' ').collect::<Vec<_>>().chunks(4) {
            let (at, size): (usize, usize) = (file[1].parse().unwrap(), file[2].parse().unwrap());
            assert!(file[3].ends_with(&format!(".{}", file[0])) && at + size <= bytes.len());
        }
    }
    let odd = path.with_file_name("odd.tar");
    fs::write(&odd, tar([("a b.txt", b"x".as_slice())])).unwrap();
    let error = export(&odd, "dali", None).unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Unsupported, odd.to_str()));
    assert!(error.to_string().contains("\"a b.txt\""), "{error}");
}

/// wids 0.1.11 counts seven: it takes the group that describes the shard for a sample, and sees no dot in the long name.
#[test]
fn wids_has_one_file_with_what_it_counts() {
    let (folder, path) = shard();
    let error = export(&path, "wids", None).unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains("`--out FILE`"), "{error}");
    let to = folder.path().join("index.json");
    assert_eq!(export(&path, "wids", Some(&to)).unwrap(), std::slice::from_ref(&to));
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&to).unwrap()).unwrap();
    let shards = serde_json::json!([{"url": "x.tar", "nsamples": 7, "filesize": 30720}]);
    let expected = serde_json::json!({"__kind__": "wids-shard-index-v1", "wids_version": 1, "shardlist": shards});
    assert_eq!(json, expected);
}

#[test]
fn what_cannot_be_indexed_is_said() {
    let (folder, path) = shard();
    let bytes = fs::read(&path).unwrap();
    let cut = folder.path().join("cut.tar");
    fs::write(&cut, &bytes[..9000]).unwrap();
    let error = export(&cut, "energon", None).unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Corrupt, cut.to_str()));
    // Between two members, and zeros from there on, as of a download that ended.
    let mut bytes = tar([("a.txt", b"x".as_slice()), ("b.txt", b"y")]);
    for len in [1024, 100_000] {
        bytes.truncate(1024);
        bytes.resize(len, 0);
        fs::write(&cut, &bytes).unwrap();
        let error = export(&cut, "energon", None).unwrap_err();
        assert_eq!((error.kind(), error.shard()), (ErrorKind::Corrupt, cut.to_str()), "{error}");
        assert!(!folder.path().join("cut.tar.idx").exists());
    }
    let twice = folder.path().join("twice.tar");
    fs::write(&twice, tar([("a.txt", b"x".as_slice()), ("b.txt", b""), ("a.txt", b"y")])).unwrap();
    assert!(export(&twice, "webshart", None).unwrap_err().to_string().contains("twice"));
    assert!(export(&folder.path().join("no.tar"), "dali", None).is_err());
    let error = "idx".parse::<IndexFormat>().unwrap_err().to_string();
    assert_eq!(error, "expected `energon` or `dali` or `webshart` or `wids` or `barecat`, found `idx`");
}

/// Read here; Python reads such in `tests/interop/barecat.rs`.
#[cfg(unix)]
#[test]
fn barecat_has_all_files_of_the_shards_as_they_are() {
    use atdata::barecat::{Archive, VerifyOptions};
    use atdata::dataset::IndexOptions;
    use atdata::shard::Contents;

    let (folder, path) = shard();
    let before = fs::read(&path).unwrap();
    let to = folder.path().join("all.barecat");
    let error = export(&path, "barecat", None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(export(&path, "barecat", Some(&to)).unwrap(), std::slice::from_ref(&to));
    assert_eq!(fs::read_link(folder.path().join("all.barecat-shard-00000")).unwrap(), Path::new("x.tar"));
    let archive = Archive::open(&to).unwrap();
    for (name, expected) in [("dir/0003.jpg", &b"j".repeat(2100)[..]), ("README", b"no dot"), ("last.txt", b"")] {
        assert_eq!(archive.get(name).unwrap(), expected);
    }
    let verified = archive.verify(&VerifyOptions::new()).unwrap();
    assert!(verified.is_sound() && verified.checked == 20, "{:?} {}", verified.problems, verified.checked);
    // Contents by way of it are those of a scan.
    let shards = Dataset::<Group>::open(&path).unwrap().untyped().clone();
    let bad = &mut |error| panic!("{error}");
    assert_eq!(
        shards.import("barecat".parse().unwrap(), Some(&to), IndexOptions::new(), &|_| (), bad).unwrap().made,
        1
    );
    let scanned = Contents::scan(&path, &atdata::ReadOptions::new()).unwrap();
    assert_eq!(Contents::open(&path).unwrap().unwrap().as_bytes(), scanned.as_bytes());
    // Nothing that is there is replaced, and the shard is as it was.
    let error = export(&path, "barecat", Some(&to)).unwrap_err();
    assert!(error.to_string().contains("already"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    // Of several shards, elsewhere; one name in two of them has no place.
    let other = folder.path().join("y.tar");
    fs::write(&other, tar([("y/1.txt", b"y".as_slice())])).unwrap();
    let away = tempfile::tempdir().unwrap();
    let to = away.path().join("two");
    let both = Dataset::<Group>::open([path.clone(), other.clone()]).unwrap();
    both.untyped().export(format_of("barecat"), Some(&to), 2, &|_| ()).unwrap();
    assert_eq!(Archive::open(&to).unwrap().get("y/1.txt").unwrap(), b"y");
    fs::write(&other, tar([("README", b"y".as_slice())])).unwrap();
    let to = away.path().join("three");
    let error = both.untyped().export(format_of("barecat"), Some(&to), 2, &|_| ()).unwrap_err();
    assert_eq!(error.key(), Some("README"), "{error}");
    assert_eq!(fs::read_dir(away.path()).unwrap().count(), 3, "nothing is left of it");
}

#[cfg(unix)]
fn format_of(name: &str) -> IndexFormat {
    name.parse().unwrap()
}
