use atdata::{Packable, lens};

#[derive(Packable)]
struct Photo {
    label: String,
}

#[derive(Packable)]
struct Simplified {
    label: String,
}

#[lens(put = relabel)]
fn simplify(src: &Photo) -> Simplified {
    Simplified { label: src.label.clone() }
}

fn relabel(_: &Photo, view: &Simplified) -> Photo {
    Photo { label: view.label.clone() }
}

fn main() {}
