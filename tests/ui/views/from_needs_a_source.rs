use atdata::Packable;

#[derive(Packable)]
struct Labelled {
    #[packable(from = "label")]
    title: String,
}

fn main() {}
