use atdata::Packable;

#[derive(Packable)]
#[packable(flatten)]
struct Photo {
    #[packable(serialize_with = "x")]
    label: String,
}

fn main() {}
