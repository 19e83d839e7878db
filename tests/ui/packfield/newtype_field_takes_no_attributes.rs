use atdata::PackField;
use ndarray::Array2;

#[derive(PackField)]
struct Image(#[packable(shape = [4, 4])] Array2<u8>);

fn main() {}
