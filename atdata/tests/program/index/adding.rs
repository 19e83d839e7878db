//! `atdata index add`: the schema, and how many samples there are.

use super::*;

#[test]
fn who_gives_no_schema_is_told_how_to_get_one_and_the_commands_do_it() {
    let dir = dir();
    let refused = run(&dir, &["index", "add", "my-photos", SHARDS]).fails(2);
    assert!(!dir.path().join(".atdata").exists(), "and nothing is made");
    let infer = format!("schema infer '{SHARDS}' --name MyPhotos -o MyPhotos.json");
    let add = format!("index add my-photos '{SHARDS}' --schema MyPhotos.json");
    for command in [&infer, &add, "`--infer`"] {
        assert!(refused.contains(command), "{command}: {refused}");
    }
    for command in [infer, add] {
        let command = command.replace('\'', "");
        let done = run(&dir, &command.split(' ').collect::<Vec<_>>());
        assert_eq!(done.code, 0, "{command}: {}", done.err);
    }
    let shown = run(&dir, &["index", "show", "my-photos"]).sound();
    assert!(shown.contains("Schema:   atdata://local/schema/MyPhotos@1.0.0\n"), "{shown}");
}

#[test]
fn the_schema_that_samples_fit_is_stored_with_them() {
    let dir = dir();
    let added = run(&dir, &["index", "add", "photos", SHARDS, "--infer"]);
    assert_eq!(added.code, 0, "{}", added.err);
    assert!(added.err.contains("the schema is atdata://local/schema/Photos@1.0.0"), "{}", added.err);
    let schema = run(&dir, &["schema", "show", "Photos@1.0.0"]).sound();
    assert!(schema.contains("label: str") && schema.contains("stars: int"), "{schema}");
    // Once more: it is there already.
    run(&dir, &["index", "add", "photos", SHARDS, "--infer"]);
    assert_eq!(run(&dir, &["schema", "ls"]).sound().lines().count(), 1);
    // Other samples under the name get another version of it.
    let mut writer = ShardWriter::builder(dir.path().join("other.tar")).build().unwrap();
    writer.write(&Group { label: "a".into(), stars: 1.5 }).unwrap();
    writer.finish().unwrap();
    let added = run(&dir, &["index", "add", "photos", "other.tar", "--infer"]);
    assert!(added.code == 0 && added.err.contains("schema/Photos@1.1.0"), "{}", added.err);
    assert_eq!(run(&dir, &["index", "add", "x", "other.tar", "--infer", "--schema", "x.json"]).code, 2);
}

#[derive(Packable)]
struct Group {
    label: String,
    stars: f64,
}

#[test]
fn samples_are_counted_where_files_are_read_and_else_it_is_said_how() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"]).sound();
    assert!(run(&dir, &["index", "show", "photos"]).sound().contains("\nSamples:  5\n"));
    assert!(run(&dir, &["index", "ls"]).sound().contains("  5 samples  "));
    assert_eq!(run(&dir, &["index", "show", "photos", "--json"]).json()[0]["samples"], 5);

    run(&dir, &["index", "add", "bare", "photos-000000.tar", "--schema", "Photo@1.0.0", "--no-checksums"]).sound();
    assert!(run(&dir, &["index", "ls"]).sound().lines().next().unwrap().contains("  ? samples  "));
    let unknown = run(&dir, &["index", "show", "bare"]).sound();
    assert!(unknown.contains("\nSamples:  not known; `atdata index-shards @local/bare` counts them"), "{unknown}");
    run(&dir, &["index-shards", "@local/bare"]).sound();
    assert!(run(&dir, &["index", "show", "bare"]).sound().contains("\nSamples:  2\n"));
}

#[test]
fn shards_that_are_known_already_are_told_with_their_other_name() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"]).sound();
    let again = run(&dir, &["index", "add", "train", SHARDS, "--schema", "Photo@1.0.0"]);
    assert_eq!(again.err, "note: these shards are known as photos as well, which leads to the same entry\n");
    assert_eq!(again.code, 0);
}

#[cfg(feature = "manifest")]
#[test]
fn a_dataset_of_the_index_is_asked_by_its_manifests() {
    let dir = with_schema();
    run(&dir, &["index", "add", "photos", SHARDS, "--schema", "Photo@1.0.0"]).sound();
    run(&dir, &["manifest", "build", SHARDS]).sound();
    let told = run(&dir, &["query", "@local/photos", "stars >= 3", "--explain", "--json"]).json();
    let how: Vec<_> = told[..3].iter().map(|shard| shard["how"].as_str().unwrap()).collect();
    assert_eq!(how, ["left out", "by rows", "by rows"]);
    assert_eq!((&told[3]["totals"]["matching"], &told[3]["totals"]["read"]), (&2.into(), &0.into()));
    assert_eq!(run(&dir, &["query", "@local/photos", "stars >= 3", "--count"]).sound(), "2\n");
}

/// An index keeps paths as text: what another one looks like as text is the path of no file.
#[cfg(target_os = "linux")]
#[test]
fn a_shard_whose_path_is_no_text_is_not_added_but_copied() {
    use std::os::unix::ffi::OsStrExt as _;

    let dir = with_schema();
    let folder = dir.path().join("odd");
    fs::create_dir(&folder).unwrap();
    let odd = folder.join(std::ffi::OsStr::from_bytes(b"\xff.tar"));
    fs::copy(dir.path().join("photos-000000.tar"), odd).unwrap();
    for place in ["odd", "odd/*.tar", "file:odd/%FF.tar"] {
        for more in [&[][..], &["--no-checksums"]] {
            let refused =
                run(&dir, &[&["index", "add", "photos", place, "--schema", "Photo@1.0.0"], more].concat()).fails(2);
            assert!(refused.contains("paths as text") && refused.contains("--store"), "{place}: {refused}");
        }
        run(&dir, &["index", "add", "photos", place, "--schema", "Photo@1.0.0", "--store", "there"]).sound();
        assert!(run(&dir, &["verify", "photos"]).sound().contains("All checksums verified."), "{place}");
        run(&dir, &["index", "rm", "photos"]);
    }
}
