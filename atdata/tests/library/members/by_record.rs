//! Members by a schema record, without the type.

use atdata::index::{check_group, check_sample};
use atdata::schema::{OwnedField, OwnedFieldType as T, OwnedSchema, SchemaRecord};
use atdata::shard::SchemaMembers;
use atdata::{ErrorKind, Group, Packable as _, Value};

use super::{Photo, photo};

fn schema(fields: Vec<OwnedField>) -> OwnedSchema {
    OwnedSchema::new("Thing", "1.0.0", fields).of_members(None)
}

/// What gzip makes of nothing.
const NOTHING: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0";

fn told(schema: &OwnedSchema, group: &Group) -> String {
    check_group(schema, group).err().map_or_else(String::new, |error| error.to_string())
}

#[test]
fn a_type_and_its_record_read_and_write_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (path, photos) = super::photos(folder.path());
    let record = SchemaRecord::parse(&Photo::schema_record().to_local_json()).unwrap();
    let members = SchemaMembers::new(&record.schema).unwrap();
    let groups = atdata::Dataset::<Group>::open(&path).unwrap();
    for (group, photo) in groups.ordered().zip(&photos) {
        let group = group.unwrap();
        check_group(&record.schema, &group).unwrap();
        let sample = members.pack(&group).unwrap();
        check_sample(&record.schema, &sample).unwrap();
        assert_eq!(Photo::unpack(&sample.pack()).unwrap(), *photo);
        let back = members.split("0", &sample).unwrap();
        assert_eq!((back.key(), &back.fields), (group.key(), &group.fields));
    }
}

#[test]
fn a_key_that_says_the_same_stays() {
    let record = Photo::schema_record();
    let members = SchemaMembers::new(&record.schema).unwrap();
    let sample = atdata::DictSample::unpack(&photo(7).pack()).unwrap();
    assert_eq!(members.split("test/class1/007", &sample).unwrap().key(), "test/class1/007");
    assert_eq!(members.split("test/class1/8", &sample).unwrap().key(), "test/class1/7");
    let error = members.pack(&Group::new("0007", [("jpg", "")])).unwrap_err();
    assert!(error.to_string().contains("expected a member `cls`"), "{error}");
}

#[test]
fn a_member_is_of_the_field_that_names_it_also_behind_others() {
    let fields = vec![
        OwnedField::new("meta", T::Any).in_member("json"),
        OwnedField::new("packed", T::Bytes).in_member("json.gz"),
    ];
    let plain = schema(fields);
    // The first field would take the compressed one, were it not that of the second.
    let group = Group::new("a", [("json.gz", NOTHING), ("json", b"{}")]);
    assert_eq!(told(&plain, &group), "");
    let lone = told(&plain, &Group::new("a", [("json.gz", "x")]));
    assert!(lone.contains("meta: expected a member `json`, found `json.gz`"), "{lone}");
}

#[test]
fn alternatives_that_are_there_at_once_are_told() {
    let image = OwnedField::new("image", T::Bytes).in_member("jpg|png");
    let both = Group::new("a", [("png", "x"), ("jpg", "y"), ("cls", "3")]);
    assert_eq!(
        told(&schema(vec![image.clone()]), &both),
        "the sample is none of Thing@1.0.0:\n  image: expected one member of `jpg` or `png`, found `png` beside another of them: \
         `\"member\"` of a second field reads both, `\"allowUnknown\": true` of the schema the first alone\n  \
         found a member `cls` that no field takes; the schema takes `jpg`: `\"member\": \"cls\"` of a field reads it, \
         `\"allowUnknown\": true` of the schema passes over it"
    );
    assert_eq!(told(&schema(vec![image]).allowing_unknown(), &both), "");
}

#[test]
fn a_label_is_text_where_the_record_says_so() {
    let plain = schema(vec![OwnedField::new("class", T::Str).in_member("cls"), OwnedField::new("txt", T::Int)]);
    let members = SchemaMembers::new(&plain).unwrap();
    let group = Group::new("a", [("cls", "007"), ("txt", " 12\n")]);
    let sample = members.pack(&group).unwrap();
    assert_eq!((&sample["class"], &sample["txt"]), (&"007".into(), &Value::Int(12)));
    assert_eq!(members.split("a", &sample).unwrap().get("cls").unwrap(), "007");
}

#[test]
fn of_a_packed_type_the_members_have_the_names_of_the_fields() {
    let fields = vec![
        OwnedField::new("fileName", T::Str),
        OwnedField::new("JPG", T::Bytes),
        OwnedField::new("score", T::Float).optional(true),
        OwnedField::new("views", T::List(Box::new(T::Bytes))),
        OwnedField::new("cls", T::Bool),
        OwnedField::new("note", T::Str).with_default(),
    ];
    let packed = OwnedSchema::new("Thing", "1.0.0", fields);
    let members = SchemaMembers::new(&packed).unwrap();
    let sample = atdata::DictSample::from_iter([
        ("fileName", "a.jpg".into()),
        ("JPG", vec![1_u8].into()),
        ("score", Value::Nil),
        ("views", Value::from_iter([Value::from(vec![1_u8])])),
        ("cls", true.into()),
    ]);
    let group = members.split("a", &sample).unwrap();
    assert_eq!(group.names().collect::<Vec<_>>(), ["filename.txt", "jpg", "views.mp", "cls"]);
    assert_eq!(members.pack(&group).unwrap(), sample);
}

#[test]
fn records_that_cannot_be_followed_say_why() {
    let error = |fields: Vec<OwnedField>| {
        let error = SchemaMembers::new(&schema(fields)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        error.to_string()
    };
    let twice = error(vec![OwnedField::new("cls", T::Int), OwnedField::new("class", T::Int).in_member("cls")]);
    assert!(twice.starts_with("the fields `cls` and `class` are both in the member `cls`"), "{twice}");
    let name = error(vec![OwnedField::new("a/b", T::Int)]);
    assert!(name.contains("\"a/b\" cannot be the name of a member: a `/` belongs to keys"), "{name}");

    let foreign = schema(vec![OwnedField::new("points", T::List(Box::new(T::Float))).in_member("csv").read_by("Csv")]);
    let group = Group::new("a", [("csv", "1,2")]);
    assert_eq!(told(&foreign, &group), "", "nobody can look into it");
    let error = SchemaMembers::new(&foreign).unwrap().pack(&group).unwrap_err();
    assert!(error.to_string().contains("the member `csv` is one for a codec of its type's own"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let unnoted = schema(vec![OwnedField::new("points", T::List(Box::new(T::Float))).in_member("csv")]);
    assert!(told(&unnoted, &group).contains("points: "), "without the note it is read as its type says");
    let members = SchemaMembers::new(&unnoted).unwrap();
    let error = members.split("a", &[("points", Value::Nil), ("more", 1.into())].into_iter().collect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(error.to_string().contains("Thing@1.0.0 has no such field"), "{error}");
}
