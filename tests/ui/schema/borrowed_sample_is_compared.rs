use atdata::{ArrayRef, Packable};
use ndarray::Ix3;

#[derive(Packable)]
#[packable(schema = "records/photo.json", allow_unknown)]
struct PhotoRef<'a> {
    image: ArrayRef<'a, f32, Ix3>,
    label: &'a [u8],
}

#[derive(Packable)]
#[packable(schema = "records/photo.json")]
struct WholePhotoRef<'a> {
    image: ArrayRef<'a, u8, Ix3>,
    label: Option<&'a str>,
}

fn main() {}
