use atdata::Packable;
use ndarray::ArrayView1;

#[derive(Packable)]
struct Photo {
    pixels: ArrayView1<'static, f32>,
}

fn main() {}
