//! `atdata schema`, and schemas of what is added.

use std::fs;

use serde_json::Value as Json;

use super::{SHARDS, dir, run, with_schema};

#[test]
fn a_schema_that_is_not_there_is_said_before_anything_is_added() {
    let dir = with_schema();
    let error = run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@2.0.0"]).fails(1);
    assert!(error.contains("there are \"Photo@1.0.0\""), "{error}");
    let error = run(&dir, &["index", "add", "a@b", SHARDS, "--schema", "Photo@1.0.0"]).fails(2);
    assert!(error.contains("`@` divides a name from its version"), "{error}");
    assert_eq!(run(&dir, &["index", "ls"]).out, "");
}

#[test]
fn schemas_are_shown_from_wherever_they_are() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"]).sound();
    let fields = "Fields (2):\n  label: str\n  stars: int\n";
    for schema in ["photo.json", "Photo@1.0.0", "atdata://local/sampleSchema/Photo@1.0.0", "@local/photos", "photos"] {
        let shown = run(&dir, &["schema", "show", schema]).sound();
        assert_eq!(shown, format!("Schema for: {schema}\nName: Photo@1.0.0\n{fields}"));
    }
    for shards in ["photos-000000.tar", SHARDS] {
        assert_eq!(run(&dir, &["schema", "show", shards]).sound(), format!("Schema for: {shards}\n{fields}"));
    }
    assert_eq!(run(&dir, &["schema", "show", "photo.json", "--json"]).json()[0]["name"], "Photo");
    run(&dir, &["schema", "show", "nothing"]).fails(1);
}

#[test]
fn schemas_are_compared_with_the_exit_codes_of_diff() {
    let dir = with_schema();
    assert_eq!(run(&dir, &["schema", "diff", "photo.json", "Photo@1.0.0"]).sound(), "Schemas are identical.\n");
    let text = fs::read_to_string(dir.path().join("photo.json")).unwrap();
    let changed = text.replace("\"int\"", "\"str\"").replace("label", "title");
    fs::write(dir.path().join("changed.json"), changed).unwrap();
    let differ = run(&dir, &["schema", "diff", "photo.json", "changed.json"]);
    let expected =
        "Added:\n  + title: str\nRemoved:\n  - label: str\nChanged:\n  ~ stars: int -> str\nVerdict: major\n";
    assert!(differ.out.starts_with(expected), "{}", differ.out);
    assert_eq!(differ.fails(1), "");
    let lines = run(&dir, &["schema", "diff", "photo.json", "changed.json", "--json"]).out;
    assert_eq!(lines.lines().next().unwrap(), r#"{"change":"added","field":"title","new":"str"}"#);
    run(&dir, &["schema", "diff", "photo.json", "nothing.json"]).fails(2);
    assert_eq!(run(&dir, &["schema", "diff", "photo.json", "photos-000000.tar"]).sound(), "Schemas are identical.\n");
}

#[test]
fn another_schema_of_a_published_version_is_refused() {
    let dir = with_schema();
    let text = fs::read_to_string(dir.path().join("photo.json")).unwrap();
    fs::write(dir.path().join("photo.json"), text.replace("\"int\"", "\"str\"")).unwrap();
    let error = run(&dir, &["schema", "publish", "photo.json"]).fails(1);
    assert!(error.contains("major  stars: type int -> str"), "{error}");
    fs::write(dir.path().join("photo.json"), "{").unwrap();
    assert!(run(&dir, &["schema", "publish", "photo.json"]).fails(2).contains("photo.json"));
}

#[test]
fn shards_of_another_type_are_not_registered() {
    let dir = with_schema();
    let text = fs::read_to_string(dir.path().join("photo.json")).unwrap();
    fs::write(dir.path().join("other.json"), text.replace("\"label\"", "\"title\"").replace("Photo", "Other")).unwrap();
    let error = run(&dir, &["index", "add", "x", SHARDS, "--schema", "other.json"]).fails(1);
    assert!(error.contains("title: expected str, which is not there; the sample has `label`, `stars`"), "{error}");
    fs::write(dir.path().join("record.tar"), "{\"no\": \"shard\"}").unwrap();
    run(&dir, &["index", "add", "x", "record.tar", "--schema", "Photo@1.0.0"]).fails(1);
    assert_eq!(run(&dir, &["index", "ls"]).out, "");
    run(&dir, &["index", "add", "x", SHARDS, "--schema", "other.json", "--unchecked"]).sound();
}

#[test]
fn a_record_is_inferred_that_the_samples_fit() {
    let dir = dir();
    let inferred = run(&dir, &["schema", "infer", SHARDS, "--name", "Photo"]);
    assert!(inferred.err.contains("note: not known: descriptions"), "{}", inferred.err);
    let record: Json = serde_json::from_str(&inferred.out).unwrap();
    assert_eq!((&record["name"], &record["version"]), (&"Photo".into(), &"1.0.0".into()));
    let written = run(&dir, &["schema", "infer", "photos-*.tar", "-o", "inferred.json"]);
    assert!(written.out.contains("Photos@1.0.0 is in inferred.json"), "{}", written.out);
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "inferred.json"]).sound();
    assert_eq!(
        run(&dir, &["schema", "show", "@local/photos"]).sound(),
        "Schema for: @local/photos\nName: Photos@1.0.0\nFields (2):\n  label: str\n  stars: int\n"
    );
    run(&dir, &["schema", "infer", SHARDS, "-o", "inferred.json"]).fails(1);
    // What is shown of a shard as JSON is a record as well.
    let shown = run(&dir, &["schema", "show", "--json", "photos-000000.tar"]);
    fs::write(dir.path().join("shown.json"), &shown.out).unwrap();
    let published = run(&dir, &["schema", "publish", "shown.json"]).sound();
    assert!(published.starts_with("atdata://local/schema/"), "{published}");
}

#[test]
fn a_schema_is_shown_of_folders_and_patterns() {
    let dir = with_schema();
    let folder = dir.path().join("several");
    fs::create_dir(&folder).unwrap();
    fs::copy(dir.path().join("photos-000000.tar"), folder.join("a.tar")).unwrap();
    for place in ["several", "several/*.tar"] {
        let shown = run(&dir, &["schema", "show", place]).sound();
        assert!(shown.contains("Fields ("), "{shown}");
    }
}

#[test]
fn an_inferred_record_replaces_no_file() {
    let dir = with_schema();
    fs::write(dir.path().join("mine.json"), "{}").unwrap();
    let error = run(&dir, &["schema", "infer", "photos-000000.tar", "-o", "mine.json"]).fails(1);
    assert!(error.contains("error: mine.json: this file exists, and is not replaced"), "{error}");
    assert_eq!(fs::read_to_string(dir.path().join("mine.json")).unwrap(), "{}");
}

#[test]
fn a_schema_is_named_with_its_version_or_by_a_file() {
    let dir = with_schema();
    let add = |schema: &str| run(&dir, &["index", "add", "photos", SHARDS, "--schema", schema]);
    let error = add("Photo").fails(2);
    assert!(
        error.contains("expected a schema such as `Name@1.0.0`") && error.contains("there are `Photo@1.0.0`"),
        "{error}"
    );
    let error = add("gone.json").fails(1);
    assert!(error.starts_with("error: gone.json: "), "{error}");
    add("photo.json").sound();
}

#[test]
fn plain_shards_are_not_registered_as_packed_samples() {
    let dir = with_schema();
    let mut archive = tar::Builder::new(fs::File::create(dir.path().join("p.tar")).unwrap());
    let mut header = tar::Header::new_ustar();
    header.set_size(1);
    archive.append_data(&mut header, "a.jpg", &b"x"[..]).unwrap();
    archive.finish().unwrap();
    let error = run(&dir, &["index", "add", "plain", "p.tar", "--schema", "Photo@1.0.0"]).fails(1);
    let expected = "error: p.tar: the samples are those of plain WebDataset, each field a member, and the schema is of packed ones: ";
    assert!(error.starts_with(expected) && error.lines().count() == 1, "{error}");
}

#[test]
fn a_schema_gets_the_name_of_its_file_in_letters_of_any_script() {
    let dir = dir();
    for (file, name) in [
        ("größen-000000.tar", "Größen"),
        ("ünder_écrits-1.tar", "ÜnderÉcrits"),
        ("写真-000000.tar", "写真"),
        ("0-1.tar", "Sample"),
    ] {
        fs::copy(dir.path().join("photos-000000.tar"), dir.path().join(file)).unwrap();
        let inferred = run(&dir, &["schema", "infer", file]);
        let record: Json = serde_json::from_str(&inferred.out).unwrap();
        assert_eq!((inferred.code, &record["name"]), (0, &Json::from(name)), "{}", inferred.err);
    }
}

/// One that nobody can read is named, and gives way to the one that is published in its place.
#[test]
fn a_damaged_schema_is_named_and_replaced() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"]).sound();
    let index = dir.path().join(".atdata/index.db");
    let connection = rusqlite::Connection::open(&index).unwrap();
    for damage in ["'{'", "'{\"name\": 1}'", "x'ff00'", "CAST(x'7bff' AS TEXT)", "7"] {
        connection.execute(&format!("UPDATE schemas SET schema_json = {damage}"), []).unwrap();
        let listed = run(&dir, &["schema", "ls"]);
        assert!(listed.code == 1 && listed.err.contains("Photo@1.0.0"), "{damage}: {}{}", listed.out, listed.err);
        assert!(listed.err.contains("index.db"), "{damage}: {}", listed.err);
        for args in [&["schema", "show", "Photo@1.0.0"][..], &["index", "add", "x", SHARDS, "--schema", "Photo@1.0.0"]]
        {
            let error = run(&dir, args).fails(1);
            let begin = "the schema \"Photo@1.0.0\" in sqlite://";
            assert!(error.contains(begin) && error.contains("publishing it again replaces it"), "{damage}: {error}");
        }
        let published = run(&dir, &["schema", "publish", "photo.json"]);
        assert_eq!(published.out, "atdata://local/schema/Photo@1.0.0\n", "{}", published.err);
        assert!(published.code == 0 && published.err.contains("it was replaced"), "{damage}: {}", published.err);
        assert!(run(&dir, &["schema", "show", "Photo@1.0.0"]).sound().contains("stars: int"));
        assert_eq!(run(&dir, &["schema", "ls"]).sound().lines().count(), 1);
    }
}

/// What a newer version has stored is nobody's to replace.
#[test]
fn a_schema_of_another_form_is_kept() {
    let dir = with_schema();
    let connection = rusqlite::Connection::open(dir.path().join(".atdata/index.db")).unwrap();
    let newer = r#"{"name": "Photo", "version": "1.0.0", "fields": [{"name": "a", "field_type": {"$type": "new"}}]}"#;
    connection.execute("UPDATE schemas SET schema_json = ?1", [newer]).unwrap();
    let error = run(&dir, &["schema", "publish", "photo.json"]).fails(1);
    assert!(error.contains("of a form that this version does not know"), "{error}");
    let kept: String = connection.query_row("SELECT schema_json FROM schemas", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, newer);
}

/// Rows whose names are none are told as well, by every command that looks at all of them.
#[test]
fn rows_of_which_not_even_the_name_can_be_read_hide_no_others() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"]).sound();
    let connection = rusqlite::Connection::open(dir.path().join(".atdata/index.db")).unwrap();
    connection
        .execute_batch(
            "INSERT INTO schemas (name, version, schema_json) VALUES (x'fe', '1.0.0', '{}');
             INSERT INTO labels (name, cid, version) VALUES (x'fe', 'c', '1.0.0'), (CAST(x'61ff' AS TEXT), 'c', '');
             INSERT INTO dataset_entries (cid, name, schema_ref, data_urls) VALUES ('c', x'fe', 'x', x'90'),
               ('d', CAST(x'61ff' AS TEXT), 'x', x'90'), ('e', 'e', 'x', 7);",
        )
        .unwrap();
    for (args, lines, damaged) in [
        (&["schema", "ls"][..], 1, 1),
        (&["index", "ls"], 1, 3),
        (&["index", "ls", "--labels"], 1, 2),
        (&["index", "search"], 1, 3),
        (&["index", "search", "pho"], 1, 2),
    ] {
        let listed = run(&dir, args);
        assert_eq!((listed.code, listed.out.lines().count()), (1, lines), "{args:?}: {}{}", listed.out, listed.err);
        let told = listed.err.lines().filter(|line| line.starts_with("error: ") && line.contains("damaged")).count();
        assert!(told >= damaged, "{args:?}: {}", listed.err);
    }
    run(&dir, &["index", "show", "photos"]).sound();
    run(&dir, &["verify", "photos"]).sound();
}
