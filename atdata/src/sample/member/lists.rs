//! Arrays in members of JSON, which has none: lists of their elements, nested as the array is, of the dtype that the field says.

use std::fmt;

use atdata_schema::{Dtype, FieldType};
#[cfg(feature = "records")]
use atdata_schema::{OwnedFieldType, OwnedSchema, SchemaTarget};
use ndarray::IxDyn;

use super::error::MemberError;
use super::text;
use crate::array::{DynArray, Element};
use crate::error::Result;
use crate::sample::Value;

/// The type of a field, of a program or of a record.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Typed<'t> {
    Known(&'t FieldType),
    #[cfg(feature = "records")]
    Said(&'t OwnedFieldType, Within<'t>),
}

/// The schema that a type is in, and those around it.
#[cfg(feature = "records")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Within<'t> {
    pub(crate) schema: &'t OwnedSchema,
    pub(crate) outer: Option<&'t Self>,
}

#[cfg(feature = "records")]
impl Within<'_> {
    /// The sample type of that name, where it is one of these.
    fn find(self, target: &SchemaTarget) -> Option<Self> {
        let SchemaTarget::Local { name, version } = target else { return None };
        if self.schema.name == *name && self.schema.version == *version {
            return Some(self);
        }
        self.outer?.find(target)
    }
}

/// What is inside of a type.
enum Inside<'t> {
    Array(Wanted<'t>),
    /// Of what may be null.
    Same(Typed<'t>),
    /// Of the elements of a list, and of the entries of a map.
    Each(Typed<'t>),
    Fields,
    Other,
}

/// An array type.
struct Wanted<'t> {
    dtype: Option<Dtype>,
    ndim: Option<usize>,
    shape: Option<&'t [Option<usize>]>,
    said: &'t dyn fmt::Display,
}

impl<'t> Typed<'t> {
    fn inside(self) -> Inside<'t> {
        match self {
            Self::Known(FieldType::Array(array)) => {
                Inside::Array(Wanted { dtype: array.dtype, ndim: array.ndim, shape: array.shape, said: array })
            }
            Self::Known(FieldType::Nullable(inner)) => Inside::Same(Self::Known(inner)),
            Self::Known(FieldType::List(inner) | FieldType::Map(inner)) => Inside::Each(Self::Known(inner)),
            Self::Known(FieldType::Sample(_)) => Inside::Fields,
            #[cfg(feature = "records")]
            Self::Said(OwnedFieldType::Array(array), _) => Inside::Array(Wanted {
                dtype: array.dtype,
                ndim: array.ndim,
                shape: array.shape.as_deref(),
                said: array,
            }),
            #[cfg(feature = "records")]
            Self::Said(OwnedFieldType::Nullable(inner), within) => Inside::Same(Self::Said(inner, within)),
            #[cfg(feature = "records")]
            Self::Said(OwnedFieldType::List(inner) | OwnedFieldType::Map(inner), within) => {
                Inside::Each(Self::Said(inner, within))
            }
            #[cfg(feature = "records")]
            Self::Said(OwnedFieldType::Sample(_) | OwnedFieldType::Ref(_), _) => Inside::Fields,
            _ => Inside::Other,
        }
    }

    /// Whether there may be arrays in it.
    pub(crate) fn may_hold_arrays(self) -> bool {
        match self.inside() {
            Inside::Array(_) | Inside::Fields => true,
            Inside::Same(of) | Inside::Each(of) => of.may_hold_arrays(),
            Inside::Other => false,
        }
    }
}

/// Makes arrays of the lists that stand where the type has arrays; `member` is where they are.
///
/// # Errors
/// For lists that are no such array. What else does not fit the type is told where the value is read.
pub(super) fn to_arrays(value: &mut Value, of: Typed<'_>, member: &str) -> Result<()> {
    each(value, of, &|value, wanted| {
        let array = wanted.array(value).map_err(|found| {
            let (name, expected) = (member.to_owned(), wanted.said.to_string());
            MemberError::Lists { name, expected, found }
        })?;
        *value = Value::from(array);
        Ok(())
    })
}

/// Makes lists of the arrays.
///
/// # Errors
/// For an array that the lists would not be read back as.
pub(super) fn to_lists(value: &mut Value, of: Typed<'_>, member: &str) -> Result<()> {
    each(value, of, &|value, wanted| {
        if let Some(array) = value.as_array() {
            *value = wanted.lists(&array?).map_err(|found| {
                let (name, advice) = (member.to_owned(), "name an `npy` or `msgpack` one");
                MemberError::Unwritable { name, found, advice }
            })?;
        }
        Ok(())
    })
}

/// Does it to all in the value that are of array types, but for nulls.
fn each(value: &mut Value, of: Typed<'_>, act: &dyn Fn(&mut Value, &Wanted<'_>) -> Result<()>) -> Result<()> {
    match (of.inside(), value) {
        (Inside::Other, _) | (_, Value::Nil) => Ok(()),
        (Inside::Same(of), value) => each(value, of, act),
        (Inside::Array(wanted), value) => act(value, &wanted),
        (Inside::Each(of), Value::List(values)) => values
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, value)| each(value, of, act).map_err(|error| error.in_element(index))),
        (Inside::Each(of), Value::Map(entries)) => {
            entries.iter_mut().try_for_each(|(name, value)| each(value, of, act).map_err(|error| error.in_entry(name)))
        }
        (Inside::Fields, Value::Map(entries)) => each_field(entries, of, act),
        _ => Ok(()),
    }
}

/// The same in the fields of a sample. What the type does not know is looked at where the value is read.
fn each_field(
    entries: &mut [(String, Value)],
    of: Typed<'_>,
    act: &dyn Fn(&mut Value, &Wanted<'_>) -> Result<()>,
) -> Result<()> {
    match of {
        Typed::Known(FieldType::Sample(schema)) => entries.iter_mut().try_for_each(|(name, value)| {
            let Some(field) = schema.get().field(name) else { return Ok(()) };
            each(value, Typed::Known(&field.field_type), act).map_err(|error| error.in_entry(name))
        }),
        #[cfg(feature = "records")]
        Typed::Said(of, outer) => {
            let within = match of {
                OwnedFieldType::Sample(schema) => Within { schema, outer: Some(&outer) },
                OwnedFieldType::Ref(reference) => match outer.find(reference.target()) {
                    Some(within) => within,
                    None => return Ok(()),
                },
                _ => return Ok(()),
            };
            entries.iter_mut().try_for_each(|(name, value)| {
                let Some(field) = within.schema.fields.iter().find(|field| field.name == *name) else { return Ok(()) };
                each(value, Typed::Said(&field.field_type, within), act).map_err(|error| error.in_entry(name))
            })
        }
        Typed::Known(_) => Ok(()),
    }
}

impl Wanted<'_> {
    /// The array that the lists are; what they are, if they are none of this type.
    fn array(&self, value: &Value) -> std::result::Result<DynArray, String> {
        let shape = self.shape_of(value);
        let mut elements = Vec::new();
        flatten(value, &shape, &mut elements)?;
        if let (Some(ndim), Some(first)) = (self.ndim, elements.first())
            && shape.len() < ndim
        {
            return Err(no_list(first));
        }
        match self.dtype {
            Some(dtype) => of_dtype(shape, &elements, dtype),
            // Which one the lists do not say.
            None => Err("lists, which do not say the dtype".to_owned()),
        }
    }

    /// As deep as the type has dimensions, or, where it says nothing of them, as the lists go. An empty list says nothing of
    /// what would be in it.
    fn shape_of(&self, value: &Value) -> Vec<usize> {
        let (mut shape, mut part) = (Vec::new(), Some(value));
        while self.ndim.is_none_or(|ndim| shape.len() < ndim) {
            let Some(Value::List(values)) = part else { break };
            shape.push(values.len());
            part = values.first();
        }
        if shape.last() == Some(&0) {
            let ndim = self.ndim.unwrap_or_default();
            shape.extend((shape.len()..ndim).map(|dimension| self.said(dimension)));
        }
        shape
    }

    /// The lists of an array; what it is, if it would not be read back from them.
    fn lists(&self, array: &DynArray) -> std::result::Result<Value, &'static str> {
        if self.dtype != array.dtype() || self.ndim.is_some_and(|ndim| ndim != array.ndim()) {
            return Err("an array of another dtype or rank than the field's");
        }
        if !self.is_told_by_lists(array.shape()) {
            return Err("an array without elements whose shape lists do not tell");
        }
        let elements = match array.dtype().map(Kind::of) {
            Some(Kind::Bool) => elements::<bool>(array, Dtype::Bool),
            Some(Kind::Int) => elements::<i64>(array, Dtype::Int64),
            Some(Kind::UInt) => elements::<u64>(array, Dtype::UInt64),
            Some(Kind::Float) => elements::<f64>(array, Dtype::Float64),
            Some(Kind::Other) | None => None,
        };
        let elements = elements.ok_or("an array of a dtype that is no number")?;
        Ok(nested(array.shape(), &elements))
    }

    fn is_told_by_lists(&self, shape: &[usize]) -> bool {
        let Some((before, behind)) = shape.iter().position(|size| *size == 0).and_then(|at| shape.split_at_checked(at))
        else {
            return true;
        };
        let lists = before.iter().fold(1, |lists: usize, size| lists.saturating_mul(*size));
        let mut sizes = behind.iter().enumerate().skip(1);
        let has_rank = behind.len() == 1 || self.ndim == Some(shape.len());
        lists <= MAX_EMPTY && has_rank && sizes.all(|(at, size)| self.said(before.len() + at) == *size)
    }

    /// The size that the type says, of a dimension of which lists without elements say nothing.
    fn said(&self, dimension: usize) -> usize {
        self.shape.and_then(|shape| *shape.get(dimension)?).unwrap_or_default()
    }
}

/// Characters of an element that a message shows.
const MAX_SHOWN: usize = 40;

/// Lists that are written of an array without elements.
const MAX_EMPTY: usize = 1 << 12;

/// What elements of a dtype are in JSON.
enum Kind {
    Bool,
    Int,
    UInt,
    Float,
    Other,
}

impl Kind {
    const fn of(dtype: Dtype) -> Self {
        match dtype {
            Dtype::Bool => Self::Bool,
            Dtype::Int8 | Dtype::Int16 | Dtype::Int32 | Dtype::Int64 => Self::Int,
            Dtype::UInt8 | Dtype::UInt16 | Dtype::UInt32 | Dtype::UInt64 => Self::UInt,
            Dtype::Float16 | Dtype::Float32 | Dtype::Float64 => Self::Float,
            _ => Self::Other,
        }
    }
}

/// The elements, in order, of lists that are all as long as the shape says.
fn flatten<'v>(value: &'v Value, shape: &[usize], out: &mut Vec<&'v Value>) -> std::result::Result<(), String> {
    let Some((len, shape)) = shape.split_first() else {
        out.push(value);
        return Ok(());
    };
    match value {
        Value::List(values) if values.len() == *len => values.iter().try_for_each(|value| flatten(value, shape, out)),
        Value::List(values) => Err(format!("a list of {} beside one of {len}", values.len())),
        other => Err(no_list(other)),
    }
}

fn no_list(found: &Value) -> String {
    format!("no list where one is expected, but {}", found.kind())
}

fn of_dtype(shape: Vec<usize>, elements: &[&Value], dtype: Dtype) -> std::result::Result<DynArray, String> {
    let array = match Kind::of(dtype) {
        Kind::Bool => DynArray::from_vec(shape, all(elements, Value::as_bool)?),
        Kind::Int => DynArray::from_vec(shape, all(elements, Value::as_i64)?),
        Kind::UInt => DynArray::from_vec(shape, all(elements, Value::as_u64)?),
        Kind::Float => DynArray::from_vec(shape, all(elements, Value::as_f64)?),
        Kind::Other => return Err("lists, which have no such elements".to_owned()),
    };
    array.and_then(|array| array.cast(dtype)).map_err(|error| format!("lists of others: {error}"))
}

fn all<T>(elements: &[&Value], of: impl Fn(&Value) -> Option<T>) -> std::result::Result<Vec<T>, String> {
    let of = |(index, value): (usize, &&Value)| {
        of(value).ok_or_else(|| match text::print(value) {
            Some(text) => format!("{} as element {index}", text.chars().take(MAX_SHOWN).collect::<String>()),
            None => format!("{} as element {index}", value.kind()),
        })
    };
    elements.iter().enumerate().map(of).collect()
}

/// The elements as the widest of their kind.
fn elements<T: Element + Into<Value>>(array: &DynArray, wide: Dtype) -> Option<Vec<Value>> {
    let array = array.cast(wide).ok()?.to_array::<T, IxDyn>().ok()?;
    Some(array.into_iter().map(Into::into).collect())
}

/// The lists of elements in order.
fn nested(shape: &[usize], elements: &[Value]) -> Value {
    match shape.split_first() {
        None => elements.first().cloned().unwrap_or(Value::Nil),
        Some((_, [])) => Value::List(elements.to_vec()),
        Some((0, _)) => Value::List(Vec::new()),
        Some((len, shape)) if elements.is_empty() => Value::List(vec![nested(shape, elements); *len]),
        Some((len, shape)) => {
            Value::List(elements.chunks(elements.len() / len).map(|row| nested(shape, row)).collect())
        }
    }
}
