use atdata::Packable;

#[derive(Packable)]
#[packable(verison = "1.0.0", renameall = "camelCase")]
struct Photo {
    label: String,
}

fn main() {}
