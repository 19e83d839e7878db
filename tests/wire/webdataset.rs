//! Plain `WebDataset` shards, of images, text and JSON: every group with its fields.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use atdata::{ErrorKind, Result};
use atdata_tests::archive::groups_of_file;
use atdata_tests::{Encode, fixtures};
use serde_json::{Value as Json, json};

/// What Python cannot read and we can, with the file that holds the same, and why.
const DEVIATIONS: &[(&str, &str, &str)] = &[
    (
        "gzip_multi_member.tar.gz",
        "interleaved.tar",
        "gzip allows a file to be of several members, and `cat` makes such files",
    ),
    ("interleaved.tar.zst", "interleaved.tar", "zstd is what WebDataset's own tools write, through a shell command"),
];

/// Errors of Python's that are ours too, with their kind and our text for them.
const ERRORS: &[(&str, ErrorKind, &str)] = &[
    ("case_duplicate.tar", ErrorKind::Corrupt, "expected each field once, found `txt` twice"),
    ("duplicate.tar", ErrorKind::Corrupt, "expected each field once, found `txt` twice"),
    ("zero_bytes.tar", ErrorKind::Corrupt, "empty file: expected a tar archive"),
];

fn groups(name: &str) -> Result<Json> {
    let (groups, error) = groups_of_file(&fixtures::path(&format!("webdataset/{name}")));
    let groups = groups.into_iter().map(|group| {
        let members: Json = group.fields.iter().map(|(name, data)| (name.clone(), data.encode())).collect();
        json!({ "key": group.key, "members": members })
    });
    error.map_or(Ok(groups.collect()), Err)
}

#[test]
fn every_shard_has_python_s_groups() {
    let expected = fixtures::json("webdataset/expected.json");
    let expected = expected.as_object().unwrap();
    fixtures::assert_all_named("webdataset", expected.keys().map(String::as_str));
    for (name, expected) in expected {
        let found = groups(name);
        if let Some((_, same, _)) = DEVIATIONS.iter().find(|(deviation, ..)| deviation == name) {
            assert!(expected["raw"].get("error").is_some(), "{name}");
            assert_eq!(found.unwrap(), groups(same).unwrap(), "{name}");
        } else if expected["raw"].get("error").is_some() {
            let error = found.unwrap_err();
            let (_, kind, text) = ERRORS.iter().find(|(error, ..)| error == name).expect(name);
            assert_eq!(error.kind(), *kind, "{name}");
            assert!(error.to_string().ends_with(text), "{error}");
            assert!(error.shard().unwrap().ends_with(name));
        } else {
            assert_eq!(found.unwrap(), expected["raw"], "{name}");
        }
    }
}

#[test]
fn a_compressed_shard_holds_the_same() {
    assert_eq!(groups("interleaved.tar").unwrap(), groups("interleaved.tar.xz").unwrap());
}
