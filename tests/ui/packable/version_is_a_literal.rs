use atdata::Packable;

const VERSION: &str = "1.0.0";

#[derive(Packable)]
#[packable(version = VERSION)]
struct Photo {
    label: String,
}

fn main() {}
