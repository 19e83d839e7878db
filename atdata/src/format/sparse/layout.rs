//! The layout of a sparse matrix: where its values are, and whether that can be.

use std::collections::HashSet;

/// Where the values of a [`SparseMatrix`](super::SparseMatrix) are: the five ways that scipy saves. Indices count from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SparseLayout {
    /// Row by row: those of row `r` are `indptr[r]..indptr[r + 1]`, in the columns that `indices` has there. A vector
    /// is one row.
    Csr {
        /// Where each row begins, and the end of the last.
        indptr: Vec<usize>,
        /// The column of each value.
        indices: Vec<usize>,
    },
    /// Column by column, with rows in `indices`.
    Csc {
        /// Where each column begins, and the end of the last.
        indptr: Vec<usize>,
        /// The row of each value.
        indices: Vec<usize>,
    },
    /// As [`Csr`](Self::Csr), of dense blocks: the values have three dimensions, the last two the block's.
    Bsr {
        /// Where each row of blocks begins, and the end of the last.
        indptr: Vec<usize>,
        /// The column of blocks of each block.
        indices: Vec<usize>,
    },
    /// One by one, in any order; values at the same place add up.
    Coo {
        /// For each axis the index of each value.
        coordinates: Vec<Vec<usize>>,
    },
    /// Diagonal by diagonal: `values[d, c]` is in column `c` of diagonal `offsets[d]`, at row `c - offsets[d]`, where the
    /// matrix has such a row and column.
    Dia {
        /// How far each diagonal is above the main one; negative below it.
        offsets: Vec<i64>,
    },
}

impl SparseLayout {
    /// scipy's name: `csr`, `csc`, `bsr`, `coo`, `dia`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Csr { .. } => "csr",
            Self::Csc { .. } => "csc",
            Self::Bsr { .. } => "bsr",
            Self::Coo { .. } => "coo",
            Self::Dia { .. } => "dia",
        }
    }
}

/// What is wrong with the parts of a matrix.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Flaw {
    #[error("a sparse matrix of format {format} cannot have shape {shape:?}")]
    Shape { format: &'static str, shape: Vec<usize> },
    #[error("the values of format {format} have {expected} dimension{}, found shape {found:?}", if *.expected == 1 { "" } else { "s" })]
    Values { format: &'static str, expected: usize, found: Vec<usize> },
    #[error("expected {expected} {of}, found {found}")]
    Count { of: &'static str, expected: usize, found: usize },
    #[error("indptr[{at}] is {value}, but must be at least {least} and at most {most}")]
    Pointer { at: usize, value: usize, least: usize, most: usize },
    #[error("{part}[{at}] is {value}, beyond the {limit} that the shape has")]
    Bounds { part: &'static str, at: usize, value: usize, limit: usize },
    #[error("blocks of shape {block:?} do not tile a matrix of shape {shape:?}")]
    Blocks { block: [usize; 2], shape: Vec<usize> },
    #[error("offsets[{at}] is {offset} again")]
    Repeated { at: usize, offset: i64 },
}

/// Whether values of that shape, in that layout, make a matrix of that shape.
pub(super) fn check(shape: &[usize], layout: &SparseLayout, values: &[usize]) -> Result<(), Flaw> {
    let wrong_shape = || Flaw::Shape { format: layout.name(), shape: shape.to_vec() };
    let count = || values.first().copied().unwrap_or_default();
    match (layout, shape) {
        (SparseLayout::Csr { indptr, indices }, &[columns]) => {
            check_rank(layout, 1, values)?;
            check_compressed(indptr, indices, 1, columns, count())
        }
        (SparseLayout::Csr { indptr, indices }, &[rows, columns])
        | (SparseLayout::Csc { indptr, indices }, &[columns, rows]) => {
            check_rank(layout, 1, values)?;
            check_compressed(indptr, indices, rows, columns, count())
        }
        (SparseLayout::Bsr { indptr, indices }, &[rows, columns]) => {
            check_rank(layout, 3, values)?;
            let (Some(&height), Some(&width)) = (values.get(1), values.get(2)) else { return Err(wrong_shape()) };
            let (0, 0) = (rows.checked_rem(height).unwrap_or(1), columns.checked_rem(width).unwrap_or(1)) else {
                return Err(Flaw::Blocks { block: [height, width], shape: shape.to_vec() });
            };
            check_compressed(indptr, indices, rows / height, columns / width, count())
        }
        (SparseLayout::Coo { coordinates }, [_, ..]) => {
            check_rank(layout, 1, values)?;
            check_coordinates(coordinates, shape, count())
        }
        (SparseLayout::Dia { offsets }, [_, _]) => {
            check_rank(layout, 2, values)?;
            check_offsets(offsets, count())
        }
        _ => Err(wrong_shape()),
    }
}

fn check_rank(layout: &SparseLayout, expected: usize, values: &[usize]) -> Result<(), Flaw> {
    if values.len() == expected {
        return Ok(());
    }
    Err(Flaw::Values { format: layout.name(), expected, found: values.to_vec() })
}

fn check_count(of: &'static str, expected: usize, found: usize) -> Result<(), Flaw> {
    if expected == found { Ok(()) } else { Err(Flaw::Count { of, expected, found }) }
}

/// scipy allows values behind the last pointer, and does not use them.
fn check_compressed(
    indptr: &[usize],
    indices: &[usize],
    rows: usize,
    columns: usize,
    values: usize,
) -> Result<(), Flaw> {
    check_count("indptr", rows.saturating_add(1), indptr.len())?;
    check_count("indices", values, indices.len())?;
    let mut least = 0;
    for (at, &value) in indptr.iter().enumerate() {
        let most = if at == 0 { 0 } else { values };
        if value < least || value > most {
            return Err(Flaw::Pointer { at, value, least, most });
        }
        least = value;
    }
    check_bounds("indices", indices, columns)
}

fn check_bounds(part: &'static str, indices: &[usize], limit: usize) -> Result<(), Flaw> {
    match indices.iter().enumerate().find(|&(_, &index)| index >= limit) {
        Some((at, &value)) => Err(Flaw::Bounds { part, at, value, limit }),
        None => Ok(()),
    }
}

fn check_coordinates(coordinates: &[Vec<usize>], shape: &[usize], values: usize) -> Result<(), Flaw> {
    check_count("lists of coordinates", shape.len(), coordinates.len())?;
    for (axis, &size) in coordinates.iter().zip(shape) {
        check_count("coordinates", values, axis.len())?;
        check_bounds("coordinates", axis, size)?;
    }
    Ok(())
}

fn check_offsets(offsets: &[i64], diagonals: usize) -> Result<(), Flaw> {
    check_count("offsets", diagonals, offsets.len())?;
    let mut seen = HashSet::new();
    match offsets.iter().enumerate().find(|&(_, offset)| !seen.insert(offset)) {
        Some((at, &offset)) => Err(Flaw::Repeated { at, offset }),
        None => Ok(()),
    }
}
