use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(rename = label)]
    label: String,
    #[packable(rename)]
    note: String,
}

fn main() {}
