use atdata::{Dataset, PackField, Packable};

#[derive(PackField, Debug, Clone, Copy, PartialEq)]
enum Split {
    Train,
    Test,
}

#[derive(PackField, Debug, Clone, Copy, PartialEq)]
enum Part {
    Train,
    Validation,
}

#[derive(Packable)]
struct Photo {
    split: Split,
}

#[derive(Packable)]
struct Similar {
    split: Part,
}

fn project(photos: &Dataset<Photo>) -> Dataset<Similar> {
    photos.project()
}

fn main() {
    let _ = project(&Dataset::open("photos.tar").unwrap());
}
