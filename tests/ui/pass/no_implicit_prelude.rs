//! A module without the prelude.

mod bare {
    #![no_implicit_prelude]

    #[derive(::atdata::Packable)]
    pub(crate) struct Photo {
        pub(crate) label: ::std::string::String,
        #[packable(shape = [_, 3], dims = ["height", "width"])]
        pub(crate) image: ::ndarray::Array2<u8>,
        #[packable(default = 7)]
        pub(crate) count: i64,
        #[packable(skip)]
        pub(crate) cache: u8,
    }

    #[derive(::atdata::Packable)]
    pub(crate) struct PhotoRef<'a> {
        pub(crate) label: &'a str,
        pub(crate) image: ::atdata::ArrayRef<'a, u8>,
        pub(crate) count: i64,
    }
}

fn main() {
    use atdata::{Packable, PackableRef};
    let photo = bare::Photo { label: "cat".to_owned(), image: ndarray::Array2::zeros((2, 3)), count: 1, cache: 0 };
    let bytes = photo.pack();
    assert_eq!(bare::Photo::unpack(&bytes).unwrap().label, "cat");
    let borrowed = bare::PhotoRef::unpack_ref(&bytes).unwrap();
    assert_eq!((borrowed.label, borrowed.image.shape(), borrowed.count), ("cat", &[2, 3][..], 1));
    assert_eq!(bare::PhotoBatch::from_samples([photo]).unwrap().count, [1]);
}
