//! Tensors in Arrow's interprocess format.

use atdata::field::Element;
use atdata::format::ArrowTensor;
use atdata::{DynArray, ErrorKind, Packable};
use atdata_tests::{Encode, normal};
use half::f16;
use ndarray::{Array, ArrayD, array};
use proptest::prelude::*;
use serde_json::json;

use super::{check_damage, check_record, check_shard, items};

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(name = "Fmt_arrow_tensor")]
struct Sample {
    name: String,
    value: Option<ArrowTensor>,
}

#[test]
fn the_shard_of_python_is_read_and_written_back() {
    check_shard::<Sample>("arrow_tensor", |s| (&s.name, s.value.as_ref().map(|value| &**value.as_bytes())));
    check_record::<Sample>("arrow_tensor");
}

#[test]
fn tensors_of_pyarrow_are_read_in_either_order_of_memory() {
    for item in items("arrow_tensor") {
        let tensor = ArrowTensor::from_bytes(item.bytes.clone()).unwrap();
        assert_eq!(tensor.to_array().unwrap().encode(), normal(&item.value["array"]), "{}", item.name);
        assert_eq!(json!(tensor.dim_names().unwrap()), item.value["dim_names"]);
        assert_eq!(json!(tensor.shape().unwrap()), item.value["shape"]);
        let names = tensor.dim_names().unwrap();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let again = ArrowTensor::named(&tensor.to_array().unwrap(), &names).unwrap();
        assert_eq!(again.to_array().unwrap(), tensor.to_array().unwrap());
        assert_eq!(again.dim_names().unwrap(), names);
    }
}

fn survives<T: Element>(values: [T; 6]) {
    let grid = Array::from_shape_vec((2, 3), values.to_vec()).unwrap();
    for array in [grid.clone().into_dyn(), grid.reversed_axes().into_dyn(), ArrayD::from_elem(vec![], values[0])] {
        let tensor = ArrowTensor::from_array(&DynArray::from_array(&array)).unwrap();
        let aligned = tensor.as_bytes().len() - array.len() * T::DTYPE.size();
        assert_eq!(aligned % 64, 0);
        assert_eq!(tensor.to_array().unwrap().to_array::<T, _>().unwrap(), array);
    }
}

#[test]
fn every_dtype_that_arrow_has_survives() {
    survives([0_i8, 1, -1, i8::MAX, i8::MIN, 5]);
    survives([0_i16, 1, -1, i16::MAX, i16::MIN, 5]);
    survives([0_i32, 1, -1, i32::MAX, i32::MIN, 5]);
    survives([0_i64, 1, -1, i64::MAX, i64::MIN, 5]);
    survives([0_u8, 1, 2, u8::MAX, 4, 5]);
    survives([0_u16, 1, 2, u16::MAX, 4, 5]);
    survives([0_u32, 1, 2, u32::MAX, 4, 5]);
    survives([0_u64, 1, 2, u64::MAX, 4, 5]);
    survives([0.0, -0.0, 1.5, f32::INFINITY, 65504.0, 0.1].map(f16::from_f32));
    survives([0.0, -0.0, 1.5_f32, f32::INFINITY, f32::MAX, 0.1]);
    survives([0.0, -0.0, 1.5_f64, f64::MIN_POSITIVE, f64::MAX, 0.1]);
    let big = DynArray::from_bytes(b"\x03>i2\x01\x02\0\0\0\0\0\0\0\x01\x02\x03\x04").unwrap();
    let back = ArrowTensor::from_array(&big).unwrap().to_array().unwrap();
    assert_eq!(back.to_array::<i16, _>().unwrap(), array![0x0102_i16, 0x0304]);
}

#[test]
fn what_arrow_does_not_have_is_refused() {
    for array in [DynArray::from_array(&array![true]), DynArray::from_bytes(b"\x03|S2\x00ab").unwrap()] {
        let error = ArrowTensor::from_array(&array).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().ends_with("has no place in a file of the format Arrow tensor"), "{error}");
    }
    let error = ArrowTensor::named(&DynArray::from_array(&array![1, 2]), &["a", "b"]).unwrap_err();
    assert_eq!(error.to_string(), "2 names for 1 dimensions");
    let error = ArrowTensor::from_bytes(&b"\x93NUMPY"[..]).unwrap_err();
    assert_eq!(error.to_string(), "expected a tensor (an Arrow IPC message), found an npy file");
}

#[test]
fn damage_is_an_error() {
    for item in items("arrow_tensor") {
        check_damage(&item.bytes, |bytes| {
            let tensor = ArrowTensor::from_bytes(bytes)?;
            tensor.dim_names()?;
            tensor.to_array().map(drop)
        });
    }
}

/// Places where the fixtures have a size, a stride or a length, and what a hostile file could have there.
#[test]
fn sizes_without_end_are_not_believed() {
    for item in items("arrow_tensor") {
        for at in (8..item.bytes.len() - 8).step_by(4) {
            for word in [i64::MAX, i64::MIN, -1, 1 << 40, 0] {
                let mut bytes = item.bytes.clone();
                bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
                if let Ok(array) = ArrowTensor::from_bytes(bytes).and_then(|tensor| tensor.to_array()) {
                    assert!(array.data().len() <= item.bytes.len());
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn arrays_of_any_shape_survive(shape in prop::collection::vec(0_usize..5, 0..5)) {
        let values = (0..shape.iter().product::<usize>()).map(|i| i16::try_from(i).unwrap()).collect();
        let array = DynArray::from_array(&ArrayD::from_shape_vec(shape, values).unwrap());
        let tensor = ArrowTensor::from_array(&array).unwrap();
        prop_assert_eq!(tensor.to_array().unwrap(), array);
    }
}

/// `pyarrow.ipc.write_tensor(pa.Tensor.from_numpy(np.array(3.5)), file)`
#[test]
fn a_tensor_of_pyarrow_without_dimensions_is_read() {
    let tensor = ArrowTensor::from_bytes(&include_bytes!("data/scalar.arrow")[..]).unwrap();
    assert_eq!(tensor.to_array().unwrap(), DynArray::from_array(&ndarray::arr0(3.5_f64)));
    assert!(tensor.shape().unwrap().is_empty() && tensor.dim_names().unwrap().is_empty());
}
