use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(alias = ["title", "label"])]
    label: String,
    #[packable(alias = "title")]
    caption: String,
    #[packable(alias = "")]
    note: String,
    #[packable(skip, alias = "seen_by")]
    seen: bool,
}

fn main() {}
