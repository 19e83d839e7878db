//! One archive of barecat, written by turns.

use std::collections::BTreeMap;
use std::path::Path;

use atdata::barecat::{Archive, CreateOptions, VerifyOptions, Writer};
use atdata::{Dataset, Group};
use atdata_tests::python::barecat;
use atdata_tests::{fixtures, sha256};
use serde_json::Value as Json;

pub(super) fn python_and_rust_extend_one_archive_by_turns(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    for begun_by in ["python", "rust"] {
        let path = folder.path().join(format!("{begun_by}.barecat"));
        if begun_by == "python" {
            barecat(python, &["write".as_ref(), path.as_os_str()]);
        } else {
            let mut writer = Writer::create_with(&path, &CreateOptions::new().shard_size_limit(20_000)).unwrap();
            (0..100_usize).for_each(|n| writer.add(&format!("first/{}/é {n}.bin", n % 5), &content(n)).unwrap());
            writer.add("empty", b"").unwrap();
            writer.finish().unwrap();
        }
        same(python, &path, 101);
        for turn in 0..3_usize {
            let mut writer = Writer::append(&path).unwrap().checkpoint_every(7);
            (0..40_usize).for_each(|n| writer.add(&format!("rust/{turn}/{}/{n}", n % 3), &content(n)).unwrap());
            writer.finish().unwrap();
            same(python, &path, 141 + turn * 80);
            barecat(python, &["append".as_ref(), path.as_os_str(), turn.to_string().as_ref()]);
            same(python, &path, 181 + turn * 80);
        }
        barecat(python, &["change".as_ref(), path.as_os_str()]);
        same(python, &path, 321);
        let mut writer = Writer::append(&path).unwrap();
        writer.add("last/of/all", b"rust").unwrap();
        writer.finish().unwrap();
        same(python, &path, 322);
    }
    let fixture = fixtures::path("barecat/small.barecat");
    same(python, &fixture, 50);
    // Over a shard of another library, as it is.
    let (shard, over) = (folder.path().join("x.tar"), folder.path().join("over.barecat"));
    std::fs::copy(fixtures::path("other_indexes/x.tar"), &shard).unwrap();
    let shards = Dataset::<Group>::open(&shard).unwrap().untyped().clone();
    shards.export("barecat".parse().unwrap(), Some(&over), 1, &|_| ()).unwrap();
    same(python, &over, 20);
}

fn content(number: usize) -> Vec<u8> {
    vec![u8::try_from(number % 256).unwrap(); number * 37 % 3000]
}

/// Both find the archive sound, and the same in it.
#[track_caller]
fn same(python: &Path, path: &Path, count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("found.json");
    barecat(python, &["check".as_ref(), path.as_os_str(), out.as_os_str()]);
    let expected: Json = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    let archive = Archive::open(path).unwrap();
    let verified = archive.verify(&VerifyOptions::new()).unwrap();
    assert!(verified.is_sound(), "{:?}", verified.problems);
    let nodes: Vec<_> = archive.walk("").unwrap().map(Result::unwrap).collect();
    let files: BTreeMap<_, _> = nodes
        .iter()
        .filter(|node| !node.is_dir())
        .map(|node| (node.path().to_owned(), sha256(&archive.get(node.path()).unwrap())))
        .collect();
    assert_eq!(files.len(), count);
    assert_eq!(serde_json::to_value(&files).unwrap(), expected["files"]);
    assert_eq!(archive.stat("").unwrap().size(), expected["total"].as_u64().unwrap());
    for (pattern, found) in expected["glob"].as_object().unwrap() {
        let globbed: Vec<_> = archive.glob(pattern).unwrap().iter().map(|node| node.path().to_owned()).collect();
        assert_eq!(serde_json::to_value(globbed).unwrap(), *found, "{pattern}");
    }
    for folder in expected["walk"].as_array().unwrap() {
        let name = folder[0].as_str().unwrap();
        let children = archive.list(if name == "." { "" } else { name }).unwrap();
        let of = |is_dir| {
            children.iter().filter(move |node| node.is_dir() == is_dir).map(|node| Json::from(node.name())).collect()
        };
        let (mut dirs, mut names): (Vec<Json>, Vec<Json>) = (of(true), of(false));
        dirs.sort_by_key(ToString::to_string);
        names.sort_by_key(ToString::to_string);
        let sorted = |list: &Json| {
            let mut list = list.as_array().unwrap().clone();
            list.sort_by_key(ToString::to_string);
            list
        };
        assert_eq!((dirs, names), (sorted(&folder[1]), sorted(&folder[2])), "{name}");
    }
}
