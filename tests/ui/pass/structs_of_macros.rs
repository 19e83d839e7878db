//! Structs that `macro_rules!` writes, with names and types from either side.

use atdata::Packable;

macro_rules! sample {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($field:ident: $t:ty = $default:expr),* $(,)? }) => {
        #[derive(Packable, Debug, Clone, PartialEq)]
        $(#[$meta])*
        $vis struct $name {
            /// Written by the macro.
            id: i64,
            own: Vec<u8>,
            $(#[packable(default = $default)] $field: $t,)*
        }
    };
}

macro_rules! plain {
    ($name:ident, $t:ty, $lifetime:lifetime) => {
        #[derive(Packable)]
        struct $name<$lifetime> {
            text: &$lifetime str,
            value: $t,
        }
    };
}

macro_rules! whole {
    ($name:ident { $($body:tt)* }) => {
        #[derive(Packable, Debug, Clone, PartialEq)]
        struct $name { $($body)* }
    };
}

macro_rules! recorded {
    ($name:ident of $path:literal { $($field:ident: $t:ty),* }) => {
        #[derive(Packable)]
        #[packable(schema = $path)]
        struct $name { $($field: $t),* }
    };
}

macro_rules! tree {
    ($name:ident) => {
        #[derive(Packable, Debug, Clone, PartialEq)]
        struct $name {
            #[packable(default = Self::DEPTH)]
            depth: i64,
            children: Vec<Self>,
        }
        impl $name {
            const DEPTH: i64 = 7;
        }
    };
}

recorded!(Recorded of "records/photo.json" { image: ndarray::Array3<u8>, label: String, confidence: Option<f64> });
tree!(Tree);
plain!(Text, f64, 'b);
whole!(Whole { id: i64, #[packable(shape = [_])] data: ndarray::Array1<f32>, #[packable(default)] note: Option<String> });

mod inner {
    use super::Packable;
    sample! {
        /// A user's comment.
        #[packable(version = "2.0.0")]
        pub(crate) struct Photo { label: String = "none".to_owned(), size: Option<u32> = Some(3) }
    }
    impl Photo {
        pub(crate) fn new() -> Self {
            Self { id: 1, own: vec![], label: "x".into(), size: None }
        }
        pub(crate) fn label(&self) -> &str {
            &self.label
        }
    }
}

fn main() {
    assert_eq!(Recorded::SCHEMA.version, "1.2.0");
    assert_eq!(Tree::unpack(b"\x81\xa8children\x90").unwrap(), Tree { depth: 7, children: Vec::new() });
    let photo = inner::Photo::new();
    assert_eq!(inner::Photo::unpack(&photo.pack()).unwrap(), photo);
    assert_eq!(inner::Photo::unpack(b"\x82\xa2id\x01\xa3own\xc4\0").unwrap().label(), "none");
    assert_eq!(inner::PhotoBatch::from_samples([photo]).unwrap().len(), 1);
    let text: Text<'_> = atdata::PackableRef::unpack_ref(b"\x82\xa4text\xa1a\xa5value\x01").unwrap();
    assert_eq!((text.text, text.value), ("a", 1.0));
    let whole = Whole { id: 1, data: ndarray::array![1.0], note: None };
    assert_eq!(WholeBatch::from_samples([whole.clone()]).unwrap().row(0), Some(whole));
}
