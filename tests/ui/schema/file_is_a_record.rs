use atdata::Packable;

#[derive(Packable)]
#[packable(schema = "records/wrong.json")]
struct Photo {
    label: String,
}

#[derive(Packable)]
#[packable(schema = "records/manifest.json")]
struct Other {
    label: String,
}

fn main() {}
