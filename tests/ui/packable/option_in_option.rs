use atdata::Packable;

#[derive(Packable)]
struct Photo {
    label: Option<Option<String>>,
}

fn main() {}
