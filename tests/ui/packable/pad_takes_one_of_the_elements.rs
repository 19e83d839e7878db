use atdata::Packable;

#[derive(Packable)]
struct Sentence {
    #[packable(pad = "<pad>")]
    tokens: Vec<i64>,
}

fn main() {}
