//! Columns that xarray and zarr read out of shards by references.
#![allow(clippy::cast_precision_loss, reason = "the numbers are small")]

use std::path::Path;

use atdata::{Dataset, Packable, ShardWriter};
use atdata_tests::python::columns;
use atdata_tests::services::Http;
use ndarray::{Array1, Array2};

const SAMPLES: u16 = 25;

#[derive(Packable)]
struct Cast {
    before: Vec<u8>,
    #[packable(shape = [50, 60], dims = ["depth", "time"])]
    temperature: Array2<f32>,
    station: i64,
    depth: f64,
    is_deep: bool,
    grid: Array1<i64>,
}

/// The same as in tests/python/columns.py.
fn cast(n: u16) -> Cast {
    let at = |(i, j): (usize, usize)| (usize::from(n) * 10_000 + i * 100 + j) as f32;
    Cast {
        before: vec![7; 3000 + usize::from(n) * 13],
        temperature: Array2::from_shape_fn((50, 60), at),
        station: i64::from(n) * 1_000_000 - 5,
        depth: f64::from(n) / 7.0,
        is_deep: n.is_multiple_of(3),
        grid: (0..7).map(|i| i * 1000 + i64::from(n)).collect(),
    }
}

const FIELDS: [&str; 5] = ["temperature", "grid", "station", "depth", "is_deep"];

pub(crate) fn python_reads_columns_where_they_lie(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let builder = ShardWriter::builder(folder.path().join("c-%02d.tar")).max_count(10).contents(true);
    let casts: Dataset<Cast> = builder.write_all((0..SAMPLES).map(cast)).unwrap().open().unwrap();
    let file = folder.path().join("casts.json");
    let samples = SAMPLES.to_string();
    let check = || columns(python, &[file.as_os_str(), samples.as_ref()]);
    casts.references(&FIELDS).unwrap().save(&file).unwrap();
    check();
    // The same shards on a server, of which the references are made there and here.
    let server = Http::start(folder.path());
    casts.references(&FIELDS).unwrap().at(&server.url("")).unwrap().save(&file).unwrap();
    check();
    let there = Dataset::<Cast>::open(format!("{}c-{{00..02}}.tar", server.url(""))).unwrap();
    there.references(&FIELDS).unwrap().save(&file).unwrap();
    check();
}
