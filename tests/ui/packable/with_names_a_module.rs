use atdata::Packable;

#[derive(Packable)]
struct Lap {
    #[packable(with)]
    length: u64,
    #[packable(with = 7)]
    pause: u64,
}

fn main() {}
