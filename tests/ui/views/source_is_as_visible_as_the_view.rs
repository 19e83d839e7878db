use atdata::Packable;

#[derive(Packable, Clone)]
struct Photo {
    label: String,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
pub struct Labelled {
    pub label: String,
}

fn main() {}
