use std::borrow::Cow;

use atdata::Packable;

#[derive(Packable)]
struct SignalRef<'a> {
    name: Cow<'a, str>,
    samples: Cow<'a, [i64]>,
}

fn main() {}
