use atdata::{Packable, Value};

#[derive(Packable)]
struct Photo {
    #[packable(required)]
    extra: Value,
    #[packable(required)]
    label: Option<String>,
}

fn main() {}
