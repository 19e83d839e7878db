use atdata::Packable;

#[derive(Packable)]
struct PhotoRef<'a> {
    label: &'a str,
}

fn samples<S: Packable>() {}

fn main() {
    samples::<PhotoRef<'static>>();
}
