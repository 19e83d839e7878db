use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(default = "language")]
    language: String,
}

fn main() {}
