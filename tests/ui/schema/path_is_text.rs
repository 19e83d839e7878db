use atdata::Packable;

#[derive(Packable)]
#[packable(schema = records / photo.json)]
struct Photo {
    label: String,
}

#[derive(Packable)]
#[packable(schema)]
struct Other {
    label: String,
}

fn main() {}
