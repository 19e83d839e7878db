use atdata::Packable;
use ndarray::{Array1, Array2, Array3};

#[derive(Packable)]
#[packable(schema = "records/arrays.json")]
struct Arrays {
    flat: Array3<u8>,
    #[packable(shape = [32, 32, 4])]
    fixed: Array3<u8>,
    #[packable(shape = [8, 8])]
    open: Array2<f32>,
    #[packable(dims = ["y", "x"])]
    named: Array2<f32>,
    many: Vec<Array1<i64>>,
}

fn main() {}
