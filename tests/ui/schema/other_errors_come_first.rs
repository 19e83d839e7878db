use atdata::{PackField, Packable};

#[derive(Packable)]
#[packable(schema = "records/photo.json")]
struct Photo {
    image: std::sync::Mutex<u8>,
    label: i64,
}

#[derive(Packable)]
#[packable(schema = "records/photo.json", version = "two")]
struct Picture {
    colour: i64,
}

#[derive(PackField, Clone)]
enum Failed {
    Data(i64),
}

// What `Failed` would be is not known: nothing is said of the field.
#[derive(Packable)]
#[packable(schema = "records/photo.json", allow_unknown)]
struct Image<'a> {
    label: Failed,
    confidence: Option<&'a str>,
}

fn main() {}
