use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(defualt)]
    label: String,
    #[packable(shap = [2])]
    pixels: Vec<u8>,
}

fn main() {}
