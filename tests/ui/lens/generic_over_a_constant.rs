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
fn simplify<const N: usize>(src: &Photo) -> Simplified {
    Simplified { label: src.label.clone() }
}

fn main() {}
