//! Columns: where the values of one field gather.

use std::ops::Range;

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

    /// Whether each part of the finished column has as many: one that is a batch has columns of its own, which may have
    /// been changed by hand.
    #[doc(hidden)]
    fn is_even(out: &Self::Out) -> bool {
        _ = out;
        true
    }

    /// A copy of one value, `None` past the end.
    fn row(out: &Self::Out, index: usize) -> Option<Self::Value>;
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

/// What is wrong with a batch of which rows would be left out.
pub(crate) const UNEVEN: &str = "the columns of a batch are of different lengths";

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

    /// Whether all columns are of one length, and so are those of batches inside of it.
    #[doc(hidden)]
    fn is_even(&self) -> bool {
        true
    }

    /// A copy of one sample, `None` past the end of the shortest column.
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
    /// for caption in &batch {
    ///     assert!(caption.text.starts_with("a "));
    /// }
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Panics
    /// As [`to_samples`](Self::to_samples).
    fn iter(&self) -> BatchIter<'_, Self> {
        BatchIter::new(self)
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
    /// If the columns, those of nested batches among them, are not all of one length, which only who changes them by hand can bring about: rows would be left
    /// out, or put together of fields of different samples.
    fn to_samples(&self) -> Vec<Self::Sample> {
        self.iter().collect()
    }
}

/// Copies of the samples of a batch, one after the other: what [`Batch::iter`] gives, and `for sample in &batch`.
#[derive(Debug, Clone)]
pub struct BatchIter<'b, B> {
    batch: &'b B,
    rows: Range<usize>,
}

impl<'b, B: Batch> BatchIter<'b, B> {
    #[doc(hidden)]
    #[track_caller]
    pub fn new(batch: &'b B) -> Self {
        assert!(batch.is_even(), "{UNEVEN}");
        Self { batch, rows: 0..batch.len() }
    }

    fn row(&self, index: usize) -> B::Sample {
        self.batch.row(index).unwrap_or_else(|| panic!("{UNEVEN}"))
    }
}

impl<B: Batch> Iterator for BatchIter<'_, B> {
    type Item = B::Sample;

    fn next(&mut self) -> Option<B::Sample> {
        self.rows.next().map(|index| self.row(index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl<B: Batch> DoubleEndedIterator for BatchIter<'_, B> {
    fn next_back(&mut self) -> Option<B::Sample> {
        self.rows.next_back().map(|index| self.row(index))
    }
}

impl<B: Batch> ExactSizeIterator for BatchIter<'_, B> {}
