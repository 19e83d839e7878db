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
fn simplify<T: Packable>(src: &T) -> Simplified {
    Simplified { label: T::SCHEMA.name.to_string() }
}

fn main() {}
