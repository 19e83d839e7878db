use atdata::{DictSample, lens};

#[lens]
fn same(src: &DictSample) -> DictSample {
    src.clone()
}

fn main() {}
