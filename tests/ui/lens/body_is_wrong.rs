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
fn simplify(src: &Photo) -> Simplified {
    Simplified { label: src.label }
}

fn main() {}
