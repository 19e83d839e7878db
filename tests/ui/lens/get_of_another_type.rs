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
    Simplified { label: src.label.clone() }
}

fn main() {
    let view = simplify.get(&Photo { label: String::new() });
    let _ = simplify.get(&view);
}
