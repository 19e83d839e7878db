use atdata::Packable;

#[derive(Packable)]
#[packable(batch_derive = "Debug")]
struct Photo {
    label: String,
}

fn main() {}
