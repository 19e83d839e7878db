//! Arrays in members of JSON: lists of their elements.

use std::collections::BTreeMap;

use atdata::{Dataset, ErrorKind, Group, Packable};
use ndarray::{Array0, Array1, Array2, Array3, ArrayD, array};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Face {
    name: String,
    points: Array2<i16>,
    seen: Option<Array1<bool>>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members")]
struct Scene {
    #[packable(member = "boxes.json", shape = [_, 4])]
    boxes: Array2<f32>,
    #[packable(member = "faces.json")]
    faces: Vec<Face>,
    #[packable(member = "named.json.gz")]
    named: BTreeMap<String, Option<Array1<u64>>>,
    #[packable(member = "scale.json")]
    scale: Array0<f64>,
    #[packable(member = "depth.json|depth.mp", default)]
    depth: ArrayD<u8>,
    #[packable(member = "maybe.json")]
    maybe: Option<Array3<f64>>,
}

fn scene() -> Scene {
    let face = Face { name: "a".into(), points: array![[1, -2], [3, 4]], seen: Some(array![true, false]) };
    Scene {
        boxes: array![[0.5, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 0.1]],
        faces: vec![face.clone(), Face { points: Array2::zeros((0, 0)), seen: None, ..face }],
        named: BTreeMap::from([("x".into(), Some(array![u64::MAX])), ("y".into(), None)]),
        scale: ndarray::arr0(0.25),
        depth: ArrayD::from_elem(vec![2, 1, 2], 7),
        maybe: None,
    }
}

fn text(group: &Group, member: &str) -> String {
    String::from_utf8(group.get(member).unwrap().to_vec()).unwrap()
}

#[test]
fn arrays_in_json_are_lists_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenes.tar");
    let none = Scene { boxes: Array2::zeros((0, 4)), maybe: Some(Array3::zeros((2, 0, 0))), ..scene() };
    Dataset::write(&path, [scene(), none.clone()]).unwrap();
    let groups = Dataset::<Group>::open(&path).unwrap().head(2).unwrap();
    assert_eq!(text(&groups[0], "boxes.json"), "[[0.5,1.0,2.0,3.0],[4.0,5.0,6.0,0.10000000149011612]]");
    assert_eq!(
        text(&groups[0], "faces.json"),
        r#"[{"name":"a","points":[[1,-2],[3,4]],"seen":[true,false]},{"name":"a","points":[],"seen":null}]"#
    );
    assert_eq!((&*text(&groups[0], "scale.json"), &*text(&groups[0], "depth.json")), ("0.25", "[[[7,7]],[[7,7]]]"));
    assert_eq!((&*text(&groups[1], "boxes.json"), &*text(&groups[1], "maybe.json")), ("[]", "[[],[]]"));
    assert_eq!(Dataset::<Scene>::open(&path).unwrap().head(2).unwrap(), [scene(), none]);
    let batch = Dataset::<Scene>::open(&path).unwrap().batches(2).next().unwrap();
    let error = batch.unwrap_err().to_string();
    assert!(error.contains("boxes"), "arrays of two shapes are no tensor: {error}");
    let batch = Dataset::<Scene>::open(&path).unwrap().batches(1).next().unwrap().unwrap();
    assert_eq!(batch.boxes.shape(), [1, 2, 4]);
}

/// What a record says is done without the type.
#[cfg(feature = "sqlite")]
#[test]
fn a_record_says_which_lists_are_arrays() {
    use atdata::index::{check_group, check_sample};
    use atdata::shard::SchemaMembers;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenes.tar");
    Dataset::write(&path, [scene()]).unwrap();
    let record = atdata::SchemaRecord::parse(&Scene::schema_record().to_local_json()).unwrap();
    let group = Dataset::<Group>::open(&path).unwrap().head(1).unwrap().remove(0);
    check_group(&record.schema, &group).unwrap();
    let members = SchemaMembers::new(&record.schema).unwrap();
    let sample = members.pack(&group).unwrap();
    check_sample(&record.schema, &sample).unwrap();
    assert_eq!(Scene::unpack(&sample.pack()).unwrap(), scene());
    assert_eq!(members.split(group.key(), &sample).unwrap().fields, group.fields);
    let wrong = Group::new("a", [("boxes.json", "[[1,2,3,4],[5,6]]")]);
    let error = check_group(&record.schema, &wrong).unwrap_err().to_string();
    assert!(error.contains("boxes: expected an array<float32, (_, 4)> as lists in the member `boxes.json`"), "{error}");
}

#[test]
fn lists_that_are_no_such_array_are_told() {
    #[derive(Packable, Debug)]
    #[packable(layout = "members")]
    struct Small {
        #[packable(member = "json")]
        pixels: Array2<u8>,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.tar");
    for (json, found) in [
        ("[[1,2],[3]]", "a list of 1 beside one of 2"),
        ("[[1,2],3]", "no list where one is expected, but int"),
        ("[1,2]", "no list where one is expected, but int"),
        ("[[[1]]]", "list as element 0"),
        ("[[1.5]]", "1.5 as element 0"),
        ("[[1,-1]]", "-1 as element 1"),
        ("[[1,256]]", "256"),
        ("[[true]]", "true as element 0"),
        ("[[null]]", "null as element 0"),
        ("{}", "no list where one is expected, but map"),
        ("7", "no list where one is expected, but int"),
    ] {
        Dataset::write(&path, [Group::new("a", [("json", json)])]).unwrap();
        let error = Dataset::<Small>::open(&path).unwrap().head(1).unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::SchemaMismatch, Some("a")), "{json}: {error}");
        let text = error.to_string();
        let expected = "Small.pixels: expected an array<uint8, 2-d> as lists in the member `json`, found ";
        assert!(text.split_once(expected).is_some_and(|(_, behind)| behind.contains(found)), "{json}: {text}");
    }
    let holds = |json: &str, expected: Array2<u8>| {
        Dataset::write(&path, [Group::new("a", [("json", json)])]).unwrap();
        assert_eq!(Dataset::<Small>::open(&path).unwrap().head(1).unwrap()[0].pixels, expected);
    };
    holds("[[], []]", Array2::zeros((2, 0)));
    holds("[]", Array2::zeros((0, 0)));
    holds("[[255, 0]]", array![[255, 0]]);
}

#[test]
fn arrays_that_lists_do_not_tell_are_not_written() {
    #[derive(Packable, Debug)]
    #[packable(layout = "members")]
    struct Loose {
        #[packable(member = "json")]
        values: Array2<f64>,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loose.tar");
    for (values, found) in [
        (Array2::zeros((0, 4)), "an array without elements whose shape lists do not tell"),
        (Array2::zeros((1 << 20, 0)), "an array without elements whose shape lists do not tell"),
        (array![[f64::NAN]], "NaN"),
    ] {
        let error = Dataset::write(&path, [Loose { values }]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(&format!("`json` cannot hold {found}")), "{error}");
        assert!(!path.exists());
    }
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Node {
    points: Array1<f32>,
    children: Vec<Node>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members")]
struct Tree {
    #[packable(member = "json")]
    root: Node,
    // JSON by its type, where the name says nothing.
    boxes: Vec<Array1<f32>>,
}

#[test]
fn arrays_of_types_that_hold_themselves_are_found_however_deep() {
    let leaf = |x: f32| Node { points: array![x], children: vec![] };
    let inner = Node { points: array![1.0, 2.0], children: vec![leaf(3.0), leaf(4.0)] };
    let tree = Tree { root: Node { points: array![0.5], children: vec![inner] }, boxes: vec![array![1.0], array![]] };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trees.tar");
    Dataset::write_refs(&path, std::slice::from_ref(&tree)).unwrap();
    assert_eq!(Dataset::<Tree>::open(&path).unwrap().head(1).unwrap(), std::slice::from_ref(&tree));
    let group = Dataset::<Group>::open(&path).unwrap().head(1).unwrap().remove(0);
    assert_eq!(text(&group, "boxes"), "[[1.0],[]]");
    #[cfg(feature = "sqlite")]
    {
        let record = atdata::SchemaRecord::parse(&Tree::schema_record().to_local_json()).unwrap();
        let members = atdata::shard::SchemaMembers::new(&record.schema).unwrap();
        let sample = members.pack(&group).unwrap();
        assert_eq!(Tree::unpack(&sample.pack()).unwrap(), tree);
        assert_eq!(members.split(group.key(), &sample).unwrap().fields, group.fields);
    }
}

/// A record's own word: what it would not give back is not written.
#[cfg(feature = "sqlite")]
#[test]
fn arrays_of_another_type_than_the_record_says_are_not_written_as_lists() {
    #[derive(Packable, Debug)]
    #[packable(layout = "members")]
    struct Single {
        #[packable(member = "json")]
        values: Array1<f32>,
    }
    let record = atdata::SchemaRecord::parse(&Single::schema_record().to_local_json()).unwrap();
    let members = atdata::shard::SchemaMembers::new(&record.schema).unwrap();
    for value in [atdata::Value::from(&array![0.1_f64]), atdata::Value::from(&array![[0.1_f32]])] {
        let error = members.split("a", &[("values", value)].into_iter().collect()).unwrap_err().to_string();
        assert!(error.contains("an array of another dtype or rank than the field's"), "{error}");
    }
}
