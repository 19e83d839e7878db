use atdata::PackField;

#[derive(PackField)]
enum Never {}

fn main() {}
