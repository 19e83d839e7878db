//! Rows: the reader, the writer and the builder of derived sample types, over the list of their fields.

use std::fmt;

use atdata_schema::Field;

use crate::array::ArraySpec;
use crate::error::{Error, Result};
use crate::sample::encode::write_map_len;
use crate::sample::{
    Column, Cursor, FieldList, Fields, FlatField, Layout, NestedSamples, OwnedFields, Packable, ReadFields,
    SampleLayout,
};

/// A derived sample type: its fields, and how they are taken out of the struct and of its batch.
///
/// Of a type of the expansion's own and not of the sample: a public struct may have a private field of a private type,
/// which no public impl may name.
pub trait Row {
    /// The struct.
    type Sample: Packable;

    /// The fields that are on the wire.
    type Fields: OwnedFields;

    /// What the reader knows of the map.
    const LAYOUT: &'static Layout;

    /// What the schema says of the fields.
    const KNOWN: &'static [Field];

    /// How samples lie in shards.
    const STORED: SampleLayout = SampleLayout::Packed;

    /// Which fields convert dtypes; nothing where none does.
    const CASTS: &'static [bool] = &[];

    /// What [`ViewSource`](crate::sample::ViewSource) says of the struct.
    const RENAMED: &'static [(&'static str, &'static str)] = &[];

    /// The same of fields whose bytes are of another type than their values.
    const CONVERTED: &'static [&'static str] = &[];

    /// The same of fields whose own fields are among those on the wire.
    const FLATTENED: &'static [FlatField] = &[];

    /// The struct with these values.
    fn from_values(values: Values<Self>) -> Self::Sample;

    /// The values of the struct.
    fn into_values(sample: Self::Sample) -> Values<Self>;

    /// The same to look at.
    fn refs(sample: &Self::Sample) -> Refs<'_, Self>;

    /// The batch of these finished columns.
    fn from_outs(outs: Outs<Self>) -> BatchOf<Self>;

    /// The finished columns of a batch.
    fn into_outs(batch: BatchOf<Self>) -> Outs<Self>;

    /// The columns of a batch to look at.
    fn outs(batch: &BatchOf<Self>) -> OutRefs<'_, Self>;
}

/// Many samples of the type.
type BatchOf<R> = <<R as Row>::Sample as Packable>::Batch;

/// The values of the fields.
pub type Values<R> = <<R as Row>::Fields as FieldList>::Values;

/// References to them.
pub type Refs<'r, R> = <<R as Row>::Fields as OwnedFields>::Refs<'r>;

/// What their columns become in the batch.
pub type Outs<R> = <<R as Row>::Fields as OwnedFields>::Outs;

/// References to those.
pub type OutRefs<'r, R> = <<R as Row>::Fields as OwnedFields>::OutRefs<'r>;

/// Reads a sample of that size; errors get the type's name in front of their field path.
#[inline]
pub(super) fn read_map<'a, T>(
    cursor: &mut Cursor<'a>,
    layout: &'static Layout,
    size: usize,
    mut read: impl FnMut(&mut Fields<'_, 'a>) -> Result<T>,
    probe: fn(&mut Fields<'_, 'a>, usize) -> Result<()>,
) -> Result<T> {
    let read = |cursor: &mut Cursor<'a>| {
        let mut map = Fields::open(cursor, layout)?;
        loop {
            match read(&mut map) {
                Ok(value) => return Ok(value),
                Err(error) => {
                    let error = map.told(error, probe);
                    map.begin_anew(error)?;
                }
            }
        }
    };
    cursor.nested_sample_of(size, read).map_err(|error: Error| error.in_sample(layout.type_name))
}

/// Reads a sample that owns its fields.
#[inline]
pub fn read_row<R: Row>(cursor: &mut Cursor<'_>) -> Result<R::Sample> {
    let read = |map: &mut Fields<'_, '_>| {
        let values = R::Fields::read(map, 0)?;
        map.end()?;
        Ok(R::from_values(values))
    };
    read_map(cursor, R::LAYOUT, size_of::<R::Sample>(), read, R::Fields::probe)
}

/// Appends a sample.
#[inline]
pub fn write_row<R: Row>(sample: &R::Sample, out: &mut Vec<u8>) {
    write_map_len(R::Fields::LEN, out);
    R::Fields::write(R::refs(sample), R::LAYOUT.keys.list(), 0, out);
}

/// Whether a sample can be written so that it will be read back.
#[inline]
pub fn check_row<R: Row>(sample: &R::Sample, spec: ArraySpec) -> Result<()> {
    R::Fields::check(R::refs(sample), R::LAYOUT.keys.list(), 0, spec.nested_sample::<R::Sample>()?)
}

/// Both at once: what a type has a method of its own for where fields of it are converted.
#[inline]
pub fn write_checked_row<R: Row>(sample: &R::Sample, spec: ArraySpec, out: &mut Vec<u8>) -> Result<()> {
    let spec = spec.nested_sample::<R::Sample>()?;
    write_map_len(R::Fields::LEN, out);
    R::Fields::write_checked(R::refs(sample), R::LAYOUT.keys.list(), 0, spec, out)
}

/// Number of samples in a batch.
#[inline]
pub fn batch_len<R: Row>(batch: &BatchOf<R>) -> usize {
    R::Fields::len(R::outs(batch))
}

/// Whether all columns of a batch are of one length.
#[inline]
pub fn batch_is_even<R: Row>(batch: &BatchOf<R>) -> bool {
    R::Fields::are_of_len(R::outs(batch), batch_len::<R>(batch))
}

/// A copy of one sample of a batch.
#[inline]
pub fn batch_row<R: Row>(batch: &BatchOf<R>, index: usize) -> Option<R::Sample> {
    R::Fields::row(R::outs(batch), index).map(R::from_values)
}

/// The columns of a sample type. All are of one length: a row that fails half-way is taken back.
pub struct Rows<R: Row> {
    rows: usize,
    columns: <R::Fields as OwnedFields>::Columns,
}

impl<R: Row> fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl<R: Row> Rows<R> {
    /// Decodes the fields of one sample that lie in the map of another, where the first has that number.
    #[inline]
    pub fn read_fields(&mut self, map: &mut Fields<'_, '_>, at: usize) -> Result<()> {
        let added = R::Fields::read_into(&mut self.columns, map, at);
        self.settle(added)
    }

    #[inline]
    fn settle(&mut self, added: Result<()>) -> Result<()> {
        match added {
            Ok(()) => self.rows += 1,
            Err(_) => R::Fields::truncate(&mut self.columns, self.rows),
        }
        added
    }
}

/// Fields go straight into their columns: that is what makes a batch one copy.
impl<R: Row> Column for Rows<R> {
    type Value = R::Sample;
    type Out = BatchOf<R>;
    const NESTED: NestedSamples = R::Fields::NESTED;

    fn with_capacity(rows: usize) -> Self {
        Self { rows: 0, columns: R::Fields::columns(rows) }
    }

    fn reuse(batch: BatchOf<R>, rows: usize) -> Self {
        Self { rows: 0, columns: R::Fields::reuse(R::into_outs(batch), rows) }
    }

    #[inline]
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        let read = |map: &mut Fields<'_, '_>| {
            if map.is_anew() {
                R::Fields::truncate(&mut self.columns, self.rows);
            }
            R::Fields::read_into(&mut self.columns, map, 0)?;
            map.end()
        };
        let read = read_map(cursor, R::LAYOUT, size_of::<R::Sample>(), read, R::Fields::probe);
        self.settle(read)
    }

    fn push(&mut self, value: R::Sample) -> Result<()> {
        let pushed = R::Fields::push(&mut self.columns, R::into_values(value), R::LAYOUT.keys.list(), 0);
        self.settle(pushed)
    }

    fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
        R::Fields::truncate(&mut self.columns, rows);
    }

    fn finish(self) -> Result<BatchOf<R>> {
        R::Fields::finish(self.columns).map(R::from_outs)
    }

    fn len(batch: &BatchOf<R>) -> usize {
        batch_len::<R>(batch)
    }

    fn is_even(batch: &BatchOf<R>) -> bool {
        batch_is_even::<R>(batch)
    }

    fn row(batch: &BatchOf<R>, index: usize) -> Option<R::Sample> {
        batch_row::<R>(batch, index)
    }
}
