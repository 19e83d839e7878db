use atdata::Packable;

struct Photo {
    label: String,
}

fn samples<S: Packable>() {}

fn main() {
    samples::<Photo>();
    Photo { label: String::new() }.pack();
}
