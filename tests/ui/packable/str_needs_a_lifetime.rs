use atdata::Packable;

#[derive(Packable)]
struct Photo {
    label: &str,
    data: &[u8],
}

fn main() {}
