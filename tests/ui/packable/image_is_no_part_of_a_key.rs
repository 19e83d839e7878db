use atdata::Packable;
use atdata::format::Image;

#[derive(Packable)]
#[packable(layout = "members")]
struct Photo {
    #[packable(key)]
    image: Image,
    cls: i64,
}

fn main() {}
