//! From a name to datasets: what a path stands for, and which split its shards belong to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

mod buckets;
mod references;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use atdata::source::{Retry, S3Config, collapse, expand};
use atdata::{Dataset, DatasetDict, DictSample, Error, ErrorKind, LoadOptions, Packable, ReadOptions, load_dataset};
use atdata_tests::fixtures;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use tempfile::TempDir;

/// Says which shard it is in.
#[derive(Packable, Debug, Clone, PartialEq)]
struct Note {
    shard: String,
}

/// A folder with these shards, each of one [`Note`].
struct Tree(TempDir);

impl Tree {
    #[track_caller]
    fn new(shards: &[&str]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for shard in shards {
            tree.write(shard);
        }
        tree
    }

    #[track_caller]
    fn write(&self, shard: &str) {
        let path = self.0.path().join(shard);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // The writer takes no braces, which are for reading; a file may have them in its name all the same.
        let made = path.with_file_name("made.tar");
        Dataset::write(&made, [Note { shard: shard.to_owned() }]).unwrap();
        std::fs::rename(made, path).unwrap();
    }

    /// A file that is no shard.
    fn touch(&self, name: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.0.path().to_str().unwrap())
    }

    /// Splits and shards, as the samples name them: `train: a.tar b.tar`.
    #[track_caller]
    fn load(&self, path: &str) -> Vec<String> {
        read(&load_dataset(&self.at(path)).unwrap())
    }

    #[track_caller]
    fn fail(&self, path: &str) -> (ErrorKind, String) {
        self.failed(&load_dataset::<Note>(&self.at(path)).unwrap_err())
    }

    fn failed(&self, error: &Error) -> (ErrorKind, String) {
        (error.kind(), format!("{error:#}").replace(self.0.path().to_str().unwrap(), "DIR"))
    }
}

#[track_caller]
fn read(splits: &DatasetDict<Note>) -> Vec<String> {
    let line = |(name, dataset): (&str, &Dataset<Note>)| {
        let shards: Vec<_> = dataset.ordered().map(|note| note.unwrap().shard).collect();
        assert_eq!(shards.len(), dataset.shards().len());
        format!("{name}: {}", shards.join(" "))
    };
    splits.iter().map(line).collect()
}

/// Splits and URLs, where there is nothing that could be read.
#[track_caller]
fn urls(path: &str) -> Vec<String> {
    let splits = load_dataset::<DictSample>(path).unwrap();
    let line = |(name, dataset): (&str, &Dataset)| {
        let urls: Vec<_> = dataset.shards().iter().map(atdata::source::Shard::url).collect();
        format!("{name}: {}", urls.join(" "))
    };
    splits.iter().map(line).collect()
}

#[test]
fn one_file_is_one_shard_whatever_its_name() {
    let tree = Tree::new(&["a.tar", "b[1].tar", "what?.tar", "my data.tar"]);
    assert_eq!(tree.load("a.tar"), ["train: a.tar"]);
    assert_eq!(tree.load("b[1].tar"), ["train: b[1].tar"]);
    assert_eq!(tree.load("what?.tar"), ["train: what?.tar"]);
    assert_eq!(tree.load("my data.tar"), ["train: my data.tar"]);
    let url = format!("file://{}", tree.at("my%20data.tar"));
    assert_eq!(read(&load_dataset(&url).unwrap()), ["train: my data.tar"]);
}

#[test]
fn a_folder_has_its_shards_sorted_and_not_those_of_its_folders() {
    let tree = Tree::new(&["b-train-1.tar", "a-test-1.tar", "b-train-0.tar.gz", "c.tgz", "sub/x.tar"]);
    // What a shard is compressed with is told by its first bytes.
    Dataset::write(tree.at("new.tar"), [Note { shard: "d.tar.zst".into() }]).unwrap();
    std::fs::rename(tree.at("new.tar"), tree.at("d.tar.zst")).unwrap();
    for name in ["notes.txt", "._a-test-1.tar", ".b.tar", "a.tar.part", "manifest.json"] {
        tree.touch(name);
    }
    std::fs::create_dir(tree.0.path().join("folder.tar")).unwrap();
    let expected = ["test: a-test-1.tar", "train: b-train-0.tar.gz b-train-1.tar c.tgz d.tar.zst"];
    assert_eq!(tree.load(""), expected);
    let url = format!("file://{}", tree.at(""));
    assert_eq!(read(&load_dataset(&url).unwrap()), expected);
    for place in [tree.at(""), url] {
        assert_eq!(atdata::LoadOptions::new().load_all::<Note>(&place).unwrap().len().unwrap(), 5, "{place}");
    }
}

#[test]
fn wildcards_find_files_in_order() {
    let tree = Tree::new(&["x-10.tar", "x-2.tar", "y-1.tar", "sub/x-3.tar", "sub/deep/x-4.tar"]);
    tree.touch(".x-9.tar");
    assert_eq!(tree.load("x-*.tar"), ["train: x-10.tar x-2.tar"]);
    assert_eq!(tree.load("x-?.tar"), ["train: x-2.tar"]);
    assert_eq!(tree.load("[xy]-[12].tar"), ["train: x-2.tar y-1.tar"]);
    assert_eq!(tree.load("*.tar"), ["train: x-10.tar x-2.tar y-1.tar"]);
    assert_eq!(tree.load("*/x-*.tar"), ["train: sub/x-3.tar"]);
    assert_eq!(tree.load("**/x-*.tar"), ["train: sub/deep/x-4.tar sub/x-3.tar x-10.tar x-2.tar"]);
    assert_eq!(tree.load("**/deep/*"), ["train: sub/deep/x-4.tar"]);
    assert_eq!(tree.load("s*/**/x-?.tar"), ["train: sub/deep/x-4.tar sub/x-3.tar"]);
    tree.write(".hidden/x-5.tar");
    assert_eq!(tree.load("**/x-[45].tar"), ["train: sub/deep/x-4.tar"]);
    assert_eq!(tree.load("**/.hidden/x-[45].tar"), ["train: .hidden/x-5.tar"]);
}

#[test]
fn braces_are_expanded_before_wildcards_and_keep_their_order() {
    let tree = Tree::new(&["train-a.tar", "train-b.tar", "test-a.tar", "val/0.tar", "val/1.tar"]);
    assert_eq!(tree.load("{train,test}-*.tar"), ["train: train-a.tar train-b.tar", "test: test-a.tar"]);
    assert_eq!(tree.load("{test,train}-{a..a}.tar"), ["test: test-a.tar", "train: train-a.tar"]);
    assert_eq!(tree.load("train-{b,a}.tar"), ["train: train-b.tar train-a.tar"]);
    assert_eq!(tree.load("val/{1..0}.tar"), ["validation: val/1.tar val/0.tar"]);
    assert_eq!(tree.load("{val,train-a.tar}"), ["validation: val/0.tar val/1.tar", "train: train-a.tar"]);
}

#[test]
fn only_folders_below_what_was_given_decide() {
    let tree = Tree::new(&["test/data/foo.tar", "test/data/val/0.tar", "test/train-0.tar"]);
    // The folder of one shard, of a pattern, or the one given; none further up.
    assert_eq!(tree.load("test/data/foo.tar"), ["train: test/data/foo.tar"]);
    assert_eq!(tree.load("test/data"), ["train: test/data/foo.tar"]);
    assert_eq!(tree.load("test/data/f*.tar"), ["train: test/data/foo.tar"]);
    assert_eq!(tree.load("test/data/val"), ["validation: test/data/val/0.tar"]);
    assert_eq!(tree.load("test/data/val/*.tar"), ["validation: test/data/val/0.tar"]);
    assert_eq!(tree.load("test/data/**/*.tar"), ["train: test/data/foo.tar", "validation: test/data/val/0.tar"]);
    assert_eq!(
        tree.load("**/*.tar"),
        ["test: test/data/foo.tar", "validation: test/data/val/0.tar", "train: test/train-0.tar"]
    );
}

#[test]
fn servers_are_not_asked_what_they_have() {
    assert_eq!(urls("s3://test/x-{0..1}.tar"), ["train: s3://test/x-0.tar s3://test/x-1.tar"]);
    assert_eq!(
        urls("https://h/{train,dev}/0.tar?sig=val-x-"),
        ["train: https://h/train/0.tar?sig=val-x-", "validation: https://h/dev/0.tar?sig=val-x-"]
    );
    assert_eq!(urls("s3://b/test/shards/0.tar"), ["test: s3://b/test/shards/0.tar"]);
    assert_eq!(urls("s3://b/what?.tar"), ["train: s3://b/what?.tar"]);
    assert_eq!(urls("s3://b/a.tar s3://b/aa.tar"), ["train: s3://b/a.tar s3://b/aa.tar"]);
    let error = load_dataset::<DictSample>("https://me:secret@h/{a,b}/*.tar?q=1").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().starts_with("https://h/a/*.tar: `*` is expanded in paths and in keys"), "{error}");
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}

#[test]
fn a_scheme_that_is_not_read_is_refused() {
    for (url, expected) in [
        ("gs://b/a.tar", "gs shards are not read: what is public is read at `https://storage.googleapis.com/b/a.tar`"),
        ("gopher://b/a.tar", "the scheme `gopher` is not known"),
        ("pipe:cat a.tar", "runs a shell command, which this library never does"),
    ] {
        let error = load_dataset::<DictSample>(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{url}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn python_detects_the_same_splits() {
    for (path, split) in fixtures::json("paths.json")["detect_split"].as_object().unwrap() {
        let split = split.as_str().unwrap_or("train");
        let tree = Tree::new(&[path.trim_start_matches('/')]);
        assert_eq!(load_dataset::<Note>(&tree.at("**/*.tar")).unwrap().names().collect::<Vec<_>>(), [split], "{path}");
        let url = format!("s3://test/{}", collapse(&[path.trim_start_matches('/')]).unwrap());
        assert_eq!(load_dataset::<Note>(&url).unwrap().names().collect::<Vec<_>>(), [split], "{path}");
    }
}

#[test]
fn shard_lists_are_written_as_python_writes_them_or_so_that_it_can_read_them() {
    for case in fixtures::json("paths.json")["shards_to_wds_url"].as_array().unwrap() {
        let (shards, url) = (case[0].as_array().unwrap(), case[1].as_str().unwrap());
        let shards: Vec<_> = shards.iter().map(|shard| shard.as_str().unwrap()).collect();
        let written = collapse(&shards).unwrap();
        if url.contains(' ') {
            assert_eq!(written, format!("{{{}}}", shards.join(",")));
        } else {
            assert_eq!(written, url);
        }
        assert_eq!(expand(&written).unwrap(), shards);
    }
}

#[test]
fn texts_that_python_joined_by_spaces_are_read() {
    let tree = Tree::new(&["a.tar", "aa.tar"]);
    let joined = format!("{} {}", tree.at("a.tar"), tree.at("aa.tar"));
    assert_eq!(read(&load_dataset(&joined).unwrap()), ["train: a.tar aa.tar"]);
}

#[test]
fn data_files_say_which_split_they_are() {
    let tree = Tree::new(&["test-0.tar", "a/x.tar", "a/y.tar", "b/x.tar"]);
    let load = |loader: LoadOptions, path: &str| read(&loader.load(&tree.at(path)).unwrap());

    assert_eq!(load(LoadOptions::new().data_files("test-0.tar"), ""), ["train: test-0.tar"]);
    assert_eq!(load(LoadOptions::new().data_files(["x.tar", "y.tar"]), "a"), ["train: a/x.tar a/y.tar"]);
    let whole = tree.at("b/x.tar");
    let files = [("test", vec!["*.tar", whole.as_str()]), ("train", vec!["{y,x}.tar"])];
    assert_eq!(
        load(LoadOptions::new().data_files(files), "a"),
        ["test: a/x.tar a/y.tar b/x.tar", "train: a/y.tar a/x.tar"]
    );
    let map = BTreeMap::from([("one", "a"), ("two", "b")]);
    assert_eq!(load(LoadOptions::new().data_files(map), "."), ["one: a/x.tar a/y.tar", "two: b/x.tar"]);

    let remote = LoadOptions::new().data_files(("test", "x-{0..1}.tar")).load::<Note>("s3://b/data").unwrap();
    let urls: Vec<_> = remote.only().unwrap().shards().iter().map(atdata::source::Shard::url).collect();
    assert_eq!(urls, ["s3://b/data/x-0.tar", "s3://b/data/x-1.tar"]);
}

#[test]
fn missing_data_files_are_named() {
    let tree = Tree::new(&["a/x.tar"]);
    let fail = |loader: LoadOptions| tree.failed(&loader.load::<Note>(&tree.at("a")).unwrap_err());
    let (kind, text) = fail(LoadOptions::new().data_files(("test", Vec::<String>::new())));
    assert_eq!((kind, &*text), (ErrorKind::InvalidInput, "expected files for the split \"test\", found an empty list"));
    let (kind, text) = fail(LoadOptions::new().data_files(Vec::<String>::new()));
    assert_eq!(
        (kind, &*text),
        (ErrorKind::InvalidInput, "expected files for the split \"train\", found an empty list")
    );
    let (kind, text) = fail(LoadOptions::new().data_files([("train", "x.tar"), ("test", "y.tar")]));
    let expected = "DIR/a/y.tar: there is no such file or folder; \"DIR/a\" has \"x.tar\"";
    assert_eq!((kind, &*text), (ErrorKind::NotFound, expected));
}

#[test]
fn a_split_that_is_not_there_is_told_from_those_that_are() {
    let tree = Tree::new(&["train-0.tar", "test-0.tar"]);
    let splits = load_dataset::<Note>(&tree.at("")).unwrap();
    assert_eq!((splits.len(), splits.is_empty()), (2, false));
    assert_eq!(splits.num_shards().collect::<Vec<_>>(), [("test", 1), ("train", 1)]);
    assert!(splits.get("train").is_some() && splits.get("val").is_none());
    let error = splits.only().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), "there are several splits, \"test\" and \"train\": name one");

    let train = LoadOptions::new().load_split::<Note>(&tree.at(""), "train").unwrap();
    assert_eq!(train.head(9).unwrap(), [Note { shard: "train-0.tar".into() }]);
    let (kind, text) = tree.failed(&LoadOptions::new().load_split::<Note>(&tree.at(""), "val").unwrap_err());
    let expected = "DIR/: there is no split \"val\"; there are \"test\" and \"train\"";
    assert_eq!((kind, &*text), (ErrorKind::NotFound, expected));
}

#[test]
fn one_split_needs_no_name() {
    let tree = Tree::new(&["val-0.tar"]);
    let splits = load_dataset::<Note>(&tree.at("*.tar")).unwrap();
    assert_eq!(splits.only().unwrap().len().unwrap(), 1);
    let kept = splits.clone().map_datasets(|name, dataset| {
        assert_eq!(name, "validation");
        dataset.filter(|_| false)
    });
    assert!(kept.into_only().unwrap().is_empty().unwrap());
    let debug = format!("{splits:?}");
    assert!(debug.starts_with("{\"validation\": Dataset {") && debug.contains("val-0.tar"), "{debug}");
    for (name, dataset) in splits {
        assert_eq!((&*name, dataset.shards().len()), ("validation", 1));
    }
}

#[test]
fn options_reach_the_shards() {
    let tree = Tree::new(&["a.tar"]);
    let bytes = std::fs::read(tree.at("a.tar")).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap().next_multiple_of(512);
    std::fs::write(tree.at("cut.tar"), &bytes[..end]).unwrap();
    let read = |dataset: &Dataset<Note>| dataset.ordered().collect::<atdata::Result<Vec<_>>>();
    assert_eq!(read(load_dataset::<Note>(&tree.at("cut.tar")).unwrap().only().unwrap()).unwrap().len(), 1);
    let strict = LoadOptions::new().options(ReadOptions::new().require_end(true));
    let error = read(&strict.load_split::<Note>(&tree.at("cut.tar"), "train").unwrap()).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let tree = Tree::new(&["data/train-000000.tar", "data/test-000000.tar", "data/sub/x.tar"]);
    tree.touch("empty/notes.txt");
    std::fs::create_dir(tree.0.path().join("void")).unwrap();
    for (path, expected) in [
        (
            "data/train-00000.tar",
            "DIR/data/train-00000.tar: there is no such file or folder; \"DIR/data\" has \"train-000000.tar\", \
             \"test-000000.tar\" and \"sub\"",
        ),
        ("dada/x.tar", "DIR/dada/x.tar: there is no such file or folder; \"DIR\" has \"data\", \"void\" and \"empty\""),
        (
            "data/sub/x.tar/y",
            "DIR/data/sub/x.tar/y: there is no such file or folder; \"DIR/data/sub/x.tar\" is no folder",
        ),
        (
            "data/{train,val}-000000.tar",
            "DIR/data/val-000000.tar: there is no such file or folder; \"DIR/data\" has \"test-000000.tar\", \
             \"train-000000.tar\" and \"sub\"",
        ),
        ("data/s*", "DIR/data/s*: no file fits the pattern; \"DIR/data/sub\" does, and is a folder"),
        ("void/*.tar", "DIR/void/*.tar: no file fits the pattern; \"DIR/void\" is empty"),
        (
            "empty",
            "DIR/empty: the folder has no shards: files that end in .tar, .tar.gz, .tgz, .tar.bz2, .tbz2, .tar.xz, .txz, \
             .tar.zst, .tzst; \"DIR/empty\" has \"notes.txt\"",
        ),
        (
            "",
            "DIR/: the folder has no shards: files that end in .tar, .tar.gz, .tgz, .tar.bz2, .tbz2, .tar.xz, .txz, \
             .tar.zst, .tzst; for those in its folders write \"DIR/**/*.tar\"",
        ),
    ] {
        assert_eq!(tree.fail(path), (ErrorKind::NotFound, expected.to_owned()), "{path}");
    }
}

#[test]
fn a_malformed_pattern_is_the_callers() {
    let tree = Tree::new(&["a.tar"]);
    let (kind, text) = tree.fail("a-{0..3.tar");
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert!(text.contains("expected a `}` for the `{`"), "{text}");
    let (kind, text) = tree.fail("a-[0.tar");
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert!(text.starts_with("DIR/a-[0.tar: the pattern is malformed: "), "{text}");
    assert_eq!(load_dataset::<Note>("").unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[cfg(unix)]
#[test]
fn links_to_folders_are_followed_where_they_are_named() {
    let tree = Tree::new(&["data/x.tar", "data/sub/y.tar"]);
    let root = tree.0.path();
    std::os::unix::fs::symlink(root.join("data"), root.join("data/sub/round")).unwrap();
    std::os::unix::fs::symlink(root.join("data/x.tar"), root.join("data/twin.tar")).unwrap();
    std::os::unix::fs::symlink(root.join("data"), root.join("data/sub/again")).unwrap();
    // Of the two loops, paths as long as the system allows would be more than anybody can wait for.
    assert_eq!(tree.load("data/**/*.tar"), ["train: data/sub/y.tar data/x.tar data/x.tar"]);
    assert_eq!(tree.load("data/*/round/x.tar"), ["train: data/x.tar"]);
}

/// Beside a name that is no text others are found, and it as well, where what is no text in it fits.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_found_like_others() {
    use std::os::unix::ffi::OsStrExt as _;

    let tree = Tree::new(&["x-a.tar", "sub/x-b.tar", "old.tar"]);
    let odd = std::ffi::OsStr::from_bytes(b"x-\xff.tar");
    for folder in ["", "sub"] {
        std::fs::copy(tree.at("old.tar"), tree.0.path().join(folder).join(odd)).unwrap();
    }
    for pattern in ["x-*.tar", "x-?.tar", "[x]-?.tar"] {
        assert_eq!(tree.load(pattern), ["train: x-a.tar old.tar"], "{pattern}");
    }
    assert_eq!(tree.load("s*/*"), ["train: sub/x-b.tar old.tar"]);
    assert_eq!(tree.load("**/x-*"), ["train: sub/x-b.tar old.tar x-a.tar old.tar"]);
    assert_eq!(tree.load("[o]*.tar"), ["train: old.tar"]);
    assert_eq!(tree.load("sub"), ["train: sub/x-b.tar old.tar"]);
}

#[cfg(unix)]
#[test]
fn folders_that_cannot_be_read_are_passed_over_where_nobody_named_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let tree = Tree::new(&["a/x.tar", "b/x.tar"]);
    std::fs::set_permissions(tree.0.path().join("b"), std::fs::Permissions::from_mode(0o000)).unwrap();
    // Nothing is closed to root.
    if std::fs::read_dir(tree.0.path().join("b")).is_err() {
        assert_eq!(tree.load("*/x.tar"), ["train: a/x.tar"]);
        assert_eq!(tree.fail("*/*.tar").0, ErrorKind::Permission);
        assert_eq!(tree.fail("b/x.tar").0, ErrorKind::Permission);
        assert_eq!(tree.fail("b").0, ErrorKind::Permission);
    } else {
        assert_eq!(tree.load("*/x.tar"), ["train: a/x.tar b/x.tar"]);
    }
    std::fs::set_permissions(tree.0.path().join("b"), std::fs::Permissions::from_mode(0o700)).unwrap();
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "train",
            "test",
            "val",
            "dev",
            "data",
            "x-train-y",
            "train_1",
            "Test-2",
            "a{b,c}",
            "[x]"
        ])
        .prop_map(str::to_owned),
        "[a-z]{1,3}",
    ]
}

/// Names of shards, none of which is a folder of another.
fn trees() -> impl Strategy<Value = BTreeSet<String>> {
    let name = (vec(part(), 0..3), part()).prop_map(|(folders, name)| {
        let folders: String = folders.iter().map(|folder| format!("{folder}.d/").replace("train.d", "train")).collect();
        format!("{folders}{name}.tar")
    });
    btree_set(name, 1..12)
}

/// Any text, and texts of what means something in paths and patterns.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        vec(
            prop::sample::select(vec![
                "{", "}", ",", "..", "\\", "*", "**", "?", "[", "]", "[!", "-", "/", "~", "@", "a", "0", " ", ":",
                "//", "file:", "s3://", "at://", "http://", "\0", "é", "train", ".tar"
            ]),
            0..12
        )
        .prop_map(|parts| parts.concat())
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_shard_is_lost_and_the_order_is_that_of_the_names(names in trees()) {
        let dir = tempfile::tempdir().unwrap();
        for name in &names {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let pattern = format!("{}/**/*.tar", dir.path().to_str().unwrap());
        let splits = load_dataset::<Note>(&pattern).unwrap();
        let mut seen = Vec::new();
        for (_, dataset) in &splits {
            let paths: Vec<_> = dataset.shards().iter().map(|shard| shard.path().unwrap().to_owned()).collect();
            prop_assert!(paths.is_sorted());
            seen.extend(paths);
        }
        let relative = |path: &Path| path.strip_prefix(dir.path()).unwrap().to_str().unwrap().to_owned();
        prop_assert_eq!(seen.iter().map(|path| relative(path)).collect::<BTreeSet<_>>(), names.clone());
        prop_assert_eq!(seen.len(), names.len());
        let again = load_dataset::<Note>(&pattern).unwrap();
        prop_assert_eq!(format!("{splits:?}"), format!("{again:?}"));
    }

    #[test]
    fn collapsed_names_expand_to_themselves(names in vec("[a-c/{},\\\\ .0-2é]{0,8}", 1..6)) {
        let pattern = collapse(&names).unwrap();
        prop_assert_eq!(expand(&pattern).unwrap(), names, "{}", pattern);
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_loader_panic(text in texts(), file in texts()) {
        // Not from the root of this machine: that would be read whole.
        let below = text.trim_start_matches(['/', '~', '.']);
        let dir = tempfile::tempdir().unwrap();
        let text = format!("{}/{below}", dir.path().to_str().unwrap());
        let _ = load_dataset::<Note>(&text);
        // Of buckets nobody is asked but a port of this machine that nobody listens on.
        let nowhere = S3Config::anonymous().endpoint("http://127.0.0.1:1");
        let options = ReadOptions::new().s3(nowhere).retry(Retry::new().attempts(1));
        let _ = LoadOptions::new().options(options).data_files(("a", [file.trim_start_matches(['/', '~', '.'])])).load::<Note>(&text);
    }
}
