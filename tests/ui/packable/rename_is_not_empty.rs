use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(rename = "")]
    label: String,
    #[packable(rename = "a\nb")]
    note: String,
}

fn main() {}
