use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(manifest = "numeric")]
    label: String,
    #[packable(manifest = "set")]
    confidence: f64,
    #[packable(manifest = "categorical")]
    tags: Vec<String>,
    #[packable(manifest = "categorical")]
    thumbnail: Option<Vec<u8>>,
}

fn main() {}
