use atdata::{Packable, ViewOf};

#[derive(Packable, Clone)]
struct Photo {
    image: Vec<u8>,
    label: String,
    confidence: f64,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct Labelled {
    label: String,
}

impl ViewOf<Photo> for Labelled {
    fn view_of(photo: Photo) -> atdata::Result<Self> {
        Ok(Self { label: photo.label })
    }
}

fn main() {}
