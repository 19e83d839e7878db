use atdata::Packable;

#[derive(Packable, Clone)]
struct PhotoRef<'a> {
    image: &'a [u8],
    label: String,
}

#[derive(Packable)]
#[packable(view_of = PhotoRef<'static>)]
struct Labelled {
    label: String,
}

fn main() {}
