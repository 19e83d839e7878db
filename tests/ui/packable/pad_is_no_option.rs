use atdata::Packable;

#[derive(Packable)]
struct Sentence {
    #[packable(pad = 0)]
    tokens: Option<Vec<i64>>,
}

fn main() {}
