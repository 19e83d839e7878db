use atdata::Packable;

#[derive(Packable, Clone)]
struct Photo {
    image: Vec<u8>,
    label: String,
    confidence: f64,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct Labelled {
    #[packable(from = "label", default)]
    title: String,
    label: String,
    #[packable(skip)]
    seen: bool,
    #[packable(form = "confidence")]
    certainty: f64,
}

fn main() {}
