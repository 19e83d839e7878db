use atdata::PackField;

#[derive(PackField)]
struct Tagged<T>(T);

#[derive(PackField)]
struct Name<'a>(&'a str);

#[derive(PackField)]
struct Row<const N: usize>([f64; N]);

fn main() {}
