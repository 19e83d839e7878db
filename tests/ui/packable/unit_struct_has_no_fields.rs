use atdata::Packable;

#[derive(Packable)]
struct Photo;

fn main() {}
