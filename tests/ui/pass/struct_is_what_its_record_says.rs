//! Structs that fit the records that they name, strictly or with room to spare.

use atdata::{ArrayRef, DynArray, PackField, Packable, PackableRef, Value};
use ndarray::{Array2, Array3, ArrayD, Ix3};

// Without `Photo` in its name: name and version are the record's.
#[derive(Packable)]
#[packable(schema = "records/photo.json")]
struct Image {
    confidence: Option<f64>,
    #[packable(shape = [_, _, 3], dims = ["height", "width", "channel"])]
    image: Array3<u8>,
    label: String,
    #[packable(skip)]
    seen: bool,
}

// What a server answers is a record and its address.
#[derive(Packable)]
#[packable(schema = "records/answer.json")]
struct Answered {
    image: Array3<u8>,
    label: String,
    confidence: Option<f64>,
}

// Of several records that of the struct's name counts, and of its version where there are several.
#[derive(Packable)]
#[packable(schema = "records/several.json")]
struct Label {
    text: String,
}

#[derive(Packable)]
#[packable(schema = "records/several.json", name = "Score", version = "2.0.0")]
struct Rating {
    value: f64,
}

// Pinned by a lock file.
#[derive(Packable)]
#[packable(schema = "records/locked/published/Label@1.0.0.json", batch = "PinnedBatch")]
struct Pinned {
    text: String,
}

#[derive(Packable)]
#[packable(schema = "records/photo.json", name = "Photo", version = "1.2.0", rename_all = "lowercase")]
struct Wide {
    image: DynArray,
    #[packable(default)]
    label: String,
    confidence: Option<f64>,
}

#[derive(Packable)]
#[packable(schema = "records/photo.json")]
struct Converting {
    #[packable(cast)]
    image: ArrayD<f64>,
    label: String,
    confidence: Option<f64>,
}

#[derive(Packable)]
#[packable(schema = "records/photo.json", allow_unknown)]
struct PhotoRef<'a> {
    image: ArrayRef<'a, u8, Ix3>,
    label: &'a str,
}

// What Python writes for fields without a dtype.
#[derive(Packable)]
#[packable(schema = "records/python.json")]
struct Python {
    any: Array2<i32>,
    bytes: Array2<u8>,
    table: Vec<u8>,
    words: Option<Vec<String>>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(schema = "records/tree.json")]
struct Tree {
    children: Vec<Tree>,
    leaf: Option<Newtype>,
    extra: Value,
    number: i64,
    split: Split,
}

#[derive(PackField, Debug, Clone, PartialEq)]
#[packable(rename_all = "lowercase")]
enum Split {
    Test,
    Train,
}

#[derive(PackField, Debug, Clone, PartialEq)]
struct Newtype(Leaf);

#[derive(Packable, Debug, Clone, PartialEq)]
struct Leaf {
    #[packable(cast)]
    shape: ndarray::Array1<f32>,
}

fn main() {
    assert_eq!((Image::SCHEMA.name, Image::SCHEMA.version), ("Photo", "1.2.0"));
    assert_eq!((PhotoRef::REF_SCHEMA.name, PhotoRef::REF_SCHEMA.version), ("Photo", "1.2.0"));
    assert_eq!(Wide::SCHEMA.to_string(), "Photo@1.2.0 { image: array<any>, label: str, confidence: float? }");
    assert_eq!([Converting::SCHEMA.name, Answered::SCHEMA.name], ["Photo"; 2]);
    assert_eq!(Python::SCHEMA.version, "3.1.4");
    assert_eq!(Tree::SCHEMA.fields[1].to_string(), "leaf: Leaf?");
}
