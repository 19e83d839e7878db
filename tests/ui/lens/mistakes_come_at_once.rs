use atdata::{Packable, lens};

#[derive(Packable)]
struct Photo {
    label: String,
}

#[derive(Packable)]
struct Simplified {
    label: String,
}

#[lens(putt = relabel, version = "1", laws = 3)]
async fn simplify(mut src: Photo, other: usize) -> () {
    let _ = Simplified { label: src.label.clone() };
}

fn main() {}
