use atdata::Packable;

#[derive(Packable)]
struct Photo {
    label: String,
    #[packable(serde, schemars)]
    count: std::num::Saturating<u8>,
}

fn main() {}
