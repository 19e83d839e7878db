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

#[derive(Packable)]
#[packable(layout = "members")]
struct Rows {
    #[packable(key, codec = Csv)]
    id: String,
    jpg: Vec<u8>,
    #[packable(skip, codec = Csv)]
    cache: String,
}

#[derive(Packable)]
#[packable(layout = "members")]
struct Cached {
    jpg: Vec<u8>,
    #[packable(skip, key)]
    cache: String,
}

fn main() {}
