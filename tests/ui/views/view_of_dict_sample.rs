use atdata::Packable;

#[derive(Packable)]
#[packable(view_of = atdata::DictSample)]
struct Labelled {
    label: String,
}

fn main() {}
