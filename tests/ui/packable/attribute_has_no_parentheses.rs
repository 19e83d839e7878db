use atdata::Packable;

#[derive(Packable)]
#[packable]
struct Photo {
    #[packable = "skip"]
    label: String,
}

fn main() {}
