//! What is said of samples that do not fit their type.
#![allow(clippy::unwrap_used, missing_docs)]

// A glob import of the crate must not make the constants of field types ambiguous.
use atdata::field::*;
use atdata::*;
use ndarray::{Array1, ArrayD, Ix1, Ix2, array};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Image {
    pixels: Array1<f32>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Raw {
    pixels: Vec<u8>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Numbers {
    pixels: Vec<f64>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Text {
    pixels: String,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Any {
    pixels: DynArray,
}

#[derive(Packable, Debug)]
struct ImageRef<'a> {
    pixels: ArrayRef<'a, f32, Ix1>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(allow_unknown)]
struct Known {
    x: i64,
}

const FLOAT: FieldType = f64::TYPE;

#[track_caller]
fn assert_mismatch<T: std::fmt::Debug>(result: Result<T>, message: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.to_string().as_str(), error.kind()), (message, ErrorKind::SchemaMismatch));
}

#[test]
fn an_encoded_image_is_no_array() {
    let bytes = Raw { pixels: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00".to_vec() }.pack();
    let message = "pixels: the bytes are no array: they begin with ff d8 ff e0 00 10 4a 46 \
                   (the encoded bytes of a file fit `Vec<u8>` or `Bytes`)";
    assert_mismatch(Image::unpack(&bytes), &format!("Image.{message}"));
    assert_mismatch(Any::unpack(&bytes), &format!("Any.{message}"));
    assert_mismatch(ImageRef::unpack_ref(&bytes), &format!("ImageRef.{message}"));
    let image = Image { pixels: array![1.0] }.pack();
    assert_eq!(ImageRef::unpack_ref(&image).unwrap().pixels.shape(), [1]);
    let mut column = <Image as Packable>::Builder::with_capacity(1);
    assert_mismatch(column.read(&mut Cursor::new(&bytes)), &format!("Image.{message}"));
}

#[test]
fn a_damaged_array_is_an_array_still() {
    let packed = Image { pixels: array![1.0] }.pack();
    let array = packed.get(b"\x81\xa6pixels\xc4\x11".len()..).unwrap();
    assert_eq!(array.len(), 17);
    for len in [0, 2, 3, 4, 5, 12, 16] {
        let bytes = Raw { pixels: array[..len].to_vec() }.pack();
        assert_eq!(Image::unpack(&bytes).unwrap_err().kind(), ErrorKind::Corrupt, "{len}");
    }
}

#[test]
fn arrays_and_other_types_are_told_apart() {
    let image = Image { pixels: array![1.0] }.pack();
    assert_mismatch(
        Numbers::unpack(&image),
        "Numbers.pixels: expected a list, found an array (for an `ndarray::Array` field)",
    );
    let raw = Raw { pixels: vec![0; 4] }.pack();
    assert_mismatch(Numbers::unpack(&raw), "Numbers.pixels: expected a list, found bytes");
    let text = Text { pixels: "x".into() }.pack();
    assert_mismatch(Image::unpack(&text), "Image.pixels: expected an array, found a string");
    assert_mismatch(Raw::unpack(&text), "Raw.pixels: expected bytes, found a string");
    assert_eq!(FLOAT, FieldType::Float);
}

#[test]
fn a_dynamic_array_says_what_would_convert_it() {
    let any = DynArray::from_array(&array![1.0_f64]);
    assert_mismatch(any.to_array::<f32, Ix1>(), "expected dtype float32, found float64 (`cast_array` converts)");
    assert_mismatch(any.to_array::<f64, Ix2>(), "expected 2 dimensions, found 1 (shape [1])");
    let any = DynArray::from_array(&array![[1.0_f64]]);
    assert_mismatch(any.to_array::<f64, Ix1>(), "expected 1 dimension, found 2 (shape [1, 1])");
}

#[test]
fn an_array_of_too_many_dimensions_is_not_packed() {
    let any = Any { pixels: DynArray::from_array(&ArrayD::<u8>::zeros(vec![1; 65])) };
    let error = any.try_pack().unwrap_err();
    assert_eq!(error.to_string(), "pixels: 65 dimensions are more than an array may have (64)");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn long_names_are_cut() {
    let fields = |range: std::ops::Range<usize>| {
        range.map(|n| (format!("{n:02}{}", "é".repeat(200)), Value::from(1))).collect::<DictSample>().pack()
    };
    let error = Text::unpack(&fields(0..1)).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "Text: unknown field \"00{0}…\"; the type has \"pixels\", of which the sample lacks \"pixels\": \
             `#[packable(rename = \"00{0}…\")]` on the field reads it, or `#[packable(allow_unknown)]` on the type skips \
             fields that it does not know",
            "é".repeat(98)
        )
    );
    for (count, ends_in) in [(32, "\""), (33, "…")] {
        let error = Known::unpack(&fields(0..count)).unwrap_err().to_string();
        assert_eq!(error.matches('"').count(), 64);
        assert!(error.ends_with(ends_in), "{error}");
    }
}
