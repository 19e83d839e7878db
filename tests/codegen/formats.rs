//! The formats of other libraries, which need features of atdata that the other crates of these tests do without.

use atdata::Packable;
use atdata::schema::{OwnedSchema, SchemaRecord};

mod types {
    include!("../../atdata-codegen/tests/cases/formats/expected.rs");
}

#[test]
fn formats_have_the_types_of_atdata() {
    let record = include_str!("../../atdata-codegen/tests/cases/formats/Formats.json");
    let record = SchemaRecord::parse(record).unwrap();
    assert_eq!(OwnedSchema::from(types::Formats::SCHEMA).fingerprint_input(), record.schema.fingerprint_input());
}

mod images {
    include!("../../atdata-codegen/tests/cases/images/expected.rs");
}

#[test]
fn images_have_the_colours_of_the_record() {
    let record = include_str!("../../atdata-codegen/tests/cases/images/Scan.json");
    let record = SchemaRecord::parse(record).unwrap();
    let made = OwnedSchema::from(images::Scan::SCHEMA);
    let fields = |schema: &OwnedSchema| {
        let fields = schema.fields.iter().map(|field| (field.image.clone(), field.member.clone(), field.optional));
        fields.collect::<Vec<_>>()
    };
    assert_eq!(fields(&made), fields(&record.schema));
    assert_eq!(made.fingerprint_input(), record.schema.fingerprint_input());
}
