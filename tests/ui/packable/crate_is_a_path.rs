use atdata::Packable;

#[derive(Packable)]
#[packable(crate = 7)]
struct Photo {
    label: String,
}

fn main() {}
