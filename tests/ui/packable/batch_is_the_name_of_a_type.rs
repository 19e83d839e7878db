use atdata::Packable;

#[derive(Packable)]
#[packable(batch = "Photo Batch")]
struct Photo {
    label: String,
}

fn main() {}
