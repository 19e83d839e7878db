use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members")]
struct Optional {
    #[packable(key)]
    id: Option<String>,
    jpg: Vec<u8>,
}

#[derive(Packable)]
#[packable(layout = "members", path = "{class}/{weight}")]
struct Parts {
    class: Vec<u8>,
    weight: f64,
    jpg: Vec<u8>,
}

fn main() {}
