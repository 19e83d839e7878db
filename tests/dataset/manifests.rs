//! Manifests: those of fixtures, those that are written with shards and those that are made of them, held against shards.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "these are tests")]

use std::fs;
use std::path::{Path, PathBuf};

use atdata::dataset::{ManifestCheck, ManifestOptions};
use atdata::manifest::{Aggregate, Manifest, ManifestHeader};
use atdata::source::Shard;
use atdata::{Dataset, DictSample, Error, ErrorKind, Packable, ReadOptions, ShardWriter, Value};
use serde_json::Value as Json;

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(version = "1.2.0")]
pub(super) struct Photo {
    pub(super) image: Vec<u8>,
    label: String,
    confidence: f64,
    tags: Vec<String>,
    note: Option<String>,
}

pub(super) fn photo(number: usize) -> Photo {
    Photo {
        image: vec![7; number],
        label: ["cat", "dog"][number % 2].to_owned(),
        confidence: f64::from(u32::try_from(number).unwrap()) / 4.0,
        tags: vec![format!("t{}", number % 3)],
        note: number.is_multiple_of(5).then(|| "é".to_owned()),
    }
}

pub(super) fn write(pattern: &Path, samples: usize) -> Vec<PathBuf> {
    let mut writer = ShardWriter::builder(pattern).max_count(4).manifest(true).build().unwrap();
    for number in 0..samples {
        writer.write_with_key(&format!("{number:03}"), &photo(number)).unwrap();
    }
    writer.finish().unwrap().paths()
}

pub(super) fn beside(shard: &Path) -> Option<Manifest> {
    Manifest::beside(&Shard::from_path(shard), &ReadOptions::new()).unwrap()
}

fn check(shards: &[PathBuf]) -> Vec<Result<ManifestCheck, Error>> {
    let mut checks = Vec::new();
    let dataset = Dataset::<DictSample>::open(shards.to_vec()).unwrap();
    dataset.check_manifests(&ManifestOptions::new(), &|_| (), &mut |_, check| checks.push(check));
    checks
}

#[track_caller]
pub(super) fn assert_sound(shards: &[PathBuf]) {
    let checks = check(shards);
    assert_eq!(checks.len(), shards.len());
    for check in checks {
        let check = check.unwrap();
        assert!(check.is_sound() && check.notes.is_empty(), "{check:?}");
    }
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn manifests_appear_with_their_shards() {
    let folder = tempfile::tempdir().unwrap();
    let pattern = folder.path().join("p.v1-%02d.tar");
    let mut writer = ShardWriter::builder(&pattern).max_count(4).manifest(true).contents(true).build().unwrap();
    for number in 0..6 {
        writer.write(&photo(number)).unwrap();
    }
    assert_eq!(names(folder.path()), Vec::<String>::new());
    let paths = writer.finish().unwrap().paths();
    let of = |number: &str| {
        ["manifest.json", "manifest.parquet", "tar", "tar.atx"].map(|end| format!("p.v1-{number}.{end}"))
    };
    assert_eq!(names(folder.path()), [of("00"), of("01")].concat());
    assert_sound(&paths);
    let manifest = beside(&paths[1]).unwrap();
    let header = manifest.header();
    assert_eq!((manifest.shard(), header.shard_id.as_str(), header.num_samples), ("p.v1-01", "p.v1-01", 2));
    assert_eq!((header.schema_type.as_str(), header.schema_version.as_str()), ("Photo", "1.2.0"));
    let numeric = Aggregate::Numeric { min: Some(1.0), max: Some(1.25), mean: Some(1.125), count: 2 };
    assert_eq!(manifest.aggregate("confidence"), Some(&numeric));
    // The places are those that the contents have.
    let contents = atdata::shard::Contents::open(&paths[1]).unwrap().unwrap();
    let rows = manifest.rows().unwrap().unwrap();
    for row in 0..2 {
        let place = contents.sample(row as u64).unwrap();
        assert_eq!(rows.key(row), Some(place.key.as_str()));
        assert_eq!((rows.offset(row), rows.size(row)), (Some(place.members[0].data), Some(place.members[0].size)));
    }
}

#[test]
fn a_shard_that_is_replaced_loses_its_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    ShardWriter::builder(&path).manifest(true).write_all([photo(1)]).unwrap();
    assert!(beside(&path).is_some());
    Dataset::write(&path, [photo(2)]).unwrap();
    assert_eq!(names(folder.path()), ["a.tar"]);
    // A pattern of shards does not match them either.
    ShardWriter::builder(&path).manifest(true).write_all([photo(1)]).unwrap();
    let pattern = folder.path().join("a*");
    let found = atdata::LoadOptions::new().load_all::<Photo>(pattern.to_str().unwrap()).unwrap();
    assert_eq!(found.shards().len(), 1);
}

#[test]
fn equal_writes_make_equal_manifests() {
    let bytes = || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        let mut writer = ShardWriter::builder(&path).manifest(true).mtime(17).build().unwrap();
        (0..50).for_each(|number| writer.write_with_key(&format!("{number}"), &photo(number)).unwrap());
        writer.finish().unwrap();
        ["a.manifest.json", "a.manifest.parquet"].map(|name| fs::read(folder.path().join(name)).unwrap())
    };
    let (one, other) = (bytes(), bytes());
    assert_eq!(one, other);
    assert!(String::from_utf8_lossy(&one[0]).contains("\"created_at\": \"1970-01-01T00:00:17+00:00\""));
}

#[test]
fn threads_and_a_killed_write_make_the_same_manifests() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, threads, resumed) = (folder.path().join("p"), folder.path().join("t"), folder.path().join("r"));
    let begin = |to: &Path| ShardWriter::builder(to.join("a-%02d.tar")).max_count(4).manifest(true).mtime(3);
    let put = |writer: &mut ShardWriter<Photo>, from: usize, to: usize| {
        (from..to).for_each(|number| writer.write_with_key(&format!("{number}"), &photo(number)).unwrap());
    };
    for (to, builder) in [(&plain, begin(&plain)), (&threads, begin(&threads).threads(3))] {
        let mut writer = builder.build().unwrap();
        put(&mut writer, 0, 15);
        writer.finish().unwrap();
        assert_eq!(names(to).len(), 12);
    }
    let mut writer = begin(&resumed).resume(true).build().unwrap();
    put(&mut writer, 0, 10);
    drop(writer);
    let mut writer = begin(&resumed).resume(true).build().unwrap();
    assert_eq!(writer.resumed(), 8);
    put(&mut writer, 8, 15);
    writer.finish().unwrap();
    for other in [&threads, &resumed] {
        assert_eq!(names(other), names(&plain));
        for name in names(&plain) {
            assert_eq!(fs::read(other.join(&name)).unwrap(), fs::read(plain.join(&name)).unwrap(), "{name}");
        }
    }
}

#[test]
fn a_write_that_fails_leaves_no_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let builder = ShardWriter::builder(folder.path().join("a-%02d.tar")).max_count(2).manifest(true);
    let samples = (0..5).map(|number| if number < 4 { Ok(photo(number)) } else { Err("no more") });
    builder.try_write_all(samples).unwrap_err();
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[derive(Packable, Debug, Clone)]
#[packable(layout = "members")]
struct Plain {
    #[packable(key)]
    id: String,
    #[packable(member = "cls")]
    class: i64,
    txt: String,
}

#[test]
fn samples_that_are_members_have_manifests_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.tar");
    let samples = (0..3).map(|class| Plain { id: format!("k{class}"), class, txt: "x".repeat(7) });
    let written = ShardWriter::builder(&path).manifest(true).write_all(samples).unwrap();
    let manifest = beside(&path).unwrap();
    let rows = manifest.rows().unwrap().unwrap();
    let classes: Vec<_> = rows.column("class").unwrap().values().collect();
    assert_eq!(classes, [0, 1, 2].map(Value::from));
    assert_eq!((rows.key(2), rows.size(2)), (Some("k2"), Some(8)));
    let dataset = written.open::<Plain>().unwrap();
    let mut checks = Vec::new();
    dataset.check_manifests(&ManifestOptions::new(), &|_| (), &mut |_, check| checks.push(check.unwrap()));
    assert!(checks[0].is_sound() && checks[0].notes.is_empty(), "{checks:?}");
    // Without the type nobody knows the values.
    let untyped = check(std::slice::from_ref(&path)).remove(0).unwrap();
    assert!(untyped.is_sound() && untyped.notes[0].contains("which are members"), "{untyped:?}");
    // Made of the shard it is the same.
    let before = fs::read(folder.path().join("m.manifest.parquet")).unwrap();
    let done = dataset.write_manifests(&ManifestOptions::new().anew(true), &|_| (), &mut |error| panic!("{error}"));
    assert_eq!((done.made, done.samples), (1, 3));
    assert_eq!(fs::read(folder.path().join("m.manifest.parquet")).unwrap(), before);
}

#[test]
fn manifests_made_of_shards_are_those_that_are_written_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(&folder.path().join("a-%02d.tar"), 11);
    let read = |path: &PathBuf| {
        let manifest = beside(path).unwrap();
        let rows = fs::read(path.with_extension("manifest.parquet")).unwrap();
        (ManifestHeader::clone(manifest.header()), rows)
    };
    let before: Vec<_> = paths.iter().map(read).collect();
    let dataset = Dataset::<Photo>::open(paths.clone()).unwrap();
    let bytes = std::sync::atomic::AtomicU64::new(0);
    let tell = |more: u64| {
        bytes.fetch_add(more, std::sync::atomic::Ordering::Relaxed);
    };
    let kept = dataset.write_manifests(&ManifestOptions::new(), &tell, &mut |error| panic!("{error}"));
    assert_eq!((kept.made, kept.kept), (0, 3));
    let size: u64 = paths.iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    assert_eq!(bytes.swap(0, std::sync::atomic::Ordering::Relaxed), size);
    let made =
        dataset.write_manifests(&ManifestOptions::new().anew(true).threads(2), &tell, &mut |error| panic!("{error}"));
    assert_eq!((made.made, made.kept, made.samples), (3, 0, 11));
    assert_eq!(bytes.into_inner(), size);
    for (path, (mut header, rows)) in paths.iter().zip(before) {
        let (again, same) = read(path);
        header.created_at.clone_from(&again.created_at);
        assert_eq!((again, same), (header, rows));
    }
    // Without the type the record of it says the same; and without anything the samples.
    let untyped = Dataset::<DictSample>::open(paths.clone()).unwrap();
    let rows = || fs::read(paths[0].with_extension("manifest.parquet")).unwrap();
    let of_type = rows();
    let how = ManifestOptions::new().anew(true).record(&Photo::schema_record());
    untyped.write_manifests(&how, &|_| (), &mut |error| panic!("{error}"));
    assert_eq!(rows(), of_type);
    assert_eq!(beside(&paths[0]).unwrap().header().schema_type, "Photo");
    untyped.write_manifests(&ManifestOptions::new().anew(true), &|_| (), &mut |error| panic!("{error}"));
    assert_eq!(rows(), of_type);
    assert_sound(&paths);
}

#[test]
fn what_cannot_be_read_keeps_no_other_from_its_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(&folder.path().join("a-%02d.tar"), 11);
    let whole = fs::read(&paths[1]).unwrap();
    fs::write(&paths[1], &whole[..700]).unwrap();
    let dataset = Dataset::<Photo>::open(paths.clone()).unwrap();
    let mut bad = Vec::new();
    let done = dataset.write_manifests(&ManifestOptions::new().anew(true), &|_| (), &mut |error| bad.push(error));
    assert_eq!((done.made, done.failed, bad.len()), (2, 1, 1));
    assert_eq!(bad[0].kind(), ErrorKind::Corrupt);
    assert_eq!(bad[0].shard(), paths[1].to_str());
}

/// A manifest with other text in its header.
fn change(shard: &Path, from: &str, to: &str) {
    let path = shard.with_extension("manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn lies_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let lies = |from: &str, to: &str| {
        let paths = write(&folder.path().join("a-%02d.tar"), 7);
        change(&paths[0], from, to);
        let mut checks = check(&paths);
        assert!(checks.pop().unwrap().unwrap().is_sound());
        checks.pop().unwrap()
    };
    let differs = |from: &str, to: &str, expected: &str| {
        let check = lies(from, to).unwrap();
        assert_eq!(check.count, 1, "{check:?}");
        assert!(check.differences[0].contains(expected), "{check:?}");
    };
    differs(
        "\"max\": 0.75",
        "\"max\": 0.5",
        "field `confidence`: the manifest counts 4 numbers from 0 to 0.5, found 4 numbers",
    );
    differs("\"dog\": 2", "\"dog\": 3", "field `label`: the manifest counts 2 values");
    differs("\"t1\",", "", "field `tags`");
    differs("\"size_bytes\": ", "\"size_bytes\": 1", "bytes of all samples: the manifest says 1");
    // As many rows as it says there are not.
    let error = lies("\"num_samples\": 4", "\"num_samples\": 5").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("expected 5 rows"), "{error}");

    // That of another shard, in the place of one.
    let paths = write(&folder.path().join("a-%02d.tar"), 8);
    for ending in ["manifest.json", "manifest.parquet"] {
        fs::copy(paths[1].with_extension(ending), paths[0].with_extension(ending)).unwrap();
    }
    let check = check(&paths).remove(0).unwrap();
    assert!(check.differences[0].contains("row 0: the manifest says the key 004, found 000"), "{check:?}");
    assert!(check.count >= 4);
    // Samples that are not in the shard, or not in the manifest.
    let paths = write(&folder.path().join("b-%02d.tar"), 4);
    ShardWriter::builder(folder.path().join("c.tar")).write_all([photo(0)]).unwrap();
    fs::copy(folder.path().join("c.tar"), &paths[0]).unwrap();
    let check = super::manifests::check(&paths).remove(0).unwrap();
    assert!(check.differences.iter().any(|line| line == "samples: the manifest says 4, found 1"), "{check:?}");
}

#[test]
fn cut_and_foreign_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(&folder.path().join("a-%02d.tar"), 4);
    let (header, rows) = (paths[0].with_extension("manifest.json"), paths[0].with_extension("manifest.parquet"));
    let whole = fs::read(&header).unwrap();
    for bytes in [&whole[..whole.len() / 2], b"", b"{}", b"[1]", &fs::read(&rows).unwrap()] {
        fs::write(&header, bytes).unwrap();
        let error = Manifest::open(&header).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert_eq!(error.shard(), header.to_str());
        assert!(check(&paths).remove(0).is_err());
    }
    fs::write(&header, &whole).unwrap();
    fs::write(&rows, b"PAR1 no Parquet PAR1").unwrap();
    assert_eq!(beside(&paths[0]).unwrap().rows().unwrap_err().kind(), ErrorKind::Corrupt);
    fs::remove_file(&rows).unwrap();
    let manifest = beside(&paths[0]).unwrap();
    assert!(manifest.rows().unwrap().is_none() && manifest.aggregate("label").is_some());
    let check = check(&paths).remove(0).unwrap();
    assert_eq!((check.is_sound(), check.notes), (true, vec!["it has no rows".to_owned()]));
    fs::remove_file(&header).unwrap();
    assert!(beside(&paths[0]).is_none());
    assert_eq!(Manifest::open(&header).unwrap_err().kind(), ErrorKind::NotFound);
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/atdata").join(name)
}

/// What Python wrote, and what it read of that: `manifest_expected.json`.
#[test]
fn manifests_of_python_are_what_python_reads_of_them() {
    for folder in ["manifest_single", "manifest_nulls", "manifest_sharded"] {
        let expected: Json =
            serde_json::from_slice(&fs::read(fixture(folder).join("manifest_expected.json")).unwrap()).unwrap();
        for (name, expected) in expected["manifests"].as_object().unwrap() {
            let manifest = Manifest::open(fixture(folder).join(name)).unwrap();
            let text = expected["json_text"].as_str().unwrap();
            let ours = text.replace("-Infinity", "null").replace("Infinity", "null");
            assert_eq!(manifest.header().to_json(), ours, "{name}");
            let expected = expected["rows"].as_array().unwrap();
            let Some(rows) = manifest.rows().unwrap() else {
                assert!(expected.is_empty(), "{name}");
                continue;
            };
            assert_eq!(rows.len(), expected.len());
            for (row, expected) in expected.iter().enumerate() {
                for (field, expected) in expected.as_object().unwrap() {
                    let found = match field.as_str() {
                        "__key__" => Value::from(rows.key(row).unwrap()),
                        "__offset__" => Value::from(rows.offset(row).unwrap()),
                        "__size__" => Value::from(rows.size(row).unwrap()),
                        _ => rows.column(field).unwrap().value(row),
                    };
                    assert_eq!(json(&found), *expected, "{name} {row} {field}");
                }
            }
        }
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => {
            let bits = format!("{:016x}", value.to_bits());
            serde_json::json!({"$float": format!("{value:?}"), "bits": bits})
        }
        Value::Str(text) => text.as_str().into(),
        Value::List(values) => values.iter().map(json).collect(),
        _ => Json::Null,
    }
}

#[test]
fn manifests_of_python_are_sound_and_their_offsets_are_no_places() {
    let shards = ["manifest_single/data.tar", "manifest_sharded/data-000000.tar", "manifest_sharded/data-000002.tar"];
    let shards = shards.map(fixture);
    let checks: Vec<_> = check(&shards).into_iter().map(Result::unwrap).collect();
    assert!(checks.iter().all(ManifestCheck::is_sound), "{checks:?}");
    assert!(checks[0].notes[0].contains("are no places in the shard"), "{checks:?}");
    assert!(checks[1].notes[0].contains("it calls its shard data, which is data-000000"), "{checks:?}");
    assert_eq!(checks[2].notes, ["it says nothing, as Python's of a last shard"]);
}

#[derive(Packable, Debug, Clone)]
struct Old {
    caption: String,
}

#[derive(Packable, Debug, Clone)]
#[packable(name = "Old")]
struct New {
    #[packable(alias = "caption")]
    text: String,
    #[packable(default = "en".to_owned())]
    language: String,
}

#[test]
fn what_a_type_reads_of_older_samples_is_in_their_manifests() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    Dataset::write(&path, ["x", "y"].map(|text| Old { caption: text.to_owned() })).unwrap();
    let dataset = Dataset::<New>::open(&path).unwrap();
    let done = dataset.write_manifests(&ManifestOptions::new(), &|_| (), &mut |error| panic!("{error}"));
    assert_eq!(done.made, 1);
    let rows = beside(&path).unwrap().rows().unwrap().unwrap();
    let values = |field: &str| rows.column(field).unwrap().values().collect::<Vec<_>>();
    assert_eq!(values("text"), ["x", "y"].map(Value::from));
    assert_eq!(values("language"), ["en", "en"].map(Value::from));
    let mut checks = Vec::new();
    dataset.check_manifests(&ManifestOptions::new(), &|_| (), &mut |_, check| checks.push(check.unwrap()));
    assert!(checks[0].is_sound() && checks[0].notes.is_empty(), "{checks:?}");
    let untyped = check(&[path]).remove(0).unwrap();
    assert!(untyped.is_sound() && untyped.notes[0].contains("field `language`: samples do not have it"), "{untyped:?}");
}

/// All shards of a write that was killed have their names, and the manifests of older ones beside them.
#[test]
fn a_write_that_goes_on_names_manifests_of_shards_that_have_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let pattern = folder.path().join("a-%02d.tar");
    let old = write(&pattern, 8);
    let begin = || ShardWriter::builder(&pattern).max_count(4).manifest(true).resume(true).build().unwrap();
    let mut writer = begin();
    (0..9).for_each(|number| writer.write_with_key(&format!("n{number}"), &photo(number)).unwrap());
    drop(writer);
    for (number, path) in old.iter().enumerate() {
        fs::remove_file(path).unwrap();
        fs::hard_link(folder.path().join(format!(".a-%02d.tar.resume/{number:06}")), path).unwrap();
    }
    let writer = begin();
    assert_eq!(writer.resumed(), 8);
    writer.finish().unwrap();
    assert_sound(&old);
    assert_eq!(beside(&old[0]).unwrap().rows().unwrap().unwrap().key(0), Some("n0"));
}

#[test]
fn an_upload_takes_the_manifest_of_what_it_replaces() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(&folder.path().join("a-%02d.tar"), 4);
    let store = atdata::store::LocalStore::new(folder.path());
    let mut upload = atdata::store::Store::create(&store, "a-00.tar").unwrap();
    std::io::Write::write_all(&mut upload, &fs::read(&paths[0]).unwrap()).unwrap();
    upload.commit().unwrap();
    assert!(beside(&paths[0]).is_none());
}

#[cfg(unix)]
#[test]
fn a_new_manifest_is_as_private_as_its_shard() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    Dataset::write(&path, [photo(1)]).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    ShardWriter::builder(&path).manifest(true).write_all([photo(2)]).unwrap();
    for ending in ["tar", "manifest.json", "manifest.parquet"] {
        assert_eq!(mode(&path.with_extension(ending)), 0o600, "{ending}");
    }
    for ending in ["manifest.json", "manifest.parquet"] {
        fs::remove_file(path.with_extension(ending)).unwrap();
    }
    let sum = Dataset::<Photo>::open(&path).unwrap().write_manifests(&ManifestOptions::new(), &|_| (), &mut |_| ());
    assert_eq!(sum.made, 1);
    for ending in ["manifest.json", "manifest.parquet"] {
        assert_eq!(mode(&path.with_extension(ending)), 0o600, "{ending}");
    }
}

#[test]
fn copies_have_the_manifests_of_what_their_samples_show() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(&folder.path().join("a-%02d.tar"), 7);
    let dataset = Dataset::<Photo>::open(paths).unwrap();
    let to = atdata::dataset::Rewrite::to(folder.path().join("b.tar"));
    let to = to.options(atdata::shard::WriteOptions::new().manifest(true));
    let copy = to.reshard(dataset.untyped()).unwrap().paths();
    assert_sound(&copy);
    let manifest = beside(&copy[0]).unwrap();
    assert_ne!(manifest.header().schema_type, "Group");
    let rows = manifest.rows().unwrap().unwrap();
    assert_eq!(rows.column("label").unwrap().values().take(2).collect::<Vec<_>>(), ["cat", "dog"].map(Value::from));
    // Of members only their type would say what they are.
    let path = folder.path().join("m.tar");
    let written = Dataset::write(&path, [Plain { id: "k".to_owned(), class: 1, txt: "x".to_owned() }]).unwrap();
    let error = to.reshard(written.open::<Plain>().unwrap().untyped()).unwrap_err();
    assert!(error.to_string().contains("copied as its members"), "{error}");
}
