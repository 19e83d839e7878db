use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members", path = "/{id}")]
struct Absolute {
    id: String,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members", path = "{id}/")]
struct Folder {
    id: String,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members", path = "../{id}")]
struct Outside {
    id: String,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members", path = "__meta__/{id}")]
struct Hidden {
    id: String,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members", path = "a\n/{id}")]
struct Line {
    id: String,
    jpg: Vec<u8>,
}

fn main() {}
