use std::collections::BTreeMap;

use atdata::{DictSample, PackField, Packable, Value};

#[derive(PackField, Clone)]
struct Celsius(f64);

struct Plain {
    a: i64,
}

#[derive(Packable)]
struct Photo {
    #[packable(flatten)]
    rest: BTreeMap<String, Value>,
    #[packable(flatten)]
    any: DictSample,
    #[packable(flatten)]
    degrees: Celsius,
    #[packable(flatten)]
    plain: Plain,
}

fn main() {}
