//! The npz file: a zip archive of npy files, named as scipy names them.

use std::io::{Cursor, Read, Write};

use ndarray::{Array1, Ix1, Ix2};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::error::SparseError;
use super::{SparseLayout, SparseMatrix};
use crate::array::{ArrayError, Descr, DynArray};
use crate::error::Result;
use crate::format::FormatError;
use atdata_schema::Dtype;

const FORMAT: &str = "npz file";

/// As a member of a shard has, too, unless it is told otherwise.
const MAX_MEMBER: u64 = 1 << 30;

pub(super) fn read(bytes: &[u8]) -> Result<SparseMatrix> {
    let mut archive = Archive { zip: ZipArchive::new(Cursor::new(bytes)).map_err(FormatError::damaged(FORMAT))? };
    let format = archive.format()?;
    let shape = indices("shape", &archive.required("shape")?.to_vector("shape")?)?;
    let layout = archive.layout(&format)?;
    let values = archive.required("data")?;
    let is_array = archive.array("_is_array")?.is_some_and(|flag| flag.data().iter().any(|&byte| byte != 0));
    let matrix = SparseMatrix::checked(&shape, layout, values).map_err(SparseError::CorruptMatrix)?;
    Ok(matrix.with_array(is_array))
}

struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
}

impl Archive<'_> {
    fn array(&mut self, name: &'static str) -> Result<Option<DynArray>> {
        let mut member = match self.zip.by_name(&format!("{name}.npy")) {
            Ok(member) => member,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(FormatError::damaged(FORMAT)(error).into()),
        };
        // Grows with what is there: the size in the header is a claim. But a few kilobytes may hold any number of zeros.
        let mut bytes = Vec::new();
        member.by_ref().take(MAX_MEMBER + 1).read_to_end(&mut bytes).map_err(FormatError::damaged(FORMAT))?;
        if bytes.len() as u64 > MAX_MEMBER {
            return Err(SparseError::LargeMember { name, limit: MAX_MEMBER }.into());
        }
        DynArray::from_shared(&bytes.into()).map(Some).map_err(|error| error.in_entry(name))
    }

    fn required(&mut self, name: &'static str) -> Result<DynArray> {
        self.array(name)?.ok_or_else(|| SparseError::NoMember { name }.into())
    }

    fn indices(&mut self, name: &'static str) -> Result<Vec<usize>> {
        indices(name, &self.required(name)?.to_vector(name)?)
    }

    /// `csr`, as text or bytes of any width: without their zeros the two are alike.
    fn format(&mut self) -> Result<String> {
        let format = self.required("format")?;
        let bytes: Vec<u8> = format.data().iter().copied().filter(|&byte| byte != 0).take(32).collect();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn layout(&mut self, format: &str) -> Result<SparseLayout> {
        Ok(match format {
            "csr" => SparseLayout::Csr { indptr: self.indices("indptr")?, indices: self.indices("indices")? },
            "csc" => SparseLayout::Csc { indptr: self.indices("indptr")?, indices: self.indices("indices")? },
            "bsr" => SparseLayout::Bsr { indptr: self.indices("indptr")?, indices: self.indices("indices")? },
            "coo" => SparseLayout::Coo { coordinates: self.coordinates()? },
            "dia" => SparseLayout::Dia { offsets: self.required("offsets")?.to_vector("offsets")? },
            _ => return Err(SparseError::SparseFormat { found: format.to_owned() }.into()),
        })
    }

    /// Rows and columns each by themselves, or, of arrays that are no matrix, all in one.
    fn coordinates(&mut self) -> Result<Vec<Vec<usize>>> {
        let Some(coordinates) = self.array("coords")? else {
            return Ok(vec![self.indices("row")?, self.indices("col")?]);
        };
        let coordinates = coordinates.to_integers::<Ix2>("coords")?;
        coordinates.outer_iter().map(|axis| indices("coords", &axis.to_vec())).collect()
    }
}

impl DynArray {
    fn to_integers<D: ndarray::Dimension>(&self, name: &'static str) -> Result<ndarray::Array<i64, D>> {
        use Dtype::{Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};

        match self.dtype() {
            Some(Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64) => {
                self.cast_array().map_err(|error| error.in_entry(name))
            }
            _ => Err(SparseError::NoIntegers { name, found: self.typestr().into_owned() }.into()),
        }
    }

    fn to_vector(&self, name: &'static str) -> Result<Vec<i64>> {
        self.to_integers::<Ix1>(name).map(Array1::into_iter).map(Iterator::collect)
    }

    fn to_npy(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.data().len() + 128);
        let literal = match self.as_raw().descr {
            Descr::Structured { literal, .. } => literal.into_owned(),
            descr => format!("'{}'", descr.wire_name()),
        };
        crate::array::write_npy(&literal, self.shape(), self.data(), &mut out);
        out
    }
}

fn indices(part: &'static str, values: &[i64]) -> Result<Vec<usize>> {
    let index = |(at, &value): (usize, &i64)| {
        usize::try_from(value).map_err(|_| SparseError::NoIndex { part, at, value }.into())
    };
    values.iter().enumerate().map(index).collect()
}

pub(super) fn write(matrix: &SparseMatrix) -> Result<Vec<u8>> {
    let narrow = i32::try_from(largest(matrix)).is_ok();
    let index = |values: &[usize]| integers(signed(values)?, narrow);
    let mut archive = ArchiveWriter(ZipWriter::new(Cursor::new(Vec::new())));
    // Members and their order as scipy has them.
    match matrix.layout() {
        SparseLayout::Csr { indptr, indices }
        | SparseLayout::Csc { indptr, indices }
        | SparseLayout::Bsr { indptr, indices } => {
            archive.add("indices", &index(indices)?)?;
            archive.add("indptr", &index(indptr)?)?;
        }
        SparseLayout::Coo { coordinates } => match &**coordinates {
            [rows, columns] => {
                archive.add("row", &index(rows)?)?;
                archive.add("col", &index(columns)?)?;
            }
            axes => {
                let axes = axes.iter().map(|axis| index(axis)).collect::<Result<Vec<_>>>()?;
                archive.add("coords", &DynArray::stack(&axes)?)?;
            }
        },
        SparseLayout::Dia { offsets } => archive.add("offsets", &integers(offsets.clone(), narrow)?)?,
    }
    let format = Descr::Opaque { typestr: "|S3".into(), item_size: 3 };
    archive.add("format", &DynArray::from_parts(format, Vec::new(), matrix.layout().name()))?;
    archive.add("shape", &integers(signed(matrix.shape())?, false)?)?;
    archive.add("data", matrix.values())?;
    if matrix.is_array() {
        archive.add("_is_array", &DynArray::from_array(&ndarray::arr0(true)))?;
    }
    archive.finish()
}

/// scipy keeps indices in 32 bits where shape and count have room in them.
fn largest(matrix: &SparseMatrix) -> usize {
    let offsets = match matrix.layout() {
        SparseLayout::Dia { offsets } => offsets.as_slice(),
        _ => &[],
    };
    let offsets = offsets.iter().map(|offset| usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX));
    let sizes = matrix.shape().iter().copied().chain([matrix.values().len()]);
    sizes.chain(offsets).max().unwrap_or_default()
}

fn signed(values: &[usize]) -> Result<Vec<i64>> {
    let values = values.iter().map(|&value| i64::try_from(value)).collect::<Result<_, _>>();
    Ok(values.map_err(|_| ArrayError::Overflow)?)
}

fn integers(values: Vec<i64>, narrow: bool) -> Result<DynArray> {
    let values = DynArray::from_array(&Array1::from_vec(values));
    if narrow { Ok(DynArray::from_array(&values.cast_array::<i32, Ix1>()?)) } else { Ok(values) }
}

struct ArchiveWriter(ZipWriter<Cursor<Vec<u8>>>);

impl ArchiveWriter {
    fn add(&mut self, name: &str, array: &DynArray) -> Result<()> {
        // No clock: the same matrix is the same bytes.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .large_file(true);
        self.0.start_file(format!("{name}.npy"), options).map_err(FormatError::not_written(FORMAT))?;
        self.0.write_all(&array.to_npy()).map_err(FormatError::not_written(FORMAT))?;
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>> {
        Ok(self.0.finish().map_err(FormatError::not_written(FORMAT))?.into_inner())
    }
}
