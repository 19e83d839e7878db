//! Lints that are forbidden cannot be allowed by an expansion, and it needs none of them to be.
#![forbid(warnings, dead_code, unused)]

use atdata::{Lens, Packable};

#[derive(Packable, Debug, Clone)]
struct Photo {
    label: String,
    #[packable(default = 3)]
    stars: i64,
}

#[derive(Packable, Debug)]
#[packable(view_of = Photo)]
struct Label {
    label: String,
}

fn main() {
    let photo = Photo::unpack(b"\x81\xa5label\xa1a").unwrap();
    println!("{photo:?} {} {} {}", photo.label, photo.stars, Label::LENS.get(&photo).label);
}
