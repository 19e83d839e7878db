use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members")]
struct Photo {
    #[packable(key)]
    class: String,
    #[packable(key)]
    id: String,
    jpg: Vec<u8>,
}

fn main() {}
