use atdata::{Packable, Value};

#[derive(Packable)]
struct Photo {
    label: Option<Option<String>>,
    size: i64,
    any: Option<Value>,
}

#[derive(Packable)]
struct PhotoRef<'a> {
    label: Option<Option<String>>,
    text: &'a str,
    any: Option<Value>,
}

fn main() {}
