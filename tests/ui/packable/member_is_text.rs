use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members")]
struct Member {
    #[packable(member = jpg)]
    image: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = members)]
struct Layout {
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members", path)]
struct Path {
    id: String,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members")]
struct Key {
    #[packable(key = "id")]
    id: String,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members")]
struct Twice {
    #[packable(member = "jpg", member = "png")]
    image: Vec<u8>,
}

fn main() {}
