//! Structured arrays.

use atdata::field::Cursor;
use atdata::format::Structured;
use atdata::{DynArray, ErrorKind, PackField, Packable};
use ndarray::{Array1, Array2, array};

use super::{check_damage, check_record, check_shard, items};

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(name = "Fmt_structured")]
struct Sample {
    name: String,
    value: Option<Structured>,
}

#[test]
fn the_shard_of_python_is_read_and_written_back() {
    check_shard::<Sample>("structured", |s| (&s.name, s.value.as_ref().map(|value| &**value.as_bytes())));
    check_record::<Sample>("structured");
}

#[test]
fn fields_are_arrays() {
    let item = &items("structured")[0];
    let array = Structured::from_bytes(item.bytes.clone()).unwrap();
    assert_eq!(array.shape().unwrap(), [2]);
    let fields: Vec<_> = array.fields().unwrap().into_iter().map(|f| (f.name, f.typestr, f.shape)).collect();
    let field = |name: &str, typestr: &str, shape: &[usize]| (name.to_owned(), typestr.to_owned(), shape.to_vec());
    assert_eq!(
        fields,
        [field("a", "<i4", &[]), field("b", "<f8", &[]), field("c", "|S2", &[]), field("d", "|u1", &[2])]
    );
    let a: Array1<i32> = array.field("a").unwrap().to_array().unwrap();
    let b: Array1<f64> = array.field("b").unwrap().to_array().unwrap();
    let d: Array2<u8> = array.field("d").unwrap().to_array().unwrap();
    assert_eq!((a, b, d), (array![1, 3], array![2.5, -1.0], array![[1, 2], [3, 4]]));
    assert_eq!(&**array.field("c").unwrap().data(), b"abc\0");
    let error = array.field("e").unwrap_err();
    assert_eq!(error.to_string(), "the structured array has no field \"e\"; it has \"a\", \"b\", \"c\", \"d\"");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn an_array_of_its_fields_is_the_file_that_numpy_wrote() {
    for item in items("structured") {
        let array = Structured::from_bytes(item.bytes.clone()).unwrap();
        let fields: Vec<_> = array.fields().unwrap().into_iter().map(|field| field.name).collect();
        let values: Vec<_> = fields.iter().map(|name| array.field(name).unwrap()).collect();
        let fields = fields.iter().map(String::as_str).zip(&values);
        let again = Structured::from_fields(&array.shape().unwrap(), fields).unwrap();
        assert!(*again.as_bytes() == item.bytes, "{}", item.name);
        assert_eq!(Structured::from_array(&array.to_array().unwrap()).unwrap(), array);
    }
}

#[test]
fn arrays_are_nested_in_either_way() {
    let inner = Structured::from_fields(&[2], [("x", &DynArray::from_array(&array![1_i16, 2]))]).unwrap();
    let outer = Structured::from_fields(&[2], [("in", &inner.to_array().unwrap())]).unwrap();
    assert_eq!(format!("{outer:?}"), "structured<[('in', [('x', '<i2')])], [2]>");
    assert_eq!(Structured::from_array(&outer.field("in").unwrap()).unwrap(), inner);
}

#[test]
fn other_files_are_refused_by_name() {
    let read = |bytes: &[u8]| Structured::from_bytes(bytes.to_vec()).unwrap_err();
    let plain = b"\x93NUMPY\x01\x00\x3e\x00{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }     \n";
    for (bytes, message) in [
        (&b"PK\x03\x04"[..], "expected a structured array (an npy file), found a zip archive, such as an npz file"),
        (
            b"\x03<f4\x01\0\0\0\0\0\0\0\0",
            "expected a structured array (an npy file), found an array in the compact form",
        ),
        (b"", "expected a structured array (an npy file), found no bytes"),
        (b"\x01\x02", "expected a structured array (an npy file), found bytes that begin with 01 02"),
        (plain, "expected a structured array, found one of dtype float32"),
    ] {
        let error = read(bytes);
        assert_eq!((error.to_string().as_str(), error.kind()), (message, ErrorKind::SchemaMismatch));
    }
    let error = Structured::read(&mut Cursor::new(b"\xa3abc")).unwrap_err();
    assert_eq!(error.to_string(), "expected a structured array (an npy file), found a string");
}

#[test]
fn damage_is_an_error() {
    check_damage(&items("structured")[0].bytes, |bytes| {
        let array = Structured::from_bytes(bytes)?;
        for field in array.fields()?.iter().filter(|field| !field.name.is_empty()) {
            array.field(&field.name)?;
        }
        Ok(())
    });
}

#[test]
fn fields_that_do_not_fit_are_refused() {
    let (two, three) = (DynArray::from_array(&array![1, 2]), DynArray::from_array(&array![1, 2, 3]));
    let refused = |fields: &[(&'static str, &DynArray)]| {
        let error = Structured::from_fields(&[2], fields.iter().copied()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        error.to_string()
    };
    assert_eq!(
        refused(&[("a", &two), ("b", &three)]),
        "field \"b\" has shape [3], which does not begin with that of the structured array, [2]"
    );
    assert_eq!(
        refused(&[("a", &two), ("a", &two)]),
        "\"a\" cannot be the name of a field of a structured array: another field has it"
    );
    assert_eq!(refused(&[]), "a structured array needs a field with at least one byte");
    assert!(refused(&[("it's", &two)]).ends_with("it has a quote, a backslash or a control character"));
    assert!(refused(&[("", &two)]).ends_with("it is empty"));
}

#[test]
fn a_declared_shape_is_held() {
    #[derive(Packable, Debug)]
    struct Shaped {
        #[packable(shape = [3], dims = ["row"])]
        value: Structured,
    }

    assert_eq!(Shaped::SCHEMA.to_string(), "Shaped@1.0.0 { value: structured<any, (3)> }");
    let value = Structured::from_bytes(items("structured")[0].bytes.clone()).unwrap();
    let error = Shaped { value }.try_pack().unwrap_err();
    assert_eq!(error.to_string(), "value: expected shape [3], found [2]");
}
