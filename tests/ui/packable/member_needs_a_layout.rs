use atdata::Packable;

#[derive(Packable)]
#[packable(path = "{label}", codecs = Audio)]
struct Photo {
    #[packable(member = "jpg")]
    image: Vec<u8>,
    #[packable(key)]
    label: String,
    #[packable(codec = Csv)]
    rows: String,
}

fn main() {}
