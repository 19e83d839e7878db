use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(shape = [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1])]
    image: ndarray::ArrayD<u8>,
}

fn main() {}
