use std::collections::BTreeMap;

use atdata::Packable;

#[derive(Packable)]
struct PhotoRef<'a> {
    label: &'a str,
    notes: BTreeMap<String, &'a str>,
}

fn main() {}
