use atdata::Packable;

#[derive(Packable)]
#[packable(python)]
struct Photo {
    note: Option<String>,
    label: String,
}

#[derive(Packable)]
#[packable(python)]
struct Fine {
    label: String,
    note: Option<String>,
}

fn main() {}
