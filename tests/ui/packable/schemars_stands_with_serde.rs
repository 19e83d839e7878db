use atdata::Packable;

struct Plain;

#[derive(Packable)]
struct Photo {
    #[packable(schemars)]
    label: String,
    #[packable(serde, skip, schemars)]
    cache: Vec<u8>,
    #[packable(serde, schemars = "all")]
    note: String,
}

#[derive(Packable)]
struct Other {
    #[packable(serde, schemars)]
    plain: std::cmp::Reverse<u8>,
    #[packable(serde, schemars)]
    neither: Plain,
}

fn main() {}
