//! Large samples in plain files, of which no more is read than is asked for: values and errors are those of whole ones.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::fmt::Debug;
use std::io::Write;
use std::path::{Path, PathBuf};

use atdata::{Batch, Dataset, DictSample, DynArray, ErrorKind, Packable, ReadOptions, Shuffle};
use atdata_tests::archive::tar;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use ndarray::{Array1, Array2, Array3};
use num_complex::Complex;
use tempfile::TempDir;

/// A value of each kind that is read in a way of its own, some of them large.
#[derive(Packable, Debug, Clone, PartialEq)]
struct Mixed {
    id: i64,
    image: Array3<u8>,
    wide: Array1<f32>,
    waves: Array1<Complex<f64>>,
    mask: Array2<bool>,
    #[packable(ragged)]
    uneven: Array1<i16>,
    any: DynArray,
    name: String,
    data: Vec<u8>,
    shared: Bytes,
    words: Vec<String>,
    note: Option<String>,
    last: f64,
}

/// `scale` is how many bytes the large values have, about.
fn mixed(number: usize, scale: usize) -> Mixed {
    let byte = |at: usize| u8::try_from((at * 31 + number * 7) % 251).unwrap();
    let bytes = |len: usize| (0..len).map(byte).collect::<Vec<_>>();
    Mixed {
        id: i64::try_from(number).unwrap(),
        image: Array3::from_shape_fn((scale / 60 + 1, 20, 3), |(y, x, c)| byte(y * 60 + x * 3 + c)),
        wide: Array1::from_shape_fn(scale / 4, |at| f32::from(byte(at)) / 3.0),
        waves: Array1::from_shape_fn(scale / 16, |at| Complex::new(f64::from(byte(at)), 0.5)),
        mask: Array2::from_shape_fn((scale / 10, 10), |(y, x)| byte(y + x) % 2 == 0),
        uneven: Array1::from_shape_fn(scale / 2 + number % 3, |at| i16::from(byte(at)) - 99),
        any: DynArray::from_array(&Array1::from_shape_fn(scale / 8, |at| f64::from(byte(at)))),
        name: "ä".repeat(scale / 2),
        data: bytes(scale),
        shared: bytes(scale / 3).into(),
        words: (0..scale / 40).map(|at| format!("word {at} of {number}")).collect(),
        note: number.is_multiple_of(2).then(|| format!("note {number}")),
        last: 0.25,
    }
}

/// The last field, behind all that is large.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Mixed)]
struct Last {
    last: f64,
}

/// One large field of many, and small ones around it.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Mixed)]
struct Some3 {
    id: i64,
    wide: Array1<f32>,
    note: Option<String>,
}

/// Fields in another order.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Mixed)]
struct Backwards {
    words: Vec<String>,
    mask: Array2<bool>,
    id: i64,
}

fn gzipped(path: &Path) -> PathBuf {
    let gzipped = path.with_extension("tar.gz");
    let mut encoder = GzEncoder::new(std::fs::File::create(&gzipped).unwrap(), Compression::fast());
    encoder.write_all(&std::fs::read(path).unwrap()).unwrap();
    encoder.finish().unwrap();
    gzipped
}

/// All that a dataset gives, one by one, in batches, and shuffled.
type All<S> = (Vec<Result<S, String>>, Vec<Result<Vec<S>, String>>, Vec<Result<S, String>>);

fn all<S: Packable + 'static>(dataset: &Dataset<S>) -> All<S> {
    let text = |error: atdata::Error| {
        // The two ways to name one shard.
        format!("{error:#}").replace(".tar.gz", ".tar")
    };
    let batches = dataset.batches(5).map(|batch| batch.map(|batch| batch.to_samples()).map_err(text)).collect();
    let one_by_one = dataset.ordered().map(|sample| sample.map_err(text)).collect();
    let shuffled = dataset.shuffle(Shuffle::new(3).buffer(6)).map(|sample| sample.map_err(text)).collect();
    (one_by_one, batches, shuffled)
}

/// The same in every way to read the shard.
#[track_caller]
fn same<S: Packable + PartialEq + Debug + 'static>(path: &Path, dataset: impl Fn(&Path) -> Dataset<S>) -> All<S> {
    let found = all(&dataset(path));
    let mapped = all(&dataset(path).with_options(ReadOptions::new().map_unchanging_files(true)));
    assert!(found == mapped, "read and mapped differ");
    let unzipped = all(&dataset(&gzipped(path)));
    assert!(found == unzipped, "plain and compressed differ");
    found
}

#[test]
fn every_kind_of_value_is_read_as_from_memory() {
    let dir = tempfile::tempdir().unwrap();
    for scale in [40, 3_000, 9_000, 150_000] {
        let path = dir.path().join(format!("{scale}.tar"));
        let written: Vec<_> = (0..12).map(|number| mixed(number, scale)).collect();
        Dataset::write(&path, written.clone()).unwrap();
        let open = |path: &Path| Dataset::<Mixed>::open(path).unwrap();
        let (one_by_one, batches, _) = same(&path, open);
        assert!(one_by_one.into_iter().map(Result::unwrap).eq(written.iter().cloned()), "{scale}");
        assert!(batches.into_iter().flat_map(Result::unwrap).eq(written.iter().cloned()), "{scale}");

        let (last, ..) = same(&path, |path| open(path).as_type::<Last>());
        assert!(last.iter().all(|view| *view == Ok(Last { last: 0.25 })), "{scale}");
        let (some, batches, _) = same(&path, |path| open(path).as_type::<Some3>());
        let expected = |number: usize| {
            let Mixed { id, wide, note, .. } = written[number].clone();
            Some3 { id, wide, note }
        };
        assert!(some.into_iter().map(Result::unwrap).eq((0..12).map(expected)), "{scale}");
        assert!(batches.into_iter().flat_map(Result::unwrap).eq((0..12).map(expected)), "{scale}");
        same(&path, |path| open(path).as_type::<Backwards>());
        same(&path, |path| Dataset::<DictSample>::open(path).unwrap());
        same(&path, |path| Dataset::<DictSample>::open(path).unwrap().as_type::<Backwards>());
        let in_stages =
            |path: &Path| open(path).filter(|sample| sample.id % 3 != 0).map(|sample| Last { last: sample.last });
        let staged: Vec<_> = in_stages(&path).ordered().map(Result::unwrap).collect();
        assert_eq!(staged.len(), 8);
        let dataset = open(&path);
        assert_eq!(dataset.select(&[11, 0]).unwrap(), [written[11].clone(), written[0].clone()]);
        let key = dataset.ordered().with_keys().nth(7).unwrap().unwrap().0;
        assert_eq!(dataset.get(&key).unwrap(), written[7]);
    }
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Array {
    before: i64,
    values: Array2<f32>,
    after: String,
}

/// `{"before": 1, "values": …, "after": "end"}`, with what `extra` puts between.
fn packed(array: &[u8], extra: &[u8]) -> Vec<u8> {
    let mut out = vec![0x83 + u8::from(!extra.is_empty())];
    out.extend_from_slice(b"\xa6before\x01\xa6values\xc6");
    out.extend_from_slice(&u32::try_from(array.len()).unwrap().to_be_bytes());
    out.extend_from_slice(array);
    out.extend_from_slice(extra);
    out.extend_from_slice(b"\xa5after\xa3end");
    out
}

fn compact(dtype: &str, shape: &[u64], data: &[u8]) -> Vec<u8> {
    let mut out = vec![u8::try_from(dtype.len()).unwrap()];
    out.extend_from_slice(dtype.as_bytes());
    out.push(u8::try_from(shape.len()).unwrap());
    for size in shape {
        out.extend_from_slice(&size.to_le_bytes());
    }
    out.extend_from_slice(data);
    out
}

fn npy(fortran: bool, data: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': '<f4', 'fortran_order': {order}, 'shape': (200, 100), }}");
    header.push_str(&" ".repeat(117 - header.len()));
    header.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend_from_slice(&u16::try_from(header.len()).unwrap().to_le_bytes());
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(data);
    out
}

fn shard(dir: &TempDir, payloads: &[Vec<u8>]) -> PathBuf {
    let path = dir.path().join("a.tar");
    let names: Vec<_> = (0..payloads.len()).map(|number| format!("{number:03}.msgpack")).collect();
    let members = names.iter().zip(payloads).map(|(name, payload)| (name.as_str(), payload.as_slice()));
    std::fs::write(&path, tar(members)).unwrap();
    path
}

#[test]
fn arrays_in_every_form_and_every_mistake_are_told_as_of_whole_samples() {
    let dir = tempfile::tempdir().unwrap();
    let values = || (0..20_000_u16).map(|value| f32::from(value) / 7.0);
    let little: Vec<u8> = values().flat_map(f32::to_le_bytes).collect();
    let big: Vec<u8> = values().flat_map(f32::to_be_bytes).collect();
    let good = compact("<f4", &[200, 100], &little);
    let second = {
        // The same key again, with an array of another shape before it.
        let mut extra = b"\xa6values\xc6".to_vec();
        extra.extend_from_slice(&u32::try_from(good.len()).unwrap().to_be_bytes());
        extra.extend_from_slice(&good);
        packed(&compact("<f4", &[100, 200], &little), &extra)
    };
    let mut ends_early = packed(&good, &[]);
    ends_early.truncate(60_000);
    let mut no_map = packed(&good, &[]);
    no_map[0] = 0x93;
    let payloads = [
        packed(&good, &[]),
        packed(&compact(">f4", &[200, 100], &big), &[]),
        packed(&npy(false, &little), &[]),
        packed(&npy(true, &little), &[]),
        second,
        packed(&good, b"\xa7unknown\x05"),
        packed(&compact("<f8", &[100, 100], &little), &[]),
        packed(&compact("<f4", &[20_000], &little), &[]),
        packed(&compact("<f4", &[200, 101], &little), &[]),
        packed(&compact("<f4", &[1 << 40, 1 << 40], &little), &[]),
        packed(&compact("|u9", &[200, 100], &little), &[]),
        packed(&little, &[]),
        packed(&compact("<f4", &[100, 200], &little), &[]),
        packed(&good, &[]),
        ends_early,
        no_map,
        packed(&good, &[]),
    ];
    let path = shard(&dir, &payloads);
    let (one_by_one, batches, _) = same(&path, |path| Dataset::<Array>::open(path).unwrap());
    let kept: Vec<_> = one_by_one.iter().filter_map(|sample| sample.as_ref().ok()).collect();
    assert_eq!(kept.len(), 8, "{one_by_one:?}");
    let expected = Array2::from_shape_vec((200, 100), values().collect()).unwrap();
    assert_eq!(kept.iter().filter(|sample| sample.values == expected).count(), 6);
    // Five are of one shape; the next, of another, begins a batch that the last two do not fit.
    assert_eq!(batches.iter().filter_map(|batch| batch.as_ref().ok()).map(Vec::len).sum::<usize>(), 6);
    same(&path, |path| Dataset::<Array>::open(path).unwrap().as_type::<After>());
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Array)]
struct After {
    after: String,
}

#[test]
fn what_its_group_spoils_leaves_no_row_behind() {
    let dir = tempfile::tempdir().unwrap();
    let data: Vec<u8> = (0..20_000_u16).flat_map(|value| f32::from(value).to_le_bytes()).collect();
    let payload = packed(&compact("<f4", &[200, 100], &data), &[]);
    let small = packed(&compact("<f4", &[200, 100], &data), &[]);
    let path = dir.path().join("a.tar");
    let members: [(&str, &[u8]); 11] = [
        ("a.msgpack", &payload),
        ("bad.msgpack", &payload),
        ("bad.__bad__", b"yes"),
        ("twice.msgpack", &payload),
        ("twice.jpg", &small),
        ("twice.jpg", b"x"),
        ("b.txt", b"before"),
        ("b.msgpack", &payload),
        ("b.jpg", &small),
        ("last.msgpack", &payload),
        ("last.__bad__", b"yes"),
    ];
    std::fs::write(&path, tar(members)).unwrap();
    let (one_by_one, batches, shuffled) = same(&path, |path| Dataset::<Array>::open(path).unwrap());
    assert_eq!(one_by_one.iter().filter(|sample| sample.is_ok()).count(), 2);
    assert_eq!(shuffled.iter().filter(|sample| sample.is_ok()).count(), 2);
    let error = one_by_one.iter().find_map(|sample| sample.as_ref().err()).unwrap();
    assert!(error.contains("key twice: expected each field once, found `jpg` twice"), "{error}");
    let rows: Vec<_> = batches.iter().filter_map(|batch| batch.as_ref().ok()).map(Vec::len).collect();
    assert_eq!(rows, [2]);
    assert_eq!(batches.len(), 2);
    let keys: Vec<_> = Dataset::<Array>::open(&path).unwrap().ordered().with_keys().filter_map(Result::ok).collect();
    assert_eq!(keys.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

/// A reader of a field that looks at all that is left of its sample.
#[derive(Debug, Clone, PartialEq)]
struct Left(usize);

impl atdata::PackField for Left {
    const TYPE: atdata::schema::FieldType = <i64 as atdata::PackField>::TYPE;
    type Column = Vec<Self>;

    fn read(cursor: &mut atdata::field::Cursor<'_>) -> atdata::Result<Self> {
        let left = cursor.remaining().len();
        cursor.read_i64()?;
        Ok(Self(left))
    }

    fn write(&self, out: &mut Vec<u8>) {
        i64::write(&7, out);
    }
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Looks {
    left: Left,
    data: Vec<u8>,
    at_the_end: Left,
}

#[test]
fn whoever_looks_at_all_that_is_left_sees_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.tar");
    Dataset::write(&path, (0..4).map(|_| Looks { left: Left(0), data: vec![1; 100_000], at_the_end: Left(0) }))
        .unwrap();
    let (one_by_one, ..) = same(&path, |path| Dataset::<Looks>::open(path).unwrap());
    for looks in one_by_one.into_iter().map(Result::unwrap) {
        assert!(looks.left.0 > 100_000 && looks.at_the_end == Left(1), "{looks:?}");
    }
}

#[test]
fn a_file_that_is_cut_while_it_is_read_is_an_error_in_every_way() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.tar");
    let samples = || (0..40).map(|number| mixed(number, 60_000));
    let read = |next: &mut dyn FnMut() -> Option<atdata::Result<()>>| {
        Dataset::write(&path, samples()).unwrap();
        assert!(next().unwrap().is_ok());
        let len = std::fs::metadata(&path).unwrap().len();
        std::fs::File::options().write(true).open(&path).unwrap().set_len(len / 2).unwrap();
        let rest: Vec<_> = std::iter::from_fn(next).collect();
        let errors: Vec<_> = rest.iter().filter_map(|sample| sample.as_ref().err()).collect();
        assert!(!errors.is_empty() && rest.len() < 30, "{} {}", errors.len(), rest.len());
        for error in errors {
            assert_eq!((error.kind(), error.shard()), (ErrorKind::Corrupt, path.to_str()), "{error:#}");
        }
    };
    Dataset::write(&path, samples()).unwrap();
    let dataset = Dataset::<Mixed>::open(&path).unwrap().with_options(ReadOptions::new().require_end(true));
    let mut ordered = dataset.ordered();
    read(&mut || ordered.next().map(|sample| sample.map(drop)));
    let mut batches = dataset.batches(1);
    read(&mut || batches.next().map(|batch| batch.map(drop)));
    let mut views = dataset.as_type::<Some3>().batches(1);
    read(&mut || views.next().map(|batch| batch.map(drop)));
    let mut labels = dataset.as_type::<Last>().ordered();
    read(&mut || labels.next().map(|label| label.map(drop)));
    let mut raw = dataset.raw();
    read(&mut || raw.next().map(|sample| sample.map(drop)));
}

#[test]
fn a_batch_that_comes_back_is_the_memory_of_the_next_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.tar");
    let written: Vec<_> = (0..22).map(|number| mixed(number, 30_000)).collect();
    Dataset::write(&path, written.clone()).unwrap();
    let dataset = Dataset::<Mixed>::open(&path).unwrap();
    let (mut batches, mut found, mut places) = (dataset.batches(5), Vec::new(), Vec::new());
    while let Some(batch) = batches.next() {
        let batch = batch.unwrap();
        found.extend(batch.to_samples());
        places.push((batch.image.as_ptr(), batch.wide.as_ptr(), batch.name.as_ptr()));
        batches.recycle(batch);
    }
    assert!(found == written);
    assert_eq!(places.len(), 5);
    assert!(places.iter().all(|place| *place == places[0]));

    // One of another shape may come back as well, and one that was read in part stays where it is.
    let payload = |rows: u16| {
        let values: Vec<u8> = (0..rows * 2).flat_map(|value| f32::from(value).to_le_bytes()).collect();
        packed(&compact("<f4", &[rows.into(), 2], &values), &[])
    };
    let path = shard(&dir, &[payload(3), payload(3), payload(9000), payload(3), payload(9000), payload(9000)]);
    let mut batches = Dataset::<Array>::open(&path).unwrap().batches(2);
    let mut shapes = Vec::new();
    let mut last = None;
    while let Some(batch) = batches.next() {
        match batch {
            Ok(batch) => {
                shapes.push(batch.values.shape().to_vec());
                last = Some(batch);
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
                batches.recycle(last.take().unwrap());
            }
        }
    }
    assert_eq!(shapes, [[2, 3, 2], [2, 9000, 2], [1, 9000, 2]]);
}
