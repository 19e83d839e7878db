//! Gathering: the values of a field, sample by sample, as one column.

use atdata_schema::Dtype;
use ndarray::{Array, Array1, Dimension};

use super::error::ColumnError;
use super::uneven::{Optional, Ragged};
use crate::array::{ArrayError, ArrayHead, Cut, Descr, DynArray, Element, Order, RawArray, extend_cast};
use crate::error::{Result, push, room};
use crate::sample::{Cursor, DecodeError, PackField, describe};

/// What a sample has of the field.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    Missing,
    /// A value, as msgpack writes it.
    Value(&'a [u8]),
    Array(ArrayPart<'a>),
}

/// The wanted part of an array: elements from the first one of the cut's hull on.
#[derive(Debug, Clone, Copy)]
pub struct ArrayPart<'a> {
    pub(super) head: &'a ArrayHead,
    pub(super) cut: &'a Cut,
    pub(super) elements: &'a [u8],
}

impl Cell<'_> {
    fn is_null(&self) -> bool {
        matches!(self, Self::Missing | Self::Value([0xc0, ..]))
    }

    /// What it is instead of an array.
    fn found(&self) -> &'static str {
        match self {
            Self::Missing => "nothing",
            Self::Value(bytes) => bytes.first().map_or("nothing", |marker| describe(*marker)),
            Self::Array(_) => "an array",
        }
    }
}

impl ArrayPart<'_> {
    fn shape(&self) -> &[usize] {
        &self.cut.shape
    }

    /// Tells the bytes of the part, in C order.
    fn each(&self, then: &mut dyn FnMut(&[u8])) {
        let size = self.head.descr.item_size();
        let from = if self.head.is_fortran { 0 } else { self.cut.hull().start };
        self.cut.each_run(&mut |at, count| {
            let start = (at - from) * size;
            then(self.elements.get(start..start + count * size).unwrap_or_default());
        });
    }

    /// The same, where the first dimension runs fastest as well.
    fn in_c_order(&self, then: &mut dyn FnMut(&[u8])) -> Result<()> {
        if !self.head.is_fortran {
            self.each(then);
            return Ok(());
        }
        let mut elements = crate::error::buffer(self.elements.len())?;
        RawArray::of_parts_in_fortran(self.head.descr.clone(), &self.head.shape, self.elements).extend(&mut elements);
        ArrayPart { elements: &elements, ..*self }.each(then);
        Ok(())
    }
}

/// What a column is made by.
pub trait Gather: Sized {
    /// The column.
    type Out;
    /// Whether bytes are arrays.
    const IS_ARRAY: bool;

    /// For so many samples; arrays of other dtypes are converted if that is asked for.
    fn new(rows: usize, cast: bool) -> Self;

    /// The next sample's.
    fn push(&mut self, cell: &Cell<'_>) -> Result<()>;

    /// The next sample has none.
    fn push_null(&mut self) -> Result<()>;

    fn finish(self) -> Result<Self::Out>;
}

/// Appends the elements of an array as `T`.
fn extend<T: Element>(out: &mut Vec<T>, part: &ArrayPart<'_>, cast: bool) -> Result<()> {
    let descr = &part.head.descr;
    match *descr {
        Descr::Plain(dtype, order) if dtype == T::DTYPE => {
            room(out, part.cut.len())?;
            part.in_c_order(&mut |bytes| T::extend_from_wire(out, bytes, order))
        }
        _ if cast => {
            let mut bytes = crate::error::buffer(part.cut.len() * descr.item_size())?;
            part.in_c_order(&mut |run| bytes.extend_from_slice(run))?;
            Ok(extend_cast(out, &RawArray::of_parts(descr.clone(), part.shape(), &bytes))?)
        }
        _ => {
            let hint = matches!(descr, Descr::Plain(..)).then_some(" (`Column::cast` converts)");
            Err(ArrayError::WrongDtype { expected: T::DTYPE, found: descr.to_string(), hint }.into())
        }
    }
}

/// The array of a cell, of the rank that is asked for.
fn array<'c, D: Dimension>(cell: &'c Cell<'_>) -> Result<&'c ArrayPart<'c>> {
    let Cell::Array(part) = cell else { return Err(no_array(cell)) };
    match D::NDIM {
        Some(expected) if expected != part.shape().len() => {
            Err(ArrayError::WrongRank { expected, found: part.shape().to_vec() }.into())
        }
        _ => Ok(part),
    }
}

#[cold]
fn no_array(cell: &Cell<'_>) -> crate::error::Error {
    if cell.is_null() {
        return ColumnError::Null.into();
    }
    DecodeError::WrongType { expected: "an array", found: cell.found() }.into()
}

/// The shape that all rows have.
#[derive(Debug, Default)]
struct Shape {
    /// Once there was a row.
    row: Option<Vec<usize>>,
    rows: usize,
    /// Rows before the first one, which are zeros.
    pending: usize,
    expected: usize,
}

impl Shape {
    fn of(expected: usize) -> Self {
        Self { expected, ..Self::default() }
    }

    /// Counts a row; how many rows of zeros come before it, if it is the first.
    fn add(&mut self, shape: &[usize]) -> Result<Option<usize>> {
        self.rows += 1;
        match &self.row {
            Some(row) if row == shape => Ok(None),
            Some(row) => Err(ColumnError::Ragged { expected: row.clone(), found: shape.to_vec() }.into()),
            None => {
                self.row = Some(shape.to_vec());
                Ok(Some(std::mem::take(&mut self.pending)))
            }
        }
    }

    /// Elements of a row.
    fn len(&self) -> usize {
        self.row.as_ref().map_or(0, |row| row.iter().product())
    }

    /// Elements that all rows have, if memory may hold them.
    fn all(&self, item_size: usize) -> Result<usize> {
        let bytes = self.len().checked_mul(self.expected).and_then(|len| len.checked_mul(item_size));
        let fits = bytes.is_some_and(|bytes| isize::try_from(bytes).is_ok());
        if fits { Ok(self.len() * self.expected) } else { Err(ColumnError::Overflow.into()) }
    }

    /// A row without values; how many elements it has, once that is known.
    fn add_null(&mut self) -> usize {
        self.rows += 1;
        self.pending += usize::from(self.row.is_none());
        self.len()
    }

    /// Sizes of all, the samples first.
    fn whole<D: Dimension>(&self, ndim: Option<usize>) -> D {
        let row = self.row.clone().unwrap_or_else(|| vec![0; ndim.unwrap_or(0)]);
        let mut whole = D::zeros(row.len() + 1);
        let sizes = std::iter::once(self.rows).chain(row);
        whole.slice_mut().iter_mut().zip(sizes).for_each(|(size, own)| *size = own);
        whole
    }
}

/// See [`ColumnValue`](super::ColumnValue) for arrays.
#[derive(Debug)]
pub struct Arrays<T, D> {
    out: Vec<T>,
    shape: Shape,
    cast: bool,
    of: std::marker::PhantomData<fn() -> D>,
}

impl<T: Element, D: Dimension> Gather for Arrays<T, D> {
    type Out = Array<T, D::Larger>;
    const IS_ARRAY: bool = true;

    fn new(rows: usize, cast: bool) -> Self {
        Self { out: Vec::new(), shape: Shape::of(rows), cast, of: std::marker::PhantomData }
    }

    fn push(&mut self, cell: &Cell<'_>) -> Result<()> {
        let part = array::<D>(cell)?;
        if let Some(before) = self.shape.add(part.shape())? {
            // Each row is in a shard, whose size is known: this is none that only a header claims.
            room(&mut self.out, self.shape.all(size_of::<T>())?)?;
            self.out.resize(before * self.shape.len(), T::default());
        }
        extend(&mut self.out, part, self.cast)
    }

    fn push_null(&mut self) -> Result<()> {
        let len = self.shape.add_null();
        room(&mut self.out, len)?;
        self.out.resize(self.out.len() + len, T::default());
        Ok(())
    }

    fn finish(self) -> Result<Self::Out> {
        let (shape, mut out) = (self.shape.whole::<D::Larger>(D::NDIM), self.out);
        // Of nulls alone nothing is known but their number: with a rank of 0, or none that is known, each is one element.
        if self.shape.row.is_none() {
            room(&mut out, shape.size())?;
            out.resize(shape.size(), T::default());
        }
        Array::from_shape_vec(shape, out).map_err(|_| ColumnError::Overflow.into())
    }
}

/// See [`Ragged`].
#[derive(Debug)]
pub struct Several<T, D: Dimension> {
    out: Ragged<T, D>,
    /// Rows without an array.
    nulls: Vec<usize>,
    cast: bool,
}

impl<T: Element, D: Dimension> Gather for Several<T, D> {
    type Out = Ragged<T, D>;
    const IS_ARRAY: bool = true;

    fn new(_: usize, cast: bool) -> Self {
        Self { out: Ragged::new(), nulls: Vec::new(), cast }
    }

    fn push(&mut self, cell: &Cell<'_>) -> Result<()> {
        let part = array::<D>(cell)?;
        extend(self.out.values_mut(), part, self.cast)?;
        let mut shape = D::zeros(part.shape().len());
        shape.slice_mut().copy_from_slice(part.shape());
        self.out.end_row(shape);
        Ok(())
    }

    fn push_null(&mut self) -> Result<()> {
        push(&mut self.nulls, self.out.len())?;
        // An array of rank 0 has an element.
        if D::NDIM == Some(0) {
            push(self.out.values_mut(), T::default())?;
        }
        self.out.end_row(D::zeros(D::NDIM.unwrap_or(1)));
        Ok(())
    }

    fn finish(mut self) -> Result<Self::Out> {
        self.out.fit_nulls(&self.nulls);
        Ok(self.out)
    }
}

/// See [`ColumnValue`](super::ColumnValue) for [`DynArray`].
#[derive(Debug)]
pub struct Untyped {
    out: Vec<u8>,
    descr: Option<Descr<'static>>,
    /// What the rows are, where they are no arrays.
    kind: Option<&'static str>,
    shape: Shape,
}

impl Untyped {
    fn begin_row(&mut self, descr: &Descr<'static>, kind: &'static str, shape: &[usize]) -> Result<()> {
        if let Some(expected) = self.kind.filter(|expected| *expected != kind) {
            return Err(ColumnError::Mixed { expected, found: kind }.into());
        }
        match &self.descr {
            Some(expected) if expected != descr => {
                let (expected, found) = (expected.wire_name().into_owned(), descr.wire_name().into_owned());
                return Err(ColumnError::MixedDtypes { expected, found }.into());
            }
            Some(_) => {}
            None => (self.descr, self.kind) = (Some(descr.clone()), Some(kind)),
        }
        if let Some(before) = self.shape.add(shape)? {
            let size = descr.item_size();
            room(&mut self.out, self.shape.all(size)? * size)?;
            self.out.resize(before * self.shape.len() * size, 0);
        }
        Ok(())
    }

    fn scalar(&mut self, bytes: &[u8]) -> Result<()> {
        let mut cursor = Cursor::new(bytes);
        let found = bytes.first().map_or("nothing", |marker| describe(*marker));
        let plain = |dtype| Descr::Plain(dtype, Order::Little);
        match found {
            "a float" => {
                let value = cursor.read_f64()?;
                self.begin_row(&plain(Dtype::Float64), found, &[])?;
                self.out.extend_from_slice(&value.to_le_bytes());
            }
            "an integer" => {
                let value = cursor.read_i64()?;
                self.begin_row(&plain(Dtype::Int64), found, &[])?;
                self.out.extend_from_slice(&value.to_le_bytes());
            }
            "a boolean" => {
                let value = cursor.read_bool()?;
                self.begin_row(&plain(Dtype::Bool), found, &[])?;
                self.out.push(value.into());
            }
            "null" => return Err(ColumnError::Null.into()),
            found => return Err(ColumnError::NoArray { found }.into()),
        }
        Ok(())
    }
}

impl Gather for Untyped {
    type Out = DynArray;
    const IS_ARRAY: bool = true;

    fn new(rows: usize, _: bool) -> Self {
        Self { out: Vec::new(), descr: None, kind: None, shape: Shape::of(rows) }
    }

    fn push(&mut self, cell: &Cell<'_>) -> Result<()> {
        match cell {
            Cell::Missing => Err(ColumnError::Null.into()),
            Cell::Value(bytes) => self.scalar(bytes),
            Cell::Array(part) => {
                self.begin_row(&part.head.descr, "an array", part.shape())?;
                room(&mut self.out, part.cut.len() * part.head.descr.item_size())?;
                part.in_c_order(&mut |bytes| self.out.extend_from_slice(bytes))
            }
        }
    }

    fn push_null(&mut self) -> Result<()> {
        let len = self.shape.add_null() * self.descr.as_ref().map_or(0, Descr::item_size);
        room(&mut self.out, len)?;
        self.out.resize(self.out.len() + len, 0);
        Ok(())
    }

    fn finish(self) -> Result<DynArray> {
        let shape: ndarray::IxDyn = self.shape.whole(None);
        let descr = self.descr.unwrap_or(Descr::Plain(Dtype::Float64, Order::Little));
        // Of nulls alone nothing is known but their number.
        let mut out = self.out;
        if self.shape.row.is_none() {
            out.resize(self.shape.rows * descr.item_size(), 0);
        }
        Ok(DynArray::from_parts(descr, shape.as_array_view().to_vec(), out))
    }
}

/// Values as their type reads them.
#[derive(Debug)]
pub struct Rows<V> {
    out: Vec<V>,
}

impl<V: PackField + Default> Gather for Rows<V> {
    type Out = Vec<V>;
    const IS_ARRAY: bool = false;

    fn new(_: usize, _: bool) -> Self {
        Self { out: Vec::new() }
    }

    fn push(&mut self, cell: &Cell<'_>) -> Result<()> {
        let Cell::Value(bytes) = cell else { return Err(ColumnError::Null.into()) };
        let value = V::read(&mut Cursor::new(bytes)).map_err(|error| {
            // Why, and not that null is no number.
            if cell.is_null() { ColumnError::Null.into() } else { error }
        })?;
        Ok(push(&mut self.out, value)?)
    }

    fn push_null(&mut self) -> Result<()> {
        Ok(push(&mut self.out, V::default())?)
    }

    fn finish(self) -> Result<Vec<V>> {
        Ok(self.out)
    }
}

/// The same, of numbers and booleans.
#[derive(Debug)]
pub struct Scalars<T> {
    rows: Rows<T>,
}

impl<T: PackField + Default> Gather for Scalars<T> {
    type Out = Array1<T>;
    const IS_ARRAY: bool = false;

    fn new(rows: usize, cast: bool) -> Self {
        Self { rows: Rows::new(rows, cast) }
    }

    fn push(&mut self, cell: &Cell<'_>) -> Result<()> {
        self.rows.push(cell)
    }

    fn push_null(&mut self) -> Result<()> {
        self.rows.push_null()
    }

    fn finish(self) -> Result<Array1<T>> {
        self.rows.finish().map(Array1::from)
    }
}

/// What may be null, with a mask.
#[derive(Debug)]
pub struct Masked<G> {
    inner: G,
    mask: Vec<bool>,
}

impl<G: Gather> Gather for Masked<G> {
    type Out = Optional<G::Out>;
    const IS_ARRAY: bool = G::IS_ARRAY;

    fn new(rows: usize, cast: bool) -> Self {
        Self { inner: G::new(rows, cast), mask: Vec::new() }
    }

    fn push(&mut self, cell: &Cell<'_>) -> Result<()> {
        if cell.is_null() {
            return self.push_null();
        }
        push(&mut self.mask, true)?;
        self.inner.push(cell)
    }

    fn push_null(&mut self) -> Result<()> {
        push(&mut self.mask, false)?;
        self.inner.push_null()
    }

    fn finish(self) -> Result<Self::Out> {
        Ok(Optional { values: self.inner.finish()?, mask: self.mask.into() })
    }
}
