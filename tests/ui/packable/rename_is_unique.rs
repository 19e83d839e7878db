use atdata::Packable;

#[derive(Packable)]
struct Photo {
    label: String,
    #[packable(rename = "label")]
    note: String,
}

fn main() {}
