use atdata::Packable;

#[derive(Packable)]
struct Photo {
    label: String,
}

struct PhotoBatch {
    photos: Vec<Photo>,
}

fn main() {}
