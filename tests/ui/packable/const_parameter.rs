use atdata::Packable;

#[derive(Packable)]
struct Photo<const N: usize> {
    pixels: [u8; N],
}

fn main() {}
