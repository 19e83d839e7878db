use atdata::{DictSample, Packable, lens};

#[derive(Packable)]
struct Photo {
    label: String,
}

#[lens]
fn photo(src: &DictSample) -> Photo {
    Photo { label: format!("{src:?}") }
}

fn main() {}
