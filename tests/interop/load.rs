//! The same names, loaded by Python and by Rust.

use std::path::Path;

use atdata::source::collapse;
use atdata::{DictSample, load_dataset};
use atdata_tests::python::interop;
use serde_json::{Map, Value as Json, json};

const SHARDS: [&str; 13] = [
    "train-000000.tar",
    "train-000001.tar",
    "test-000000.tar",
    "a-val-b.tar",
    "plain.tar",
    "x.tar.gz",
    "data/test/x/0.tar",
    "data/dev/1.tar",
    "data/dev/0.tar",
    "only/z.tar",
    "only/a.tar",
    "odd,names{/a.tar",
    "odd,names{/b.tar",
];

/// Paths below the folder of the shards that are the same to both.
const SAME: [&str; 9] = [
    "plain.tar",
    "train-000001.tar",
    "*.tar",
    "t*-00000?.tar",
    "train-{000000..000001}.tar",
    "data/dev/{1,0}.tar",
    "data/dev/*.tar",
    "data/dev",
    "only",
];

/// Paths that are not, what Python makes of them, and why.
const DEVIATIONS: [(&str, &str, &str); 5] = [
    ("", "no x.tar.gz", "compressed shards are shards"),
    ("{train,test}-000000.tar", "one split", "each shard belongs to the split that its own name speaks of"),
    ("{train,test}-*.tar", "no files", "wildcards are expanded behind braces"),
    ("data/**/0.tar", "FileNotFoundError", "`**` is any folders"),
    ("plain.ta[r]", "one shard of that name", "so are the characters in brackets"),
];

pub(crate) fn python_and_rust_load_the_same_splits(python: &Path) {
    let folder = tempfile::Builder::new().prefix("shards").tempdir().unwrap();
    for shard in SHARDS {
        let path = folder.path().join(shard);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    let root = folder.path().to_str().unwrap();
    let at = |path: &str| format!("{root}/{path}");
    let odd = collapse(&[at("odd,names{/a.tar"), at("odd,names{/b.tar")]).unwrap();
    let nothing_shared = collapse(&[at("only/z.tar"), "s3://b/x".to_owned()]).unwrap();
    let mut same: Vec<String> = SAME.iter().map(|path| at(path)).collect();
    same.extend(["https://h/test/x-{0..2}.tar", "s3://b/dev/x.tar"].map(str::to_owned));
    same.extend([odd, nothing_shared]);

    let asked: Vec<String> = same.iter().cloned().chain(DEVIATIONS.iter().map(|(path, ..)| at(path))).collect();
    let (request, response) = (folder.path().join("request.json"), folder.path().join("response.json"));
    std::fs::write(&request, serde_json::to_vec(&asked).unwrap()).unwrap();
    interop(python, &["load".as_ref(), request.as_os_str(), response.as_os_str()]);
    let theirs: Map<String, Json> = serde_json::from_slice(&std::fs::read(&response).unwrap()).unwrap();
    assert_eq!(theirs.len(), asked.len());
    for path in &same {
        assert_eq!(ours(path), theirs[path], "{path}");
    }
    for (path, what, why) in DEVIATIONS {
        assert_ne!(ours(&at(path)), theirs[&at(path)], "{path}: Python has {what}, but {why}");
    }
}

fn ours(path: &str) -> Json {
    let splits = load_dataset::<DictSample>(path).unwrap_or_else(|error| panic!("{error:?}"));
    let urls = |(name, dataset): (&str, &atdata::Dataset)| {
        json!([name, dataset.shards().iter().map(atdata::source::Shard::url).collect::<Vec<_>>()])
    };
    splits.iter().map(urls).collect()
}
