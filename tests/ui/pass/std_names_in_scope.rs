//! Types, traits and modules of the user that are named like those of the standard library, or of the expansion.
#![allow(dead_code, non_camel_case_types, unused_imports)]

mod names {
    pub struct Option;
    pub struct Vec;
    pub struct Result;
    pub struct Box;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub struct Default;
    pub struct Iterator;
    pub struct IntoIterator;
    pub struct Debug;
    pub struct Clone;
    pub struct Column;
    pub struct Batch;
    pub struct Cursor;
    pub struct Builder;
    pub struct bool;
    pub struct usize;
    pub struct str;
    pub mod core {}
    pub mod std {}
    pub mod alloc {}
    pub mod atdata {}
}
use names::*;

trait Stranger {
    fn read(&self) -> u8 {
        0
    }
    fn write(&self) {}
    fn check(&self) {}
    fn push(&self) {}
    fn len(&self) -> u8 {
        0
    }
    fn truncate(&self) {}
    fn finish(&self) {}
    fn map_err(&self) {}
    fn row(&self) {}
}
impl<T> Stranger for T {}

/// A photo.
#[derive(::atdata::Packable, ::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
struct Photo {
    label: ::std::string::String,
    note: ::core::option::Option<i64>,
    tags: ::std::vec::Vec<f32>,
    #[packable(default)]
    count: u8,
    #[packable(skip)]
    cache: i32,
    #[packable(ragged, shape = [_])]
    pixels: ndarray::Array1<u8>,
}

fn main() {
    let photo = Photo {
        label: "cat".into(),
        note: ::core::option::Option::None,
        tags: vec![1.0],
        count: 1,
        cache: 0,
        pixels: ndarray::array![1, 2],
    };
    let bytes = ::atdata::Packable::pack(&photo);
    let back: Photo = ::atdata::Packable::unpack(&bytes).unwrap();
    assert_eq!(back, photo);
    let batch = PhotoBatch::from_samples([photo.clone(), photo.clone()]).unwrap();
    assert_eq!(batch.pixels.len(), 2);
    assert_eq!(PhotoBatch::row(&batch, 1usize).unwrap(), photo);
}
