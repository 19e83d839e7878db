use atdata::PackField;

#[derive(PackField)]
struct Point(f64, f64);

#[derive(PackField)]
struct Nothing;

#[derive(PackField)]
struct Empty();

fn main() {}
