use atdata::Packable;

#[derive(Packable)]
struct Photo {
    image: Vec<u8>,
    label: String,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct Labelled {
    label: String,
}

fn main() {}
