use atdata::{Dataset, Packable, lens};

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
    let dataset = Dataset::<Simplified>::open("photos.tar").unwrap();
    let _ = dataset.through(simplify);
}
