//! Going through a dataset of several shards: what Python does, and where we do not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use atdata::dataset::Policy;
use atdata::{Dataset, DictSample, DynArray, ErrorKind, Packable, ShardWriter};
use atdata_tests::types::{Arr, ArrBatch, Optionals, OptionalsBatch, Text};
use atdata_tests::{Encode, fixtures, normal};
use ndarray::{Array1, array};
use serde_json::{Value as Json, json};

fn expected() -> Json {
    fixtures::json("iteration.json")
}

fn dataset() -> Dataset<Text> {
    let url = expected()["url"].as_str().unwrap().replace("$FIXTURES/", &fixtures::url(""));
    Dataset::open(url).unwrap()
}

fn labels(samples: impl IntoIterator<Item = Text>) -> Vec<i64> {
    samples.into_iter().map(|sample| sample.label).collect()
}

#[test]
fn batches_run_across_shards_and_the_last_is_short() {
    let expected = expected();
    assert_eq!(json!(dataset().len().unwrap()), expected["len"]);
    for (size, batches) in expected["batches"].as_object().unwrap() {
        let size = size.parse().unwrap();
        let found: Json = dataset().batches(size).map(|batch| json!(batch.unwrap().label)).collect();
        assert_eq!(found, *batches, "{size}");

        let whole: Vec<_> =
            batches.as_array().unwrap().iter().filter(|b| b.as_array().unwrap().len() == size).collect();
        let found: Vec<_> = dataset().batches(size).drop_last().map(|batch| json!(batch.unwrap().label)).collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), whole, "{size}");
    }
}

#[test]
fn positions_are_selected() {
    for (indices, expected) in expected()["select"].as_object().unwrap() {
        let Ok(indices) = serde_json::from_str::<Vec<usize>>(indices) else {
            assert_eq!(indices, "[-1]", "which no usize is");
            continue;
        };
        match dataset().select(&indices) {
            Ok(samples) => assert_eq!(json!(labels(samples)), *expected),
            Err(error) => {
                assert_eq!((&expected["error"], error.kind()), (&json!("IndexError"), ErrorKind::NotFound));
                assert_eq!(error.to_string(), "no samples at [25]; the dataset has 25");
            }
        }
    }
}

#[test]
fn the_first_samples_are_had() {
    let expected = expected();
    assert_eq!(json!(labels(dataset().head(3).unwrap())), expected["head"]);
    let rows = dataset().head(3).unwrap();
    let text: Vec<_> = rows.iter().map(|sample| &sample.text).collect();
    assert_eq!(json!({ "text": text, "label": labels(rows.clone()) }), expected["to_dict_first3"]);
    assert_eq!(dataset().head(100).unwrap().len(), 25);
}

#[test]
fn filters_and_maps_compose() {
    let mapped = dataset()
        .filter(|sample| sample.label % 3 == 0)
        .filter(|sample| sample.label > 5)
        .map(|sample| sample.label * 2)
        .map(|label| label + 1);
    let found: Vec<i64> = mapped.iter().map(Result::unwrap).collect();
    assert_eq!(json!(found), expected()["filter_map"]);
    assert_eq!(mapped.len().unwrap(), 7);
    assert_eq!(mapped.select(&[6, 0]).unwrap(), [49, 13]);
}

/// Python runs all filters before all maps, whatever the order of the calls.
#[test]
fn stages_apply_in_the_order_of_the_calls() {
    let after = dataset().map(|sample| sample.label * 10).filter(|label| *label > 200);
    assert_eq!(after.head(9).unwrap(), [210, 220, 230, 240]);
    let before = dataset().filter(|sample| sample.label > 22).map(|sample| sample.label * 10);
    assert_eq!(before.head(9).unwrap(), [230, 240]);
    // Python drops the samples that a map turns into None.
    let none = dataset().map(|sample| (sample.label > 22).then_some(sample.label));
    assert_eq!(none.len().unwrap(), 25);
    assert_eq!(dataset().filter_map(|sample| (sample.label > 22).then_some(sample.label)).head(9).unwrap(), [23, 24]);
}

/// Python ignores filters and maps where it makes batches.
#[test]
fn stages_apply_to_batches() {
    let ignored = &expected()["filter_ignored_with_batch_size"];
    let batches: Vec<_> =
        dataset().filter(|sample| sample.label % 3 == 0).batches(4).map(|batch| batch.unwrap().label).collect();
    assert_eq!(batches, [vec![0, 3, 6, 9], vec![12, 15, 18, 21], vec![24]]);
    assert_ne!(json!(batches), *ignored);
}

#[derive(atdata::Packable)]
struct Labelled {
    label: i64,
}

#[test]
fn filters_by_some_fields_leave_the_others_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mixed.tar");
    // What is dropped is not decoded: its text is no text.
    let samples = (0..10_i64).map(|label| {
        let text = if label % 2 == 0 { atdata::Value::from("even") } else { atdata::Value::from(label) };
        DictSample::from_iter([("text", text), ("label", label.into())])
    });
    Dataset::write(&path, samples).unwrap();
    let all = Dataset::<Text>::open(&path).unwrap();
    assert_eq!(all.filter(|sample| sample.label % 2 == 0).len().unwrap_err().kind(), ErrorKind::SchemaMismatch);
    let even = all.filter_by(|sample: &Labelled| sample.label % 2 == 0);
    assert_eq!(even.len().unwrap(), 5);
    assert_eq!(labels(even.ordered().map(Result::unwrap)), [0, 2, 4, 6, 8]);
    let batches: Vec<_> = even.batches(2).map(|batch| batch.unwrap().label).collect();
    assert_eq!(batches, [vec![0, 2], vec![4, 6], vec![8]]);
    assert_eq!(even.select(&[4, 0, 4]).unwrap().len(), 3);
    assert_eq!(even.select(&[1, 7]).unwrap_err().to_string(), "no samples at [7]; the dataset has 5");
    let mut shuffled = labels(even.shuffled(1).map(Result::unwrap));
    shuffled.sort_unstable();
    assert_eq!(shuffled, [0, 2, 4, 6, 8]);

    let some = even.filter_by(|sample: &Labelled| sample.label > 2);
    assert_eq!(labels(some.ordered().map(Result::unwrap)), [4, 6, 8], "both filters hold");
    let seen = some.project::<Labelled>().filter_by(|sample: &Labelled| sample.label < 8);
    assert_eq!(seen.ordered().map(|sample| sample.unwrap().label).collect::<Vec<_>>(), [4, 6]);
    let mapped = some.map(|sample| sample.label).filter(|label| *label != 6);
    assert_eq!(mapped.head(9).unwrap(), [4, 8]);
    let odd = all.filter_by(|sample: &Labelled| sample.label == 1);
    let error = odd.ordered().next().unwrap().unwrap_err();
    assert_eq!(error.field_path().as_str(), "Text.text", "what is kept is decoded as a whole");
}

/// A filter sees each sample once, also where samples are selected by their positions.
#[test]
fn no_sample_is_decoded_twice_to_be_selected() {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let by = seen.clone();
    let filtered = dataset().filter(move |sample| {
        by.lock().unwrap().push(sample.label);
        sample.label % 2 == 0
    });
    assert_eq!(labels(filtered.select(&[5, 1, 3]).unwrap()), [10, 2, 6]);
    assert_eq!(*seen.lock().unwrap(), (0..=10).collect::<Vec<_>>());
    assert_eq!(labels(filtered.select(&[0, 0]).unwrap()), [0, 0]);
    assert_eq!(filtered.select(&[99, 1, 50]).unwrap_err().to_string(), "no samples at [99, 50]; the dataset has 13");
}

#[test]
fn a_shuffle_is_a_permutation() {
    assert_eq!(expected()["shuffled_is_permutation"], true);
    let mut found = labels(dataset().shuffled(3).map(Result::unwrap));
    assert_ne!(found, (0..25).collect::<Vec<_>>());
    found.sort_unstable();
    assert_eq!(found, (0..25).collect::<Vec<_>>());
}

#[test]
fn a_dataset_describes_itself() {
    let expected = &expected()["describe"];
    let description = dataset().describe();
    assert_eq!(json!(description.schema.name), expected["sample_type"]);
    assert_eq!(json!(description.shards.len().to_string()), expected["num_shards"]);
    let fields: Vec<_> = description.schema.fields.iter().map(std::string::ToString::to_string).collect();
    assert_eq!(fields, ["text: str", "label: int"]);
}

fn arr(a: DynArray) -> Arr {
    Arr { name: String::new(), a }
}

fn big_endian() -> DynArray {
    DynArray::from_bytes(b"\x03>f4\x01\x02\0\0\0\0\0\0\0\x3f\x80\0\0\x3f\x80\0\0").unwrap()
}

#[test]
fn arrays_of_one_shape_and_dtype_stack() {
    let expected = expected();
    let dtypes = Dataset::<Arr>::open(fixtures::path("atdata/dtypes/data.tar")).unwrap();
    let error = dtypes.batches(3).next().unwrap().unwrap_err();
    assert!(expected["stack_mixed_shapes"].get("error").is_some());
    assert_eq!((error.kind(), error.field_path().as_str()), (ErrorKind::SchemaMismatch, "Arr.a"));

    let batch = ArrBatch::from_samples([arr(big_endian()), arr(big_endian())]).unwrap();
    assert_eq!(batch.a.encode(), normal(&expected["stack_big_endian"]), "stacked little-endian, as in Python");

    // numpy promotes silently; here a batch has the dtype that its samples have.
    let double = DynArray::from_array(&array![1.0_f64, 1.0]);
    assert_eq!(expected["stack_mixed_dtypes"]["$ndarray"]["dtype"], "<f8");
    let error = ArrBatch::from_samples([arr(big_endian()), arr(double)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(error.to_string().contains("row 1 has dtype float64, but the rows before it float32"), "{error}");
}

/// Python stacks if the first value is an array, and then fails on a null; here an optional column is a list.
#[test]
fn optional_arrays_are_gathered_not_stacked() {
    let expected = expected();
    let ones: DynArray = DynArray::from_array(&Array1::<f64>::ones(2));
    let sample = |oa: Option<&DynArray>| {
        let none = DictSample::from_iter([("name", "a")]);
        Optionals { oa: oa.cloned(), ..atdata::Packable::unpack(&atdata::Packable::pack(&none)).unwrap() }
    };
    let batch = OptionalsBatch::from_samples([sample(None), sample(Some(&ones))]).unwrap();
    assert_eq!(batch.oa.encode(), normal(&expected["stack_first_none_then_array"]));
    assert!(expected["stack_first_array_then_none"].get("error").is_some());
    let batch = OptionalsBatch::from_samples([sample(Some(&ones)), sample(None)]).unwrap();
    assert_eq!((batch.len(), batch.oa), (2, vec![Some(ones), None]));
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Numbered {
    number: i64,
}

/// Shards of samples whose keys say their numbers; in each the fifth sample is none of the type.
fn numbered(folder: &std::path::Path, damaged: bool) -> Dataset<Numbered> {
    let mut writer = ShardWriter::builder(folder.join("n-%06d.tar")).max_count(10).build().unwrap();
    for number in 0..25_i64 {
        let sample = match number % 10 {
            5 if damaged => DictSample::from_iter([("number", "five")]),
            _ => DictSample::from_iter([("number", number)]),
        };
        writer.write_with_key(&format!("k{number}"), &sample).unwrap();
    }
    let files: Vec<_> = writer.finish().unwrap().shards.iter().map(|shard| shard.path.clone()).collect();
    Dataset::open(files).unwrap()
}

/// The keys of batches, which are held against the rows, and how many errors came in between.
fn keys(batches: impl Iterator<Item = atdata::Result<(Vec<String>, NumberedBatch)>>) -> (Vec<Vec<String>>, usize) {
    let (mut all, mut errors) = (Vec::new(), 0);
    for batch in batches {
        let Ok((keys, batch)) = batch else {
            errors += 1;
            continue;
        };
        let of_rows: Vec<_> = batch.number.iter().map(|number| format!("k{number}")).collect();
        assert_eq!(keys, of_rows);
        all.push(keys);
    }
    (all, errors)
}

#[test]
fn batches_have_the_keys_of_their_samples() {
    let folder = tempfile::tempdir().unwrap();
    let sound = numbered(folder.path(), false);
    let sizes = |(all, errors): (Vec<Vec<String>>, usize)| (all.iter().map(Vec::len).collect::<Vec<_>>(), errors);
    assert_eq!(sizes(keys(sound.iter().with_keys().batches(10))), (vec![10, 10, 5], 0));
    assert_eq!(sizes(keys(sound.iter().with_keys().batches(10).drop_last())), (vec![10, 10], 0));
    let (shuffled, _) = keys(sound.shuffled(7).with_keys().batches(4));
    let mut found = shuffled.concat();
    assert_ne!(found, (0..25).map(|number| format!("k{number}")).collect::<Vec<_>>());
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), 25);
    let odd = sound.clone().filter(|sample| sample.number % 2 == 1);
    let (odd, _) = keys(odd.iter().with_keys().batches(5));
    assert_eq!(odd[0], ["k1", "k3", "k5", "k7", "k9"]);

    // What an error interrupts goes on behind it, with its keys.
    let folder = tempfile::tempdir().unwrap();
    let damaged = numbered(folder.path(), true);
    let (all, errors) = keys(damaged.iter().with_keys().batches(10));
    assert_eq!((all.iter().map(Vec::len).collect::<Vec<_>>(), errors), (vec![10, 10, 3], 2));
    assert_eq!(all[0], ["k0", "k1", "k2", "k3", "k4", "k6", "k7", "k8", "k9", "k10"]);
    let left_out = damaged.on_error(Policy::skip()).unwrap();
    let mut batches = left_out.shuffled(1).with_keys().batches(4);
    let (all, errors) = keys(batches.by_ref());
    assert_eq!((all.concat().len(), errors, batches.skipped()), (23, 0, 2));
    let error = sound.iter().with_keys().batches(0).next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
