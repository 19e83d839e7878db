// The compiler looks for lifetimes in the struct itself, whatever the derive makes of it, and knows only one way to
// mend it: so each field has its error, and ours, which says that it may own.

use atdata::Packable;

#[derive(Packable)]
struct Photo {
    label: &str,
    data: &[u8],
}

fn main() {}
