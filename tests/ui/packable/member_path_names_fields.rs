use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members", path = "{split}/{id}")]
struct Photo {
    id: String,
    jpg: Vec<u8>,
}

fn main() {}
