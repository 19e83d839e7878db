//! Arrays whose dtype and rank are known at run time only.

use std::borrow::Cow;
use std::fmt;

use atdata_schema::Dtype;
use bytes::Bytes;
use ndarray::{Array, ArrayRef, Dimension, IxDyn};

use crate::array::element::with_element;
use crate::array::wire::{MAX_NDIM, header_len, write_header};
use crate::array::{
    ArrayError, ArraySpec, Descr, Element, Order, RawArray, byte_len, decode_into, dimension, extend_array, npy,
};
use crate::error::{NoMemory, Result};

/// An array of any dtype and rank, as it lies in the sample: elements in C order, in the byte order they came in.
///
/// The field type for arrays of which nothing is known beforehand, and the only one for dtypes without a Rust type:
/// dates, fixed-width text, structured elements, and the long doubles of x86 (`f16`, `c32`), whose bytes mean nothing to
/// another machine. Packing one that was read gives the same bytes, but for `.npy` files of other than structured dtypes
/// or in Fortran order: an array of a dtype with a name of its own is packed in the compact form, and in C order.
///
/// ```
/// use atdata::{Dtype, DynArray};
/// use ndarray::{array, Array2};
///
/// let any = DynArray::from_array(&array![[1.0_f32, 2.0], [3.0, 4.0]]);
/// assert_eq!((any.dtype(), any.shape()), (Some(Dtype::Float32), &[2, 2][..]));
/// let back: Array2<f32> = any.to_array()?;
/// assert_eq!(back[[1, 0]], 3.0);
/// assert!(any.to_array::<f64, ndarray::Ix2>().is_err());
/// assert_eq!(any.cast_array::<f64, ndarray::Ix2>()?[[1, 0]], 3.0);
/// # Ok::<(), atdata::Error>(())
/// ```
///
/// Arrays are equal if dtype, shape and the bits of all elements are; byte order counts only for dtypes without a Rust type.
#[derive(Clone)]
pub struct DynArray {
    descr: Descr<'static>,
    shape: Vec<usize>,
    data: Bytes,
}

impl PartialEq for DynArray {
    fn eq(&self, other: &Self) -> bool {
        let same_order = self.descr == other.descr;
        let same_dtype = same_order || (self.dtype().is_some() && self.dtype() == other.dtype());
        same_dtype
            && self.shape == other.shape
            && if same_order { self.data == other.data } else { self.is_swapped(other) }
    }
}

impl DynArray {
    /// The same array, or view of one, without its type.
    ///
    /// ```
    /// use atdata::DynArray;
    /// use ndarray::{array, s};
    ///
    /// let grid = array![[1_u8, 2, 3], [4, 5, 6]];
    /// assert_eq!(DynArray::from_array(&grid.slice(s![.., 1])), DynArray::from_array(&array![2_u8, 5]));
    /// ```
    pub fn from_array<T: Element, D: Dimension>(array: &ArrayRef<T, D>) -> Self {
        let mut data = Vec::with_capacity(array.len() * T::DTYPE.size());
        extend_array(array, &mut data);
        Self { descr: Descr::Plain(T::DTYPE, Order::Little), shape: array.shape().to_vec(), data: data.into() }
    }

    /// An array of these sizes, of values in C order.
    ///
    /// ```
    /// use atdata::DynArray;
    /// use ndarray::array;
    ///
    /// let grid = DynArray::from_vec([2, 3], vec![1_i64, 2, 3, 4, 5, 6])?;
    /// assert_eq!(grid, DynArray::from_array(&array![[1_i64, 2, 3], [4, 5, 6]]));
    /// assert!(DynArray::from_vec([2, 2], vec![1_i64]).is_err());
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there are not as many values as the sizes ask for, or more than
    /// 64 sizes.
    #[expect(clippy::needless_pass_by_value, reason = "as those of ndarray, which take the vector as well")]
    pub fn from_vec<T: Element>(shape: impl Into<Vec<usize>>, values: Vec<T>) -> Result<Self> {
        let shape = shape.into();
        if shape.len() > MAX_NDIM {
            return Err(ArrayError::RankToWrite { ndim: shape.len() }.into());
        }
        if byte_len(&shape, T::DTYPE.size()) != Some(values.len() * T::DTYPE.size()) {
            return Err(ArrayError::Values { shape, found: values.len() }.into());
        }
        let mut data = Vec::with_capacity(values.len() * T::DTYPE.size());
        T::extend_wire(&values, &mut data);
        Ok(Self { descr: Descr::Plain(T::DTYPE, Order::Little), shape, data: data.into() })
    }

    /// An array of any dtype that samples carry, by numpy's name of it, and the bytes of its elements in C order: dates
    /// (`<M8[ns]`), text (`<U5`, `|S8`), records (`[('time', '<f8'), ('position', '<f4', (3,))]`), and those that have a Rust type.
    ///
    /// ```
    /// use atdata::DynArray;
    ///
    /// let days = [0_i64, 20_000].iter().flat_map(|day| day.to_le_bytes()).collect::<Vec<_>>();
    /// let days = DynArray::from_elements("<M8[D]", [2], days)?;
    /// assert_eq!((days.typestr().as_ref(), days.shape()), ("<M8[D]", &[2][..]));
    /// assert!(DynArray::from_elements("|S8", [2], &b"one\0\0\0\0\0"[..]).is_err());
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there are not as many bytes as the sizes ask for, or more than 64
    /// sizes, [`Corrupt`](crate::ErrorKind::Corrupt) for a dtype that numpy does not have,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for objects.
    pub fn from_elements(dtype: &str, shape: impl Into<Vec<usize>>, elements: impl Into<Bytes>) -> Result<Self> {
        let (descr, shape, data) = (npy::descr(dtype)?.into_owned(), shape.into(), elements.into());
        if shape.len() > MAX_NDIM {
            return Err(ArrayError::RankToWrite { ndim: shape.len() }.into());
        }
        let item_size = descr.item_size();
        if byte_len(&shape, item_size) != Some(data.len()) {
            return Err(ArrayError::Elements { shape, item_size, found: data.len() }.into());
        }
        Ok(Self { descr, shape, data })
    }

    /// Reads an array from bytes of a sample: the compact form, or `.npy`.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) where dtype, shape and data do not agree,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for object arrays, which are pickles.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::from_shared(&Bytes::copy_from_slice(bytes))
    }

    /// [`from_bytes`](Self::from_bytes), sharing the memory of `bytes`.
    pub fn from_shared(bytes: &Bytes) -> Result<Self> {
        let raw = RawArray::parse(bytes)?;
        Ok(Self::from_raw(&raw, |data| Ok(bytes.slice_ref(data)))?)
    }

    pub(crate) fn from_raw<'a>(
        raw: &RawArray<'a>,
        share: impl FnOnce(&'a [u8]) -> Result<Bytes, NoMemory>,
    ) -> Result<Self, NoMemory> {
        let data = match raw.data()? {
            Cow::Borrowed(data) => share(data)?,
            Cow::Owned(data) => data.into(),
        };
        Ok(Self { descr: raw.descr.clone().into_owned(), shape: raw.shape().collect(), data })
    }

    pub(crate) fn from_parts(descr: Descr<'static>, shape: Vec<usize>, data: impl Into<Bytes>) -> Self {
        Self { descr, shape, data: data.into() }
    }

    /// Whether `bytes` look like an array of either form; whether they are a sound one, [`from_bytes`](Self::from_bytes)
    /// says. Bytes that are no array look like one by a chance of about one in a million. A dtype without its byte order,
    /// such as `float32`, which no writer of today uses, counts where all else fits to the byte.
    pub fn is_array(bytes: &[u8]) -> bool {
        if bytes.starts_with(npy::MAGIC) {
            return true;
        }
        let Some((&len, rest)) = bytes.split_first() else { return false };
        let (2..=32, Some(text)) = (len, rest.get(..usize::from(len))) else { return false };
        let Ok(text) = std::str::from_utf8(text) else { return false };
        // Writers say the byte order; without that demand any text of one letter would be a dtype.
        if !text.starts_with(['<', '>', '|']) {
            return Descr::parse(text).is_ok() && RawArray::parse(bytes).is_ok();
        }
        let known = matches!(Descr::parse(text), Ok(_) | Err(ArrayError::Object));
        known && rest.get(usize::from(len)).is_some_and(|&ndim| ndim <= 64)
    }

    /// Element type, `None` for one that Rust has no type for.
    pub fn dtype(&self) -> Option<Dtype> {
        match self.descr {
            Descr::Plain(dtype, _) => Some(dtype),
            _ => None,
        }
    }

    /// Element type and byte order as numpy writes them: `<f4`, `>i2`, `<M8[ns]`, `[('a', '<i4')]`.
    pub fn typestr(&self) -> Cow<'_, str> {
        self.descr.wire_name()
    }

    /// Sizes of the dimensions.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of dimensions.
    pub fn ndim(&self) -> usize {
        self.shape.len()
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        // Elements may be of no bytes; that this does not overflow was checked.
        self.shape.iter().product()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.shape.contains(&0)
    }

    /// Bytes of one element.
    pub fn item_size(&self) -> usize {
        self.descr.item_size()
    }

    /// The elements: C order, [`item_size`](Self::item_size) bytes each, in the byte order of
    /// [`typestr`](Self::typestr).
    pub fn data(&self) -> &Bytes {
        &self.data
    }

    /// The array with its type.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if dtype or rank are others.
    pub fn to_array<T: Element, D: Dimension>(&self) -> Result<Array<T, D>> {
        if let Some(found) = self.dtype()
            && found != T::DTYPE
        {
            let hint = Some(" (`cast_array` converts)");
            return Err(ArrayError::WrongDtype { expected: T::DTYPE, found: found.to_string(), hint }.into());
        }
        self.decode(ArraySpec::ANY)
    }

    /// The array with its elements converted: floats rounded to narrower floats, to infinity where these end as `as`
    /// and numpy have it, or truncated to integers.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) for a value that `T` cannot hold, or another rank.
    pub fn cast_array<T: Element, D: Dimension>(&self) -> Result<Array<T, D>> {
        self.decode(ArraySpec::new(None, true))
    }

    fn decode<T: Element, D: Dimension>(&self, spec: ArraySpec) -> Result<Array<T, D>> {
        let raw = RawArray::of_parts(self.descr.clone(), &self.shape, &self.data);
        let dim: D = dimension(&raw, spec)?;
        let mut data = Vec::new();
        decode_into(&mut data, &raw, spec)?;
        Array::from_shape_vec(dim, data).map_err(|_| ArrayError::Overflow.into())
    }

    /// The array as bytes of a sample, which [`from_bytes`](Self::from_bytes) reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.wire_len());
        self.write_bytes(&mut out);
        out
    }

    /// Row `index` along the first axis.
    pub(crate) fn row(&self, index: usize) -> Option<Self> {
        let (&rows, shape) = self.shape.split_first()?;
        let len = self.data.len().checked_div(rows)?;
        (index < rows).then(|| Self {
            descr: self.descr.clone(),
            shape: shape.to_vec(),
            data: self.data.slice(index * len..(index + 1) * len),
        })
    }

    /// Whether the elements are those of an array of the other byte order.
    fn is_swapped(&self, other: &Self) -> bool {
        let size = match self.dtype() {
            // A complex number is two floats, each swapped by itself.
            Some(dtype @ (Dtype::Complex64 | Dtype::Complex128)) => dtype.size() / 2,
            _ => self.item_size().max(1),
        };
        let (mut own, mut others) = (self.data.chunks_exact(size), other.data.chunks_exact(size));
        own.all(|value| others.next().is_some_and(|other| value.iter().eq(other.iter().rev())))
    }

    pub(crate) fn as_raw(&self) -> RawArray<'_> {
        RawArray::of_parts(self.descr.clone(), &self.shape, &self.data)
    }

    /// Whether its elements are records, or of no bytes, which only the form of `.npy` can say.
    pub(crate) fn needs_npy(&self) -> bool {
        matches!(self.descr, Descr::Structured { .. }) || self.descr.item_size() == 0
    }

    pub(crate) fn wire_len(&self) -> usize {
        header_len(&self.descr.wire_name(), self.shape.len()) + self.data.len()
    }

    pub(crate) fn write_bytes(&self, out: &mut Vec<u8>) {
        match &self.descr {
            Descr::Structured { literal, .. } => npy::write(literal, &self.shape, &self.data, out),
            Descr::Opaque { typestr, item_size: 0 } => {
                npy::write(&format!("'{typestr}'"), &self.shape, &self.data, out);
            }
            descr => {
                write_header(&descr.wire_name(), &self.shape, out);
                out.extend_from_slice(&self.data);
            }
        }
    }
}

impl DynArray {
    /// The array with its elements converted to `dtype`, as [`cast_array`](Self::cast_array) does it.
    ///
    /// ```
    /// use atdata::{Dtype, DynArray};
    /// use ndarray::array;
    ///
    /// let halves = DynArray::from_array(&array![1.5_f32, 2.5]);
    /// assert_eq!(halves.cast(Dtype::Float64)?, DynArray::from_array(&array![1.5_f64, 2.5]));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) for a value that `dtype` cannot hold.
    pub fn cast(&self, dtype: Dtype) -> Result<Self> {
        fn to<T: Element>(array: &DynArray) -> Result<DynArray> {
            Ok(DynArray::from_array(&array.cast_array::<T, IxDyn>()?))
        }
        let refused = |to| ArrayError::Cast { from: self.typestr().into_owned(), to };
        with_element!(dtype, T => to::<T>(self), other => Err(refused(other).into()))
    }
}

/// `array<float32, (2, 3)>`
impl fmt::Debug for DynArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "array<{}, {:?}>", self.descr, self.shape)
    }
}

/// The bytes of an array's elements, little-endian; those of dtypes without a Rust type as they are.
#[cfg(feature = "formats")]
pub(crate) fn little_endian(array: &DynArray) -> Cow<'_, [u8]> {
    let Descr::Plain(dtype, Order::Big) = array.as_raw().descr else { return (&**array.data()).into() };
    // A complex number is two floats, each swapped by itself.
    let size = if matches!(dtype, Dtype::Complex64 | Dtype::Complex128) { dtype.size() / 2 } else { dtype.size() };
    let mut bytes = array.data().to_vec();
    bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    bytes.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use ndarray::array;
    use num_complex::Complex;

    use super::*;
    use crate::error::ErrorKind;

    fn compact(typestr: &str, len: u64, data: &[u8]) -> Vec<u8> {
        let len_of = u8::try_from(typestr.len()).unwrap();
        [&[len_of], typestr.as_bytes(), &[1], &len.to_le_bytes(), data].concat()
    }

    fn npy(descr: &str, shape: &str) -> Vec<u8> {
        let header = format!("{{'descr': {descr}, 'fortran_order': True, 'shape': {shape}}}\n");
        let len = u16::try_from(header.len()).unwrap().to_le_bytes();
        [npy::MAGIC, &[1, 0], &len, header.as_bytes()].concat()
    }

    fn read(bytes: &[u8]) -> DynArray {
        DynArray::from_bytes(bytes).unwrap()
    }

    #[test]
    fn arrays_are_equal_in_either_byte_order() {
        let little = DynArray::from_array(&array![1.5_f32, -2.0]);
        let big = read(&compact(">f4", 2, &[0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0]));
        assert_eq!((little.typestr(), big.typestr()), ("<f4".into(), ">f4".into()));
        assert_eq!((&little, &big), (&big, &little));
        assert_ne!(big, DynArray::from_array(&array![1.5_f32, 2.0]));
        assert_ne!(big, DynArray::from_array(&array![[1.5_f32, -2.0]]), "another shape");
        assert_ne!(big, DynArray::from_array(&array![0x3fc0_0000_i32, 0xc000]), "another dtype");
        assert_eq!(DynArray::stack([&big]).unwrap(), DynArray::stack([&little]).unwrap());
        let complex = DynArray::from_array(&array![Complex::new(1.5_f32, -2.0)]);
        assert_eq!(complex, read(&compact(">c8", 1, &[0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0])));
        // Of what Rust has no type for the bytes are all there is to go by.
        assert_ne!(read(&compact("<U1", 1, &[65, 0, 0, 0])), read(&compact(">U1", 1, &[0, 0, 0, 65])));
    }

    /// What numpy 2 reads and writes: `np.save` has them, and its own compact form does not read.
    #[test]
    fn elements_may_be_of_no_bytes_in_the_form_of_npy() {
        for (descr, shape, len) in [
            ("'|S0'", "(3,)", 3),
            ("'<U0'", "(2, 3)", 6),
            ("'|V0'", "()", 1),
            ("[]", "(3,)", 3),
            ("[('a', '|S0')]", "(0, 7)", 0),
        ] {
            let array = read(&npy(descr, shape));
            assert_eq!(
                (array.len(), array.is_empty(), array.item_size(), array.data().len()),
                (len, len == 0, 0, 0),
                "{descr}"
            );
            assert_eq!(array.typestr(), descr.trim_matches('\''));
            let packed = array.to_bytes();
            assert!(packed.starts_with(npy::MAGIC) && DynArray::is_array(&packed));
            assert_eq!(read(&packed), array, "{descr}");
            assert_eq!(DynArray::stack([&array, &array]).unwrap().len(), 2 * len);
            assert!(array.to_array::<u8, IxDyn>().is_err());
        }
        for typestr in ["|S0", "<U0", "|V0"] {
            assert!(DynArray::from_bytes(&compact(typestr, 3, &[])).is_err(), "{typestr}: numpy refuses it, too");
        }
    }

    #[test]
    fn no_shape_is_too_large_to_be_cheap() {
        let large = read(&npy("'|S0'", "(4611686018427387904,)"));
        assert_eq!(large.len(), 1 << 62);
        assert_eq!(large.to_bytes().len(), 128);
        assert!(DynArray::stack([&large, &large]).is_err());
        for shape in ["(4611686018427387904, 4611686018427387904)", "(0, 4611686018427387904, 4)"] {
            let error = DynArray::from_bytes(&npy("'|S0'", shape)).unwrap_err();
            assert_eq!(error.kind(), crate::error::ErrorKind::Corrupt, "{shape}: numpy refuses it, too");
        }
    }

    #[test]
    fn values_and_sizes_have_to_agree() {
        let error = DynArray::from_vec([2, 3], vec![1.0; 5]).unwrap_err();
        assert_eq!(error.to_string(), "expected as many values as shape [2, 3] has, found 5");
        assert!(DynArray::from_vec([usize::MAX, 2], Vec::<u8>::new()).is_err());
        assert!(DynArray::from_vec(vec![1; 65], vec![1_u8]).is_err());
        assert_eq!(DynArray::from_vec([], vec![true]).unwrap(), DynArray::from_array(&ndarray::arr0(true)));
        assert_eq!(DynArray::from_vec([0, 4], Vec::<i8>::new()).unwrap().shape(), [0, 4]);
    }

    #[test]
    fn arrays_of_any_dtype_are_made_of_their_bytes_and_views() {
        let records = "[('time', '<f8'), ('at', '<f4', (3,))]";
        for (dtype, size) in
            [("<M8[ns]", 8), (">m8[s]", 8), ("<U5", 20), ("|S3", 3), (">i2", 2), ("|V0", 0), (records, 20)]
        {
            let bytes: Vec<u8> = (0..).take(6 * size).collect();
            let array = DynArray::from_elements(dtype, [2, 3], bytes.clone()).unwrap();
            assert_eq!(
                (array.typestr().as_ref(), array.item_size(), array.data()),
                (dtype, size, &Bytes::from(bytes.clone()))
            );
            assert_eq!(DynArray::from_bytes(&array.to_bytes()).unwrap(), array, "{dtype}");
            let error = DynArray::from_elements(dtype, [2, 3], [&bytes[..], b"x"].concat()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
        for (dtype, kind) in [
            ("<M8[parsec]", ErrorKind::Corrupt),
            ("|O", ErrorKind::Unsupported),
            ("", ErrorKind::Corrupt),
            ("[('a', '<f8')", ErrorKind::Corrupt),
            ("[('a', '<f8')] ", ErrorKind::Corrupt),
            ("[('a', '|O')]", ErrorKind::Unsupported),
        ] {
            assert_eq!(DynArray::from_elements(dtype, [0], Bytes::new()).unwrap_err().kind(), kind, "{dtype}");
        }
        assert!(DynArray::from_elements("|S1", vec![1; 65], &b"x"[..]).is_err());
        assert!(DynArray::from_elements("|S2", [usize::MAX, 2], Bytes::new()).is_err());
        let grid = ndarray::array![[1_i32, 2, 3], [4, 5, 6]];
        let column = DynArray::from_array(&grid.slice(ndarray::s![.., 1]));
        assert_eq!(column, DynArray::from_array(&ndarray::array![2_i32, 5]));
        assert_eq!(DynArray::from_array(&grid.t()).shape(), [3, 2]);
    }
}
