use atdata::{Dataset, DictSample, Packable};

#[derive(Packable)]
struct Labelled {
    label: String,
}

fn project(samples: &Dataset<DictSample>) -> Dataset<Labelled> {
    samples.project()
}

fn main() {
    let _ = project(&Dataset::open("photos.tar").unwrap());
}
