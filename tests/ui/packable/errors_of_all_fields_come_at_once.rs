use atdata::Packable;

#[derive(Packable)]
#[packable(version = "1", name = "a b")]
struct Photo {
    #[packable(renam = "x")]
    label: String,
    #[packable(shape = [2], dims = ["a", "b"])]
    image: ndarray::Array1<u8>,
    note: &str,
}

fn main() {
    let photo = Photo::unpack(&[]).unwrap();
    PhotoBatch::from_samples([photo]);
}
