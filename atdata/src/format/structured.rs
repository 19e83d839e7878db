//! Structured arrays, whose elements are records of named fields.

use std::collections::HashSet;
use std::fmt::{self, Write};

use atdata_schema::{ArrayType, FieldType};
use bytes::Bytes;

use super::error::names;
use super::{FormatError, encoded_field};
use crate::array::{
    ArrayError, ArraySpec, Descr, DynArray, Member, NPY_MAGIC, RawArray, byte_len, check_shape, npy_members, write_npy,
};
use crate::error::{Cause, ErrorKind, Printable, Result, buffer};

/// A numpy structured array: an `.npy` file whose elements have named fields.
///
/// Each field is a [`DynArray`] of the array's shape, with the sizes of the field's own array behind it.
///
/// ```
/// use atdata::{DynArray, Packable};
/// use atdata::format::Structured;
/// use ndarray::{Array1, Array2, array};
///
/// #[derive(Packable, Debug, Clone, PartialEq)]
/// struct Tracks {
///     points: Structured,
/// }
///
/// let time = DynArray::from_array(&array![0_i64, 40]);
/// let position = DynArray::from_array(&array![[0.5_f32, 1.5], [0.75, 1.25]]);
/// let points = Structured::from_fields(&[2], [("time", &time), ("position", &position)])?;
/// assert_eq!(points.shape()?, [2]);
///
/// let tracks = Tracks::unpack(&Tracks { points }.pack())?;
/// let position: Array2<f32> = tracks.points.field("position")?.to_array()?;
/// assert_eq!(position[[1, 0]], 0.75);
/// assert_eq!(Tracks::SCHEMA.to_string(), "Tracks@1.0.0 { points: structured<any> }");
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Structured {
    bytes: Bytes,
}

const EXPECTED: &str = "a structured array (an npy file)";

encoded_field!(Structured, FieldType::Structured(ArrayType::new(None, None)), EXPECTED);

/// What is known of one field of a [`Structured`] array.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StructuredField {
    /// Name of the field; padding has the empty one.
    pub name: String,
    /// Element type and byte order as numpy writes them: `<f4`, `|S2`, `[('a', '<i4')]`.
    pub typestr: String,
    /// Sizes of the array that each element has in this field; none for a single value.
    pub shape: Vec<usize>,
}

impl Structured {
    fn fits(bytes: &[u8], spec: ArraySpec) -> Result<()> {
        let raw = parse(bytes)?;
        spec.shape.map_or(Ok(()), |shape| check_shape(raw.shape(), shape))
    }

    /// Sizes of the dimensions.
    pub fn shape(&self) -> Result<Vec<usize>> {
        Ok(parse(&self.bytes)?.shape().collect())
    }

    /// The fields, in the order of their bytes, padding included.
    pub fn fields(&self) -> Result<Vec<StructuredField>> {
        let raw = parse(&self.bytes)?;
        let field = |member: Member<'_>| StructuredField {
            name: member.name.into_owned(),
            typestr: member.descr.map_or_else(|| "|V0".to_owned(), |descr| descr.wire_name().into_owned()),
            shape: member.shape,
        };
        Ok(npy_members(literal(&raw))?.into_iter().map(field).collect())
    }

    /// The values of one field: an array of the structured array's shape and, behind it, of the field's own.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such field.
    pub fn field(&self, name: &str) -> Result<DynArray> {
        let raw = parse(&self.bytes)?;
        let mut start = 0;
        let mut present = Vec::new();
        for member in npy_members(literal(&raw))? {
            // Padding has no name.
            if member.name == name && !name.is_empty() {
                return column(&raw, member, start);
            }
            start += member.size;
            present.push(member.name.into_owned());
        }
        present.retain(|name| !name.is_empty());
        Err(StructuredError::NoField { name: name.to_owned(), present }.into())
    }

    /// A structured array of its fields: each begins with the sizes of `shape`, and what it has behind them is an array in
    /// each element.
    ///
    /// ```
    /// use atdata::DynArray;
    /// use atdata::format::Structured;
    /// use ndarray::array;
    ///
    /// let id = DynArray::from_array(&array![7_u8, 8]);
    /// let at = DynArray::from_array(&array![[1.0], [2.0]]);
    /// let array = Structured::from_fields(&[2], [("id", &id), ("at", &at)])?;
    /// assert_eq!(array.to_array()?.typestr(), "[('id', '|u1'), ('at', '<f8', (1,))]");
    /// assert!(Structured::from_fields(&[2, 1], [("id", &id), ("at", &at)]).is_err());
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a field of another shape, a name that is empty, there twice or
    /// not to be written, and no fields.
    pub fn from_fields<'a>(shape: &[usize], fields: impl IntoIterator<Item = (&'a str, &'a DynArray)>) -> Result<Self> {
        let fields: Vec<(&str, &DynArray)> = fields.into_iter().collect();
        let literal = literal_of(shape, &fields)?;
        // Too large for memory all together, though none is by itself.
        let sizes = fields.iter().map(|(_, array)| inner_size(array, shape.len()));
        let record = sizes.clone().try_fold(0_usize, usize::checked_add).ok_or(ArrayError::Overflow)?;
        if record == 0 {
            return Err(StructuredError::NoFields.into());
        }
        let mut data = vec![0; byte_len(shape, record).ok_or(ArrayError::Overflow)?];
        let mut start = 0;
        for (size, (_, array)) in sizes.zip(&fields) {
            if size > 0 {
                for (record, value) in data.chunks_exact_mut(record).zip(array.data().chunks_exact(size)) {
                    if let Some(place) = record.get_mut(start..start + size) {
                        place.copy_from_slice(value);
                    }
                }
            }
            start += size;
        }
        let mut bytes = Vec::with_capacity(data.len() + literal.len() + 256);
        write_npy(&literal, shape, &data, &mut bytes);
        Self::from_bytes(bytes)
    }

    /// A structured array from one whose dtype is known at run time only.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if its elements have no named fields.
    pub fn from_array(array: &DynArray) -> Result<Self> {
        match array.as_raw().descr {
            Descr::Structured { .. } => Self::from_bytes(array.to_bytes()),
            descr => Err(StructuredError::NotStructured { found: descr.to_string() }.into()),
        }
    }

    /// The array as one whose dtype is known at run time only.
    pub fn to_array(&self) -> Result<DynArray> {
        DynArray::from_shared(&self.bytes)
    }
}

/// `structured<[('a', '<i4')], [2]>`
impl fmt::Debug for Structured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match parse(&self.bytes) {
            Ok(raw) => write!(f, "structured<{}, {:?}>", literal(&raw), raw.shape().collect::<Vec<_>>()),
            Err(_) => write!(f, "structured<{} bytes>", self.bytes.len()),
        }
    }
}

/// The array, whose dtype is a structured one.
fn parse(bytes: &[u8]) -> Result<RawArray<'_>> {
    if !bytes.starts_with(NPY_MAGIC) {
        return Err(FormatError::other(EXPECTED, bytes).into());
    }
    let raw = RawArray::parse(bytes)?;
    match &raw.descr {
        Descr::Structured { .. } => Ok(raw),
        descr => Err(StructuredError::NotStructured { found: descr.to_string() }.into()),
    }
}

/// The literal of its dtype.
fn literal<'a>(raw: &'a RawArray<'_>) -> &'a str {
    match &raw.descr {
        Descr::Structured { literal, .. } => literal,
        _ => "",
    }
}

/// The values of the field whose bytes begin at `start` of each element.
fn column(raw: &RawArray<'_>, member: Member<'_>, start: usize) -> Result<DynArray> {
    let Some(descr) = member.descr else {
        return Err(StructuredError::EmptyField { name: member.name.into_owned() }.into());
    };
    let elements = raw.data()?;
    let elements = elements.chunks_exact(raw.descr.item_size().max(1));
    let mut data = buffer(elements.len().saturating_mul(member.size))?;
    for element in elements {
        data.extend_from_slice(element.get(start..start + member.size).unwrap_or_default());
    }
    let shape = raw.shape().chain(member.shape).collect();
    Ok(DynArray::from_parts(descr.into_owned(), shape, data))
}

/// Bytes that one element of the structured array has of a field.
fn inner_size(array: &DynArray, ndim: usize) -> usize {
    array.shape().iter().skip(ndim).fold(array.item_size(), |size, &axis| size.saturating_mul(axis))
}

/// `[('a', '<i4'), ('b', '|u1', (2,))]`, as numpy prints it.
fn literal_of(shape: &[usize], fields: &[(&str, &DynArray)]) -> Result<String> {
    let mut literal = "[".to_owned();
    let mut names = HashSet::new();
    for (i, (name, array)) in fields.iter().enumerate() {
        let Some(inner) = array.shape().strip_prefix(shape) else {
            let (expected, found) = (shape.to_vec(), array.shape().to_vec());
            return Err(StructuredError::FieldShape { name: (*name).to_owned(), expected, found }.into());
        };
        let quoted = quoted(name, names.insert(*name))?;
        let typestr = match array.as_raw().descr {
            Descr::Structured { literal, .. } => literal.into_owned(),
            descr => format!("'{}'", descr.wire_name()),
        };
        // Writing to a string does not fail.
        let _ = write!(literal, "{}({quoted}, {typestr}", if i == 0 { "" } else { ", " });
        if !inner.is_empty() {
            let sizes: Vec<_> = inner.iter().map(ToString::to_string).collect();
            let _ = write!(literal, ", ({}{})", sizes.join(", "), if inner.len() == 1 { "," } else { "" });
        }
        literal.push(')');
    }
    literal.push(']');
    Ok(literal)
}

/// A name as Python prints it.
fn quoted(name: &str, new: bool) -> Result<String> {
    let refused = |reason| {
        let of = "a field of a structured array";
        Err(FormatError::Name { name: name.to_owned(), of, reason }.into())
    };
    if name.is_empty() {
        return refused("it is empty");
    }
    if !new {
        return refused("another field has it");
    }
    if name.contains(['\\', '\'']) || name.contains(char::is_control) {
        return refused("it has a quote, a backslash or a control character");
    }
    Ok(format!("'{name}'"))
}

/// What can be wrong with it beside what all [formats](FormatError) have.
#[derive(Debug, thiserror::Error)]
enum StructuredError {
    #[error("expected a structured array, found one of dtype {}", Printable(.found))]
    NotStructured { found: String },
    #[error("the structured array has no field \"{}\"; it has {}", Printable(.name), names(.present))]
    NoField { name: String, present: Vec<String> },
    #[error("the field \"{}\" of the structured array has no bytes", Printable(.name))]
    EmptyField { name: String },
    #[error("field \"{}\" has shape {found:?}, which does not begin with that of the structured array, {expected:?}", Printable(.name))]
    FieldShape { name: String, expected: Vec<usize>, found: Vec<usize> },
    #[error("a structured array needs a field with at least one byte")]
    NoFields,
}

impl Cause for StructuredError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotStructured { .. } => ErrorKind::SchemaMismatch,
            Self::NoField { .. } => ErrorKind::NotFound,
            Self::EmptyField { .. } => ErrorKind::Unsupported,
            Self::FieldShape { .. } | Self::NoFields => ErrorKind::InvalidInput,
        }
    }
}
