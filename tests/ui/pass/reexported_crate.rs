//! A library that hands atdata on, and a user who does not depend on atdata.

mod library {
    pub mod deep {
        pub use atdata as renamed;
    }
}

use library::deep::renamed::{Packable, PackableRef};

mod atdata {}

#[derive(Packable)]
#[packable(crate = crate::library::deep::renamed)]
struct Photo {
    label: String,
    image: ndarray::Array1<u8>,
}

#[derive(Packable)]
#[packable(crate = "crate::library::deep::renamed")]
struct PhotoRef<'a> {
    label: &'a str,
    image: library::deep::renamed::ArrayRef<'a, u8>,
}

mod generated {
    crate::library::deep::renamed::include_schema!("records/photo.json", crate = crate::library::deep::renamed);
}

fn main() {
    assert_eq!(generated::Photo::SCHEMA.name, "Photo");
    let photo = Photo { label: "cat".to_owned(), image: ndarray::array![1] };
    let bytes = photo.pack();
    let borrowed = PhotoRef::unpack_ref(&bytes).unwrap();
    assert_eq!((borrowed.label, borrowed.image.len()), ("cat", 1));
    assert_eq!(PhotoBatch::from_samples([photo]).unwrap().len(), 1);
}
