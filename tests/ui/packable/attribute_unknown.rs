use atdata::Packable;

#[derive(Packable)]
#[packable(colour)]
struct Photo {
    #[packable(texture = "x")]
    label: String,
}

fn main() {}
