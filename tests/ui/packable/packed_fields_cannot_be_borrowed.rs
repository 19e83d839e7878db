use atdata::Packable;

#[derive(Packable)]
#[repr(C, packed)]
struct Point {
    x: f64,
}

fn main() {}
