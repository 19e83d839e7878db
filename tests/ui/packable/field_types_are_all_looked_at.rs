use atdata::Packable;

#[derive(Packable)]
struct Photo {
    taken: std::time::Instant,
    letter: char,
    big: u128,
}

fn main() {}
