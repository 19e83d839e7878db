use atdata::Packable;

#[derive(Packable)]
#[packable(deny_unknown_fields)]
struct Photo {
    #[packable(alias = "title")]
    label: String,
    #[packable(with = "module")]
    time: i64,
    #[packable(flatten)]
    rest: Vec<i64>,
    #[packable(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

fn main() {}
