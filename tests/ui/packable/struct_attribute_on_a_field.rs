use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(version = "1.0.0")]
    label: String,
}

fn main() {}
