//! Lenses between generated versions do what the migration of their schemas does.

use std::collections::BTreeMap;

use atdata::lens::Migration;
use atdata::schema::OwnedSchema;
use atdata::{Dataset, Packable, Value};
use ndarray::{Array1, Array2, Array3, ArrayD, arr1, arr2};

use self::types::photo::{v1_0_0, v1_0_0_to_v1_1_0, v1_1_0, v1_1_0_to_v2_0_0, v2_0_0};

mod types {
    include!("../../atdata-codegen/tests/cases/upgrade/expected.rs");
}

fn region(score: i64) -> v1_0_0::Box {
    v1_0_0::Box { corners: arr1(&[i16::MIN, 0, 1, i16::MAX]), score }
}

fn photo(label: &str, parts: Vec<v1_0_0::Photo>) -> v1_0_0::Photo {
    v1_0_0::Photo {
        image: Array3::from_shape_fn((2, 2, 3), |(y, x, c)| if y == x { 255 } else { u8::try_from(c).unwrap() }),
        mask: arr2(&[[true, false, true]]),
        depth: (parts.len() != 1).then(|| Array2::from_elem((1, 2), half::f16::from_f32(-0.375))),
        label: label.to_owned(),
        // As a float it is rounded.
        r#type: (1 << 53) + 1,
        scores: vec![i64::MIN, -1, 0, i64::MAX],
        limits: BTreeMap::from([("a".to_owned(), Some(3)), ("b".to_owned(), None)]),
        split: if parts.is_empty() { v1_0_0::PhotoSplit::Train } else { v1_0_0::PhotoSplit::Test },
        kinds: vec![v1_0_0::PhotoKinds::Dog, v1_0_0::PhotoKinds::Cat],
        note: (!parts.is_empty()).then(|| "a note".to_owned()),
        meta: "by hand".to_owned(),
        boxes: vec![region(7), region(-7)],
        crop: (!parts.is_empty()).then(|| region(1)),
        parts,
        rank: arr2(&[[f32::MIN_POSITIVE, f32::INFINITY], [-0.0, 0.1]]),
        raw: vec![0, 1, 255],
    }
}

fn photos() -> Vec<v1_0_0::Photo> {
    let leaf = photo("leaf", Vec::new());
    let branch = photo("branch", vec![leaf.clone()]);
    vec![photo("root", vec![branch, leaf.clone()]), leaf]
}

fn between<Old: Packable, New: Packable>() -> Migration {
    Migration::between(Old::SCHEMA, New::SCHEMA).unwrap()
}

#[test]
fn the_oldest_version_is_read_as_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.tar");
    Dataset::write(&path, photos()).unwrap();
    let old = Dataset::<v1_0_0::Photo>::open(&path).unwrap();
    let composed = old.through(v1_0_0_to_v1_1_0 | v1_1_0_to_v2_0_0);
    let found: Vec<v2_0_0::Photo> = composed.ordered().collect::<Result<_, _>>().unwrap();

    let first = &found[0];
    assert_eq!(first.label.as_deref(), Some("root"));
    assert_eq!(first.r#type, Some(9_007_199_254_740_992.0));
    assert_eq!(first.image[[0, 0, 2]], 255_u16);
    assert_eq!(first.mask.map(|value| value.to_f32()), arr2(&[[1.0, 0.0, 1.0]]));
    assert_eq!(first.depth.as_ref().unwrap()[[0, 1]].re.to_bits(), (-0.375_f64).to_bits());
    assert_eq!((first.split.as_str(), first.kinds.clone()), ("test", vec!["dog".to_owned(), "cat".to_owned()]));
    assert_eq!((first.note.as_str(), first.meta.as_str()), (Some("a note"), Some("by hand")));
    assert_eq!(first.boxes[1].score.to_bits(), (-7.0_f64).to_bits());
    assert_eq!(first.parts[0].parts[0].label.as_deref(), Some("leaf"));
    assert_eq!(first.parts[0].depth, None);
    assert_eq!((first.rating, first.width, &first.stars), (None, 0, &Array1::zeros(0)));
    assert_eq!(
        first.rank,
        ArrayD::from_shape_vec(vec![2, 2], vec![f64::from(f32::MIN_POSITIVE), f64::INFINITY, -0.0, f64::from(0.1_f32)])
            .unwrap()
    );
    assert_eq!(found[1].note, Value::Nil);

    let migration = between::<v1_0_0::Photo, v1_1_0::Photo>().then(between::<v1_1_0::Photo, v2_0_0::Photo>()).unwrap();
    let migrated = Dataset::open(&path).unwrap().upgrade::<v2_0_0::Photo>(&migration).unwrap();
    let expected: Vec<v2_0_0::Photo> = migrated.ordered().collect::<Result<_, _>>().unwrap();
    assert_eq!(found, expected);
}

#[test]
fn each_step_is_the_canonical_lens_of_its_types() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.tar");
    Dataset::write(&path, photos()).unwrap();
    let next = Dataset::<v1_0_0::Photo>::open(&path).unwrap().as_type::<v1_1_0::Photo>();
    let found: Vec<v1_1_0::Photo> = next.ordered().collect::<Result<_, _>>().unwrap();
    let migration = between::<v1_0_0::Photo, v1_1_0::Photo>();
    let migrated = Dataset::open(&path).unwrap().upgrade::<v1_1_0::Photo>(&migration).unwrap();
    let expected: Vec<v1_1_0::Photo> = migrated.ordered().collect::<Result<_, _>>().unwrap();
    assert_eq!(found, expected);
    let packed = |photos: &[v1_1_0::Photo]| photos.iter().map(Packable::pack).collect::<Vec<_>>();
    assert_eq!(packed(&found), packed(&expected));
}

/// What is compared above is what the records say.
#[test]
fn the_types_are_those_of_the_records() {
    let mut schemas = atdata_codegen::Schemas::new();
    let record = include_str!("../../atdata-codegen/tests/cases/upgrade/upgrade.json");
    schemas.parse("upgrade.json", record);
    let found = [v1_0_0::Photo::SCHEMA, v1_1_0::Photo::SCHEMA, v2_0_0::Photo::SCHEMA].map(OwnedSchema::from);
    let expected: Vec<String> = schemas.records().map(|record| record.schema.fingerprint_input()).collect();
    assert_eq!(found.map(|schema| schema.fingerprint_input()).as_slice(), expected);
}
