use atdata::Packable;

#[derive(Packable)]
#[packable(rename_all = "camel_case")]
struct Photo {
    label: String,
}

fn main() {}
