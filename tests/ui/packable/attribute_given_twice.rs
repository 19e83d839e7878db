use atdata::Packable;

#[derive(Packable)]
#[packable(version = "1.0.0", version = "2.0.0")]
struct Photo {
    #[packable(default)]
    #[packable(default = "x".into())]
    label: String,
}

fn main() {}
