use atdata::Packable;

#[derive(Packable)]
#[packable(name = "my photo")]
struct Photo {
    label: String,
}

fn main() {}
