use atdata::Packable;

#[derive(Packable)]
struct PhotoRef<'a> {
    label: &'a str,
    size: &'a u32,
}

fn main() {}
