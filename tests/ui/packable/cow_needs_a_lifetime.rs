use std::borrow::Cow;

use atdata::Packable;

#[derive(Packable)]
struct Photo {
    label: Cow<'static, str>,
}

fn main() {}
