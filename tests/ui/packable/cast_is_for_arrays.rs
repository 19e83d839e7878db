use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(cast)]
    label: i64,
}

fn main() {}
