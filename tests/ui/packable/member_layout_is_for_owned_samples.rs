use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members")]
struct Photo<'a> {
    jpg: &'a [u8],
}

fn main() {}
