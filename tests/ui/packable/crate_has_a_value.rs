use atdata::Packable;

#[derive(Packable)]
#[packable(crate)]
struct Photo {
    label: String,
}

fn main() {}
