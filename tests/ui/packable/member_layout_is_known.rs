use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "webdataset")]
struct Photo {
    image: Vec<u8>,
}

fn main() {}
