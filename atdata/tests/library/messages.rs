//! What a user reads when something is amiss: the whole line, not a part of it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use atdata::{Dataset, DictSample, DynArray, Error, ErrorKind, Packable, Value};
use ndarray::{Array1, array};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Vector {
    v: Array1<f32>,
}

fn vectors(dir: &tempfile::TempDir) -> Dataset<Vector> {
    let path = dir.path().join("v.tar");
    let mut writer = atdata::ShardWriter::builder(&path).build().unwrap();
    writer.write_with_key("one", &Vector { v: array![1.0] }).unwrap();
    writer.write_with_key("two", &Vector { v: array![1.0, 2.0] }).unwrap();
    writer.finish().unwrap();
    Dataset::open(path).unwrap()
}

fn text(error: &Error, dir: &tempfile::TempDir) -> String {
    error.to_string().replace(&*dir.path().to_string_lossy(), "DIR")
}

#[test]
fn a_shard_that_is_not_there_is_named_with_a_hint() {
    for (name, hint) in [
        ("x.tar", "x.tar: no such shard"),
        ("x-*.tar", "`*` and `?` are not expanded here"),
        ("x-{0-9}.tar", "braces are expanded in strings and not in paths, and hold a list or a range"),
        ("x-%06d.tar", "`%06d` names shards that are written"),
        // It is the home folder, of which is told what it has.
        ("~/x.tar", "~/x.tar: no such shard; \""),
    ] {
        let error = Dataset::<DictSample>::open(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains(hint), "{error}");
    }
    let error = Dataset::<DictSample>::open(Path::new("~/x.tar")).unwrap_err();
    assert!(error.to_string().contains("`~` is expanded in strings and not in paths"), "{error}");
}

#[test]
fn of_a_shard_that_is_not_there_the_nearest_names_are_told() {
    let dir = tempfile::tempdir().unwrap();
    vectors(&dir);
    std::fs::write(dir.path().join("readme"), "").unwrap();
    let open = |name: &str| Dataset::<DictSample>::open(dir.path().join(name)).unwrap_err();
    for (name, expected) in [
        ("w.tar", "DIR/w.tar: no such shard; \"DIR\" has \"v.tar\" and \"readme\""),
        ("no/w.tar", "DIR/no/w.tar: no such shard; \"DIR\" has \"v.tar\" and \"readme\""),
        ("v.tar/w.tar", "DIR/v.tar/w.tar: no such shard; \"DIR/v.tar\" is no folder"),
    ] {
        let error = open(name);
        assert_eq!((text(&error, &dir).as_str(), error.kind()), (expected, ErrorKind::NotFound));
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_told_as_one() {
    let dir = tempfile::tempdir().unwrap();
    let link = dir.path().join("l.tar");
    std::os::unix::fs::symlink("gone.tar", &link).unwrap();
    let error = Dataset::<DictSample>::open(&link).unwrap_err();
    assert_eq!(text(&error, &dir), "DIR/l.tar: no such shard; it is a link, and \"gone.tar\" is not there");
}

#[test]
fn a_field_under_another_name_is_told_with_what_reads_it() {
    #[derive(Packable, Debug)]
    struct Renamed {
        image: i64,
        label: String,
    }
    let photo: DictSample = [("target", Value::from("cat")), ("image", Value::from(1))].into_iter().collect();
    let error = Renamed::unpack(&photo.pack()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert_eq!(
        error.to_string(),
        "Renamed: unknown field \"target\"; the type has \"image\", \"label\", of which the sample lacks \"label\": \
         `#[packable(rename = \"target\")]` on the field reads it, or `#[packable(allow_unknown)]` on the type skips fields \
         that it does not know"
    );
    let mut both = photo;
    both.insert("label", "cat");
    let error = Renamed::unpack(&both.pack()).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "the type has \"image\", \"label\" (`#[packable(allow_unknown)]` skips fields that it does not know)"
        ),
        "{error}"
    );
}

#[test]
fn a_folder_is_answered_with_what_is_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let open = || Dataset::<DictSample>::open(dir.path()).unwrap_err();
    assert_eq!(text(&open(), &dir), "DIR: it is a folder; name the shards in it, which are tar files; it has none");
    vectors(&dir);
    assert_eq!(
        text(&open(), &dir),
        "DIR: it is a folder; name the shard in it, \"v.tar\", or load it with `load_dataset`"
    );
}

#[test]
fn errors_of_batches_have_a_place_with_stages_and_without() {
    let dir = tempfile::tempdir().unwrap();
    let expected = "DIR/v.tar @ 1024: key two: Vector.v: row 1 has shape [2], but the rows before it [1]: they do not stack \
                    (`#[packable(ragged)]` on the field keeps each array by itself, `#[packable(pad)]` fills them up to one size)";
    for dataset in [vectors(&dir), vectors(&dir).filter(|_| true)] {
        let mut batches = dataset.batches(2);
        assert_eq!(text(&batches.next().unwrap().unwrap_err(), &dir), expected);
        assert_eq!(batches.next().unwrap().unwrap().len(), 1, "the rows around an error are not lost");
        assert!(batches.next().is_none());
    }
}

#[test]
fn an_error_of_ours_stays_itself_on_its_way_through_a_closure() {
    let dir = tempfile::tempdir().unwrap();
    let vectors = vectors(&dir);
    let error = vectors.try_map(|_| Vector::unpack(b"\x80")).iter().next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert_eq!(text(&error, &dir), "DIR/v.tar @ 0: key one: Vector.v: the field is missing; the sample has no fields");
    let error = vectors.try_map(|_| Err::<(), _>("no luck")).iter().next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Caller);
    assert!(format!("{error:#}").ends_with("the mapping function failed: no luck"), "{error:#}");
}

#[test]
fn untyped_samples_print_in_short() {
    let mut sample = DictSample::new();
    sample.insert("text", "cat");
    sample.insert("image", DynArray::from_array(&ndarray::Array3::<u8>::zeros((64, 64, 3))));
    sample.insert("raw", vec![0_u8; 1000]);
    sample.insert("none", None::<i64>);
    let bytes = sample.pack();
    let read = DictSample::unpack(&bytes).unwrap();
    assert_eq!(
        format!("{read:?}"),
        r#"{"text": "cat", "image": array<uint8, [64, 64, 3]>, "raw": bytes[1000], "none": null}"#
    );
    assert_eq!(read.get("none").map(Value::is_nil), Some(true));
}

#[test]
fn looking_for_a_field_that_is_not_there_changes_nothing() {
    let bytes = b"\x81\xa1a\xd3\0\0\0\0\0\0\0\x01";
    let mut sample = DictSample::unpack(bytes).unwrap();
    assert!(sample.get_mut("b").is_none());
    assert_eq!(sample.pack(), bytes);
}

#[test]
fn a_typed_sample_and_an_untyped_one_lead_to_each_other() {
    let vector = Vector { v: array![1.0, 2.0] };
    let untyped = DictSample::from_sample(&vector).unwrap();
    assert_eq!(untyped.to::<Vector>().unwrap(), vector);
    assert_eq!(untyped.array("v").unwrap().shape(), [2]);
}
