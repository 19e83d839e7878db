use atdata::Packable;

#[derive(Packable)]
#[packable(rename_all = "camelCase")]
struct Photo {
    the_label: String,
    the__label: String,
}

fn main() {}
