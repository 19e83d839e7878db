use atdata::{Dataset, DynArray, Packable};
use ndarray::Array2;

#[derive(Packable)]
struct Photo {
    #[packable(shape = [224, _])]
    image: Array2<u8>,
    label: String,
    words: Vec<Option<String>>,
}

#[derive(Packable)]
struct Labelled {
    label: String,
    words: Vec<Option<String>>,
}

#[derive(Packable)]
struct Imaged {
    image: Array2<u8>,
}

#[derive(Packable)]
struct Shaped {
    #[packable(shape = [224, _])]
    image: Array2<u8>,
}

#[derive(Packable)]
struct AnyImage {
    image: DynArray,
}

fn main() {
    let Ok(photos) = Dataset::<Photo>::open("no such shard.tar") else { return };
    let _ = (photos.project::<Labelled>(), photos.project::<Imaged>(), photos.project::<Shaped>());
    let _ = photos.project::<AnyImage>();
}
