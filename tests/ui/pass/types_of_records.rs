//! `include_schema` writes types, in any module.

mod inner {
    pub mod photo {
        atdata::include_schema!("records/photo.json");
    }
}

use atdata::Packable;

fn main() {
    assert_eq!(inner::photo::Photo::SCHEMA.name, "Photo");
}
