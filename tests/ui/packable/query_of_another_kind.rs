use atdata::{PackField, Packable};

#[derive(PackField, Clone, Debug, PartialEq)]
enum Split {
    Train,
    Test,
}

#[derive(Packable)]
#[packable(query)]
struct Photo {
    label: Option<String>,
    confidence: f64,
    split: Split,
}

fn main() {
    let _ = Photo::confidence().gt("text");
    let _ = Photo::label().eq(3);
    let _ = Photo::split().eq("train");
}
