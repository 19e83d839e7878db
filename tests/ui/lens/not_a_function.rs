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
struct Other {
    label: String,
}

#[lens]
impl Photo {}

#[lens]
const OTHER: usize = 0;

fn main() {}
