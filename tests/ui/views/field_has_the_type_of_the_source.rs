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
    label: Option<String>,
    #[packable(from = "confidence")]
    certainty: f32,
}

fn main() {}
