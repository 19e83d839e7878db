use atdata::{Dataset, Lens, Packable};

#[derive(Packable, Clone)]
struct Photo {
    image: Vec<u8>,
    label: String,
    confidence: f64,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct Labelled {
    label: i64,
}

fn view(photos: &Dataset<Photo>, photo: &Photo) -> i64 {
    let _ = photos.as_type::<Labelled>().batches(3);
    Labelled::LENS.get(photo).label
}

fn main() {}
