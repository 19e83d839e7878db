//! Tests of columns over shards that are files; those on servers are in `tests/remote/columns.rs`.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::float_cmp
)]

mod missing;
#[cfg(feature = "json")]
mod references;

use std::path::Path;

use half::f16;
use ndarray::{Array1, Array2, Array3, Axis, s};

use super::*;
use crate::dataset::ShardWriter;
use crate::sample::DictSample;
use crate::{Packable, Value};

/// Samples of one size, larger than what is read whole.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(query)]
struct Cast {
    salinity: Array2<f64>,
    temperature: Array2<f32>,
    label: String,
    station: i64,
    is_deep: bool,
    depth: f64,
    flags: Option<Array1<u8>>,
    note: Option<String>,
    track: Array2<i16>,
}

/// The same fields as members.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(query, layout = "members")]
struct CastMembers {
    #[packable(member = "salinity.npy")]
    salinity: Array2<f64>,
    #[packable(member = "temperature.npy")]
    temperature: Array2<f32>,
    #[packable(member = "label.txt")]
    label: String,
    #[packable(member = "cls")]
    station: i64,
}

fn cast(n: usize) -> Cast {
    let at = |i: usize, j: usize| (n * 10_000 + i * 100 + j) as f64;
    Cast {
        salinity: Array2::from_shape_fn((30, 40), |(i, j)| at(i, j) / 3.0),
        temperature: Array2::from_shape_fn((50, 60), |(i, j)| at(i, j) as f32),
        label: format!("cast {n}{}", "x".repeat(n * 7 % 40)),
        station: n as i64 * 1_000_000 - 5,
        is_deep: n.is_multiple_of(3),
        depth: n as f64 / 7.0,
        flags: (n % 4 != 1).then(|| Array1::from_elem(20, n as u8)),
        note: n.is_multiple_of(2).then(|| format!("note {n}")),
        track: Array2::from_shape_fn((n % 5, 3), |(i, j)| (n * 100 + i * 10 + j) as i16),
    }
}

const CASTS: usize = 23;

fn write(folder: &Path, pattern: &str, contents: bool) -> Dataset<Cast> {
    let writer = ShardWriter::builder(folder.join(pattern)).max_count(9).contents(contents);
    writer.write_all((0..CASTS).map(cast)).unwrap().open().unwrap()
}

fn stacked<T: Element, D>(of: impl Fn(usize) -> Array<T, D>, rows: &[usize]) -> Array<T, D::Larger>
where
    D: Dimension<Larger: ndarray::RemoveAxis>,
{
    let rows: Vec<_> = rows.iter().map(|n| of(*n)).collect();
    let views: Vec<_> = rows.iter().map(|row| row.view()).collect();
    ndarray::stack(Axis(0), &views).unwrap()
}

/// In shards with contents, without, and in those that can be read from their begin alone.
fn each_kind(test: impl Fn(&Dataset<Cast>)) {
    for (pattern, contents) in [("a-%02d.tar", true), ("a-%02d.tar", false), ("a-%02d.tar.gz", false)] {
        let folder = tempfile::tempdir().unwrap();
        test(&write(folder.path(), pattern, contents));
    }
}

#[test]
fn a_column_is_what_the_samples_have() {
    each_kind(|casts| {
        let all: Vec<usize> = (0..CASTS).collect();
        let temperature = casts.column(Cast::temperature()).unwrap();
        let read: Array3<f32> = temperature.read().unwrap();
        assert_eq!(read, stacked(|n| cast(n).temperature, &all));
        assert_eq!(temperature.read_range(7..20).unwrap(), stacked(|n| cast(n).temperature, &all[7..20]));
        assert_eq!(temperature.read_range(20..=22).unwrap(), stacked(|n| cast(n).temperature, &all[20..]));
        let chosen = [22, 3, 3, 17, 0];
        assert_eq!(temperature.read_at(&chosen).unwrap(), stacked(|n| cast(n).temperature, &chosen));
        assert_eq!(casts.column(Cast::salinity()).unwrap().read().unwrap(), stacked(|n| cast(n).salinity, &all));
        assert_eq!(temperature.len().unwrap(), CASTS);
        assert_eq!(temperature.read_range(4..4).unwrap().len(), 0);
        assert_eq!(temperature.read_at(&[]).unwrap().len(), 0);
        // One that ends before it begins is empty, if it begins within.
        let backwards = |from: usize, to: usize| temperature.read_range(from..to);
        assert_eq!(backwards(5, 3).unwrap().len(), 0);
        assert_eq!(backwards(CASTS, 3).unwrap().len(), 0);
        assert_eq!(backwards(CASTS + 1, 3).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(temperature.read_range(CASTS + 1..).unwrap_err().kind(), ErrorKind::NotFound);
        let chunks: Vec<_> = temperature.chunks(10).collect::<Result<_>>().unwrap();
        assert_eq!(chunks.iter().map(|chunk| chunk.len_of(Axis(0))).collect::<Vec<_>>(), [10, 10, 3]);
        let views: Vec<_> = chunks.iter().map(|chunk| chunk.view()).collect();
        assert_eq!(ndarray::concatenate(Axis(0), &views).unwrap(), read);
    });
}

#[test]
fn a_slice_of_each_array_is_that_of_the_whole() {
    each_kind(|casts| {
        let temperature = casts.column(Cast::temperature()).unwrap();
        let whole = temperature.read().unwrap();
        assert_eq!(temperature.slice(s![..10, ..20]).read().unwrap(), whole.slice(s![.., ..10, ..20]));
        assert_eq!(temperature.slice(s![-1, ..;-3]).read().unwrap(), whole.slice(s![.., -1, ..;-3]));
        let one: Array1<f32> = temperature.slice(s![.., 5]).slice(s![7]).read_range(3..6).unwrap();
        assert_eq!(one, whole.slice(s![3..6, 7, 5]));
        let untyped = casts.column("temperature").unwrap().slice(s![1, 2..4]).read_at(&[5]).unwrap();
        assert_eq!(untyped, DynArray::from_array(&whole.slice(s![5..6, 1, 2..4])));
        let error = temperature.slice(s![50, ..]).read().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
        let text = format!("{error:#}");
        assert!(text.contains("Cast.temperature") && text.contains("at least 51 in dimension 0"), "{text}");
    });
}

#[test]
fn scalars_and_text_are_columns_of_one_dimension() {
    each_kind(|casts| {
        let all = 0..CASTS;
        let stations: Array1<i64> = casts.column(Cast::station()).unwrap().read().unwrap();
        assert_eq!(stations, all.clone().map(|n| cast(n).station).collect::<Array1<_>>());
        let deep: Array1<bool> = casts.column(Cast::is_deep()).unwrap().read().unwrap();
        assert_eq!(deep, all.clone().map(|n| cast(n).is_deep).collect::<Array1<_>>());
        let depths = casts.column(Cast::depth()).unwrap().read().unwrap();
        assert_eq!(depths, all.clone().map(|n| cast(n).depth).collect::<Array1<_>>());
        let labels: Vec<String> = casts.column(Cast::label()).unwrap().read().unwrap();
        assert_eq!(labels, all.clone().map(|n| cast(n).label).collect::<Vec<_>>());
        let untyped = |name: &str| casts.column(name).unwrap().read().unwrap();
        assert_eq!(untyped("depth"), DynArray::from_array(&depths));
        assert_eq!(untyped("station"), DynArray::from_array(&stations));
        assert_eq!(untyped("is_deep"), DynArray::from_array(&deep));
        let error = casts.column("label").unwrap().read().unwrap_err();
        assert!(format!("{error:#}").contains("found a string"), "{error:#}");
    });
}

#[test]
fn what_is_missing_has_a_mask() {
    each_kind(|casts| {
        let flags = casts.column(Cast::flags()).unwrap().read().unwrap();
        let present: Array1<bool> = (0..CASTS).map(|n| cast(n).flags.is_some()).collect();
        assert_eq!(flags.mask, present);
        let values = |n: usize| cast(n).flags.unwrap_or_else(|| Array1::zeros(20));
        assert_eq!(flags.values, stacked(values, &(0..CASTS).collect::<Vec<_>>()));
        // The first of these is null: how large it would be, only the next one tells.
        assert_eq!(casts.column(Cast::flags()).unwrap().read_range(1..3).unwrap().values, stacked(values, &[1, 2]));
        let some = casts.column(Cast::flags()).unwrap().slice(s![..2]).read_at(&[5, 6]).unwrap();
        assert_eq!((some.values.shape(), some.mask.to_vec()), (&[2, 2][..], vec![false, true]));
        let notes = casts.column(Cast::note()).unwrap().read().unwrap();
        assert_eq!((notes.values[2].as_str(), notes.values[3].as_str(), notes.mask[3]), ("note 2", "", false));
        let error = casts.column_as::<String>("note").unwrap().read().unwrap_err();
        assert!(format!("{error:#}").contains("a column of `Option` has a mask"), "{error:#}");
    });
}

#[test]
fn arrays_of_different_sizes_are_values_and_offsets() {
    each_kind(|casts| {
        let track = casts.column(Cast::track()).unwrap();
        let error = track.read().unwrap_err();
        assert_eq!((error.kind(), error.field_path()), (ErrorKind::SchemaMismatch, "Cast.track".to_owned()));
        let text = format!("{error:#}");
        assert!(text.contains("[0, 3]") && text.contains("[1, 3]") && text.contains("Column::ragged"), "{text}");
        assert!(error.key().is_some() && error.shard().is_some(), "{text}");
        let ragged = track.ragged().read().unwrap();
        assert_eq!(ragged.len(), CASTS);
        assert_eq!(ragged.offsets()[..6], [0, 0, 3, 9, 18, 30]);
        for (n, row) in ragged.rows().enumerate() {
            assert_eq!(row, cast(n).track);
        }
        let tracks: Vec<_> = (0..CASTS).map(|n| cast(n).track).collect();
        let views: Vec<_> = tracks.iter().map(|track| track.view()).collect();
        assert_eq!(ragged.concatenated().unwrap(), ndarray::concatenate(Axis(0), &views).unwrap());
        let last = track.ragged().slice(s![.., 2]).read_at(&[4, 1]).unwrap();
        assert_eq!((last.values(), last.offsets()), (&[402_i16, 412, 422, 432, 102][..], &[0, 4, 5][..]));
        let other = casts.column(Cast::temperature()).unwrap().slice(s![..3, ..]).ragged().read_range(..2).unwrap();
        assert_eq!(other.concatenated().unwrap().shape(), [6, 60]);
    });
}

#[test]
fn fields_that_are_members_are_read_alone() {
    for contents in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let members = (0..CASTS).map(|n| {
            let Cast { salinity, temperature, label, station, .. } = cast(n);
            CastMembers { salinity, temperature, label, station }
        });
        let writer = ShardWriter::builder(folder.path().join("m-%02d.tar")).max_count(9).contents(contents);
        let casts: Dataset<CastMembers> = writer.write_all(members).unwrap().open().unwrap();
        let all: Vec<usize> = (0..CASTS).collect();
        let temperature = casts.column(CastMembers::temperature()).unwrap();
        assert_eq!(temperature.read().unwrap(), stacked(|n| cast(n).temperature, &all));
        let part = temperature.slice(s![3..5, ..]).read_at(&[20, 1]).unwrap();
        assert_eq!(part, stacked(|n| cast(n).temperature.slice_move(s![3..5, ..]), &[20, 1]));
        let stations = casts.column(CastMembers::station()).unwrap().read().unwrap();
        assert_eq!(stations, all.iter().map(|n| cast(*n).station).collect::<Array1<_>>());
        assert_eq!(casts.column(CastMembers::label()).unwrap().read().unwrap()[4], cast(4).label);
        // The same shards without a type: fields have the names of the members.
        let any = Dataset::<DictSample>::open(casts.shards().to_vec()).unwrap();
        let salinity = any.column_as::<Array2<f64>>("salinity.npy").unwrap().read().unwrap();
        assert_eq!(salinity, stacked(|n| cast(n).salinity, &all));
        assert_eq!(any.column_as::<String>("label.txt").unwrap().read_at(&[7]).unwrap(), [cast(7).label]);
        assert_eq!(any.column_as::<Option<String>>("other").unwrap().read().unwrap().mask.to_vec(), [false; CASTS]);
    }
}

#[test]
fn other_dtypes_are_converted_if_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    let array = |n: u8| match n {
        1 => DynArray::from_array(&Array2::from_elem((40, 70), f32::from(n))),
        2 => DynArray::from_elements(">f8", [40, 70], 2.0_f64.to_be_bytes().repeat(2800)).unwrap(),
        _ => DynArray::from_array(&Array2::from_elem((40, 70), f64::from(n))),
    };
    let sample = |n: u8| DictSample::from_iter([("x", Value::Bin(array(n).to_bytes().into()))]);
    Dataset::write(&path, (0..4).map(sample)).unwrap();
    let dataset = Dataset::<DictSample>::open(&path).unwrap();
    let x = dataset.column_as::<Array2<f64>>("x").unwrap();
    let error = x.read().unwrap_err();
    assert!(
        format!("{error:#}").contains("expected dtype float64, found float32 (`Column::cast` converts)"),
        "{error:#}"
    );
    let read = x.cast().slice(s![0, ..2]).read().unwrap();
    assert_eq!(read, ndarray::array![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]);
    let halves = dataset.column_as::<Array2<f16>>("x").unwrap().cast().read_at(&[3]).unwrap();
    assert_eq!(halves[[0, 39, 69]], f16::from_f32(3.0));
    let error = dataset.column("x").unwrap().read().unwrap_err();
    assert!(format!("{error:#}").contains("<f8, as the samples before it have, found <f4"), "{error:#}");
    let error = dataset.column_as::<Array3<f64>>("x").unwrap().read().unwrap_err();
    assert!(format!("{error:#}").contains("expected 3 dimensions, found 2"), "{error:#}");
}

/// As numpy saves it where the first axis runs fastest.
#[test]
fn arrays_in_fortran_order_are_turned() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    let npy = |n: u16| {
        let dict = format!("{:117}\n", "{'descr': '<u2', 'fortran_order': True, 'shape': (40, 70), }");
        let columns = (0..70).flat_map(|j| (0..40).flat_map(move |i| (n + i * 100 + j).to_le_bytes()));
        [&b"\x93NUMPY\x01\0\x76\0"[..], dict.as_bytes()].concat().into_iter().chain(columns).collect::<Vec<u8>>()
    };
    let sample = |n| DictSample::from_iter([("x", Value::Bin(npy(n).into()))]);
    Dataset::write(&path, (0..4).map(sample)).unwrap();
    let dataset = Dataset::<DictSample>::open(&path).unwrap();
    let x = dataset.column_as::<Array2<u16>>("x").unwrap();
    let expected = |n: usize| Array2::from_shape_fn((40, 70), |(i, j)| (n + i * 100 + j) as u16);
    assert_eq!(x.read().unwrap(), stacked(expected, &[0, 1, 2, 3]));
    assert_eq!(x.slice(s![2..4, ..;9]).read_at(&[3]).unwrap(), stacked(expected, &[3]).slice(s![.., 2..4, ..;9]));
}

#[test]
fn fields_inside_of_others_are_columns_too() {
    #[derive(Packable, Debug, Clone)]
    #[packable(query)]
    struct Camera {
        model: String,
        matrix: Array2<f32>,
    }
    #[derive(Packable, Debug, Clone)]
    #[packable(query)]
    struct Shot {
        pixels: Vec<u8>,
        camera: Camera,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    let shot = |n: u8| Shot {
        pixels: vec![n; 6000],
        camera: Camera { model: format!("m{n}"), matrix: Array2::from_elem((3, 3), n.into()) },
    };
    Dataset::write(&path, (0..5).map(shot)).unwrap();
    let shots = Dataset::<Shot>::open(&path).unwrap();
    let matrix = shots.column(Shot::camera().then(Camera::matrix())).unwrap().read().unwrap();
    assert_eq!((matrix.shape(), matrix[[4, 2, 2]]), (&[5, 3, 3][..], 4.0));
    assert_eq!(shots.column(Shot::camera().then(Camera::model())).unwrap().read().unwrap()[3], "m3");
}

#[test]
fn errors_name_shard_key_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let casts = write(folder.path(), "a-%02d.tar", true);
    let error = casts.column("temprature").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(format!("{error:#}").contains("it has \"salinity\", \"temperature\""), "{error:#}");
    let error = casts.filter(|_| true).column(Cast::depth()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let temperature = casts.column(Cast::temperature()).unwrap();
    for error in [temperature.read_range(20..24).unwrap_err(), temperature.read_at(&[1, 23]).unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(format!("{error:#}").contains("up to 23"), "{error:#}");
    }
    let dict = Dataset::<DictSample>::open(casts.shards().to_vec()).unwrap();
    let error = dict.column_as::<Array2<f32>>("salinity").unwrap().read_at(&[11]).unwrap_err();
    assert!(error.shard().unwrap().ends_with("a-01.tar") && error.key().is_some() && error.offset().is_some());
    assert!(format!("{error:#}").contains("[\"salinity\"]: expected dtype float32, found float64"), "{error:#}");
    let error = dict.column("nothing").unwrap().read().unwrap_err();
    assert!(format!("{error:#}").contains("the field is missing"), "{error:#}");
}

#[test]
fn a_shard_that_was_changed_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let casts = write(folder.path(), "a-%02d.tar", true);
    let temperature = casts.column(Cast::temperature()).unwrap();
    temperature.read().unwrap();
    let path = folder.path().join("a-01.tar");
    let whole = std::fs::read(&path).unwrap();
    let place = crate::shard::Contents::open(&path).unwrap().unwrap().sample(3).unwrap();
    let data = usize::try_from(place.members[0].data).unwrap();
    let reopened = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let casts = Dataset::<Cast>::open(casts.shards().to_vec()).unwrap();
        casts.column(Cast::temperature()).unwrap().slice(s![.., 0]).read_at(&[12]).unwrap_err()
    };
    // Its header.
    let mut bytes = whole.clone();
    bytes[data - 512 + 110] ^= 1;
    let error = reopened(&bytes);
    assert_eq!((error.kind(), error.key()), (ErrorKind::Conflict, Some(place.key.as_str())), "{error:#}");
    // What leads to the field: the length of the one before claims more than there is.
    let mut bytes = whole.clone();
    let at = data + whole[data..].iter().position(|byte| *byte == 0xc5).unwrap();
    bytes[at] = 0xc6;
    let error = reopened(&bytes);
    assert_eq!((error.kind(), error.key()), (ErrorKind::Corrupt, Some(place.key.as_str())), "{error:#}");
    // Cut.
    let error = reopened(&whole[..whole.len() - 1024]);
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:#}");
}

/// Members that are read whole are held against their checksums.
#[test]
fn damage_of_a_whole_member_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    let sample = |n: i64| DictSample::from_iter([("n", Value::Int(n)), ("text", Value::Str("t".repeat(100)))]);
    let writer = ShardWriter::builder(&path).contents(true);
    writer.write_all((0..5).map(sample)).unwrap();
    let place = crate::shard::Contents::open(&path).unwrap().unwrap().sample(3).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[usize::try_from(place.members[0].data).unwrap() + 60] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let error = Dataset::<DictSample>::open(&path).unwrap().column("n").unwrap().read().unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Conflict, Some(place.key.as_str())), "{error:#}");
}
