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
fn caption(src: &Photo) -> Caption {
    Caption { text: src.label.clone() }
}

fn main() {
    let _ = simplify | caption;
}
