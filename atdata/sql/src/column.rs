//! Columns: from the values of samples to arrays of Arrow.

use std::sync::Arc;

use atdata::{Dtype, DynArray, Value};
use datafusion::arrow::array::{
    ArrayData, ArrayRef, BinaryArray, BooleanArray, FixedSizeListArray, Float64Array, Int64Array, ListArray, MapArray,
    StringArray, StructArray, make_array,
};
use datafusion::arrow::buffer::{BooleanBuffer, MutableBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::arrow::error::ArrowError;

use crate::kind::{Kind, element};

/// What a row has that its column cannot.
#[derive(Debug)]
pub(crate) struct Odd {
    pub(crate) row: usize,
    pub(crate) message: String,
}

impl Odd {
    fn new(row: usize, message: impl Into<String>) -> Self {
        Self { row, message: message.into() }
    }

    fn expected(row: usize, expected: &str, found: &Value) -> Self {
        Self::new(row, format!("expected {expected}, found {} {found:?}", found.kind()))
    }
}

/// What Arrow refuses is of no row.
impl From<ArrowError> for Odd {
    fn from(error: ArrowError) -> Self {
        Self::new(0, error.to_string())
    }
}

type Built<T> = Result<T, Odd>;

/// A column of these values, of which null and what is not there are null.
pub(crate) fn build(kind: &Kind, values: &[Option<&Value>]) -> Built<ArrayRef> {
    Ok(match kind {
        Kind::Bool => Arc::new(BooleanArray::from(each(values, "a boolean", Value::as_bool)?)),
        Kind::Int => Arc::new(Int64Array::from(each(values, "an integer of 64 bits", Value::as_i64)?)),
        Kind::Float => Arc::new(Float64Array::from(each(values, "a number", Value::as_f64)?)),
        Kind::Text(_) => Arc::new(text(&each(values, "text", Value::as_str)?)?),
        Kind::Bytes => Arc::new(binary(&each(values, "bytes", |value| value.as_bytes().map(|bytes| &**bytes))?)?),
        Kind::Any => {
            let texts: Vec<Option<String>> = values.iter().map(|value| there(*value).map(shown)).collect();
            Arc::new(text(&texts.iter().map(Option::as_deref).collect::<Vec<_>>())?)
        }
        Kind::List(item) => list(item, values)?,
        Kind::Map(value) => map(value, values)?,
        Kind::Sample(fields) => sample(fields, values)?,
        Kind::Tensor { dtype, shape, .. } => tensor(*dtype, shape, &kind.data_type(), values)?,
        Kind::Array(dtype) => array(*dtype, values)?,
        Kind::AnyArray => any_array(values)?,
    })
}

/// A column of text.
pub(crate) fn text(values: &[Option<&str>]) -> Built<StringArray> {
    fits(values.iter().map(|value| value.map_or(0, str::len)))?;
    Ok(values.iter().collect())
}

fn binary(values: &[Option<&[u8]>]) -> Built<BinaryArray> {
    fits(values.iter().map(|value| value.map_or(0, <[u8]>::len)))?;
    Ok(values.iter().collect())
}

/// Arrow counts bytes and elements of a column in 31 bits.
fn fits(lengths: impl Iterator<Item = usize>) -> Built<()> {
    offsets(lengths).map(drop)
}

fn offsets(lengths: impl Iterator<Item = usize>) -> Built<OffsetBuffer<i32>> {
    let mut offsets = vec![0];
    let mut end = 0_usize;
    for (row, len) in lengths.enumerate() {
        end = end.saturating_add(len);
        let end = i32::try_from(end)
            .map_err(|_| Odd::new(row, "it is larger than the 2 GiB that a column of Arrow holds"))?;
        offsets.push(end);
    }
    Ok(OffsetBuffer::new(ScalarBuffer::from(offsets)))
}

fn there(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_nil())
}

fn each<'v, T>(
    values: &[Option<&'v Value>],
    expected: &str,
    read: impl Fn(&'v Value) -> Option<T>,
) -> Built<Vec<Option<T>>> {
    let one = |(row, value): (usize, Option<&'v Value>)| match there(value) {
        None => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| Odd::expected(row, expected, value)),
    };
    values.iter().copied().enumerate().map(one).collect()
}

/// A value of any kind as text: text as it is.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| format!("{value:?}"), str::to_owned)
}

fn nulls<T>(values: &[Option<T>]) -> Option<NullBuffer> {
    let nulls: NullBuffer = values.iter().map(Option::is_some).collect();
    (nulls.null_count() > 0).then_some(nulls)
}

/// A column of the values inside of others, whose oddities are those of the outer rows.
fn inner(kind: &Kind, values: &[Option<&Value>], offsets: &OffsetBuffer<i32>) -> Built<ArrayRef> {
    build(kind, values).map_err(|odd| {
        let outer = offsets.partition_point(|end| usize::try_from(*end).is_ok_and(|end| end <= odd.row));
        Odd { row: outer.saturating_sub(1), ..odd }
    })
}

fn list(item: &Kind, values: &[Option<&Value>]) -> Built<ArrayRef> {
    let lists = each(values, "a list", Value::as_list)?;
    let offsets = offsets(lists.iter().map(|list| list.map_or(0, <[Value]>::len)))?;
    let items: Vec<Option<&Value>> = lists.iter().flatten().flat_map(|list| list.iter().map(Some)).collect();
    let items = inner(item, &items, &offsets)?;
    Ok(Arc::new(ListArray::try_new(item.item_field(), offsets, items, nulls(&lists))?))
}

fn map(value: &Kind, values: &[Option<&Value>]) -> Built<ArrayRef> {
    let maps = each(values, "a map", Value::as_map)?;
    let offsets = offsets(maps.iter().map(|map| map.map_or(0, <[(String, Value)]>::len)))?;
    let entries: Vec<&(String, Value)> = maps.iter().flatten().flat_map(|map| map.iter()).collect();
    let keys = text(&entries.iter().map(|(key, _)| Some(key.as_str())).collect::<Vec<_>>())?;
    let items = inner(value, &entries.iter().map(|(_, value)| Some(value)).collect::<Vec<_>>(), &offsets)?;
    let entries = StructArray::try_new(Kind::entry_fields(value), vec![Arc::new(keys), items], None)?;
    Ok(Arc::new(MapArray::try_new(Kind::entries_field(value), offsets, entries, nulls(&maps), false)?))
}

fn sample(fields: &[(String, Kind)], values: &[Option<&Value>]) -> Built<ArrayRef> {
    let samples = each(values, "a sample", |value| value.as_map().map(|_| value))?;
    let column = |(name, kind): &(String, Kind)| {
        let of_field: Vec<_> = samples.iter().map(|sample| sample.and_then(|sample| sample.get(name))).collect();
        build(kind, &of_field).map_err(|odd| Odd { message: format!("{name}: {}", odd.message), ..odd })
    };
    let columns = fields.iter().map(column).collect::<Built<Vec<_>>>()?;
    Ok(Arc::new(StructArray::try_new(Kind::struct_fields(fields), columns, nulls(&samples))?))
}

/// The arrays in these values, of one dtype if it is said.
fn arrays(dtype: Option<Dtype>, values: &[Option<&Value>]) -> Built<Vec<Option<DynArray>>> {
    let found = each(values, "an array", Value::as_bytes)?;
    let one = |(row, bytes): (usize, Option<&_>)| {
        let Some(bytes) = bytes else { return Ok(None) };
        let array = DynArray::from_shared(bytes).map_err(|error| Odd::new(row, error.to_string()))?;
        match dtype {
            Some(dtype) if array.dtype() != Some(dtype) => {
                Err(Odd::new(row, format!("expected an array of {dtype}, found {array:?}")))
            }
            // The other byte order.
            Some(dtype) if array.typestr().starts_with('>') => {
                array.cast(dtype).map(Some).map_err(|error| Odd::new(row, error.to_string()))
            }
            _ => Ok(Some(array)),
        }
    };
    found.into_iter().enumerate().map(one).collect()
}

fn tensor(dtype: Dtype, shape: &[usize], data_type: &DataType, values: &[Option<&Value>]) -> Built<ArrayRef> {
    let DataType::FixedSizeList(item, len) = data_type else {
        return Err(Odd::new(0, "no tensor"));
    };
    let bytes = usize::try_from(*len).unwrap_or_default().saturating_mul(dtype.size());
    let arrays = arrays(Some(dtype), values)?;
    let mut elements = MutableBuffer::with_capacity(bytes.saturating_mul(arrays.len()));
    for (row, array) in arrays.iter().enumerate() {
        match array {
            None => elements.resize(elements.len().saturating_add(bytes), 0),
            Some(array) if array.shape() == shape => elements.extend_from_slice(array.data()),
            Some(array) => {
                return Err(Odd::new(row, format!("expected an array of the shape {shape:?}, found {array:?}")));
            }
        }
    }
    let elements = of_elements(dtype, elements)?;
    Ok(Arc::new(FixedSizeListArray::try_new(Arc::clone(item), *len, elements, nulls(&arrays))?))
}

fn array(dtype: Dtype, values: &[Option<&Value>]) -> Built<ArrayRef> {
    let arrays = arrays(Some(dtype), values)?;
    let offsets = offsets(arrays.iter().map(|array| array.as_ref().map_or(0, DynArray::len)))?;
    let mut elements = MutableBuffer::new(0);
    for array in arrays.iter().flatten() {
        elements.extend_from_slice(array.data());
    }
    let item = Arc::new(Field::new("item", element(dtype), false));
    let data = ListArray::try_new(item, offsets, of_elements(dtype, elements)?, nulls(&arrays))?;
    of_arrays(Kind::array_fields(dtype), vec![shapes(&arrays)?, Arc::new(data)], &arrays)
}

fn any_array(values: &[Option<&Value>]) -> Built<ArrayRef> {
    let arrays = arrays(None, values)?;
    let dtypes: Vec<Option<String>> = arrays.iter().map(|array| Some(array.as_ref()?.typestr().into_owned())).collect();
    let dtypes = text(&dtypes.iter().map(Option::as_deref).collect::<Vec<_>>())?;
    let data = binary(&arrays.iter().map(|array| array.as_ref().map(|array| &**array.data())).collect::<Vec<_>>())?;
    of_arrays(Kind::any_array_fields(), vec![Arc::new(dtypes), shapes(&arrays)?, Arc::new(data)], &arrays)
}

fn of_arrays(fields: Fields, columns: Vec<ArrayRef>, arrays: &[Option<DynArray>]) -> Built<ArrayRef> {
    Ok(Arc::new(StructArray::try_new(fields, columns, nulls(arrays))?))
}

fn shapes(arrays: &[Option<DynArray>]) -> Built<ArrayRef> {
    let shape = |array: &Option<DynArray>| array.as_ref().map_or(0, DynArray::ndim);
    let offsets = offsets(arrays.iter().map(shape))?;
    let sizes = arrays.iter().flatten().flat_map(DynArray::shape);
    let sizes: Int64Array = sizes.map(|size| i64::try_from(*size).unwrap_or(i64::MAX)).collect::<Vec<_>>().into();
    let item = Arc::new(Field::new("item", DataType::Int64, false));
    Ok(Arc::new(ListArray::try_new(item, offsets, Arc::new(sizes), nulls(arrays))?))
}

/// An array of elements that are one behind the other.
fn of_elements(dtype: Dtype, bytes: MutableBuffer) -> Built<ArrayRef> {
    let primitive = |data_type: DataType, bytes: MutableBuffer, size: usize| {
        let len = bytes.len() / size;
        let data = ArrayData::builder(data_type).len(len).add_buffer(bytes.into()).align_buffers(true);
        Ok::<_, Odd>(make_array(data.build()?))
    };
    match element(dtype) {
        DataType::Boolean => {
            let bits: BooleanBuffer = bytes.iter().map(|byte| *byte != 0).collect();
            Ok(Arc::new(BooleanArray::new(bits, None)))
        }
        DataType::FixedSizeList(item, len) => {
            let parts = primitive(item.data_type().clone(), bytes, dtype.size() / 2)?;
            Ok(Arc::new(FixedSizeListArray::try_new(item, len, parts, None)?))
        }
        other => primitive(other, bytes, dtype.size()),
    }
}
