use atdata::Packable;

#[derive(Packable)]
struct Sentence {
    #[packable(pad)]
    text: String,
    #[packable(pad = 0)]
    tokens: Option<Vec<i64>>,
    #[packable(pad)]
    words: Vec<String>,
}

fn main() {}
