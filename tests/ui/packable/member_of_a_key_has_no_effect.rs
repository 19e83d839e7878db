use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members")]
struct Photo {
    #[packable(key, member = "id", default)]
    id: String,
    jpg: Vec<u8>,
    #[packable(skip, member = "txt")]
    cache: String,
}

fn main() {}
