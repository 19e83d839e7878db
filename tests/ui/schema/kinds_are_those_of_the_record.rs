use std::collections::BTreeMap;

use atdata::{PackField, Packable, Value};

#[derive(Packable)]
#[packable(schema = "records/kinds.json")]
struct Kinds {
    text: i64,
    number: f64,
    raw: String,
    words: Vec<i64>,
    scores: Vec<Option<f64>>,
    counts: BTreeMap<String, String>,
    anything: Value,
    matrix: Vec<f64>,
    split: Split,
}

#[derive(PackField, Debug, Clone, PartialEq)]
#[packable(rename_all = "lowercase")]
enum Split {
    Train,
    Dev,
}

fn main() {}
