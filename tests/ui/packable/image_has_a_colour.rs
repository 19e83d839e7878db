use atdata::Packable;
use atdata::format::Image;

#[derive(Packable)]
struct Photo {
    image: Image<u8>,
}

fn main() {}
