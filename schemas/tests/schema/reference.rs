//! Every spelling of a reference that has been in use.

use atdata_schema::{
    LensReference, ReferenceError, SchemaReference, SchemaTarget, Version, latest_version, next_version,
};

fn local(name: &str, version: &str) -> SchemaTarget {
    SchemaTarget::Local { name: name.into(), version: version.into() }
}

fn published(authority: &str, name: &str, version: Option<&str>) -> SchemaTarget {
    SchemaTarget::Published { authority: authority.into(), name: name.into(), version: version.map(Into::into) }
}

fn record(authority: &str, collection: &str, key: &str) -> SchemaTarget {
    SchemaTarget::Record { authority: authority.into(), collection: collection.into(), key: key.into() }
}

#[test]
fn every_form_is_read_and_kept_as_it_was_written() {
    let cases = [
        ("atdata://local/schema/Photo@1.0.0", local("Photo", "1.0.0")),
        ("atdata://local/schema/my.module.Photo@1.0.0", local("Photo", "1.0.0")),
        ("atdata://local/schema/a@b@not-semver", local("a@b", "not-semver")),
        ("atdata://local/sampleSchema/Photo@2.10.0", local("Photo", "2.10.0")),
        ("local://schemas/my.module.Photo@1.0.0", local("Photo", "1.0.0")),
        ("local://schemas/Photo@1.0.0", local("Photo", "1.0.0")),
        ("@alice.example/Photo@1.0.0", published("alice.example", "Photo", Some("1.0.0"))),
        ("@did:plc:abc/Photo@1.0.0", published("did:plc:abc", "Photo", Some("1.0.0"))),
        ("atdata://alice.example/schema/Photo@1.0.0", published("alice.example", "Photo", Some("1.0.0"))),
        ("atdata://alice.example/schema/Photo", published("alice.example", "Photo", None)),
        ("atdata://did:plc:abc/sampleSchema/Photo", published("did:plc:abc", "Photo", None)),
        (
            "at://did:plc:abc/science.alt.dataset.schema/3k2a",
            record("did:plc:abc", "science.alt.dataset.schema", "3k2a"),
        ),
        (
            "at://alice.example/science.alt.dataset.schema/a/b",
            record("alice.example", "science.alt.dataset.schema", "a/b"),
        ),
        ("at://did:plc:abc/ac.foundation.dataset.schema/x", record("did:plc:abc", "ac.foundation.dataset.schema", "x")),
        (
            "at://did:plc:abc/ac.foundation.dataset.sampleSchema/x",
            record("did:plc:abc", "ac.foundation.dataset.sampleSchema", "x"),
        ),
    ];
    for (text, target) in cases {
        let reference: SchemaReference = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(*reference.target(), target, "{text}");
        assert_eq!(reference.to_string(), text);
        // The current spelling means the same.
        let current: SchemaReference = reference.current().parse().unwrap();
        assert_eq!(*current.target(), target, "{text}");
        assert_eq!(current.current(), current.as_str());
    }
}

#[test]
fn new_references_have_the_current_spelling() {
    assert_eq!(SchemaReference::local("Photo", "1.0.0").as_str(), "atdata://local/schema/Photo@1.0.0");
    assert_eq!(
        SchemaReference::published("alice.example", "Photo", Some("1.0.0")).as_str(),
        "@alice.example/Photo@1.0.0"
    );
    assert_eq!(
        SchemaReference::published("alice.example", "Photo", None).as_str(),
        "atdata://alice.example/schema/Photo"
    );
    assert_eq!(SchemaReference::record("did:plc:abc", "3k").as_str(), "at://did:plc:abc/science.alt.dataset.schema/3k");
}

#[test]
fn what_is_no_reference_says_what_one_looks_like() {
    let cases = [
        (
            "Photo",
            "\"Photo\" is not a reference to a schema: expected `atdata://local/schema/Name@1.0.0`, `@handle/Name@1.0.0` or `at://did/science.alt.dataset.schema/key`",
        ),
        (
            "",
            "\"\" is not a reference to a schema: expected `atdata://local/schema/Name@1.0.0`, `@handle/Name@1.0.0` or `at://did/science.alt.dataset.schema/key`",
        ),
        (
            "atdata://local/schema/Photo",
            "\"atdata://local/schema/Photo\" has no version: write it after the name, as in `Name@1.0.0`",
        ),
        (
            "atdata://local/schema/Photo@",
            "\"atdata://local/schema/Photo@\" has no version: write it after the name, as in `Name@1.0.0`",
        ),
        (
            "@alice.example/Photo",
            "\"@alice.example/Photo\" has no version: write it after the name, as in `Name@1.0.0`",
        ),
        ("local://schemas/@1.0.0", "\"local://schemas/@1.0.0\" has no name: expected `Name@1.0.0` after the last `/`"),
        (
            "local://schemas/mod.@1.0.0",
            "\"local://schemas/mod.@1.0.0\" has no name: expected `Name@1.0.0` after the last `/`",
        ),
        ("atdata://local", "\"atdata://local\" is incomplete: expected `atdata://local/schema/Name@1.0.0`"),
        (
            "at://did:plc:abc/science.alt.dataset.schema",
            "\"at://did:plc:abc/science.alt.dataset.schema\" is incomplete: expected `at://did/science.alt.dataset.schema/key`",
        ),
        ("@alice", "\"@alice\" is incomplete: expected `@handle/Name@1.0.0`"),
        ("atdata://local/lens/f@1.0.0", "\"atdata://local/lens/f@1.0.0\" leads to `lens`, not to a schema"),
        (
            "at://did:plc:abc/science.alt.dataset.entry/x",
            "\"at://did:plc:abc/science.alt.dataset.entry/x\" leads to `science.alt.dataset.entry`, not to a schema",
        ),
        (
            "at://did:plc:abc/science.alt.dataset.schematic/x",
            "\"at://did:plc:abc/science.alt.dataset.schematic/x\" leads to `science.alt.dataset.schematic`, not to a schema",
        ),
    ];
    for (text, message) in cases {
        let error: ReferenceError = text.parse::<SchemaReference>().unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn no_error_of_a_reference_has_a_password() {
    for text in [
        "https://me:hunter2@h/x?sig=hunter2",
        "redis://:hunter2",
        "atdata://me:hunter2@h/schema/T@1.0.0",
        "atdata://h/schema/T?sig=hunter2",
        "at://me:hunter2@h",
        "me:hunter2@h:/x",
    ] {
        let schema = text.parse::<SchemaReference>().err().map(|error| format!("{error:?} {error}"));
        let lens = text.parse::<LensReference>().unwrap_err();
        for told in schema.into_iter().chain([format!("{lens:?} {lens}")]) {
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
}

#[test]
fn versions_are_compared_as_numbers() {
    assert_eq!(latest_version(["2.9.0", "2.10.0", "1.99.99"]), Some(Version::new(2, 10, 0)));
    assert_eq!(latest_version(["3.0.0-rc.1", "1.0.0+build", "1.0", "x", "1.0.0.0"]), None);
    assert_eq!(next_version(["1.0.0", "1.0.9"]), Version::new(1, 0, 10));
    assert_eq!(next_version(["not-semver"]), Version::new(1, 0, 0));
    assert_eq!(next_version(["1.0.18446744073709551615"]), Version::new(1, 0, u64::MAX));
}
