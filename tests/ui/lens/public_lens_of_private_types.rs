use atdata::{Packable, lens};

#[derive(Packable)]
struct Photo {
    label: String,
}

#[derive(Packable)]
struct Simplified {
    label: String,
}

#[lens]
pub fn simplify(src: &Photo) -> Simplified {
    Simplified { label: src.label.clone() }
}

fn main() {}
