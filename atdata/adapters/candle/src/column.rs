//! Columns of batches as tensors.

use std::any::Any;

use atdata::Dtype;
use atdata::DynArray;
use atdata::field::{Element, Padded};
use atdata::half::f16;
use atdata::ndarray::{Array, Dimension, IxDyn};
use candle_core::{Device, Tensor, WithDType};

use crate::dtype::dtype;
use crate::error::TensorError;

/// A column as a tensor: its shape and dtype are those of the column. What the tables of the [crate](crate) say.
///
/// ```
/// use atdata::ndarray::array;
/// use atdata_candle::tensor;
/// use candle_core::{DType, Device};
///
/// let image = tensor("image", array![[1_u8, 2, 3], [4, 5, 6]], &Device::Cpu)?;
/// assert_eq!((image.dims(), image.dtype()), (&[2, 3][..], DType::U8));
/// # Ok::<(), candle_core::Error>(())
/// ```
///
/// # Errors
/// [`TensorError::Dtype`] if candle has no such dtype, with the field, the dtype, and those that candle takes.
/// [`TensorError::Candle`] if the device cannot have the tensor.
pub fn tensor(field: &str, column: impl IntoTensor, device: &Device) -> Result<Tensor, TensorError> {
    column.into_tensor(field, device)
}

/// What can be a tensor: columns of batches, and arrays of your own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no column that a tensor can be made of",
    label = "neither an array nor a list of numbers",
    note = "text, bytes, options, maps and ragged fields have no tensor; `#[packable(pad)]` makes one of a ragged field"
)]
pub trait IntoTensor {
    /// The column as a tensor; `field` is how errors call it.
    ///
    /// # Errors
    /// Those of [`tensor`].
    fn into_tensor(self, field: &str, device: &Device) -> Result<Tensor, TensorError>;
}

/// Arrays of any dtype, which is looked at when the tensor is made.
impl<T: Element, D: Dimension> IntoTensor for Array<T, D> {
    fn into_tensor(self, field: &str, device: &Device) -> Result<Tensor, TensorError> {
        check::<T>(field)?;
        let shape = self.shape().to_vec();
        of_values(field, values(self), shape, device)
    }
}

/// Numbers of each sample.
impl<T: Element> IntoTensor for Vec<T> {
    fn into_tensor(self, field: &str, device: &Device) -> Result<Tensor, TensorError> {
        let shape = vec![self.len()];
        of_values(field, self, shape, device)
    }
}

/// Its data, the padding included.
impl<T: Element, D: Dimension> IntoTensor for Padded<T, D> {
    fn into_tensor(self, field: &str, device: &Device) -> Result<Tensor, TensorError> {
        self.data.into_tensor(field, device)
    }
}

/// Arrays whose dtype is known from the samples only.
impl IntoTensor for DynArray {
    fn into_tensor(self, field: &str, device: &Device) -> Result<Tensor, TensorError> {
        let typed = match self.dtype().filter(|found| dtype(*found).is_some()) {
            Some(Dtype::Bool) => typed::<bool>,
            Some(Dtype::UInt8) => typed::<u8>,
            Some(Dtype::UInt32) => typed::<u32>,
            Some(Dtype::Int16) => typed::<i16>,
            Some(Dtype::Int32) => typed::<i32>,
            Some(Dtype::Int64) => typed::<i64>,
            Some(Dtype::Float16) => typed::<f16>,
            Some(Dtype::Float32) => typed::<f32>,
            Some(Dtype::Float64) => typed::<f64>,
            found => {
                let dtype =
                    found.or(self.dtype()).map_or_else(|| self.typestr().into_owned(), |found| found.to_string());
                return Err(TensorError::Dtype { field: field.to_owned(), dtype });
            }
        };
        typed(&self, field, device)
    }
}

fn typed<T: Element>(array: &DynArray, field: &str, device: &Device) -> Result<Tensor, TensorError> {
    let array = array.to_array::<T, IxDyn>();
    let array = array.map_err(|source| TensorError::Array { field: field.to_owned(), source })?;
    array.into_tensor(field, device)
}

fn check<T: Element>(field: &str) -> Result<(), TensorError> {
    match dtype(T::DTYPE) {
        Some(_) => Ok(()),
        None => Err(TensorError::Dtype { field: field.to_owned(), dtype: T::DTYPE.to_string() }),
    }
}

/// The elements in C order.
fn values<T: Copy, D: Dimension>(array: Array<T, D>) -> Vec<T> {
    if !array.is_standard_layout() {
        return array.iter().copied().collect();
    }
    let len = array.len();
    let (values, offset) = array.into_raw_vec_and_offset();
    // An array that was cut out of a larger one has all of that one's memory.
    if values.len() == len { values } else { values.into_iter().skip(offset.unwrap_or(0)).take(len).collect() }
}

fn of_values<T: Element>(
    field: &str,
    values: Vec<T>,
    shape: Vec<usize>,
    device: &Device,
) -> Result<Tensor, TensorError> {
    check::<T>(field)?;
    // The vector by the type that it is known to have here: it is moved, and its elements stay where they are.
    let values: Box<dyn Any> = Box::new(values);
    let made = match T::DTYPE {
        Dtype::Bool => of_bools(values, &shape, device),
        Dtype::UInt8 => plain::<u8>(values, &shape, device),
        Dtype::UInt32 => plain::<u32>(values, &shape, device),
        Dtype::Int16 => plain::<i16>(values, &shape, device),
        Dtype::Int32 => plain::<i32>(values, &shape, device),
        Dtype::Int64 => plain::<i64>(values, &shape, device),
        Dtype::Float16 => plain::<f16>(values, &shape, device),
        Dtype::Float32 => plain::<f32>(values, &shape, device),
        Dtype::Float64 => plain::<f64>(values, &shape, device),
        _ => None,
    };
    match made {
        Some(Ok(tensor)) => Ok(tensor),
        Some(Err(source)) => Err(TensorError::Candle { field: field.to_owned(), shape, source: Box::new(source) }),
        None => Err(TensorError::Dtype { field: field.to_owned(), dtype: T::DTYPE.to_string() }),
    }
}

type Made = Option<candle_core::Result<Tensor>>;

fn plain<T: WithDType>(values: Box<dyn Any>, shape: &[usize], device: &Device) -> Made {
    let values = values.downcast::<Vec<T>>().ok()?;
    Some(Tensor::from_vec(*values, shape, device))
}

/// A byte for each, in the same memory.
fn of_bools(values: Box<dyn Any>, shape: &[usize], device: &Device) -> Made {
    let values = values.downcast::<Vec<bool>>().ok()?;
    Some(Tensor::from_vec(values.into_iter().map(u8::from).collect::<Vec<u8>>(), shape, device))
}
