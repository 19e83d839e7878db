use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(default = 7)]
    language: String,
    #[packable(default = 0.5)]
    count: i64,
}

fn main() {}
