use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(schemars)]
    label: String,
    #[packable(serde, skip, schemars)]
    cache: Vec<u8>,
    #[packable(serde, schemars = "all")]
    note: String,
}

fn main() {}
