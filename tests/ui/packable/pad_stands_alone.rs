use atdata::Packable;

#[derive(Packable)]
struct Sentence {
    #[packable(pad, ragged)]
    tokens: ndarray::Array1<i64>,
    #[packable(pad, skip)]
    labels: Vec<i64>,
    #[packable(pad, with = words)]
    words: Vec<i64>,
}

#[derive(Packable)]
struct SentenceRef<'a> {
    #[packable(pad)]
    tokens: Vec<i64>,
    text: &'a str,
}

mod words {
    pub type Wire = Vec<i64>;
    pub fn to_wire(value: &Vec<i64>) -> Wire { value.clone() }
    pub fn from_wire(value: Wire) -> Vec<i64> { value }
}

fn main() {}
