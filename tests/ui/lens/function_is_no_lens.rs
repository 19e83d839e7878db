use atdata::{Dataset, Packable, lens};

#[derive(Packable)]
struct Photo {
    label: String,
}

#[derive(Packable)]
struct Simplified {
    label: String,
}

fn simplify(src: &Photo) -> Simplified {
    Simplified { label: src.label.clone() }
}

#[lens]
fn same(src: &Photo) -> Photo {
    Photo { label: src.label.clone() }
}

fn main() {
    let dataset = Dataset::<Photo>::open("photos.tar").unwrap();
    let _ = dataset.through(simplify);
    let _ = same.then(simplify);
}
