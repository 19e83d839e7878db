//! Fields in the formats of other libraries, which Python decodes by the record that Rust writes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use atdata::format::arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use atdata::format::{ArrowTensor, DataFrame, Safetensors, Sparse, Structured};
use atdata::format::{SparseLayout, SparseMatrix};
use atdata::{Dataset, DynArray, Packable};
use atdata_tests::python::interop;
use atdata_tests::{Encode, normal};
use ndarray::{Array3, arr0, array};
use serde_json::{Value as Json, json};

/// One of each kind.
#[derive(Packable, Debug, Clone, PartialEq)]
struct Formats {
    structured: Structured,
    sparse: Sparse,
    arrow_tensor: ArrowTensor,
    safetensors: Safetensors,
    dataframe: DataFrame,
    absent: Option<Sparse>,
}

pub(crate) fn python_decodes_the_formats_that_rust_writes(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let shard = folder.path().join("formats.tar");
    let matrices = matrices();
    let (samples, expected): (Vec<_>, Vec<_>) = matrices.iter().map(sample).unzip();
    Dataset::write(&shard, samples).unwrap();
    let record: Json = serde_json::from_str(&Formats::schema_record().to_local().to_string()).unwrap();
    let request = folder.path().join("request.json");
    std::fs::write(&request, json!({ "record": record, "url": shard.to_str().unwrap() }).to_string()).unwrap();
    let response = folder.path().join("response.json");
    interop(python, &["formats".as_ref(), request.as_os_str(), response.as_os_str()]);
    let found: Vec<Json> = serde_json::from_slice(&std::fs::read(response).unwrap()).unwrap();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(normal(found), expected);
    }
}

/// One matrix in every layout, and arrays of other numbers of dimensions.
fn matrices() -> Vec<SparseMatrix> {
    let values = || DynArray::from_array(&array![1.5_f32, -2.0, 3.0]);
    let matrix = |layout, values| SparseMatrix::try_new(&[2, 4], layout, values).unwrap();
    let (indptr, indices) = (vec![0, 2, 3], vec![0, 3, 1]);
    let csr = matrix(SparseLayout::Csr { indptr, indices }, values());
    let (indptr, indices) = (vec![0, 1, 1, 2, 3], vec![0, 1, 1]);
    let csc = matrix(SparseLayout::Csc { indptr, indices }, values());
    let coordinates = vec![vec![0, 1, 1], vec![3, 0, 0]];
    let coo = matrix(SparseLayout::Coo { coordinates }, values());
    let blocks =
        DynArray::from_array(&Array3::from_shape_fn((1, 2, 2), |(_, r, c)| if r == c { 1.0_f32 } else { 2.0 }));
    let bsr = matrix(SparseLayout::Bsr { indptr: vec![0, 1], indices: vec![1] }, blocks);
    let diagonals = DynArray::from_array(&array![[1.0_f32, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]);
    let dia = matrix(SparseLayout::Dia { offsets: vec![-1, 2] }, diagonals);
    let cube =
        SparseMatrix::from_dense(&Array3::from_shape_fn((2, 2, 2), |(a, b, c)| [0.0_f32, 1.0, 2.5][a * (b + c)]))
            .unwrap();
    let line = SparseMatrix::from_dense(&array![0.0_f32, 7.0]).unwrap();
    let empty = SparseMatrix::from_dense(&array![[0.0_f32, 0.0]]).unwrap();
    vec![csr.clone(), csr.with_array(false), csc, coo, bsr, dia, cube, line, empty]
}

fn sample(matrix: &SparseMatrix) -> (Formats, Json) {
    let id = DynArray::from_array(&array![1_i32, -2]);
    let at = DynArray::from_array(&array![[0.5_f64, 1.0], [2.0, -3.0]]);
    let structured = Structured::from_fields(&[2], [("id", &id), ("at", &at)]).unwrap();
    let grid = DynArray::from_array(&array![[1_u16, 2, 3], [4, 5, 6]]);
    let tensors = [("w", &at), ("id", &id), ("scalar", &DynArray::from_array(&arr0(true)))];
    let ints: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![0.5, -1.0, 2.0]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "日本", ""]));
    let rows = RecordBatch::try_from_iter([("i", ints), ("f", floats), ("s", texts)]).unwrap();
    let expected = json!({
        "structured": { "id": id.encode(), "at": at.encode() },
        "sparse": {
            "class": format!("{}_{}", matrix.layout().name(), if matrix.is_array() { "array" } else { "matrix" }),
            "dense": DynArray::from_array(&matrix.to_dense::<f32>().unwrap()).encode(),
        },
        "arrow_tensor": { "array": grid.encode(), "dim_names": ["y", "x"] },
        "safetensors": tensors.iter().map(|(name, array)| (*name, array.encode())).collect::<BTreeMap<_, _>>(),
        "dataframe": { "i": [1, 2, 3], "f": [0.5, -1.0, 2.0], "s": ["a", "日本", ""] },
        "absent": null,
    });
    let formats = Formats {
        structured,
        sparse: Sparse::encode(matrix).unwrap(),
        arrow_tensor: ArrowTensor::named(&grid, &["y", "x"]).unwrap(),
        safetensors: Safetensors::from_tensors(tensors).unwrap(),
        dataframe: DataFrame::from_batch(&rows).unwrap(),
        absent: None,
    };
    (formats, expected)
}
