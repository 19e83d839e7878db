use atdata::Packable;

#[derive(Packable)]
#[packable(version)]
struct Photo {
    label: String,
}

fn main() {}
