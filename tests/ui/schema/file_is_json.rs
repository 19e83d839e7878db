use atdata::Packable;

#[derive(Packable)]
#[packable(schema = "records/cut.json")]
struct Photo {
    label: String,
}

fn main() {}
