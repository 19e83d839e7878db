//! Types of records say what their records say.
#![allow(clippy::unwrap_used, reason = "these are tests")]

use atdata::{Packable, SchemaRecord};
use atdata_ui_tests::generated::{images, members};

fn assert_says<T: Packable>(record: &str) {
    let record = SchemaRecord::parse(record).unwrap();
    let own = SchemaRecord::parse(&T::schema_record().to_local_json()).unwrap();
    assert_eq!(own.schema, record.schema);
}

/// Layout, key, names of members, codecs and colours of images come back.
#[test]
fn types_of_members_say_where_their_fields_are() {
    assert_says::<members::Note>(include_str!("../../../atdata-codegen/tests/cases/members/Note.json"));
    assert_says::<members::Photo>(include_str!("../../../atdata-codegen/tests/cases/members/Photo.json"));
    assert_says::<members::Track>(include_str!("../../../atdata-codegen/tests/cases/members/Track.json"));
    assert_says::<images::Scan>(include_str!("../../../atdata-codegen/tests/cases/images/Scan.json"));
}
