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

#[lens]
fn shorten(src: &Photo) -> Simplified {
    Simplified { label: src.label.chars().take(3).collect() }
}

fn main() {
    let _ = (simplify, shorten, Caption { text: String::new() });
}
