// The second error is that of two impls of one trait: every sample type is a view of a `DictSample` already, and the
// macro, which knows its name, cannot see that another name is the same. Whether impls overlap the compiler asks before
// it knows of the first error.

use atdata::Packable;

use atdata::DictSample as Anything;

#[derive(Packable)]
#[packable(view_of = Anything)]
struct Labelled {
    label: String,
}

fn main() {}
