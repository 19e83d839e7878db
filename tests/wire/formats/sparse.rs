//! Sparse matrices.

use std::io::Read;

use atdata::format::Sparse;
use atdata::format::{SparseLayout, SparseMatrix};
use atdata::{DynArray, ErrorKind, Packable};
use atdata_tests::{Encode, normal};
use ndarray::{Array1, Array3, ArrayD, array};
use proptest::prelude::*;
use serde_json::json;

use super::{Item, check_damage, check_record, check_shard, items};

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(name = "Fmt_sparse")]
struct Sample {
    name: String,
    value: Option<Sparse>,
}

#[test]
fn the_shard_of_python_is_read_and_written_back() {
    check_shard::<Sample>("sparse", |s| (&s.name, s.value.as_ref().map(|value| &**value.as_bytes())));
    check_record::<Sample>("sparse");
}

fn decode(item: &Item) -> SparseMatrix {
    Sparse::from_bytes(item.bytes.clone()).unwrap().decode().unwrap_or_else(|error| panic!("{}: {error}", item.name))
}

fn dense(matrix: &SparseMatrix) -> serde_json::Value {
    match matrix.values().dtype().unwrap() {
        atdata::Dtype::Float32 => DynArray::from_array(&matrix.to_dense::<f32>().unwrap()).encode(),
        _ => DynArray::from_array(&matrix.to_dense::<f64>().unwrap()).encode(),
    }
}

#[test]
fn every_layout_of_scipy_is_read() {
    for item in items("sparse") {
        let matrix = decode(&item);
        assert_eq!(matrix.layout().name(), item.value["format"].as_str().unwrap());
        assert_eq!(json!(matrix.shape()), item.value["shape"]);
        assert_eq!(matrix.is_array(), item.value["class"].as_str().unwrap().ends_with("_array"));
        assert_eq!(matrix.values().encode(), normal(&item.value["arrays"]["data"]), "{}", item.name);
        assert_eq!(dense(&matrix), normal(&item.value["dense"]), "{}", item.name);
    }
}

fn members(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let mut members = Vec::new();
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        members.push((member.name().unwrap().into_owned(), bytes));
    }
    members
}

#[test]
fn a_matrix_is_written_with_the_arrays_that_scipy_writes() {
    for item in items("sparse") {
        let matrix = decode(&item);
        let again = Sparse::encode(&matrix).unwrap();
        assert_eq!(again.decode().unwrap(), matrix, "{}", item.name);
        assert_eq!(Sparse::encode(&matrix).unwrap(), again, "no clock");
        // How far deflate goes is the compressor's affair; what it packs is the same to the byte.
        assert_eq!(members(again.as_bytes()), members(&item.bytes), "{}", item.name);
    }
}

#[test]
fn arrays_of_any_number_of_dimensions_are_kept() {
    let line = array![0_i8, 3, 0, -1];
    let cube = Array3::from_shape_fn((2, 3, 4), |(a, b, c)| if (a + b + c) % 3 == 0 { 1.5 } else { 0.0 });
    let line_again = SparseMatrix::from_dense(&line).unwrap();
    let line_again = Sparse::encode(&line_again).unwrap().decode().unwrap();
    assert_eq!(line_again.to_dense::<i8>().unwrap(), line.into_dyn());
    let cube_again = Sparse::encode(&SparseMatrix::from_dense(&cube).unwrap()).unwrap().decode().unwrap();
    assert_eq!(cube_again.to_dense::<f64>().unwrap(), cube.into_dyn());
    assert!(cube_again.with_array(false).is_array(), "scipy has no such matrix");
    let row = SparseLayout::Csr { indptr: vec![0, 1], indices: vec![2] };
    let row = SparseMatrix::try_new(&[3], row, DynArray::from_array(&array![true])).unwrap();
    let row = Sparse::encode(&row).unwrap().decode().unwrap();
    assert_eq!(row.to_dense::<bool>().unwrap(), array![false, false, true].into_dyn());
}

#[test]
fn values_at_the_same_place_add_up() {
    let layout = || SparseLayout::Coo { coordinates: vec![vec![0, 0], vec![1, 1]] };
    let of = |values: DynArray| SparseMatrix::try_new(&[1, 2], layout(), values).unwrap();
    let sum = of(DynArray::from_array(&array![1_u8, 2])).to_dense::<u8>().unwrap();
    assert_eq!(sum, array![[0, 3]].into_dyn());
    let any = of(DynArray::from_array(&array![true, true])).to_dense::<bool>().unwrap();
    assert_eq!(any, array![[false, true]].into_dyn());
    let error = of(DynArray::from_array(&array![200_u8, 100])).to_dense::<u8>().unwrap_err();
    assert_eq!(error.to_string(), "the values at [0, 1] add up to more than uint8 holds");
}

fn refused(shape: &[usize], layout: SparseLayout, values: &DynArray) -> String {
    let error = SparseMatrix::try_new(shape, layout, values.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    error.to_string()
}

#[test]
fn parts_that_make_no_matrix_are_refused() {
    let two = DynArray::from_array(&array![1.0, 2.0]);
    let csr =
        |indptr: &[usize], indices: &[usize]| SparseLayout::Csr { indptr: indptr.to_vec(), indices: indices.to_vec() };
    assert_eq!(refused(&[2, 2], csr(&[0, 2], &[0, 1]), &two), "expected 3 indptr, found 2");
    assert_eq!(refused(&[1, 2], csr(&[0, 2], &[0]), &two), "expected 2 indices, found 1");
    assert_eq!(
        refused(&[2, 2], csr(&[0, 2, 1], &[0, 1]), &two),
        "indptr[2] is 1, but must be at least 2 and at most 2"
    );
    assert_eq!(refused(&[1, 2], csr(&[1, 2], &[0, 1]), &two), "indptr[0] is 1, but must be at least 0 and at most 0");
    assert_eq!(refused(&[1, 2], csr(&[0, 2], &[0, 2]), &two), "indices[1] is 2, beyond the 2 that the shape has");
    assert_eq!(
        refused(&[usize::MAX, 2], csr(&[0, 2], &[0, 1]), &two),
        format!("expected {} indptr, found 2", usize::MAX)
    );
    assert_eq!(
        refused(&[1, 1, 2], csr(&[0, 2], &[0, 1]), &two),
        "a sparse matrix of format csr cannot have shape [1, 1, 2]"
    );
    let blocks = |shape: (usize, usize, usize)| DynArray::from_array(&Array3::<f32>::zeros(shape));
    let bsr = || SparseLayout::Bsr { indptr: vec![0, 1], indices: vec![0] };
    assert_eq!(refused(&[2, 2], bsr(), &two), "the values of format bsr have 3 dimensions, found shape [2]");
    for shape in [(1, 0, 2), (1, 2, 3)] {
        assert!(refused(&[2, 2], bsr(), &blocks(shape)).contains("do not tile a matrix of shape [2, 2]"));
    }
    let dia = SparseLayout::Dia { offsets: vec![1, 1] };
    assert_eq!(refused(&[2, 2], dia, &DynArray::from_array(&array![[1], [2]])), "offsets[1] is 1 again");
}

#[test]
fn a_shape_without_end_is_not_allocated() {
    let layout = SparseLayout::Coo { coordinates: vec![vec![1 << 40], vec![3]] };
    let matrix = SparseMatrix::try_new(&[1 << 50, 1 << 50], layout, DynArray::from_array(&array![1.0])).unwrap();
    let error = matrix.to_dense::<f64>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let again = Sparse::encode(&matrix).unwrap().decode().unwrap();
    let mut found = Vec::new();
    again.for_each(|index, value: f64| found.push((index.to_vec(), value))).unwrap();
    assert_eq!(found, [(vec![1 << 40, 3], 1.0)]);
    assert_eq!(
        matrix.for_each(|_, _: f32| ()).unwrap_err().to_string(),
        "expected dtype float32, found float64 (`cast_array` converts)"
    );
}

#[test]
fn diagonals_beyond_the_matrix_hold_nothing() {
    let offsets = vec![i64::MIN, -1, 0, 1, i64::MAX];
    let values = DynArray::from_array(&array![[9, 9, 9], [1, 2, 9], [3, 4, 9], [9, 5, 9], [9, 9, 9]]);
    let matrix = SparseMatrix::try_new(&[2, 2], SparseLayout::Dia { offsets }, values).unwrap();
    let matrix = Sparse::encode(&matrix).unwrap().decode().unwrap();
    assert_eq!(matrix.to_dense::<i32>().unwrap(), array![[3, 5], [1, 4]].into_dyn());
}

#[test]
fn damage_is_an_error() {
    for item in &items("sparse")[..3] {
        check_damage(&item.bytes, |bytes| {
            let matrix = Sparse::from_bytes(bytes)?.decode()?;
            matrix.for_each(|_, _: f32| ())
        });
    }
}

#[test]
fn an_archive_of_something_else_is_told_from_a_matrix() {
    let error = Sparse::from_bytes(&b"PAR1PAR1"[..]).unwrap_err();
    assert_eq!(error.to_string(), "expected a sparse matrix (an npz file), found a Parquet file");
    let error = Sparse::from_bytes(&b"PK\x05\x06"[..]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
}

#[test]
fn lists_and_batches_of_matrices_are_kept() {
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Several {
        all: Vec<Sparse>,
        one: Option<Sparse>,
    }

    let all: Vec<_> = items("sparse").iter().map(|item| Sparse::from_bytes(item.bytes.clone()).unwrap()).collect();
    let samples = [Several { all: all.clone(), one: all.first().cloned() }, Several { all: vec![], one: None }];
    let batch = SeveralBatch::from_samples(samples.iter().map(|s| Several::unpack(&s.pack()).unwrap())).unwrap();
    assert_eq!(batch.to_samples(), samples);
    assert_eq!(Several::SCHEMA.to_string(), "Several@1.0.0 { all: list<sparse>, one: sparse? }");
}

/// The end of an archive that claims to have files without number.
#[test]
fn a_directory_without_end_is_not_allocated() {
    let zip64_end = |files: u64, size: u64, start: u64| {
        let mut end = b"PK\x06\x06".to_vec();
        end.extend(44_u64.to_le_bytes());
        end.extend([45, 0, 45, 0]);
        end.extend([0; 8]);
        end.extend([files, files, size, start].iter().flat_map(|word| word.to_le_bytes()));
        end
    };
    for (files, size, start) in [(1 << 40, 1 << 46, 1 << 41), (1 << 33, 1 << 40, 0), (u64::MAX, u64::MAX, u64::MAX)] {
        let mut bytes = items("sparse")[0].bytes.clone();
        // Without its own end, which would be looked for next.
        bytes.truncate(bytes.len() - 22);
        let at = bytes.len() as u64;
        bytes.extend(zip64_end(files, size, start));
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(at.to_le_bytes());
        bytes.extend([1, 0, 0, 0]);
        bytes.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
        let error = Sparse::from_bytes(bytes).unwrap().decode().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }
}

proptest! {
    #[test]
    fn what_is_dense_survives(rows in 0_usize..6, columns in 0_usize..6, seed: u64) {
        let value = |at: usize| if (seed >> (at % 61)).is_multiple_of(4) { 0 } else { i64::try_from(at).unwrap() - 7 };
        let dense = ArrayD::from_shape_vec(vec![rows, columns], (0..rows * columns).map(value).collect()).unwrap();
        let sparse = Sparse::encode(&SparseMatrix::from_dense(&dense).unwrap()).unwrap();
        prop_assert_eq!(sparse.decode().unwrap().to_dense::<i64>().unwrap(), dense.clone());
        let flat: Array1<i64> = dense.iter().copied().collect();
        let indptr = (0..=rows).map(|row| row * columns).collect();
        let indices = (0..rows * columns).map(|at| at % columns).collect();
        let csr = SparseMatrix::try_new(&[rows, columns], SparseLayout::Csr { indptr, indices }, DynArray::from_array(&flat));
        let csr = Sparse::encode(&csr.unwrap()).unwrap().decode().unwrap();
        prop_assert_eq!(csr.to_dense::<i64>().unwrap(), dense);
    }
}
