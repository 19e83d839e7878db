use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members")]
struct Photo {
    #[packable(alias = "label")]
    cls: i64,
}

fn main() {}
