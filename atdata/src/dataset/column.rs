//! Columns: one field over all samples, without reading what else is in them.

mod error;
mod gather;
mod read;
#[cfg(feature = "json")]
mod references;
mod scan;
#[cfg(test)]
mod tests;
mod uneven;
mod value;
mod walk;

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, Range, RangeBounds};
use std::sync::Arc;

use ndarray::{Array, Dimension, SliceArg, SliceInfoElem};

use self::error::ColumnError;
use self::gather::Gather;
use self::read::Reader;
#[cfg(feature = "json")]
pub use self::references::References;
use self::scan::Scan;
pub use self::uneven::{Optional, Ragged};
pub use self::value::ColumnValue;
use self::walk::{Pieces, Seen, Stop, Wanted};
use crate::array::{DynArray, Element};
use crate::dataset::catalog::Catalog;
use crate::dataset::{Dataset, Shards};
use crate::error::{Error, ErrorKind, Result};
use crate::query::FieldOf;
use crate::sample::{Packable, SampleLayout};

/// What names a field for [`Dataset::column`]: a function that `#[packable(query)]` writes, which says what its values are, or
/// a text.
pub trait ColumnName<S> {
    /// What the values are.
    type Value: ColumnValue;
    /// The names that lead to it.
    #[doc(hidden)]
    fn names(&self) -> Vec<Box<str>>;
}

impl<S> ColumnName<S> for &str {
    type Value = DynArray;

    fn names(&self) -> Vec<Box<str>> {
        vec![Box::from(*self)]
    }
}

impl<S, T: ColumnValue> ColumnName<S> for FieldOf<S, T> {
    type Value = T;

    fn names(&self) -> Vec<Box<str>> {
        self.path().iter().map(|name| Box::from(*name)).collect()
    }
}

/// Whose field it is.
#[derive(Clone)]
struct Source {
    shards: Shards,
    layout: SampleLayout,
    /// The type of the samples.
    sample: &'static str,
    /// The name of the field, where the type has it.
    field: Option<&'static str>,
    /// The same, of a type without fields of its own; and of those inside of it.
    path: Box<[Box<str>]>,
    /// Reads a sample as its type, which knows fields by other names and has defaults, and packs it again.
    repack: Option<Repack>,
    /// Whether the field has a default.
    has_default: bool,
}

/// Makes of a packed sample another.
type Repack = fn(&[u8]) -> Result<Vec<u8>>;

fn repacked<S: Packable>(payload: &[u8]) -> Result<Vec<u8>> {
    Ok(S::unpack(payload)?.pack())
}

impl Source {
    /// What a sample has that does not have the field under its own name: an alias or a default may stand for it, which its type
    /// knows. `None` of a type that has no fields of its own.
    fn anew(&self, payload: &[u8], wanted: &Wanted) -> Result<Option<(Seen, Pieces)>> {
        let Some(repack) = self.repack else { return Ok(None) };
        let packed = repack(payload)?;
        let (len, mut pieces) = (packed.len(), Pieces::default());
        pieces.push(0, packed.into());
        match walk::find(&pieces, len, wanted) {
            Ok(seen) => Ok(Some((seen, pieces))),
            Err(Stop::Bad(error)) => Err(self.in_field(error)),
            // All of it is here.
            Err(Stop::Need(_)) => Err(ColumnError::Overflow.into()),
        }
    }

    /// Says which field an error is about.
    fn in_field(&self, error: Error) -> Error {
        let inner = self.path.get(usize::from(self.field.is_some())..).unwrap_or_default();
        let error = inner.iter().rev().fold(error, |error, name| error.in_entry(name));
        let error = match self.field {
            Some(field) => error.in_field(field),
            None => error,
        };
        error.in_sample(self.sample)
    }
}

/// One field over all samples of a dataset, of which nothing is read yet: see [`Dataset::column`].
///
/// What is read is held against the contents of the shard as samples are: key, sizes, and the checksum of each header; that
/// of the bytes where all of a member is read. What else is in a sample is not looked at: what is wrong with other fields is no
/// error here, and of a field that a sample has twice the first counts. Only a sample that lacks the field is read whole, as its type
/// does: an alias or a default may stand for it.
pub struct Column<V> {
    source: Arc<Source>,
    wanted: Wanted,
    cast: bool,
    of: PhantomData<fn() -> V>,
}

impl<S: Packable + 'static> Dataset<S> {
    /// One field over all samples: only its bytes are read.
    ///
    /// A field that is named by its function (`Photo::image()`, which `#[packable(query)]` writes) has its dtype and rank from the
    /// type; one that is named by a text is read as a [`DynArray`], and [`column_as`](Self::column_as) says what it is.
    ///
    /// ```
    /// use atdata::{Dataset, Packable};
    /// use ndarray::{Array1, Array2, Array3, s};
    ///
    /// #[derive(Packable)]
    /// #[packable(query)]
    /// struct Cast {
    ///     image: Vec<u8>,
    ///     temperature: Array2<f32>,
    ///     station: i64,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("casts.tar");
    /// # let cast = |n: u8| Cast { image: vec![0; 5000], temperature: Array2::from_elem((50, 168), n.into()), station: n.into() };
    /// # Dataset::write(&path, (0..20).map(cast))?;
    /// let casts = Dataset::<Cast>::open(&path)?;
    /// let temperature = casts.column(Cast::temperature())?;
    /// let all: Array3<f32> = temperature.read()?; // (20, 50, 168)
    /// let top: Array2<f32> = temperature.slice(s![0, ..20]).read_range(5..15)?; // (10, 20)
    /// let stations: Array1<i64> = casts.column(Cast::station())?.read_at(&[7, 3])?;
    /// assert_eq!((all[[3, 0, 0]], top[[0, 0]], stations[0]), (3.0, 5.0, 7));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if the type has no such field, [`Unsupported`](ErrorKind::Unsupported) of a dataset with
    /// stages.
    #[expect(clippy::needless_pass_by_value, reason = "a text, or what a function gives")]
    pub fn column<F: ColumnName<S>>(&self, field: F) -> Result<Column<F::Value>> {
        self.column_of(field.names())
    }

    /// The same of a field that is named by a text, with the type of its values.
    ///
    /// ```
    /// use atdata::{Dataset, DictSample};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("captions.tar");
    /// # Dataset::write(&path, (0..3_i64).map(|n| DictSample::from_iter([("text", format!("caption {n}"))])))?;
    /// let captions = Dataset::<DictSample>::open(&path)?;
    /// assert_eq!(captions.column_as::<String>("text")?.read()?[1], "caption 1");
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// As of [`column`](Self::column).
    pub fn column_as<V: ColumnValue>(&self, field: &str) -> Result<Column<V>> {
        self.column_of(vec![field.into()])
    }

    fn column_of<V: ColumnValue>(&self, path: Vec<Box<str>>) -> Result<Column<V>> {
        if !self.is_plain() {
            return Err(ColumnError::Staged.into());
        }
        let Some(name) = path.first() else { return Err(ColumnError::NoPath.into()) };
        let fields = S::SCHEMA.fields;
        let declared = fields.iter().find(|field| *field.name == **name);
        let field = declared.map(|field| field.name);
        if field.is_none() && !fields.is_empty() {
            let known = fields.iter().map(|field| format!("\"{}\"", field.name)).collect::<Vec<_>>().join(", ");
            return Err(Error::from(ColumnError::NoField { known }).in_entry(name).in_sample(S::SCHEMA.name));
        }
        let path: Box<[Box<str>]> = path.into();
        let source = Source {
            shards: self.shards.clone(),
            layout: S::LAYOUT,
            sample: S::SCHEMA.name,
            field,
            path: path.clone(),
            repack: field.is_some().then_some(repacked::<S>),
            has_default: declared.is_some_and(|field| field.has_default),
        };
        let wanted = Wanted { path, is_array: V::Gather::IS_ARRAY, slices: Vec::new(), is_placed: false };
        Ok(Column { source: Arc::new(source), wanted, cast: false, of: PhantomData })
    }
}

impl<T: Element, D: Dimension> Column<Array<T, D>> {
    /// A part of each array, as [`ndarray::s!`] names it: only the bytes from its first element to its last are read.
    ///
    /// A slice that the array of a sample does not have is an error of reading that sample.
    #[must_use]
    pub fn slice<I: SliceArg<D>>(&self, part: I) -> Column<Array<T, I::OutDim>> {
        self.sliced(part.as_ref())
    }

    /// Arrays of different sizes, as values and offsets.
    #[must_use]
    pub fn ragged(&self) -> Column<Ragged<T, D>> {
        self.as_other()
    }

    /// Converts the elements of other dtypes, which are errors otherwise: floats are rounded to narrower floats and truncated to
    /// integers.
    #[must_use]
    pub fn cast(&self) -> Self {
        Self { cast: true, ..self.as_other() }
    }
}

impl<T: Element, D: Dimension> Column<Ragged<T, D>> {
    /// Converts the elements of other dtypes: see `cast` of a column of arrays.
    #[must_use]
    pub fn cast(&self) -> Self {
        Self { cast: true, ..self.as_other() }
    }

    /// A part of each array: see `slice` of a column of arrays.
    #[must_use]
    pub fn slice<I: SliceArg<D>>(&self, part: I) -> Column<Ragged<T, I::OutDim>> {
        self.sliced(part.as_ref())
    }
}

impl<T: Element, D: Dimension> Column<Option<Array<T, D>>> {
    /// Arrays of different sizes, as values and offsets, with a mask of those that there are.
    #[must_use]
    pub fn ragged(&self) -> Column<Option<Ragged<T, D>>> {
        self.as_other()
    }

    /// Converts the elements of other dtypes: see `cast` of a column of arrays.
    #[must_use]
    pub fn cast(&self) -> Self {
        Self { cast: true, ..self.as_other() }
    }

    /// A part of each array: see `slice` of a column of arrays.
    #[must_use]
    pub fn slice<I: SliceArg<D>>(&self, part: I) -> Column<Option<Array<T, I::OutDim>>> {
        self.sliced(part.as_ref())
    }
}

impl Column<DynArray> {
    /// A part of each array, as [`ndarray::s!`] names it; whether the arrays have as many dimensions is seen when they are read.
    #[must_use]
    pub fn slice(&self, part: impl AsRef<[SliceInfoElem]>) -> Self {
        self.sliced(part.as_ref())
    }
}

impl<V> Column<V> {
    fn as_other<W>(&self) -> Column<W> {
        let (source, wanted) = (Arc::clone(&self.source), self.wanted.clone());
        Column { source, wanted, cast: self.cast, of: PhantomData }
    }

    fn sliced<W>(&self, part: &[SliceInfoElem]) -> Column<W> {
        let mut other = self.as_other();
        other.wanted.slices.push(part.into());
        other
    }
}

impl<V: ColumnValue> Column<V> {
    /// All samples.
    ///
    /// # Errors
    /// What is wrong with a shard or the field of a sample; they name shard, key and field. Of samples whose arrays have different
    /// sizes [`SchemaMismatch`](ErrorKind::SchemaMismatch), which names the first other one: `ragged`
    /// takes them.
    pub fn read(&self) -> Result<V::Read> {
        self.read_range(..)
    }

    /// A range of samples.
    ///
    /// # Errors
    /// As of [`read`](Self::read), and [`NotFound`](ErrorKind::NotFound) past the end.
    pub fn read_range(&self, range: impl RangeBounds<usize>) -> Result<V::Read> {
        match self.catalog()? {
            Some(catalog) => {
                let mut range = bounded(&range, &catalog)?;
                let rows = usize::try_from(range.end - range.start).map_err(|_| ColumnError::Overflow)?;
                self.gathered(&catalog, rows, &mut range)
            }
            None => self.scanned(&range),
        }
    }

    /// The samples at these positions, in that order; a position may be there more than once.
    ///
    /// # Errors
    /// As of [`read_range`](Self::read_range).
    pub fn read_at(&self, samples: &[usize]) -> Result<V::Read> {
        let Some(catalog) = self.catalog()? else { return self.scanned_at(samples) };
        let len = usize::try_from(catalog.samples()).unwrap_or(usize::MAX);
        if let Some(found) = samples.iter().copied().find(|sample| *sample >= len) {
            return Err(ColumnError::OutOfRange { found, len }.into());
        }
        self.gathered(&catalog, samples.len(), &mut samples.iter().map(|sample| *sample as u64))
    }

    /// All samples in order, so many at a time.
    ///
    /// # Errors
    /// As of [`read`](Self::read); after one there is nothing more.
    pub fn chunks(&self, size: usize) -> Chunks<V> {
        Chunks { column: self.as_other(), size: size.max(1), state: State::New }
    }

    /// How many samples there are. Shards without contents beside them are read for that, once.
    pub fn len(&self) -> Result<usize> {
        match self.catalog()? {
            Some(catalog) => Ok(usize::try_from(catalog.samples()).unwrap_or(usize::MAX)),
            None => Scan::new(&self.source, &self.wanted).count(),
        }
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> Result<bool> {
        self.len().map(|len| len == 0)
    }

    /// Where the samples are; `None` of shards that can only be read from their begin.
    fn catalog(&self) -> Result<Option<Arc<Catalog>>> {
        match self.source.shards.catalog_or_scan() {
            Ok(catalog) => Ok(Some(catalog)),
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn gathered(&self, catalog: &Catalog, rows: usize, samples: &mut dyn Iterator<Item = u64>) -> Result<V::Read> {
        let mut gather = V::Gather::new(rows, self.cast);
        let mut reader = Reader::new(&self.source, &self.wanted, catalog);
        reader.read(samples, &mut |cell| gather.push(cell))?;
        gather.finish()
    }

    fn scanned(&self, range: &impl RangeBounds<usize>) -> Result<V::Read> {
        let (from, to) = ends(range);
        let mut gather = V::Gather::new(0, self.cast);
        let mut scan = Scan::new(&self.source, &self.wanted);
        // An empty range has to be within as well.
        let found = to.map_or(from, |to| to.max(from));
        scan.read(from, to.map_or(usize::MAX, |to| to.max(from)), &mut |cell| gather.push(cell))?;
        if scan.position() < found {
            return Err(ColumnError::OutOfRange { found, len: scan.position() }.into());
        }
        gather.finish()
    }

    fn scanned_at(&self, samples: &[usize]) -> Result<V::Read> {
        let mut gather = V::Gather::new(samples.len(), self.cast);
        Scan::new(&self.source, &self.wanted).read_at(samples, &mut |cell| gather.push(cell))?;
        gather.finish()
    }
}

impl<V> Clone for Column<V> {
    fn clone(&self) -> Self {
        self.as_other()
    }
}

impl<V> fmt::Debug for Column<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Column").field("field", &self.source.path.join(".")).finish_non_exhaustive()
    }
}

/// The column of some samples after the other: see [`Column::chunks`].
pub struct Chunks<V> {
    column: Column<V>,
    size: usize,
    state: State,
}

enum State {
    New,
    At { catalog: Arc<Catalog>, next: u64 },
    Scanning(Box<Scan>),
    Done,
}

impl<V: ColumnValue> Chunks<V> {
    fn advance(&mut self) -> Result<Option<V::Read>> {
        if matches!(self.state, State::New) {
            self.state = match self.column.catalog()? {
                Some(catalog) => State::At { catalog, next: 0 },
                None => State::Scanning(Box::new(Scan::new(&self.column.source, &self.column.wanted))),
            };
        }
        match &mut self.state {
            State::At { catalog, next } => {
                let mut range = *next..catalog.samples().min(next.saturating_add(self.size as u64));
                if range.is_empty() {
                    return Ok(None);
                }
                *next = range.end;
                let rows = usize::try_from(range.end - range.start).map_err(|_| ColumnError::Overflow)?;
                let catalog = Arc::clone(catalog);
                self.column.gathered(&catalog, rows, &mut range).map(Some)
            }
            State::Scanning(scan) => {
                let (from, mut gather) = (scan.position(), V::Gather::new(0, self.column.cast));
                let read = scan.read(from, from.saturating_add(self.size), &mut |cell| gather.push(cell))?;
                if read == 0 { Ok(None) } else { gather.finish().map(Some) }
            }
            State::New | State::Done => Ok(None),
        }
    }
}

impl<V: ColumnValue> Iterator for Chunks<V> {
    type Item = Result<V::Read>;

    fn next(&mut self) -> Option<Self::Item> {
        let chunk = self.advance();
        if !matches!(chunk, Ok(Some(_))) {
            self.state = State::Done;
        }
        chunk.transpose()
    }
}

impl<V> fmt::Debug for Chunks<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("column", &self.column).field("size", &self.size).finish_non_exhaustive()
    }
}

/// Where a range begins, and where it ends if it says so.
fn ends(range: &impl RangeBounds<usize>) -> (usize, Option<usize>) {
    let from = match range.start_bound() {
        Bound::Included(from) => *from,
        Bound::Excluded(before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let to = match range.end_bound() {
        Bound::Included(last) => Some(last.saturating_add(1)),
        Bound::Excluded(end) => Some(*end),
        Bound::Unbounded => None,
    };
    (from, to)
}

/// A range of the samples that there are.
fn bounded(range: &impl RangeBounds<usize>, catalog: &Catalog) -> Result<Range<u64>> {
    let len = usize::try_from(catalog.samples()).unwrap_or(usize::MAX);
    let (from, to) = ends(range);
    let to = to.unwrap_or(len.max(from));
    if to.max(from) > len {
        return Err(ColumnError::OutOfRange { found: to.max(from), len }.into());
    }
    Ok(from as u64..to.max(from) as u64)
}
