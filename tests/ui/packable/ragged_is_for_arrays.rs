use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(ragged)]
    labels: Vec<String>,
}

fn main() {}
