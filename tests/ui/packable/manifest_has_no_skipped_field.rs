use atdata::Packable;

#[derive(Packable)]
struct Photo {
    label: String,
    #[packable(skip, manifest = false)]
    cache: u8,
}

fn main() {}
