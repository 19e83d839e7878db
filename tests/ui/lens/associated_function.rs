// The macro sees a function, not the `impl` around it, where no struct can stand: the first error is the compiler's and
// says so. It goes on behind it, into the `const` for the impls of the struct that it has just left out, and nothing
// valid can stand there instead.

use atdata::{Packable, lens};

#[derive(Packable)]
struct Photo {
    label: String,
}

#[derive(Packable)]
struct Simplified {
    label: String,
}

impl Photo {
    #[lens]
    fn simplify(src: &Photo) -> Simplified {
        Simplified { label: src.label.clone() }
    }
}

fn main() {}
