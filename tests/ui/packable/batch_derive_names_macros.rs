use atdata::Packable;

#[derive(Packable)]
#[packable(batch_derive(Debug, "Clone"))]
struct Photo {
    label: String,
}

fn main() {}
