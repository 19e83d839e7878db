use atdata::Packable;

use atdata::DictSample as Anything;

#[derive(Packable)]
#[packable(view_of = Anything)]
struct Labelled {
    label: String,
}

fn main() {}
