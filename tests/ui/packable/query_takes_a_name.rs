use atdata::Packable;

#[derive(Packable)]
#[packable(query = "PhotoFields")]
struct Photo {
    label: String,
}

#[derive(Packable)]
#[packable(query(all))]
struct Other {
    label: String,
}

#[derive(Packable)]
#[packable(query)]
struct LabelRef<'a> {
    label: &'a str,
}

fn main() {}
