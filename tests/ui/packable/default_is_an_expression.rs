use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(default(7))]
    count: i64,
}

fn main() {}
