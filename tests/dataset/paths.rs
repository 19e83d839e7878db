//! Names: how those of members split into key and field, and what patterns of shards stand for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use atdata::ErrorKind;
use atdata::source::expand;
use atdata_tests::archive::{groups_of_bytes, tar};
use atdata_tests::fixtures;
use serde_json::json;

#[test]
fn member_names_split_as_in_python() {
    for (name, expected) in fixtures::json("paths.json")["base_plus_ext"].as_object().unwrap() {
        let (groups, error) = groups_of_bytes(tar([(name.as_str(), b"x".as_slice())]));
        assert!(error.is_none(), "{name:?}: {error:?}");
        let found: Vec<_> = groups.iter().map(|group| json!([group.key, group.fields[0].0])).collect();
        let expected = if expected[0].is_null() { vec![] } else { vec![expected.clone()] };
        // The pattern's dot does not match a line break, but its character class does: as in Python.
        assert_eq!(found, expected, "{name:?}");
    }
}

#[test]
fn patterns_expand_as_in_python() {
    for (pattern, expected) in fixtures::json("paths.json")["braceexpand"].as_object().unwrap() {
        match expand(pattern) {
            Ok(found) => assert_eq!(json!(found), *expected, "{pattern}"),
            Err(error) => {
                assert_eq!(expected["error"], "UnbalancedBracesError", "{pattern}: {error}");
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
            }
        }
    }
}

/// Where `expand` is not Python's `braceexpand`, and why.
const DEVIATIONS: &[(&str, &[&str], &str)] = &[
    (
        r"C:\data\x-{0..1}.tar",
        &[r"C:\data\x-0.tar", r"C:\data\x-1.tar"],
        "Python drops the backslashes of Windows paths",
    ),
    (r"C:\x\y.tar", &[r"C:\x\y.tar"], "the same where nothing expands"),
    (r"a\-{x,y}", &[r"a\-x", r"a\-y"], "only a brace or a comma needs to be escaped"),
    (r"a\\{x,y}", &[r"a\x", r"a\y"], "of backslashes before a brace each pair is one"),
];

#[test]
fn backslashes_are_ordinary_characters() {
    for (pattern, expected, reason) in DEVIATIONS {
        assert_eq!(expand(pattern).unwrap(), *expected, "{pattern}: {reason}");
    }
}

#[test]
fn patterns_are_bounded() {
    let error = expand("{0..9999999}").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// What a dataset of several shards is called in Python leads back to its shards.
#[test]
fn urls_of_python_datasets_expand_to_their_shards() {
    for case in fixtures::json("paths.json")["shards_to_wds_url"].as_array().unwrap() {
        let (shards, url) = (&case[0], case[1].as_str().unwrap());
        // Python joins with a space what has no common pattern, and cannot read that either.
        if !url.contains(' ') {
            assert_eq!(json!(expand(url).unwrap()), *shards, "{url}");
        }
    }
}
