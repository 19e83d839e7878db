use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(cast)]
    image: atdata::DynArray,
    #[packable(cast)]
    masks: Vec<atdata::DynArray>,
    #[packable(cast)]
    depth: Option<ndarray::Array2<f32>>,
}

fn main() {}
