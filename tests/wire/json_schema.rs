//! What is published is a JSON Schema of the draft that it names, and the shims that it refers to are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::{BTreeMap, HashMap};

use atdata::schema::{OwnedSchema, SHIMS};
use atdata::{DynArray, PackField, Packable, PackableRef, SchemaRecord, Value};
use atdata_tests::types::{
    Arr, Lists, ManifestSample, Many, NameAge, OneAny, OneBytes, Optionals, Prims, Text, TypedArr, WithDict,
};
use jsonschema::{Registry, Validator};
use ndarray::{Array2, Array3, array};
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

#[derive(PackField, Debug, Clone, PartialEq)]
#[packable(rename_all = "lowercase")]
enum Split {
    Train,
    Test,
}

#[derive(PackField, Debug, Clone, PartialEq)]
struct Celsius(f64);

/// A part of another sample.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(version = "2.0.1")]
struct Point {
    position: Array2<f32>,
    split: Option<Split>,
}

/// Every kind of type that Rust has.
#[derive(Packable, Debug, Clone, PartialEq)]
struct Everything {
    /// Text.
    #[packable(rename = "$ref")]
    text: String,
    #[packable(rename = "type", default = 7)]
    number: u8,
    truth: bool,
    real: f32,
    bytes: Vec<u8>,
    split: Split,
    splits: Vec<Option<Split>>,
    temperature: Celsius,
    #[packable(shape = [224, _, 3], dims = ["height", "width", "channel"])]
    image: Array3<u8>,
    any_array: DynArray,
    arrays: HashMap<String, Option<Array2<f64>>>,
    /// A sample inside.
    point: Point,
    points: Option<Vec<Point>>,
    by_name: BTreeMap<String, Point>,
    anything: Value,
    tree: Option<Box<Tree>>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Tree {
    children: Vec<Tree>,
}

fn published<S: Packable>() -> Json {
    let record = S::schema_record().created_at("2026-03-01T12:00:00Z").to_atproto().expect(S::SCHEMA.name);
    record["schema"].clone()
}

#[track_caller]
fn assert_json_schema(name: &str, schema: &Json) {
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#", "{name}");
    if let Err(error) = jsonschema::meta::validate(schema) {
        panic!("{name}: {error} at {}", error.instance_path());
    }
}

#[test]
fn published_records_are_json_schemas() {
    let all = [
        ("Prims", published::<Prims>()),
        ("Lists", published::<Lists>()),
        ("Optionals", published::<Optionals>()),
        ("Arr", published::<Arr>()),
        ("TypedArr", published::<TypedArr>()),
        ("WithDict", published::<WithDict>()),
        ("Text", published::<Text>()),
        ("Many", published::<Many>()),
        ("OneBytes", published::<OneBytes>()),
        ("OneAny", published::<OneAny>()),
        ("NameAge", published::<NameAge>()),
        ("ManifestSample", published::<ManifestSample>()),
        ("Tree", published::<Tree>()),
        ("Everything", published::<Everything>()),
    ];
    for (name, schema) in all {
        assert_json_schema(name, &schema);
    }
}

#[test]
fn shims_are_json_schemas() {
    for shim in SHIMS {
        let json: Json = serde_json::from_str(shim.json).unwrap();
        assert_json_schema(shim.id, &json);
        assert_eq!(json["$id"], shim.id);
        // The meta-schema of the draft knows no `$defs`, so it does not look into them.
        for (name, definition) in json["$defs"].as_object().unwrap() {
            jsonschema::meta::validate(definition).unwrap_or_else(|error| panic!("{} {name}: {error}", shim.id));
        }
    }
    assert!(!jsonschema::meta::is_valid(&json!({"type": "text"})), "the check must be able to fail");
}

/// A validator of values, which finds the shims where the records say that they are, without a network.
fn validator<S: Packable>() -> Validator {
    let shims = SHIMS.iter().map(|shim| (shim.id, serde_json::from_str::<Json>(shim.json).unwrap()));
    let registry = shims
        .fold(Registry::new(), |registry, (id, json)| registry.add(id, json).expect(id))
        .prepare()
        .expect("shims refer to nothing else");
    jsonschema::options().with_registry(&registry).build(&published::<S>()).expect("every `$ref` is resolved")
}

#[test]
fn values_are_told_from_others_by_the_published_schema() {
    let everything = validator::<Everything>();
    // Arrays of unknown dtype and rank refer to the first shim, in which an array is its bytes alone.
    let array = json!({"data": "AA==", "dtype": "uint8", "shape": [1]});
    let point = json!({"position": array, "split": "test"});
    let right = json!({
        "$ref": "text", "type": 7, "truth": true, "real": 0.5, "bytes": "AA==", "split": "train",
        "splits": ["test"], "temperature": 21.5, "image": array, "any_array": "AA==", "arrays": {"a": array},
        "point": point, "points": [point], "by_name": {"p": point}, "anything": [null], "tree": {"children": []},
    });
    if let Err(error) = everything.validate(&right) {
        panic!("{error} at {}", error.instance_path());
    }
    let wrong = [
        ("/split", json!("dev")),
        ("/splits/0", json!("Train")),
        ("/point/split", json!(1)),
        ("/temperature", json!("warm")),
        ("/image", json!("AA==")),
        ("/image/shape/0", json!(-1)),
        ("/any_array", json!(array)),
        ("/by_name/p/position", json!({"dtype": "float32"})),
        ("/tree/children", json!([7])),
    ];
    for (place, value) in wrong {
        let mut sample = right.clone();
        *sample.pointer_mut(place).expect(place) = value;
        assert!(!everything.is_valid(&sample), "{place}");
    }
    let mut missing = right;
    missing.as_object_mut().unwrap().remove("split");
    assert!(!everything.is_valid(&missing));
}

fn everything() -> Everything {
    let point = Point { position: array![[0.5, f32::NAN], [f32::INFINITY, 1.0]], split: Some(Split::Test) };
    Everything {
        text: "text".into(),
        number: 7,
        truth: true,
        real: f32::NEG_INFINITY,
        bytes: vec![0],
        split: Split::Train,
        splits: vec![Some(Split::Test), None],
        temperature: Celsius(21.5),
        image: Array3::zeros((224, 1, 3)),
        any_array: DynArray::from_array(&array![1_i64]),
        arrays: HashMap::from([("a".into(), Some(array![[1.0]])), ("$b".into(), None)]),
        point: point.clone(),
        points: Some(vec![point.clone()]),
        by_name: BTreeMap::from([("p".into(), point)]),
        anything: Value::Nil,
        tree: Some(Box::new(Tree { children: vec![Tree { children: Vec::new() }] })),
    }
}

#[test]
fn samples_are_told_from_others_by_the_schema_of_their_json() {
    let schema = schema_for!(Everything).to_value();
    jsonschema::meta::validate(&schema).unwrap();
    assert_eq!(schema["title"], "Everything");
    assert_eq!(schema["description"], "Every kind of type that Rust has.");
    assert_eq!(
        schema["properties"]["point"],
        json!({"$ref": "#/$defs/Point@2.0.1", "description": "A sample inside."})
    );
    let validator = jsonschema::validator_for(&schema).unwrap();
    let right = serde_json::to_value(atdata::serde::row(&everything())).unwrap();
    if let Err(error) = validator.validate(&right) {
        panic!("{error} at {}\n{schema:#}", error.instance_path());
    }
    let wrong = [
        ("/$$ref", json!(1)),
        ("/real", json!({"$float": "huge"})),
        ("/bytes", json!([0])),
        ("/split", json!("dev")),
        ("/splits/0", json!("Train")),
        ("/image/$array/dtype", json!("uint16")),
        ("/image/$array/shape/2", json!(4)),
        ("/image/$array/shape", json!([224, 3])),
        ("/any_array/$array/dtype", json!(1)),
        ("/arrays/a/$array/values/0", json!("one")),
        ("/point/split", json!(1)),
        ("/points/0/position/$array/shape", json!([4])),
        ("/by_name/p/position", json!({"dtype": "float32"})),
        ("/tree/children/0/children", json!([7])),
    ];
    for (place, value) in wrong {
        let mut sample = right.clone();
        *sample.pointer_mut(place).expect(place) = value;
        assert!(!validator.is_valid(&sample), "{place}");
    }
    for (name, is_needed) in [("split", true), ("type", false), ("points", false), ("tree", false)] {
        let mut missing = right.clone();
        missing.as_object_mut().unwrap().remove(name).expect(name);
        assert_eq!(!validator.is_valid(&missing), is_needed, "{name}");
    }
}

/// In the document of somebody else's type.
#[test]
fn sample_types_are_parts_of_other_schemas() {
    mod theirs {
        #[derive(atdata::Packable)]
        pub(crate) struct Point {
            pub(crate) x: i64,
        }
    }
    struct Answer;
    impl JsonSchema for Answer {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "Answer".into()
        }

        fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
            let (own, tree, their) = (
                generator.subschema_for::<Vec<Point>>(),
                generator.subschema_for::<Option<Tree>>(),
                generator.subschema_for::<theirs::Point>(),
            );
            schemars::json_schema!({"prefixItems": [own, tree, their]})
        }
    }
    let schema = schema_for!(Answer).to_value();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let point = json!({"position": {"$array": {"dtype": "float32", "shape": [0, 1], "values": []}}, "split": null});
    assert!(validator.is_valid(&json!([[point], {"children": []}, {"x": 1}])), "{schema:#}");
    assert!(validator.is_valid(&json!([[], null, {"x": 1}])), "{schema:#}");
    assert!(!validator.is_valid(&json!([[{"x": 1}], null, {"x": 1}])), "{schema:#}");
    assert!(!validator.is_valid(&json!([[], null, point])), "{schema:#}");
    assert_eq!(theirs::Point { x: 1 }.x, 1);
}

/// Where a picture is from.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq)]
enum Origin {
    Camera { model: String, iso: u16 },
    Drawn,
    Copy(Box<Origin>),
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq)]
struct Meta {
    origin: Origin,
    tags: BTreeMap<String, String>,
    note: Option<String>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Picture {
    label: String,
    /// What is known of it.
    #[packable(serde, schemars)]
    meta: Meta,
    #[packable(serde, schemars, default = vec![Origin::Drawn])]
    others: Vec<Origin>,
    #[packable(serde)]
    opaque: Vec<Origin>,
}

#[derive(Packable, Debug, PartialEq)]
#[packable(allow_unknown)]
struct PictureRef<'a> {
    label: &'a str,
    #[packable(serde, schemars)]
    meta: Meta,
}

/// Two types with definitions of one name.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "it has a schema")]
struct Album {
    pictures: Vec<Picture>,
    origin: Origin,
}

fn picture() -> Picture {
    let camera = Origin::Camera { model: "F3".into(), iso: 400 };
    let meta = Meta { origin: Origin::Copy(Box::new(camera.clone())), tags: BTreeMap::new(), note: None };
    Picture { label: "cat".into(), meta, others: vec![Origin::Drawn], opaque: vec![camera] }
}

#[test]
fn records_say_what_schemars_says_of_a_field_that_serde_converts() {
    let picture = picture();
    assert_eq!(Picture::unpack(&picture.try_pack().unwrap()).unwrap(), picture);
    assert_eq!(Picture::SCHEMA.to_string(), "Picture@1.0.0 { label: str, meta: any, others: any, opaque: any }");
    let record = Picture::schema_record().created_at("2026-03-01T12:00:00Z");
    let local = record.to_local();
    let note = &local["fields"][1]["jsonSchema"];
    assert_eq!(note["$ref"], "#/$defs/Meta");
    assert_eq!(note["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::meta::validate(note).unwrap();
    let meta = jsonschema::validator_for(note).unwrap();
    assert!(meta.is_valid(&serde_json::to_value(&picture.meta).unwrap()), "{note:#}");
    assert!(!meta.is_valid(&json!({"origin": "Found", "tags": {}})), "{note:#}");
    assert_eq!(local["fields"][2]["jsonSchema"]["type"], "array");
    assert_eq!(local["fields"][3].get("jsonSchema"), None, "opaque unless it is asked for");

    let published = record.to_atproto().unwrap();
    assert_eq!(published["schema"]["properties"]["meta"]["jsonSchema"], *note);
    assert_json_schema("Picture", &published["schema"]);
    for json in [local.clone(), published] {
        assert_eq!(SchemaRecord::from_json(&json).unwrap(), record);
    }
    let borrowed = OwnedSchema::from(PictureRef::REF_SCHEMA);
    assert_eq!(borrowed.fields[1].json_schema.as_ref(), Some(note));
    let bytes = picture.pack();
    assert_eq!(PictureRef::unpack_ref(&bytes).unwrap().meta, picture.meta);
}

#[test]
fn a_schema_that_is_none_has_its_place() {
    let mut local = Picture::schema_record().to_local();
    local["fields"][1]["jsonSchema"] = json!("object");
    let error = SchemaRecord::from_json(&local).unwrap_err();
    assert!(error.to_string().contains("at /fields/1/jsonSchema: expected a JSON Schema"), "{error}");
}

#[test]
fn schemas_of_samples_have_what_schemars_says_of_their_fields() {
    let schema = schema_for!(Picture).to_value();
    jsonschema::meta::validate(&schema).unwrap();
    assert_eq!(schema["properties"]["meta"]["description"], "What is known of it.");
    assert_eq!(schema["properties"]["opaque"], true);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let right = serde_json::to_value(atdata::serde::row(&picture())).unwrap();
    if let Err(error) = validator.validate(&right) {
        panic!("{error} at {}\n{schema:#}", error.instance_path());
    }
    let wrong = [
        ("/meta/origin", json!("Found")),
        ("/meta/origin/Copy/Camera/iso", json!(-1)),
        ("/meta/note", json!(7)),
        ("/others/0", json!({"Copy": "Found"})),
    ];
    for (place, value) in wrong {
        let mut sample = right.clone();
        *sample.pointer_mut(place).expect(place) = value;
        assert!(!validator.is_valid(&sample), "{place}\n{schema:#}");
    }
    let album = jsonschema::validator_for(&schema_for!(Album).to_value()).unwrap();
    assert!(album.is_valid(&json!({"pictures": [right], "origin": "Drawn"})));
    assert!(!album.is_valid(&json!({"pictures": [right], "origin": "Found"})));
}
