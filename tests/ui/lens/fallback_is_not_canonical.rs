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

#[lens(throug_only)]
fn shorten(src: &Photo) -> Simplified {
    Simplified { label: src.label.chars().take(3).collect() }
}

fn main() {
    let _ = simplify.get(&Photo { label: String::new() });
    let _ = shorten.get(&Photo { label: String::new() });
}
