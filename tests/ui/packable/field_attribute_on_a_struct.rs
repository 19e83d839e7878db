use atdata::Packable;

#[derive(Packable)]
#[packable(rename = "photo")]
struct Photo {
    label: String,
}

fn main() {}
