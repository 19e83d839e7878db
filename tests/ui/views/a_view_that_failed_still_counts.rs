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
    #[packable(default)]
    label: String,
}

fn view(photos: &Dataset<Photo>, photo: &Photo) -> String {
    let _ = photos.as_type::<Labelled>();
    Labelled::LENS.get(photo).label
}

fn main() {}
