use atdata::{Dataset, Packable};

#[derive(Packable, Clone)]
#[packable(version = "1")]
struct Photo {
    label: String,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct Labelled {
    label: String,
}

fn view(photos: &Dataset<Photo>) -> Dataset<Labelled> {
    photos.as_type()
}

fn main() {}
