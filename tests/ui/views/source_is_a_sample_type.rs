use atdata::Packable;

#[derive(Clone)]
struct Photo {
    label: String,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct Labelled {
    label: String,
}

fn main() {}
