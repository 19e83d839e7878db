//! A library that hands atdata on, and a user who does not depend on atdata.
#![deny(warnings)]

mod library {
    pub mod deep {
        pub use atdata as renamed;
    }
}

use library::deep::renamed::{Packable, lens};

mod atdata {}

#[derive(Packable)]
#[packable(crate = crate::library::deep::renamed)]
struct Photo {
    label: String,
}

#[derive(Packable)]
#[packable(crate = crate::library::deep::renamed)]
struct Label {
    label: String,
}

#[lens(crate = crate::library::deep::renamed, put = |view, _| Photo { label: view.label.clone() })]
fn label(src: &Photo) -> Label {
    Label { label: src.label.clone() }
}

#[lens(crate = "library::deep::renamed")]
fn back(src: &Label) -> Photo {
    Photo { label: src.label.clone() }
}

fn main() {
    let photo = Photo { label: "cat".to_owned() };
    assert_eq!(label.put(&label.get(&photo), &photo).label, "cat");
    let round = label | back;
    let _ = round;
}
