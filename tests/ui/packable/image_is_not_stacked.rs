use atdata::Packable;
use atdata::format::Image;

#[derive(Packable)]
struct Photo {
    #[packable(ragged)]
    image: Image,
}

fn main() {}
