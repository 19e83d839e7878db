use atdata::Packable;

#[derive(Packable)]
struct Photo(String, i64);

fn main() {}
