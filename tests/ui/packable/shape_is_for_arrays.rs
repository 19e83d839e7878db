use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(shape = [3])]
    label: String,
}

fn main() {}
