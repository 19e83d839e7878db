use atdata::Packable;

#[derive(Packable)]
#[packable(deny_unknown_fields)]
struct Photo {
    #[packable(deserialize_with = "module::read")]
    time: i64,
    #[packable(try_from = "String")]
    place: i64,
    #[packable(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

fn main() {}
