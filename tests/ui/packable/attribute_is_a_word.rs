use atdata::Packable;

#[derive(Packable)]
#[packable("Photo")]
struct Photo {
    label: String,
}

fn main() {}
