//! References: the arrays of samples where they lie, named for readers of Zarr, in the form of kerchunk.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use atdata_schema::{Field, FieldType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::Column;
use super::error::ColumnError;
use super::gather::{Gather, Untyped};
use super::read::{Placed, Reader};
use crate::array::{Descr, DynArray};
use crate::dataset::Dataset;
use crate::dataset::catalog::Catalog;
use crate::error::{Error, Result, push};
use crate::net::url::{percent_encoded, redacted};
use crate::sample::Packable;
use crate::source::Shard;

/// Where the arrays of some fields lie in the shards of a dataset: what [kerchunk] calls references, by which `xarray` and `zarr`
/// read the shards as they are.
///
/// Each field is an array of Zarr whose first dimension is that of the samples, with a chunk for each sample: a place in a shard,
/// and nothing is copied. Fields of numbers and booleans are in the references themselves.
///
/// [kerchunk]: https://fsspec.github.io/kerchunk
pub struct References {
    samples: u64,
    urls: Vec<String>,
    /// The names of the shards, where they have one.
    names: Vec<Option<String>>,
    fields: Vec<Referred>,
}

/// A field.
struct Referred {
    name: String,
    /// `None` where there are no samples.
    dtype: String,
    shape: Vec<usize>,
    dims: Vec<String>,
    chunks: Chunks,
}

enum Chunks {
    /// The shard of each sample, and where in it the array begins; all have the same length.
    Places { places: Vec<(u32, u64)>, len: u64 },
    /// The elements of all.
    Here(Vec<u8>),
}

impl<S: Packable + 'static> Dataset<S> {
    /// References to the arrays of these fields, by which `xarray` and `zarr` read them where they lie: nothing is copied.
    ///
    /// Only what leads to the arrays is read. All samples have to have arrays of one dtype and shape, in C order, in shards that are
    /// not compressed.
    ///
    /// ```
    /// use atdata::{Dataset, Packable};
    /// use ndarray::Array2;
    ///
    /// #[derive(Packable)]
    /// struct Cast {
    ///     #[packable(shape = [50, 168], dims = ["depth", "time"])]
    ///     temperature: Array2<f32>,
    ///     station: i64,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("casts.tar");
    /// # Dataset::write(&path, (0..3).map(|n| Cast { temperature: Array2::zeros((50, 168)), station: n }))?;
    /// let references = Dataset::<Cast>::open(&path)?.references(&["temperature", "station"])?;
    /// // xarray.open_dataset("casts.json", engine="kerchunk")
    /// references.save(dir.path().join("casts.json"))?;
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) of shards that are compressed or have a URL with credentials, and of arrays in Fortran
    /// order or of a dtype that has no Rust type; [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) of samples that differ in dtype or
    /// shape, lack the field, or have text there; they name shard, key and field. [`InvalidInput`](crate::ErrorKind::InvalidInput) of a name
    /// that is there twice, is empty, begins with `.` or has a `/`.
    pub fn references(&self, fields: &[&str]) -> Result<References> {
        let catalog = self.untyped().catalog_or_scan()?;
        let urls = self.shards().iter().map(url_of).collect::<Result<Vec<_>>>()?;
        let names = self.shards().iter().map(Shard::name).collect();
        let mut referred: Vec<Referred> = Vec::new();
        for (number, name) in fields.iter().enumerate() {
            check_name(name, fields.get(..number).unwrap_or_default())?;
            let column = self.column(*name)?;
            let mut field = column.referred(name, &catalog)?;
            let schema = S::SCHEMA.fields.iter().find(|field| field.name == *name);
            field.name_dims(schema, &referred);
            referred.push(field);
        }
        Ok(References { samples: catalog.samples(), urls, names, fields: referred })
    }
}

/// Whether a field can be an array of Zarr by its name, which is that of a folder, and is not among those before it.
fn check_name(name: &str, before: &[&str]) -> Result<()> {
    let what = if name.is_empty() || name.starts_with('.') || name.contains('/') {
        "a field whose name is not empty, does not begin with `.` and has no `/`, for Zarr has it as that of a folder"
    } else if before.contains(&name) {
        "each field once"
    } else {
        return Ok(());
    };
    Err(Error::from(ColumnError::Name { what: what.into() }).in_entry(name))
}

/// The URL of a shard, as other programs take it.
fn url_of(shard: &Shard) -> Result<String> {
    if shard.made().is_some() {
        return Err(Error::from(ColumnError::NoFile).with_shard(&shard.redacted()));
    }
    if let Some(path) = shard.path() {
        let path = std::path::absolute(path).map_err(|error| Error::from(error).with_shard(&shard.redacted()))?;
        return match path.into_os_string().into_string() {
            Ok(path) => Ok(path),
            Err(_) => Err(Error::from(ColumnError::NotText).with_shard(&shard.redacted())),
        };
    }
    if shard.redacted() != shard.url() {
        return Err(Error::from(ColumnError::Secret).with_shard(&shard.redacted()));
    }
    Ok(shard.url().to_owned())
}

impl Column<DynArray> {
    fn referred(&self, name: &str, catalog: &Arc<Catalog>) -> Result<Referred> {
        let mut wanted = self.wanted.clone();
        wanted.is_placed = true;
        let rows = usize::try_from(catalog.samples()).map_err(|_| ColumnError::Overflow)?;
        let (mut first, mut places) = (None, Vec::new());
        let mut here = Untyped::new(rows, false);
        let mut is_here = false;
        Reader::new(&self.source, &wanted, catalog).places(&mut (0..catalog.samples()), &mut |placed| {
            let (shard, at, head) = match placed {
                Placed::Array { .. } if is_here => {
                    return Err(ColumnError::Mixed { expected: "a number", found: "an array" }.into());
                }
                Placed::Array { shard, at, head } => (shard, at, head),
                Placed::Nowhere => return Err(ColumnError::Made.into()),
                Placed::Cell(_) if !places.is_empty() => {
                    return Err(ColumnError::Mixed { expected: "an array", found: "something else" }.into());
                }
                Placed::Cell(cell) => {
                    is_here = true;
                    return here.push(&cell);
                }
            };
            if head.is_fortran {
                return Err(ColumnError::Fortran.into());
            }
            if !matches!(head.descr, Descr::Plain(..)) {
                return Err(ColumnError::Opaque { found: head.descr.to_string() }.into());
            }
            if head.shape.contains(&0) {
                return Err(ColumnError::Empty { found: head.shape.clone() }.into());
            }
            match &first {
                None => first = Some(head.clone()),
                Some(first) => {
                    let (expected, found): (&Descr<'_>, _) = (&first.descr, &head.descr);
                    if expected != found {
                        let (expected, found) = (expected.wire_name().into_owned(), found.wire_name().into_owned());
                        return Err(ColumnError::MixedDtypes { expected, found }.into());
                    }
                    if first.shape != head.shape {
                        let (expected, found) = (first.shape.clone(), head.shape.clone());
                        return Err(ColumnError::Ragged { expected, found }.into());
                    }
                }
            }
            let shard = u32::try_from(shard).map_err(|_| ColumnError::Overflow)?;
            Ok(push(&mut places, (shard, at))?)
        })?;
        let name = name.to_owned();
        Ok(match first {
            Some(head) => {
                let len = head.elements.len() as u64;
                let dtype = head.descr.wire_name().into_owned();
                Referred { name, dtype, shape: head.shape, dims: Vec::new(), chunks: Chunks::Places { places, len } }
            }
            None => {
                let all: DynArray = Untyped::finish(here)?;
                let dtype = all.typestr().into_owned();
                Referred { name, dtype, shape: Vec::new(), dims: Vec::new(), chunks: Chunks::Here(all.data().to_vec()) }
            }
        })
    }
}

impl Referred {
    /// Names its dimensions: as the schema does, or else by the field. A name that another field has with another size is told from
    /// that by the field as well.
    fn name_dims(&mut self, field: Option<&Field>, others: &[Self]) {
        let declared = match field.map(|field| field.field_type) {
            Some(FieldType::Array(array)) => array.dims.filter(|dims| dims.len() == self.shape.len()),
            _ => None,
        };
        let name = |(axis, size): (usize, &usize)| {
            let Some(dim) = declared.and_then(|dims| dims.get(axis)) else {
                return format!("{}_{axis}", self.name);
            };
            let taken = |other: &Self| other.dims.iter().zip(&other.shape).any(|(own, len)| own == dim && len != size);
            if *dim == "sample" || others.iter().any(taken) {
                format!("{}_{dim}", self.name)
            } else {
                (*dim).to_owned()
            }
        };
        self.dims = self.shape.iter().enumerate().map(name).collect();
    }

    fn metadata(&self, samples: u64) -> (Json, Json) {
        let shape: Vec<u64> = std::iter::once(samples).chain(self.shape.iter().map(|size| *size as u64)).collect();
        let first = if matches!(self.chunks, Chunks::Here(_)) { samples.max(1) } else { 1 };
        let chunks: Vec<u64> = std::iter::once(first).chain(shape.iter().skip(1).copied()).collect();
        let array = json!({
            "zarr_format": 2, "shape": shape, "chunks": chunks, "dtype": self.dtype, "order": "C",
            "compressor": null, "filters": null, "fill_value": null, "dimension_separator": ".",
        });
        let dims: Vec<&str> = std::iter::once("sample").chain(self.dims.iter().map(String::as_str)).collect();
        (array, json!({ "_ARRAY_DIMENSIONS": dims }))
    }
}

impl References {
    /// How many samples there are.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// The fields with the dtype and sizes of each sample, as numpy writes them.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str, &[usize])> {
        self.fields.iter().map(|field| (field.name.as_str(), field.dtype.as_str(), field.shape.as_slice()))
    }

    /// How many places in shards are named.
    pub fn places(&self) -> u64 {
        let places = self.fields.iter().map(|field| match &field.chunks {
            Chunks::Places { places, .. } => places.len() as u64,
            Chunks::Here(_) => 0,
        });
        places.sum()
    }

    /// The same, with these names of the dimensions of a field.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) of a field that is not there or has other dimensions, and of a name that stands for
    /// another size already.
    pub fn with_dims(mut self, field: &str, dims: &[&str]) -> Result<Self> {
        let refused = |what: String| Err(Error::from(ColumnError::Dims { what }).in_entry(field));
        let Some(at) = self.fields.iter().position(|own| own.name == field) else {
            return refused("a field that is among those referred to, found none of that name".into());
        };
        let shape = self.fields.get(at).map(|own| own.shape.clone()).unwrap_or_default();
        if shape.len() != dims.len() {
            return refused(format!(
                "as many names as the arrays have dimensions, {}, found {}",
                shape.len(),
                dims.len()
            ));
        }
        let others = self.fields.iter().enumerate().filter(|(other, _)| *other != at);
        let known: Vec<(&str, usize)> = others
            .flat_map(|(_, other)| other.dims.iter().map(String::as_str).zip(other.shape.iter().copied()))
            .collect();
        for (number, (dim, size)) in dims.iter().zip(&shape).enumerate() {
            let twice = dims.iter().take(number).any(|before| before == dim);
            if dim.is_empty() || *dim == "sample" || twice {
                return refused(format!("names that differ, and from `sample`, found `{dim}`"));
            }
            if let Some((_, other)) = known.iter().find(|(own, len)| own == dim && len != size) {
                return refused(format!(
                    "one size for the dimension `{dim}`, found {size}, and {other} in another field"
                ));
            }
        }
        let dims = dims.iter().map(|dim| (*dim).to_owned()).collect();
        if let Some(own) = self.fields.get_mut(at) {
            own.dims = dims;
        }
        Ok(self)
    }

    /// The same for shards that are elsewhere under their names: `https://example.org/data/`, or a path. In URLs of HTTP names are
    /// escaped.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) of an empty text, and of shards that have one name, or none.
    pub fn at(mut self, folder: &str) -> Result<Self> {
        let refused = |what: &str| Error::from(ColumnError::Name { what: what.into() });
        if folder.is_empty() {
            return Err(refused("a folder or URL where the shards will be, found nothing"));
        }
        let scheme = folder.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        let is_escaped = matches!(scheme.as_deref(), Some("http" | "https"));
        let mut taken: HashMap<&str, &str> = HashMap::new();
        let mut urls = Vec::with_capacity(self.urls.len());
        for (url, name) in self.urls.iter().zip(&self.names) {
            let Some(name) = name else { return Err(refused("a shard with a name").with_shard(&redacted(url))) };
            // A shard may be there twice.
            if let Some(other) = taken.insert(name.as_str(), url.as_str()).filter(|other| other != url) {
                let (name, other) = (name.clone(), redacted(other));
                return Err(Error::from(ColumnError::SameName { name, other }).with_shard(&redacted(url)));
            }
            let name = if is_escaped { percent_encoded(name) } else { name.clone() };
            urls.push(format!("{}/{name}", folder.trim_end_matches('/')));
        }
        self.urls = urls;
        Ok(self)
    }

    /// Writes them as JSON of kerchunk's version 1.
    pub fn write_json(&self, mut out: impl Write) -> io::Result<()> {
        let line = |out: &mut dyn Write, key: &str, value: &Json| write!(out, ",\n{}:{value}", Json::from(key));
        // Texts in it are files of their own.
        write!(
            out,
            "{{\"version\":1,\"refs\":{{\n\".zgroup\":{}",
            Json::from(json!({ "zarr_format": 2 }).to_string())
        )?;
        for field in &self.fields {
            let (array, attributes) = field.metadata(self.samples);
            line(&mut out, &format!("{}/.zarray", field.name), &array.to_string().into())?;
            line(&mut out, &format!("{}/.zattrs", field.name), &attributes.to_string().into())?;
            let inner = ".0".repeat(field.shape.len());
            match &field.chunks {
                Chunks::Here(bytes) if bytes.is_empty() => {}
                Chunks::Here(bytes) => {
                    let text = format!("base64:{}", STANDARD.encode(bytes));
                    line(&mut out, &format!("{}/0", field.name), &text.into())?;
                }
                Chunks::Places { places, len } => {
                    for (number, (shard, at)) in places.iter().enumerate() {
                        let url = usize::try_from(*shard).ok().and_then(|shard| self.urls.get(shard));
                        line(&mut out, &format!("{}/{number}{inner}", field.name), &json!([url, at, len]))?;
                    }
                }
            }
        }
        out.write_all(b"\n}}\n")?;
        out.flush()
    }

    /// Writes them to a file, whole or not at all; one that is there is replaced.
    ///
    /// # Errors
    /// Those of writing a file; they name it.
    pub fn save(&self, path: impl AsRef<std::path::Path>) -> Result<()> {
        let path = path.as_ref();
        let write = || {
            let mut file = crate::atomic::AtomicFile::create(path)?;
            self.write_json(io::BufWriter::new(&mut file))?;
            file.sync()?;
            file.commit()
        };
        write().map(drop).map_err(|error: io::Error| Error::from(error).with_shard(&path.to_string_lossy()))
    }
}

impl std::fmt::Debug for References {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("References")
            .field("samples", &self.samples)
            .field("places", &self.places())
            .finish_non_exhaustive()
    }
}
