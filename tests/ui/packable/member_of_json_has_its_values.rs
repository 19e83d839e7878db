use std::collections::BTreeMap;

use atdata::{DynArray, Packable};
use ndarray::Array1;

#[derive(Packable)]
#[packable(layout = "members")]
struct Photo {
    #[packable(member = "json")]
    boxes: Vec<Array1<f32>>,
    #[packable(member = "any.json")]
    any: DynArray,
    #[packable(member = "more.json")]
    more: BTreeMap<String, Option<DynArray>>,
    #[packable(member = "files.json")]
    files: Vec<Vec<u8>>,
    #[packable(member = "text.json")]
    text: Vec<u8>,
}

fn main() {}
