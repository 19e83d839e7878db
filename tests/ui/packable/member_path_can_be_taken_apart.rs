use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members", path = "{class}{id}")]
struct Adjacent {
    class: String,
    id: String,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members", path = "{id")]
struct Open {
    id: String,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members", path = "id}")]
struct Closed {
    id: String,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members", path = "{id}/{id}")]
struct Twice {
    id: String,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members", path = "photos")]
struct Nothing {
    id: String,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members", path = "v1.0/{id}.x")]
struct Dotted {
    id: String,
    jpg: Vec<u8>,
}

fn main() {}
