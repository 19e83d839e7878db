use atdata::Packable;

#[derive(Packable)]
struct Photo<T> {
    label: T,
}

fn main() {}
