use atdata::Packable;
use atdata::format::Pixels;

#[derive(Packable)]
struct Photo {
    #[packable(shape = [224, 224, 3])]
    image: Pixels,
}

fn main() {}
