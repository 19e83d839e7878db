use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(alias)]
    label: String,
    #[packable(alias = 7)]
    caption: String,
    #[packable(alias = [])]
    note: String,
    #[packable(alias = ["title", title])]
    title: String,
}

fn main() {}
