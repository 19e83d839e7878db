use atdata::Dataset;
use atdata::{Packable, lens};

#[derive(Packable)]
struct Photo {
    label: String,
}

#[derive(Packable)]
struct Simplified {
    label: String,
}

#[derive(Packable)]
struct Caption {
    text: String,
}

#[lens]
fn simplify(src: &Photo) -> Simplified {
    Simplified { label: src.label.clone() }
}

fn main() {
    let dataset = Dataset::<Photo>::open("photos.tar").unwrap();
    let _ = dataset.as_type::<Simplified>();
    let _ = dataset.as_type::<Caption>();
}
