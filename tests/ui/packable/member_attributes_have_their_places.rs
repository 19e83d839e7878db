use atdata::{PackField, Packable};

#[derive(Packable)]
#[packable(layout = "members", member = "jpg")]
struct Member {
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members", key)]
struct Key {
    jpg: Vec<u8>,
}

#[derive(Packable)]
struct Layout {
    #[packable(layout = "members")]
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members")]
struct Path {
    #[packable(path = "{id}")]
    id: String,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "packed")]
struct Packed {
    #[packable(member = "jpg")]
    image: Vec<u8>,
}

#[derive(PackField)]
#[packable(layout = "members")]
enum Split {
    Train,
}

fn main() {}
