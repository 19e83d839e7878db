use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members", path = "{split}/{id}")]
struct Photo {
    id: String,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members", path = "{cache}/{id}")]
struct Kept {
    id: String,
    #[packable(skip)]
    cache: String,
    jpg: Vec<u8>,
}

fn main() {}
