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
fn simplify(src: &Photo) -> () {
    let _ = Simplified { label: src.label.clone() };
}

fn main() {}
