use atdata::Packable;

#[derive(Packable, Clone)]
struct Photo {
    label: String,
    #[packable(skip)]
    cache: Vec<u8>,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct Cached {
    label: String,
    cache: Vec<u8>,
}

fn main() {}
