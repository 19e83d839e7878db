use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members", path = "{class}/{id}")]
struct Photo {
    class: String,
    #[packable(key)]
    id: String,
    jpg: Vec<u8>,
}

fn main() {}
