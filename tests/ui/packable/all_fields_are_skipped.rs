use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(skip)]
    label: String
}

fn main() {}
