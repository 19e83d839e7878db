use atdata::{Packable, lens};

#[derive(Packable)]
struct Photo {
    label: String,
}

#[derive(Packable)]
struct Simplified {
    label: String,
}

trait Simplify {
    #[lens]
    fn simplify(src: &Photo) -> Simplified;
}

fn main() {}
