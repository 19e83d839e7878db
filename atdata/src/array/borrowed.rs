//! Arrays that stay in the bytes of their sample.

use std::fmt;
use std::marker::PhantomData;

use ndarray::{Array, Dimension, IxDyn};

use crate::array::{ArrayError, ArraySpec, Element, Order, RawArray, decode_into, dimension};
use crate::error::Result;

/// An array field of a borrowed sample: dtype and rank are checked, the elements are where they were.
///
/// Payloads in a shard are not aligned, so there is no `&[T]` to be had: copy all elements with
/// [`to_array`](Self::to_array) or [`copy_to`](Self::copy_to), or look at the bytes.
///
/// ```
/// use atdata::{ArrayRef, Packable, PackableRef};
/// use ndarray::{array, Array1, Ix1};
///
/// #[derive(Packable)]
/// struct Features { values: Array1<f32> }
///
/// #[derive(Packable)]
/// struct FeaturesRef<'a> { values: ArrayRef<'a, f32, Ix1> }
///
/// let bytes = Features { values: array![1.0, 2.0] }.pack();
/// let sample = FeaturesRef::unpack_ref(&bytes)?;
/// assert_eq!(sample.values.len(), 2);
/// assert_eq!(sample.values.to_array()?, array![1.0, 2.0]);
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Clone)]
pub struct ArrayRef<'a, T, D = IxDyn> {
    raw: RawArray<'a>,
    dim: D,
    element: PhantomData<T>,
}

impl<'a, T: Element, D: Dimension> ArrayRef<'a, T, D> {
    /// The array of a payload, if it is of this dtype and of the rank and shape that are asked for.
    pub(crate) fn of(raw: RawArray<'a>, spec: ArraySpec) -> Result<Self> {
        let dim = dimension(&raw, spec)?;
        match raw.plain() {
            Some((dtype, _)) if dtype == T::DTYPE => Ok(Self { raw, dim, element: PhantomData }),
            _ => {
                let found = raw.descr.to_string();
                Err(ArrayError::WrongDtype { expected: T::DTYPE, found, hint: None }.into())
            }
        }
    }

    /// Sizes of the dimensions.
    pub fn shape(&self) -> &[usize] {
        self.dim.slice()
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.dim.size()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of the elements, in C order; `None` where they are not little-endian in C order, as in shards that
    /// other programs wrote.
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        self.raw.in_place().filter(|_| matches!(self.raw.plain(), Some((_, Order::Little))))
    }

    /// A copy of the array.
    pub fn to_array(&self) -> Result<Array<T, D>> {
        let mut data = Vec::new();
        self.copy_to(&mut data)?;
        Array::from_shape_vec(self.dim.clone(), data).map_err(|_| ArrayError::Overflow.into())
    }

    /// Appends the elements to `out`, in C order.
    pub fn copy_to(&self, out: &mut Vec<T>) -> Result<()> {
        decode_into(out, &self.raw, ArraySpec::ANY)
    }
}

impl<T: Element, D: Dimension> fmt::Debug for ArrayRef<'_, T, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "array<{}, {:?}>", T::DTYPE, self.shape())
    }
}
