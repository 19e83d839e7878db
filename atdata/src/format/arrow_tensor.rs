//! Tensors, in messages of Arrow's interprocess format.

mod scalar;

use std::fmt;

use arrow_ipc::{
    Buffer, FloatingPoint, FloatingPointArgs, Int, IntArgs, Message, MessageArgs, MessageHeader, MetadataVersion,
    Precision, Tensor, TensorArgs, TensorDim, TensorDimArgs, Type,
};
use atdata_schema::{Dtype, FieldType};
use bytes::Bytes;
use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};

use super::{FormatError, encoded_field};
use crate::array::{ArraySpec, Descr, DynArray, Order, byte_len, little_endian};
use crate::error::{Cause, ErrorKind, Result};

/// A tensor in Arrow's interprocess format, as `pyarrow.ipc.write_tensor` writes it: integers and floats, with names of
/// the dimensions.
///
/// ```
/// use atdata::{DynArray, Packable};
/// use atdata::format::ArrowTensor;
/// use ndarray::{Array2, array};
///
/// #[derive(Packable, Debug, Clone, PartialEq)]
/// struct Patch {
///     values: ArrowTensor,
/// }
///
/// let values = DynArray::from_array(&array![[1.0_f32, 2.0], [3.0, 4.0]]);
/// let patch = Patch { values: ArrowTensor::named(&values, &["y", "x"])? };
///
/// let patch = Patch::unpack(&patch.pack())?;
/// let values: Array2<f32> = patch.values.to_array()?.to_array()?;
/// assert_eq!(values[[1, 0]], 3.0);
/// assert_eq!(patch.values.dim_names()?, ["y", "x"]);
/// assert_eq!(Patch::SCHEMA.to_string(), "Patch@1.0.0 { values: arrow_tensor }");
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ArrowTensor {
    bytes: Bytes,
}

const EXPECTED: &str = "a tensor (an Arrow IPC message)";
const FORMAT: &str = "Arrow tensor";
const CONTINUATION: &[u8] = &[0xff; 4];

/// What the elements of a tensor are aligned to, counted from the beginning of its message.
const ALIGNMENT: usize = 64;

/// numpy's limit.
const MAX_NDIM: usize = 64;

encoded_field!(ArrowTensor, FieldType::ArrowTensor, EXPECTED);

impl ArrowTensor {
    fn fits(bytes: &[u8], _: ArraySpec) -> Result<()> {
        match split(bytes) {
            Some(_) => Ok(()),
            None => Err(FormatError::other(EXPECTED, bytes).into()),
        }
    }

    /// A tensor of an array, its dimensions without names.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a dtype that is neither an integer nor a float.
    pub fn from_array(array: &DynArray) -> Result<Self> {
        Self::named(array, &[])
    }

    /// A tensor of an array, with names of its dimensions.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) as [`from_array`](Self::from_array), and for names that are
    /// neither none nor one for each dimension.
    pub fn named(array: &DynArray, names: &[&str]) -> Result<Self> {
        if !names.is_empty() && names.len() != array.ndim() {
            return Err(ArrowError::DimNames { expected: array.ndim(), found: names.len() }.into());
        }
        let header = write_header(array, names)?;
        let padding = (header.len() + 8).next_multiple_of(ALIGNMENT) - (header.len() + 8);
        let len = u32::try_from(header.len() + padding).unwrap_or(u32::MAX);
        let data = little_endian(array);
        let mut bytes = Vec::with_capacity(8 + header.len() + padding + data.len());
        bytes.extend_from_slice(CONTINUATION);
        bytes.extend_from_slice(&len.to_le_bytes());
        bytes.extend_from_slice(&header);
        bytes.resize(bytes.len() + padding, 0);
        bytes.extend_from_slice(&data);
        Ok(Self { bytes: bytes.into() })
    }

    /// The tensor as an array; it shares the memory of the message where elements are in C order.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if the message is unsound,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for elements that are neither integers nor floats.
    pub fn to_array(&self) -> Result<DynArray> {
        let mut mended = Vec::new();
        let (message, body) = self.parse(&mut mended)?;
        let tensor = tensor(&message)?;
        let dtype = dtype(&tensor)?;
        let shape = shape(&tensor)?;
        let damaged = || damaged("its elements are not all there");
        let len = byte_len(&shape, dtype.size()).ok_or_else(damaged)?;
        let data = range(tensor.data()).and_then(|range| body.get(range)).filter(|data| data.len() >= len);
        let data = data.ok_or_else(damaged)?;
        let descr = Descr::Plain(dtype, Order::Little);
        let row_major = row_major(&shape, dtype.size());
        match tensor.strides().filter(|strides| !strides.is_empty()) {
            Some(strides) if len > 0 && !strides.iter().eq(row_major) => {
                let strides: Option<Vec<usize>> = strides.iter().map(|stride| usize::try_from(stride).ok()).collect();
                let strides = strides.filter(|strides| strides.len() == shape.len()).ok_or_else(damaged)?;
                let data = gather(data, &shape, &strides, dtype.size(), len).ok_or_else(damaged)?;
                Ok(DynArray::from_parts(descr, shape, data))
            }
            _ => {
                let data = data.get(..len).unwrap_or_default();
                Ok(DynArray::from_parts(descr, shape, self.bytes.slice_ref(data)))
            }
        }
    }

    /// Sizes of the dimensions.
    pub fn shape(&self) -> Result<Vec<usize>> {
        shape(&tensor(&self.parse(&mut Vec::new())?.0)?)
    }

    /// Names of the dimensions, empty for those without.
    pub fn dim_names(&self) -> Result<Vec<String>> {
        let mut mended = Vec::new();
        let (message, _) = self.parse(&mut mended)?;
        let tensor = tensor(&message)?;
        Ok(tensor.shape().iter().map(|dim| dim.name().unwrap_or_default().to_owned()).collect())
    }

    /// Header and body; `mended` is room for a header that has to be changed to be read.
    fn parse<'a>(&'a self, mended: &'a mut Vec<u8>) -> Result<(Message<'a>, &'a [u8])> {
        let (header, body) = split(&self.bytes).ok_or_else(|| damaged("its header is not all there"))?;
        let message = match (arrow_ipc::root_as_message(header), scalar::without_strides(header)) {
            (Err(_), Some(without)) => {
                *mended = without;
                arrow_ipc::root_as_message(mended)
            }
            (read, _) => read,
        };
        let message = message.map_err(|error| {
            // The first line names the flaw; a trace through the message follows.
            damaged(error.to_string().lines().next().unwrap_or_default())
        })?;
        Ok((message, body))
    }
}

fn damaged(reason: &str) -> FormatError {
    FormatError::damaged(FORMAT)(reason)
}

/// The message's header, and the body behind it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.strip_prefix(CONTINUATION)?.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(i32::from_le_bytes(*len)).ok().filter(|&len| len > 0)?)
}

fn tensor<'a>(message: &Message<'a>) -> Result<Tensor<'a>> {
    let other = || FormatError::OtherFormat {
        expected: EXPECTED,
        found: format!("one of a {}", message.header_type().variant_name().unwrap_or("kind of its own")),
    };
    Ok(message.header_as_tensor().ok_or_else(other)?)
}

fn range(buffer: &Buffer) -> Option<std::ops::Range<usize>> {
    let start = usize::try_from(buffer.offset()).ok()?;
    Some(start..start.checked_add(usize::try_from(buffer.length()).ok()?)?)
}

fn shape(tensor: &Tensor<'_>) -> Result<Vec<usize>> {
    let dims = tensor.shape();
    if dims.len() > MAX_NDIM {
        return Err(damaged("it has more than 64 dimensions").into());
    }
    let sizes = dims.iter().map(|dim| usize::try_from(dim.size()).map_err(|_| damaged("a size is negative").into()));
    sizes.collect()
}

fn dtype(tensor: &Tensor<'_>) -> Result<Dtype> {
    let dtype = match tensor.type_type() {
        Type::Int => tensor.type_as_int().and_then(|int| {
            let size = usize::try_from(int.bitWidth()).ok().filter(|bits| bits % 8 == 0)? / 8;
            Dtype::from_kind(if int.is_signed() { 'i' } else { 'u' }, size)
        }),
        Type::FloatingPoint => tensor.type_as_floating_point().and_then(|float| match float.precision() {
            Precision::HALF => Some(Dtype::Float16),
            Precision::SINGLE => Some(Dtype::Float32),
            Precision::DOUBLE => Some(Dtype::Float64),
            _ => None,
        }),
        _ => None,
    };
    let found = || tensor.type_type().variant_name().unwrap_or("unknown").to_owned();
    Ok(dtype.ok_or_else(|| ArrowError::ArrowType { found: found() })?)
}

/// Bytes from one element to the next, for each axis of an array in C order. Sizes are known to multiply to what memory
/// can hold.
fn row_major(shape: &[usize], item_size: usize) -> impl Iterator<Item = i64> + use<> {
    let mut stride = item_size;
    let mut strides = vec![0; shape.len()];
    for (axis, &size) in strides.iter_mut().zip(shape).rev() {
        *axis = i64::try_from(stride).unwrap_or(i64::MAX);
        stride = stride.saturating_mul(size.max(1));
    }
    strides.into_iter()
}

/// The elements in C order; `None` if one of them is not in `data`.
fn gather(data: &[u8], shape: &[usize], strides: &[usize], item_size: usize, len: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(len);
    let mut index = vec![0_usize; shape.len()];
    while out.len() < len {
        let mut at = 0_usize;
        for (&place, &stride) in index.iter().zip(strides) {
            at = at.checked_add(place.checked_mul(stride)?)?;
        }
        out.extend_from_slice(data.get(at..at.checked_add(item_size)?)?);
        for (place, &size) in index.iter_mut().zip(shape).rev() {
            *place += 1;
            if *place < size {
                break;
            }
            *place = 0;
        }
    }
    Some(out)
}

/// The message as the C++ library writes it, without what is around it.
fn write_header(array: &DynArray, names: &[&str]) -> Result<Vec<u8>> {
    let mut builder = FlatBufferBuilder::new();
    let (type_type, type_) = write_type(array, &mut builder)?;
    let names = names.iter().copied().chain(std::iter::repeat(""));
    let wide = |size: usize| i64::try_from(size).map_err(|_| damaged("a size is beyond 64 bits"));
    let mut dims = Vec::with_capacity(array.ndim());
    for (&size, name) in array.shape().iter().zip(names) {
        let name = Some(builder.create_string(name));
        dims.push(TensorDim::create(&mut builder, &TensorDimArgs { size: wide(size)?, name }));
    }
    let strides: Vec<i64> = row_major(array.shape(), array.item_size()).collect();
    let strides = builder.create_vector(&strides);
    let shape = builder.create_vector(&dims);
    let body_len = wide(array.data().len())?;
    let data = Buffer::new(0, body_len);
    let (shape, strides) = (Some(shape), Some(strides));
    let args = TensorArgs { type_type, type_: Some(type_), shape, strides, data: Some(&data) };
    let header = Tensor::create(&mut builder, &args).as_union_value();
    let args = MessageArgs {
        version: MetadataVersion::V5,
        header_type: MessageHeader::Tensor,
        header: Some(header),
        bodyLength: body_len,
        custom_metadata: None,
    };
    let message = Message::create(&mut builder, &args);
    builder.finish(message, None);
    Ok(builder.finished_data().to_vec())
}

fn write_type(array: &DynArray, builder: &mut FlatBufferBuilder<'_>) -> Result<(Type, WIPOffset<UnionWIPOffset>)> {
    let refused = || FormatError::NoSuchDtype { format: FORMAT, found: array.typestr().into_owned() };
    let dtype = array.dtype().ok_or_else(refused)?;
    let float = |precision, builder: &mut FlatBufferBuilder<'_>| {
        let args = FloatingPointArgs { precision };
        (Type::FloatingPoint, FloatingPoint::create(builder, &args).as_union_value())
    };
    Ok(match dtype {
        Dtype::Float16 => float(Precision::HALF, builder),
        Dtype::Float32 => float(Precision::SINGLE, builder),
        Dtype::Float64 => float(Precision::DOUBLE, builder),
        Dtype::Int8 | Dtype::Int16 | Dtype::Int32 | Dtype::Int64 => write_int(dtype, true, builder),
        Dtype::UInt8 | Dtype::UInt16 | Dtype::UInt32 | Dtype::UInt64 => write_int(dtype, false, builder),
        _ => return Err(refused().into()),
    })
}

fn write_int(dtype: Dtype, is_signed: bool, builder: &mut FlatBufferBuilder<'_>) -> (Type, WIPOffset<UnionWIPOffset>) {
    let bits = i32::try_from(dtype.size() * 8).unwrap_or_default();
    (Type::Int, Int::create(builder, &IntArgs { bitWidth: bits, is_signed }).as_union_value())
}

/// `arrow_tensor<280 bytes>`
impl fmt::Debug for ArrowTensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arrow_tensor<{} bytes>", self.bytes.len())
    }
}

/// What can be wrong with it beside what all [formats](FormatError) have.
#[derive(Debug, thiserror::Error)]
enum ArrowError {
    #[error("the tensor has elements of Arrow type {found}, where integers and floats are understood")]
    ArrowType { found: String },
    #[error("{found} names for {expected} dimensions")]
    DimNames { expected: usize, found: usize },
}

impl Cause for ArrowError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::ArrowType { .. } => ErrorKind::Unsupported,
            Self::DimNames { .. } => ErrorKind::InvalidInput,
        }
    }
}
