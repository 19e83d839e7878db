//! Array columns: the arrays of many samples, stacked on a new first axis.

use atdata_schema::Dtype;
use ndarray::{Array, Dimension};

use crate::array::{
    ArrayError, ArraySpec, Descr, DynArray, Element, Order, RawArray, byte_len, check_shape, decode_into, dimension,
};
use crate::error::{Result, room};
use crate::raw;
use crate::sample::cursor::FarBytes;
use crate::sample::{Column, Cursor, read_from_file, read_raw};

/// How much a column reserves for rows that it only expects: what one batch of a training loop may well need, and what
/// a mistaken batch size cannot blow up.
const RESERVE_LIMIT: usize = 256 << 20;

/// Arrays of one dtype and shape, gathered in one tensor: each is copied once, from the sample's bytes to its place.
#[derive(Debug, Clone)]
pub struct TensorColumn<T, D> {
    data: Vec<T>,
    /// Shape of one row, known from the first.
    dim: Option<D>,
    rows: usize,
    expected_rows: usize,
}

impl<T: Element, D: Dimension> TensorColumn<T, D> {
    /// Makes sure that a row of `dim` stacks on the rows before it.
    fn accept(&mut self, dim: D) -> Result<()> {
        match &self.dim {
            Some(expected) if *expected == dim => Ok(room(&mut self.data, dim.size())?),
            Some(expected) => {
                let (expected, found) = (expected.slice().to_vec(), dim.slice().to_vec());
                Err(ArrayError::Ragged { row: self.rows, expected, found }.into())
            }
            None => {
                let row_bytes = dim.size().saturating_mul(size_of::<T>()).max(1);
                let rows = self.expected_rows.min((RESERVE_LIMIT / row_bytes).max(1));
                // For the rows behind the first one that is a guess: each makes its own room as well.
                let _ = self.data.try_reserve(rows.saturating_mul(dim.size()));
                room(&mut self.data, dim.size())?;
                self.dim = Some(dim);
                Ok(())
            }
        }
    }

    fn row_len(&self) -> usize {
        self.dim.as_ref().map_or(0, Dimension::size)
    }

    /// Appends a row of `dim` that `write` writes to its place, which holds `blank` before.
    #[cfg(feature = "image")]
    pub(crate) fn fill(&mut self, dim: D, blank: T, write: impl FnOnce(&mut [T]) -> Result<()>) -> Result<()> {
        let (start, len) = (self.data.len(), dim.size());
        self.accept(dim)?;
        self.data.resize(start + len, blank);
        write(self.data.get_mut(start..).unwrap_or_default())?;
        self.rows += 1;
        Ok(())
    }
}

impl<T: Element, D: Dimension> Column for TensorColumn<T, D> {
    type Value = Array<T, D>;
    type Out = Array<T, D::Larger>;

    fn with_capacity(rows: usize) -> Self {
        Self { data: Vec::new(), dim: None, rows: 0, expected_rows: rows }
    }

    fn reuse(out: Self::Out, rows: usize) -> Self {
        let (mut data, _) = out.into_raw_vec_and_offset();
        data.clear();
        Self { data, ..Self::with_capacity(rows) }
    }

    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        let spec = cursor.spec();
        let is_read = read_from_file(cursor, spec, |dim| {
            self.accept(dim)?;
            Ok(&mut self.data)
        })?;
        if !is_read {
            let raw = read_raw(cursor)?;
            self.accept(dimension(&raw, spec)?)?;
            decode_into(&mut self.data, &raw, spec)?;
        }
        self.rows += 1;
        Ok(())
    }

    fn push(&mut self, value: Self::Value) -> Result<()> {
        self.accept(value.raw_dim())?;
        match value.as_slice() {
            Some(values) => self.data.extend_from_slice(values),
            None => self.data.extend(value.iter().copied()),
        }
        self.rows += 1;
        Ok(())
    }

    fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
        self.data.truncate(self.rows * self.row_len());
        if self.rows == 0 {
            // The row that set the shape is gone; the next one may have another.
            self.dim = None;
        }
    }

    /// The shape is that of a row with the number of rows before it; a batch without rows has sizes of zero.
    fn finish(self) -> Result<Self::Out> {
        let row = self.dim.unwrap_or_else(|| D::zeros(D::NDIM.unwrap_or(0)));
        let mut dim = D::Larger::zeros(row.ndim() + 1);
        let sizes = std::iter::once(self.rows).chain(row.slice().iter().copied());
        for (axis, size) in dim.slice_mut().iter_mut().zip(sizes) {
            *axis = size;
        }
        Array::from_shape_vec(dim, self.data).map_err(|_| ArrayError::BatchOverflow { rows: self.rows }.into())
    }

    fn len(out: &Self::Out) -> usize {
        out.shape().first().copied().unwrap_or(0)
    }

    fn row(out: &Self::Out, index: usize) -> Option<Self::Value> {
        stacked_row(out, index)
    }
}

/// Row `index` of a stacked tensor, as an array of the rows' own rank.
fn stacked_row<T: Element, D: Dimension>(stacked: &Array<T, D::Larger>, index: usize) -> Option<Array<T, D>> {
    let (&rows, sizes) = stacked.shape().split_first()?;
    if index >= rows {
        return None;
    }
    // Where rows have more than five dimensions the tensor's rank is dynamic, and its field is open to any.
    if D::NDIM.is_some_and(|ndim| ndim != sizes.len()) {
        return None;
    }
    let mut dim = D::zeros(sizes.len());
    for (axis, &size) in dim.slice_mut().iter_mut().zip(sizes) {
        *axis = size;
    }
    let len = dim.size();
    let data = match stacked.as_slice() {
        Some(values) => values.get(index * len..(index + 1) * len)?.to_vec(),
        None => stacked.iter().skip(index * len).take(len).copied().collect(),
    };
    Array::from_shape_vec(dim, data).ok()
}

/// Arrays of a dtype and shape that the first row decides, gathered in one tensor: little-endian, but for dtypes that Rust
/// has no type for, which must agree in byte order and keep it.
#[derive(Debug, Clone, Default)]
pub struct DynColumn {
    data: Vec<u8>,
    first: Option<(Descr<'static>, Vec<usize>)>,
    rows: usize,
    expected_rows: usize,
}

impl DynColumn {
    /// Reads an array whose data is still in a file, with no other copy of it between; false if it cannot be read so.
    #[cold]
    fn read_far<'a>(&mut self, cursor: &mut Cursor<'a>, bytes: &FarBytes<'a>) -> Result<bool> {
        let Some((raw, start)) = RawArray::parse_begin(bytes.begin, bytes.len) else { return Ok(false) };
        if matches!(raw.descr, Descr::Plain(_, Order::Big)) {
            return Ok(false);
        }
        check_spec(&raw, cursor.spec())?;
        self.accept(&raw, bytes.len - start)?;
        cursor.take_far_bytes(bytes, start, |file, at, len| raw::read_plain(file, at, &mut self.data, len))?;
        self.rows += 1;
        Ok(true)
    }

    fn append(&mut self, raw: &RawArray<'_>) -> Result<()> {
        self.accept(raw, raw.byte_len())?;
        match raw.descr {
            Descr::Plain(dtype, Order::Big) => extend_swapped(&mut self.data, &raw.data()?, dtype),
            _ => raw.extend(&mut self.data),
        }
        self.rows += 1;
        Ok(())
    }

    /// Makes sure that a row of so many bytes stacks on the rows before it.
    fn accept(&mut self, raw: &RawArray<'_>, row_bytes: usize) -> Result<()> {
        let row = self.rows;
        match &self.first {
            None => {
                // A guess; each row makes its own room as well.
                let _ = self.data.try_reserve(self.expected_rows.saturating_mul(row_bytes).min(RESERVE_LIMIT));
                room(&mut self.data, row_bytes)?;
                let descr = match raw.descr.clone() {
                    Descr::Plain(dtype, _) => Descr::Plain(dtype, Order::Little),
                    descr => descr.into_owned(),
                };
                self.first = Some((descr, raw.shape().collect()));
                Ok(())
            }
            Some((expected, _)) if !stack_alike(expected, &raw.descr) => {
                let (expected, found) = (expected.to_string(), raw.descr.to_string());
                Err(ArrayError::MixedDtypes { row, expected, found }.into())
            }
            Some((_, shape)) if !raw.shape().eq(shape.iter().copied()) => {
                Err(ArrayError::Ragged { row, expected: shape.clone(), found: raw.shape().collect() }.into())
            }
            Some(_) => Ok(room(&mut self.data, row_bytes)?),
        }
    }
}

impl Column for DynColumn {
    type Value = DynArray;
    type Out = DynArray;

    fn with_capacity(rows: usize) -> Self {
        Self { expected_rows: rows, ..Self::default() }
    }

    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        if let Some(bytes) = cursor.far_bytes()
            && self.read_far(cursor, &bytes)?
        {
            return Ok(());
        }
        let raw = read_raw(cursor)?;
        check_spec(&raw, cursor.spec())?;
        self.append(&raw)
    }

    fn push(&mut self, value: DynArray) -> Result<()> {
        self.append(&value.as_raw())
    }

    fn truncate(&mut self, rows: usize) {
        if rows < self.rows {
            self.data.truncate(self.data.len() / self.rows * rows);
            self.rows = rows;
        }
        if self.rows == 0 {
            self.data.clear();
            self.first = None;
        }
    }

    /// A batch without rows has no dtype to go by: it is an empty array of bytes.
    fn finish(self) -> Result<DynArray> {
        let (descr, row) = self.first.unwrap_or((Descr::Plain(Dtype::UInt8, Order::Little), Vec::new()));
        let shape: Vec<_> = std::iter::once(self.rows).chain(row).collect();
        if byte_len(&shape, descr.item_size()).is_none() {
            return Err(ArrayError::BatchOverflow { rows: self.rows }.into());
        }
        Ok(DynArray::from_parts(descr, shape, self.data))
    }

    fn len(out: &DynArray) -> usize {
        out.shape().first().copied().unwrap_or(0)
    }

    fn row(out: &DynArray, index: usize) -> Option<DynArray> {
        out.row(index)
    }
}

fn check_spec(raw: &RawArray<'_>, spec: ArraySpec) -> Result<()> {
    spec.shape.map_or(Ok(()), |shape| check_shape(raw.shape(), shape))
}

/// Whether elements of both dtypes stack: byte order is turned where Rust has a type for the dtype.
fn stack_alike(one: &Descr<'_>, other: &Descr<'_>) -> bool {
    match (one, other) {
        (Descr::Plain(one, _), Descr::Plain(other, _)) => one == other,
        _ => one == other,
    }
}

/// Appends big-endian elements as little-endian ones; a complex number is two of them.
fn extend_swapped(out: &mut Vec<u8>, data: &[u8], dtype: Dtype) {
    let part = match dtype {
        Dtype::Complex64 | Dtype::Complex128 => dtype.size() / 2,
        _ => dtype.size(),
    };
    for bytes in data.chunks_exact(part) {
        out.extend(bytes.iter().rev());
    }
}

impl DynArray {
    /// Arrays of one dtype and shape, stacked on a new first axis: little-endian, but for dtypes that Rust has no type
    /// for, whose byte order stays.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if dtypes or shapes differ.
    pub fn stack<'a>(arrays: impl IntoIterator<Item = &'a Self>) -> Result<Self> {
        let arrays = arrays.into_iter();
        let mut column = DynColumn::with_capacity(arrays.size_hint().0);
        for array in arrays {
            column.push(array.clone())?;
        }
        column.finish()
    }
}
