use atdata::Packable;

#[derive(Packable)]
struct Sentence {
    #[packable(pad(0))]
    tokens: Vec<i64>,
}

fn main() {}
