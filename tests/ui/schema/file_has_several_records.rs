use atdata::Packable;

#[derive(Packable)]
#[packable(schema = "records/several.json")]
struct Tag {
    text: String,
}

#[derive(Packable)]
#[packable(schema = "records/several.json")]
struct Score {
    value: f64,
}

#[derive(Packable)]
#[packable(schema = "records/several.json", name = "Label", version = "2.0.0")]
struct Text {
    text: String,
}

#[derive(Packable)]
#[packable(schema = "records/lexicon.json")]
struct Photo {
    text: String,
}

fn main() {}
