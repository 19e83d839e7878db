//! Columns: where the values of one field gather.

use crate::error::Result;
use crate::sample::{Cursor, NestedSamples, PackField};

/// The values of one field, of many samples.
pub trait Column: Sized {
    /// One value.
    type Value;

    /// What the column becomes in the batch.
    type Out;

    /// The sample types inside of the values, of a builder of samples.
    #[doc(hidden)]
    const NESTED: NestedSamples = NestedSamples::UNKNOWN;

    /// An empty column that `rows` values are expected in.
    fn with_capacity(rows: usize) -> Self;

    /// An empty column in the memory of a finished one, as far as that can be used again.
    fn reuse(out: Self::Out, rows: usize) -> Self {
        drop(out);
        Self::with_capacity(rows)
    }

    /// Decodes one value straight into the column. A failure may leave a part of it; [`truncate`](Self::truncate) mends.
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()>;

    /// Appends one value. The same holds for failures.
    fn push(&mut self, value: Self::Value) -> Result<()>;

    /// Drops all values past the first `rows`.
    fn truncate(&mut self, rows: usize);

    /// The finished column.
    fn finish(self) -> Result<Self::Out>;

    /// Number of values in the finished column.
    fn len(out: &Self::Out) -> usize;

    /// A copy of one value, `None` past the end.
    fn row(out: &Self::Out, index: usize) -> Option<Self::Value>;

    /// Whether each value of the finished column is whole, as it is unless somebody has changed a part of it by hand.
    #[doc(hidden)]
    fn is_even(_: &Self::Out) -> bool {
        true
    }
}

/// The column of every type without a better one.
impl<T: PackField + Clone> Column for Vec<T> {
    type Value = T;
    type Out = Self;

    fn with_capacity(rows: usize) -> Self {
        // The caller may ask for "all" as `usize::MAX`; rows that really come make the vector grow.
        Self::with_capacity(rows.min(65_536))
    }

    fn reuse(mut out: Self, _: usize) -> Self {
        out.clear();
        out
    }

    #[inline]
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        self.push(T::read(cursor)?);
        Ok(())
    }

    fn push(&mut self, value: T) -> Result<()> {
        self.push(value);
        Ok(())
    }

    fn truncate(&mut self, rows: usize) {
        self.truncate(rows);
    }

    fn finish(self) -> Result<Self> {
        Ok(self)
    }

    fn len(out: &Self) -> usize {
        out.len()
    }

    fn row(out: &Self, index: usize) -> Option<T> {
        out.get(index).cloned()
    }
}

/// What every generated batch can do; the same as methods of the batch itself, for generic code.
pub trait Batch: Sized {
    /// The sample type that the rows are.
    type Sample;

    /// Number of samples.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all columns are of one length.
    #[doc(hidden)]
    fn is_even(&self) -> bool {
        true
    }

    /// A copy of one sample, `None` past the end.
    fn row(&self, index: usize) -> Option<Self::Sample>;

    /// Copies of all samples, one after the other.
    ///
    /// ```
    /// use atdata::{Batch, Packable};
    ///
    /// #[derive(Packable, Clone)]
    /// struct Caption {
    ///     text: String,
    /// }
    ///
    /// let batch = CaptionBatch::from_samples([Caption { text: "a cat".into() }, Caption { text: "a dog".into() }])?;
    /// let texts: Vec<_> = batch.iter().map(|caption| caption.text).collect();
    /// assert_eq!(texts, ["a cat", "a dog"]);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Panics
    /// As [`to_samples`](Self::to_samples).
    fn iter(&self) -> impl Iterator<Item = Self::Sample> {
        assert!(self.is_even(), "the columns of a batch are of different lengths");
        (0..self.len()).filter_map(|index| self.row(index))
    }

    /// Stacks samples.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) where the arrays of a field differ in shape; mark such a
    /// field `#[packable(ragged)]`.
    fn from_samples(samples: impl IntoIterator<Item = Self::Sample>) -> Result<Self>;

    /// Copies of all samples.
    ///
    /// # Panics
    /// If the columns are not all of one length, which only who changes them by hand can bring about: rows would be left
    /// out, or put together of fields of different samples.
    fn to_samples(&self) -> Vec<Self::Sample> {
        self.iter().collect()
    }
}
