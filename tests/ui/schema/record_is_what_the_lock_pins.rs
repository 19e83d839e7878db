use atdata::Packable;

#[derive(Packable)]
#[packable(schema = "records/locked/published/Label@1.0.0.json")]
struct Label {
    text: String,
}

#[derive(Packable)]
#[packable(schema = "records/locked/published/Score@1.0.0.json")]
struct Score {
    value: i64,
}

fn main() {}
