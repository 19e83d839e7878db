//! Publishing schemas and storing lenses.

use atdata::lens::Migration;
use atdata::schema::{LensRecord, OwnedField, OwnedFieldType, OwnedSchema, SchemaRecord, SchemaReference};
use atdata::{Dataset, DictSample, ErrorKind, Packable, ShardWriter};

use super::bare_index;

fn caption(version: &str, fields: &[(&str, OwnedFieldType)]) -> SchemaRecord {
    let fields = fields.iter().map(|(name, field_type)| OwnedField::new(*name, field_type.clone())).collect();
    SchemaRecord::new(OwnedSchema::new("Caption", version, fields))
}

#[test]
fn a_schema_is_published_once() {
    #[derive(Packable)]
    struct Caption {
        text: String,
    }
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    let reference = index.publish_schema::<Caption>().unwrap();
    assert_eq!(reference.as_str(), "atdata://local/schema/Caption@1.0.0");
    let stored = index.schema(reference.as_str()).unwrap();
    let created_at = stored.created_at.clone().unwrap();
    assert!(created_at.ends_with("+00:00") && created_at.len() == "2026-03-01T12:34:56.789012+00:00".len());
    assert_eq!(index.publish_schema::<Caption>().unwrap(), reference);
    assert_eq!(index.schema(reference.as_str()).unwrap(), stored, "it was left as it is");
    assert_eq!(Caption { text: String::new() }.text, "");
}

/// What an index has, of Rust or of Python, is what a migration is made of.
#[test]
fn a_migration_is_made_of_stored_records() {
    #[derive(Packable, Debug, PartialEq)]
    struct Caption {
        text: String,
        stars: i64,
    }
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    let python = r#"{"name": "Caption", "version": "1.0.0", "fields": [{"name": "text", "fieldType":
        {"$type": "local#primitive", "primitive": "str"}, "optional": false}], "description": null}"#;
    index.publish_record(&SchemaRecord::parse(python).unwrap()).unwrap();
    let fields = [("text", OwnedFieldType::Str), ("stars", OwnedFieldType::Int)];
    index.publish_record(&caption("2.0.0", &fields)).unwrap();
    let (old, new) = (index.schema("Caption@1.0.0").unwrap(), index.schema("Caption@2.0.0").unwrap());
    assert!(Migration::between(&old, &new).is_err(), "nothing says how many stars there are");
    let migration = Migration::builder(old, new).fill("stars", 3).build().unwrap();

    let path = folder.path().join("old.tar");
    let text = |text: &str| DictSample::from_iter([("text", text)]);
    let mut writer = ShardWriter::builder(&path).build().unwrap();
    for sample in [text("a"), text("b")] {
        writer.write(&sample).unwrap();
    }
    writer.finish().unwrap();
    let upgraded = Dataset::<DictSample>::open(&path).unwrap().upgrade::<Caption>(&migration).unwrap();
    let expected = ["a", "b"].map(|text| Caption { text: text.into(), stars: 3 });
    assert_eq!(upgraded.head(9).unwrap(), expected);
}

#[test]
fn another_schema_of_the_same_version_is_refused_with_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    index.publish_record(&caption("1.0.0", &[("text", OwnedFieldType::Str)])).unwrap();
    let other = caption("1.0.0", &[("text", OwnedFieldType::Int)]);
    let error = index.publish_record(&other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(
        error.to_string(),
        "the schema Caption@1.0.0 is stored with other fields:\n  major  text: type str -> int\n\
         raise the version of the type to 2.0.0"
    );
}

#[test]
fn a_version_that_is_too_low_for_the_change_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    index.publish_record(&caption("1.0.0", &[("text", OwnedFieldType::Str)])).unwrap();
    let breaking = [("text", OwnedFieldType::Int)];
    let error = index.publish_record(&caption("1.1.0", &breaking)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("it must be at least 2.0.0"), "{error}");
    index.publish_record(&caption("2.0.0", &breaking)).unwrap();
    let error = index.publish_record(&caption("x", &breaking)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn what_python_leaves_open_is_no_difference() {
    use ndarray::Array2;
    #[derive(Packable)]
    struct Image {
        #[packable(shape = [2, 3])]
        image: Array2<u8>,
    }
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    let python = r#"{"name": "Image", "version": "1.0.0", "fields": [{"name": "image", "fieldType":
        {"$type": "local#ndarray", "dtype": "float32"}, "optional": false}], "description": null}"#;
    let stored = SchemaRecord::parse(python).unwrap();
    index.publish_record(&stored).unwrap();
    index.publish_schema::<Image>().unwrap();
    assert_eq!(Image { image: Array2::zeros((2, 3)) }.image.len(), 6);
}

#[test]
fn a_lens_is_stored_once_and_found_by_what_it_leads_between() {
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    let lens = LensRecord::new("headline", "1.0.0", "Article@2.0.0", "Headline").with_fields([("title", "text")]);
    let reference = index.store_lens(&lens).unwrap();
    assert_eq!(index.store_lens(&lens).unwrap(), reference);
    assert_eq!(index.lens(&reference.to_string()).unwrap().getter, lens.getter);
    let other = LensRecord::new("headline", "1.0.0", "Article@2.0.0", "Headline").with_fields([("body", "text")]);
    assert_eq!(index.store_lens(&other).unwrap_err().kind(), ErrorKind::Conflict);

    let article = SchemaReference::local("Article", "2.0.0");
    let (headline, image) = (SchemaReference::local("Headline", "1.0.0"), SchemaReference::local("Image", "1.0.0"));
    assert_eq!(index.find_lenses(&article, None).unwrap().len(), 1);
    assert_eq!(index.find_lenses(&article, Some(&headline)).unwrap().len(), 1);
    assert_eq!(index.find_lenses(&article, Some(&image)).unwrap().len(), 0);
    assert_eq!(index.find_lenses(&image, None).unwrap().len(), 0);
    let error = index.lens("atdata://local/lens/headlin@1.0.0").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_type_is_published_under_the_version_that_its_changes_ask_for() {
    #[derive(Packable)]
    struct Caption {
        text: String,
    }
    mod later {
        #[derive(atdata::Packable)]
        pub(crate) struct Caption {
            pub text: String,
            pub stars: Option<i64>,
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    let version = |reference: SchemaReference| reference.as_str().rsplit('@').next().unwrap().to_owned();
    assert_eq!(version(index.publish_next_schema::<Caption>().unwrap()), "1.0.0");
    assert_eq!(version(index.publish_next_schema::<Caption>().unwrap()), "1.0.0", "it says the same");
    assert_eq!(version(index.publish_next_schema::<later::Caption>().unwrap()), "1.1.0");
    assert_eq!(version(index.publish_schema_as::<later::Caption>("2.0.0").unwrap()), "2.0.0");
    assert_eq!(index.schema("Caption@1.1.0").unwrap(), index.schema("@local/Caption@1.1.0").unwrap());
    assert_eq!(index.publish_schema_as::<Caption>("x").unwrap_err().kind(), ErrorKind::InvalidInput);
    let (old, new) = (Caption { text: String::new() }, later::Caption { text: String::new(), stars: None });
    assert!(old.text == new.text && new.stars.is_none());
}

#[test]
fn a_schema_with_a_dot_in_its_name_is_found_by_its_reference() {
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    let record =
        SchemaRecord::new(OwnedSchema::new("pkg.Caption", "1.0.0", vec![OwnedField::new("x", OwnedFieldType::Int)]));
    let reference = index.publish_record(&record).unwrap();
    assert_eq!(index.schema(reference.as_str()).unwrap().schema, record.schema);
}
