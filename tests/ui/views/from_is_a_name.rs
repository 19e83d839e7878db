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
    #[packable(from = "the label")]
    title: String,
}

fn main() {}
