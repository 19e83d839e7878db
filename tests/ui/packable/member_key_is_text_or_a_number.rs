use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members")]
struct Photo {
    #[packable(key)]
    id: Vec<u8>,
    jpg: Vec<u8>,
}

fn main() {}
