use std::collections::HashMap;

use atdata::Packable;

#[derive(Packable)]
struct Photo {
    counts: HashMap<u32, String>,
}

fn main() {}
