//! Named tensors, in safetensors files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use atdata_schema::{Dtype, FieldType};
use bytes::Bytes;
use safetensors::tensor::{Dtype as TensorDtype, Metadata, TensorInfo, View};

use super::error::names;
use super::{FormatError, encoded_field};
use crate::array::{ArraySpec, Descr, DynArray, Order, byte_len, little_endian};
use crate::error::{Cause, ErrorKind, Printable, Result};

/// Named tensors: a safetensors file.
///
/// Tensors of dtypes that no [`DynArray`] has, such as `BF16`, are an error when they are asked for; the crate
/// `safetensors` reads them from [`as_bytes`](Self::as_bytes).
///
/// ```
/// use atdata::{DynArray, Packable};
/// use atdata::format::Safetensors;
/// use ndarray::{Array2, array};
///
/// #[derive(Packable, Debug, Clone, PartialEq)]
/// struct Layer {
///     weights: Safetensors,
/// }
///
/// let weight = DynArray::from_array(&array![[1.0_f32, 2.0], [3.0, 4.0]]);
/// let bias = DynArray::from_array(&array![0.5_f32, 0.5]);
/// let layer = Layer { weights: Safetensors::from_tensors([("weight", &weight), ("bias", &bias)])? };
///
/// let layer = Layer::unpack(&layer.pack())?;
/// assert_eq!(layer.weights.names()?, ["bias", "weight"]);
/// let weight: Array2<f32> = layer.weights.tensor("weight")?.to_array()?;
/// assert_eq!(weight[[1, 0]], 3.0);
/// assert_eq!(Layer::SCHEMA.to_string(), "Layer@1.0.0 { weights: safetensors }");
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Safetensors {
    bytes: Bytes,
}

const EXPECTED: &str = "tensors (a safetensors file)";
const FORMAT: &str = "safetensors file";

/// The reference implementation's limit.
const MAX_HEADER: usize = 100_000_000;

encoded_field!(Safetensors, FieldType::Safetensors, EXPECTED);

impl Safetensors {
    fn fits(bytes: &[u8], _: ArraySpec) -> Result<()> {
        match split(bytes) {
            Some((header, _)) if header.starts_with(b"{") => Ok(()),
            _ => Err(FormatError::other(EXPECTED, bytes).into()),
        }
    }

    /// Names of the tensors, in the order of their bytes.
    pub fn names(&self) -> Result<Vec<String>> {
        Ok(self.parse()?.0.offset_keys())
    }

    /// One tensor; it shares the memory of the file. The header is read anew for each: for many take
    /// [`tensors`](Self::tensors).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is none of that name,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) if its dtype is none of [`DynArray`]'s.
    pub fn tensor(&self, name: &str) -> Result<DynArray> {
        let (header, data) = self.parse()?;
        match header.info(name) {
            Some(info) => self.array(name, info, data),
            None => Err(SafetensorsError::NoTensor { name: name.to_owned(), present: header.offset_keys() }.into()),
        }
    }

    /// All tensors.
    pub fn tensors(&self) -> Result<BTreeMap<String, DynArray>> {
        let (header, data) = self.parse()?;
        let tensors = header.tensors().into_iter().map(|(name, info)| {
            let array = self.array(&name, info, data)?;
            Ok((name, array))
        });
        tensors.collect()
    }

    /// The texts that writers note beside the tensors.
    pub fn notes(&self) -> Result<BTreeMap<String, String>> {
        Ok(self.parse()?.0.metadata().clone().into_iter().flatten().collect())
    }

    /// The file of these tensors.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a dtype that the format does not have, and for two tensors of
    /// one name.
    pub fn from_tensors<'a>(tensors: impl IntoIterator<Item = (&'a str, &'a DynArray)>) -> Result<Self> {
        Self::with_notes(tensors, [])
    }

    /// The file of these tensors, and of texts beside them, in the order of their names.
    ///
    /// # Errors
    /// As [`from_tensors`](Self::from_tensors).
    pub fn with_notes<'a>(
        tensors: impl IntoIterator<Item = (&'a str, &'a DynArray)>,
        notes: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self> {
        let mut unique = BTreeMap::new();
        for (name, array) in tensors {
            let refused = |reason| FormatError::Name { name: name.to_owned(), of: "a tensor", reason };
            if name == "__metadata__" {
                return Err(refused("the format has another use for it").into());
            }
            if unique.insert(name, Tensor::new(array)?).is_some() {
                return Err(refused("another tensor has it").into());
            }
        }
        let failed = |reason| FormatError::NotWritten { format: FORMAT, reason };
        let bytes = safetensors::serialize(unique, None).map_err(|error| failed(error.to_string()))?;
        let notes: BTreeMap<&str, &str> = notes.into_iter().collect();
        if notes.is_empty() {
            return Ok(Self { bytes: bytes.into() });
        }
        let whole = with_notes(&bytes, &notes).ok_or_else(|| failed("its header is too long".to_owned()))?;
        Ok(Self { bytes: whole.into() })
    }

    fn parse(&self) -> Result<(Metadata, &[u8])> {
        let damaged = FormatError::damaged(FORMAT);
        let (header, data) = split(&self.bytes).ok_or_else(|| damaged("its header is not all there".to_owned()))?;
        // Not `SafeTensors::deserialize`: it adds up the sizes that a header claims without a check.
        let header: Metadata = serde_json::from_slice(header).map_err(FormatError::damaged(FORMAT))?;
        let (expected, found) = (header.data_len(), data.len());
        if expected != found {
            return Err(damaged(format!("the tensors take {expected} bytes, but there are {found}")).into());
        }
        Ok((header, data))
    }

    fn array(&self, name: &str, info: &TensorInfo, data: &[u8]) -> Result<DynArray> {
        let Some(dtype) = dtype_of(info.dtype) else {
            let (name, dtype) = (name.to_owned(), info.dtype.to_string());
            return Err(SafetensorsError::TensorDtype { name, dtype }.into());
        };
        let (start, end) = info.data_offsets;
        let fits = byte_len(&info.shape, dtype.size()).is_some_and(|len| Some(len) == end.checked_sub(start));
        match data.get(start..end) {
            Some(data) if fits => {
                let descr = Descr::Plain(dtype, Order::Little);
                Ok(DynArray::from_parts(descr, info.shape.clone(), self.bytes.slice_ref(data)))
            }
            _ => {
                let reason = format!("the tensor \"{name}\" of shape {:?} is not all there", info.shape);
                Err(FormatError::damaged(FORMAT)(reason).into())
            }
        }
    }
}

/// The header, and what is behind it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk()?;
    let len = usize::try_from(u64::from_le_bytes(*len)).ok().filter(|&len| len <= MAX_HEADER)?;
    rest.split_at_checked(len)
}

/// The file with notes in its header, where the reference implementation has them. That one takes them from a map that
/// has another order each time.
fn with_notes(file: &[u8], notes: &BTreeMap<&str, &str>) -> Option<Vec<u8>> {
    let (header, data) = split(file)?;
    let tensors = header.trim_ascii_end().strip_prefix(b"{")?;
    let mut out = b"{\"__metadata__\":".to_vec();
    serde_json::to_writer(&mut out, notes).ok()?;
    if tensors != b"}" {
        out.push(b',');
    }
    out.extend_from_slice(tensors);
    out.resize(out.len().next_multiple_of(8), b' ');
    let len = u64::try_from(out.len()).ok().filter(|_| out.len() <= MAX_HEADER)?;
    Some([&len.to_le_bytes(), out.as_slice(), data].concat())
}

struct Tensor<'a> {
    dtype: TensorDtype,
    array: &'a DynArray,
}

impl<'a> Tensor<'a> {
    fn new(array: &'a DynArray) -> Result<Self, FormatError> {
        let refused = || FormatError::NoSuchDtype { format: FORMAT, found: array.typestr().into_owned() };
        let dtype = array.dtype().and_then(dtype_for).ok_or_else(refused)?;
        Ok(Self { dtype, array })
    }
}

impl View for Tensor<'_> {
    fn dtype(&self) -> TensorDtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        self.array.shape()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        little_endian(self.array)
    }

    fn data_len(&self) -> usize {
        self.array.data().len()
    }
}

const DTYPES: [(TensorDtype, Dtype); 13] = [
    (TensorDtype::BOOL, Dtype::Bool),
    (TensorDtype::U8, Dtype::UInt8),
    (TensorDtype::I8, Dtype::Int8),
    (TensorDtype::U16, Dtype::UInt16),
    (TensorDtype::I16, Dtype::Int16),
    (TensorDtype::F16, Dtype::Float16),
    (TensorDtype::U32, Dtype::UInt32),
    (TensorDtype::I32, Dtype::Int32),
    (TensorDtype::F32, Dtype::Float32),
    (TensorDtype::U64, Dtype::UInt64),
    (TensorDtype::I64, Dtype::Int64),
    (TensorDtype::F64, Dtype::Float64),
    (TensorDtype::C64, Dtype::Complex64),
];

fn dtype_of(dtype: TensorDtype) -> Option<Dtype> {
    DTYPES.iter().find(|(tensor, _)| *tensor == dtype).map(|(_, array)| *array)
}

fn dtype_for(dtype: Dtype) -> Option<TensorDtype> {
    DTYPES.iter().find(|(_, array)| *array == dtype).map(|(tensor, _)| *tensor)
}

/// `safetensors<353 bytes>`
impl fmt::Debug for Safetensors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "safetensors<{} bytes>", self.bytes.len())
    }
}

/// What can be wrong with it beside what all [formats](FormatError) have.
#[derive(Debug, thiserror::Error)]
enum SafetensorsError {
    #[error("there is no tensor \"{}\"; there are {}", Printable(.name), names(.present))]
    NoTensor { name: String, present: Vec<String> },
    #[error("the tensor \"{}\" has dtype {dtype}, which no array type has; the crate `safetensors` reads it", Printable(.name))]
    TensorDtype { name: String, dtype: String },
}

impl Cause for SafetensorsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoTensor { .. } => ErrorKind::NotFound,
            Self::TensorDtype { .. } => ErrorKind::Unsupported,
        }
    }
}
