//! Named tensors.

use std::collections::BTreeMap;

use atdata::format::Safetensors;
use atdata::{DynArray, ErrorKind, Packable};
use atdata_tests::{Encode, normal};
use ndarray::array;
use serde_json::{Value as Json, json};

use super::{check_damage, check_record, check_shard, items};

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(name = "Fmt_safetensors")]
struct Sample {
    name: String,
    value: Option<Safetensors>,
}

#[test]
fn the_shard_of_python_is_read_and_written_back() {
    check_shard::<Sample>("safetensors", |s| (&s.name, s.value.as_ref().map(|value| &**value.as_bytes())));
    check_record::<Sample>("safetensors");
}

#[test]
fn tensors_are_read_and_make_the_same_file() {
    for item in items("safetensors") {
        let file = Safetensors::from_bytes(item.bytes.clone()).unwrap();
        let tensors = file.tensors().unwrap();
        let found: BTreeMap<_, _> = tensors.iter().map(|(name, array)| (name.clone(), array.encode())).collect();
        assert_eq!(json!(found), normal(&item.value));
        for (name, array) in &tensors {
            assert_eq!(file.tensor(name).unwrap(), *array);
        }
        let again = Safetensors::from_tensors(tensors.iter().map(|(name, array)| (name.as_str(), array))).unwrap();
        assert!(*again.as_bytes() == item.bytes, "{}", item.name);
    }
}

#[test]
fn notes_are_kept_beside_the_tensors() {
    let one = DynArray::from_array(&array![1_u16]);
    let file = Safetensors::with_notes([("one", &one)], [("format", "pt")]).unwrap();
    assert_eq!(file.notes().unwrap(), BTreeMap::from([("format".into(), "pt".into())]));
    assert_eq!(file.names().unwrap(), ["one"]);
    let notes = ["e", "b", "d", "a", "c"].map(|name| (name, "\"é\""));
    let files = [(); 20].map(|()| Safetensors::with_notes([("one", &one)], notes).unwrap());
    assert!(files.iter().all(|file| file == &files[0]), "the order is the same every time");
    assert_eq!(files[0].notes().unwrap().into_iter().collect::<Vec<_>>(), {
        let mut notes = notes.map(|(name, note)| (name.to_owned(), note.to_owned()));
        notes.sort();
        notes
    });
    assert_eq!(files[0].tensor("one").unwrap(), one);
    assert_eq!(Safetensors::with_notes([], notes).unwrap().notes().unwrap().len(), 5);
    let none = Safetensors::from_tensors([]).unwrap();
    assert_eq!((none.tensors().unwrap().len(), none.notes().unwrap().len()), (0, 0));
}

#[test]
fn big_endian_arrays_are_turned_around() {
    let big = DynArray::from_bytes(b"\x03>f4\x01\x01\0\0\0\0\0\0\0\x3f\x80\0\0").unwrap();
    let file = Safetensors::from_tensors([("big", &big)]).unwrap();
    let back: ndarray::Array1<f32> = file.tensor("big").unwrap().to_array().unwrap();
    assert_eq!(back, array![1.0]);
    let complex = DynArray::from_bytes(b"\x03>c8\x00\x3f\x80\0\0\x40\0\0\0").unwrap();
    let file = Safetensors::from_tensors([("complex", &complex)]).unwrap();
    let back: ndarray::Array0<num_complex::Complex<f32>> = file.tensor("complex").unwrap().to_array().unwrap();
    assert_eq!(back.into_scalar(), num_complex::Complex::new(1.0, 2.0));
}

/// A file of a header and so many bytes.
fn file(header: &Json, data: &[u8]) -> atdata::Result<Safetensors> {
    let header = header.to_string();
    Safetensors::from_bytes([&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat())
}

#[test]
fn what_cannot_be_is_refused() {
    let one = DynArray::from_array(&array![1_u16]);
    let error = Safetensors::from_tensors([("a", &one), ("a", &one)]).unwrap_err();
    assert_eq!(error.to_string(), "\"a\" cannot be the name of a tensor: another tensor has it");
    assert_eq!(Safetensors::from_tensors([("__metadata__", &one)]).unwrap_err().kind(), ErrorKind::InvalidInput);
    let text = DynArray::from_bytes(b"\x03|S2\x01\x01\0\0\0\0\0\0\0ab").unwrap();
    let error = Safetensors::from_tensors([("text", &text)]).unwrap_err();
    assert_eq!(error.to_string(), "the dtype |S2 has no place in a file of the format safetensors file");
    let error = Safetensors::from_tensors([("one", &one)]).unwrap().tensor("two").unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.kind()),
        ("there is no tensor \"two\"; there are \"one\"", ErrorKind::NotFound)
    );
    let brain = file(&json!({"w": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}), &[0, 0]).unwrap();
    let error = brain.tensor("w").unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.kind()),
        (
            "the tensor \"w\" has dtype BF16, which no array type has; the crate `safetensors` reads it",
            ErrorKind::Unsupported
        )
    );
}

#[test]
fn sizes_without_end_are_not_believed() {
    let huge = 1_u64 << 60;
    let tensor = |n: u64| json!({"dtype": "U8", "shape": [huge], "data_offsets": [n * huge, (n + 1) * huge]});
    let many: serde_json::Map<_, _> = (0..15).map(|n| (n.to_string(), tensor(n))).collect();
    let last = json!({"dtype": "U8", "shape": [huge - 1], "data_offsets": [15 * huge, u64::MAX]});
    let many: Json = many.into_iter().chain([("15".to_owned(), last)]).collect();
    for header in [
        many,
        json!({"a": {"dtype": "F64", "shape": [huge, huge], "data_offsets": [0, 8]}}),
        json!({"a": {"dtype": "F64", "shape": [0, huge, huge], "data_offsets": [0, 0]}}),
        json!({"a": {"dtype": "F64", "shape": [1], "data_offsets": [8, 0]}}),
    ] {
        let error = file(&header, &[0; 8]).unwrap().tensors().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }
    let error = Safetensors::from_bytes(&b"\xff\xff\xff\xff\xff\xff\xff\xff{}"[..]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
}

#[test]
fn damage_is_an_error() {
    check_damage(&items("safetensors")[0].bytes, |bytes| Safetensors::from_bytes(bytes)?.tensors().map(drop));
}
