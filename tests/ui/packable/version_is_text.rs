use atdata::Packable;

#[derive(Packable)]
#[packable(version = 1.0)]
struct Photo {
    label: String,
}

fn main() {}
