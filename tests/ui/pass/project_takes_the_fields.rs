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

#[derive(Packable, Debug, Clone, PartialEq)]
struct Node {
    value: i64,
    children: Vec<Node>,
}

/// Of other names, and with less in the samples inside.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(allow_unknown)]
struct Leaf {
    value: i64,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Tree {
    children: Vec<Leaf>,
}

fn main() {
    let Ok(nodes) = Dataset::<Node>::open("no such shard.tar") else { return };
    let _ = (nodes.project::<Tree>(), nodes.project::<Node>());
    let Ok(photos) = Dataset::<Photo>::open("no such shard.tar") else { return };
    let _ = (photos.project::<Labelled>(), photos.project::<Imaged>(), photos.project::<Shaped>());
    let _ = photos.project::<AnyImage>();
}
