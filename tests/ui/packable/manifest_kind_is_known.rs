use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(manifest = "counts")]
    label: String,
    #[packable(manifest)]
    other: String,
    #[packable(manifest = true)]
    third: String,
    #[packable(manifest = 3)]
    fourth: String,
}

fn main() {}
