//! Arrays as data of tensors.

use atdata::ndarray::{Array, Dimension};
use burn_core::tensor::{Element, TensorData};

/// An array as what [`Tensor::from_data`](burn_core::tensor::Tensor::from_data) takes: its memory is handed over, not copied,
/// unless it is a part of another array or lies in another order than that of C.
///
/// Shape and dtype are the array's: `Array4<u8>` of a batch is data of `[samples, …]` and `U8`. burn has no complex numbers, so
/// that arrays of them do not compile; all other dtypes of atdata it has, each as its own. Which dtype the *tensor* has burn
/// decides as always, by its kind and device, or as it is told: `Tensor::<4, Int>::from_data(data, (&device, DType::U8))`.
///
/// ```
/// use atdata::ndarray::array;
/// use atdata_burn::tensor_data;
/// use burn::tensor::{DType, Device, Int, Tensor};
///
/// let data = tensor_data(array![[1_u8, 2, 3], [4, 5, 6]]);
/// assert_eq!((data.shape().as_slice(), data.dtype()), (&[2, 3][..], DType::U8));
/// let tensor = Tensor::<2, Int>::from_data(data, (&Device::flex(), DType::U8));
/// assert_eq!(tensor.dtype(), DType::U8);
/// ```
pub fn tensor_data<E: Element, D: Dimension>(array: Array<E, D>) -> TensorData {
    let shape = array.shape().to_vec();
    TensorData::new(values(array), shape)
}

/// The elements in C order.
fn values<E: Copy, D: Dimension>(array: Array<E, D>) -> Vec<E> {
    if !array.is_standard_layout() {
        return array.iter().copied().collect();
    }
    let len = array.len();
    let (values, offset) = array.into_raw_vec_and_offset();
    // An array that was cut out of a larger one has all of that one's memory.
    if values.len() == len { values } else { values.into_iter().skip(offset.unwrap_or(0)).take(len).collect() }
}

#[cfg(test)]
mod tests {
    use atdata::half::f16;
    use atdata::ndarray::{Array3, Axis, array, s};
    use burn_core::tensor::DType;

    use super::*;

    #[test]
    fn memory_is_handed_over() {
        let array = Array3::from_shape_fn((4, 5, 6), |(i, j, k)| i as u64 * 100 + j as u64 * 10 + k as u64);
        let (place, first) = (array.as_ptr(), array.as_slice().unwrap().to_vec());
        let data = tensor_data(array);
        assert_eq!(data.shape().as_slice(), [4, 5, 6]);
        let values = data.as_slice::<u64>().unwrap();
        assert_eq!((values.as_ptr(), values), (place, first.as_slice()));
    }

    #[test]
    fn parts_and_turned_arrays_are_in_the_order_of_c() {
        let array = array![[1_i64, 2, 3], [4, 5, 6], [7, 8, 9]];
        let turned = tensor_data(array.clone().reversed_axes());
        assert_eq!(turned.as_slice::<i64>().unwrap(), [1, 4, 7, 2, 5, 8, 3, 6, 9]);
        let rows = tensor_data(array.clone().slice_move(s![1..2, ..]));
        assert_eq!((rows.shape().as_slice(), rows.as_slice::<i64>().unwrap()), (&[1, 3][..], &[4, 5, 6][..]));
        let column = tensor_data(array.clone().index_axis_move(Axis(1), 1));
        assert_eq!(column.as_slice::<i64>().unwrap(), [2, 5, 8]);
        let none = tensor_data(array.slice_move(s![3.., ..]));
        assert_eq!((none.shape().as_slice(), none.num_elements()), (&[0, 3][..], 0));
    }

    #[test]
    fn dtypes_are_those_of_the_arrays() {
        assert_eq!(tensor_data(array![true, false]).as_slice::<bool>().unwrap(), [true, false]);
        assert_eq!(tensor_data(array![f16::ONE]).dtype(), DType::F16);
        assert_eq!(tensor_data(array![1_i8]).dtype(), DType::I8);
        assert_eq!(tensor_data(array![1_u64]).dtype(), DType::U64);
        assert_eq!(tensor_data(array![1_f64]).dtype(), DType::F64);
    }
}
