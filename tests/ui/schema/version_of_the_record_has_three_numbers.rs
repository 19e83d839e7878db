use atdata::Packable;

#[derive(Packable)]
#[packable(schema = "records/unnumbered.json")]
struct Text {
    text: String,
}

fn main() {}
