use atdata::Packable;

#[derive(Packable)]
struct Photo {
    label: &'static str,
}

fn main() {}
