use atdata::Packable;

type Maybe = Option<Vec<i64>>;

#[derive(Packable)]
struct Sentence {
    #[packable(pad)]
    text: String,
    #[packable(pad = 0)]
    tokens: Maybe,
    #[packable(pad)]
    words: Vec<String>,
}

fn main() {}
