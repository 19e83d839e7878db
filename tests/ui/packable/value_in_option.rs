use atdata::{Packable, Value};

#[derive(Packable)]
struct Photo {
    label: Option<Value>,
}

fn main() {}
