use atdata::Packable;

mod empty {}

#[derive(Packable)]
struct Lap {
    #[packable(with)]
    length: u64,
    #[packable(with = 7)]
    pause: u64,
}

#[derive(Packable)]
struct Race {
    #[packable(with = empty)]
    length: std::time::Duration,
}

fn main() {}
