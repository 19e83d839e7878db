//! What samples do not have, or have under another name, and those that cannot be made.

use ndarray::{Array0, ArrayD};

use super::*;

#[derive(Packable)]
struct Old {
    filler: Vec<u8>,
    celsius: Array1<f32>,
    note: Option<String>,
}

/// The same, of later.
#[derive(Packable)]
#[packable(query)]
struct New {
    filler: Vec<u8>,
    #[packable(alias = "celsius")]
    temperature: Array1<f32>,
    #[packable(alias = "note")]
    remark: Option<String>,
    #[packable(default = 7)]
    station: i64,
}

#[test]
fn aliases_and_defaults_stand_for_what_is_missing() {
    for (name, contents) in [("a.tar", true), ("a.tar", false), ("a.tar.gz", false)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let old = |n: u8| Old {
            filler: vec![0; 6000],
            celsius: Array1::from_elem(5, n.into()),
            note: (n != 1).then(|| format!("note {n}")),
        };
        ShardWriter::builder(&path).contents(contents).write_all((0..4).map(old)).unwrap();
        let new = Dataset::<New>::open(&path).unwrap();
        let temperature = new.column(New::temperature()).unwrap().slice(s![..2]).read_at(&[3, 0]).unwrap();
        assert_eq!(temperature, ndarray::array![[3.0, 3.0], [0.0, 0.0]], "{name}");
        let remarks = new.column(New::remark()).unwrap().read().unwrap();
        assert_eq!((remarks.values[2].as_str(), remarks.mask.to_vec()), ("note 2", vec![true, false, true, true]));
        assert_eq!(new.column(New::station()).unwrap().read().unwrap().to_vec(), [7; 4]);
        // What its type does not have either is missing, and the type says so.
        let error = Dataset::<Cast>::open(&path).unwrap().column(Cast::station()).unwrap().read_at(&[1]).unwrap_err();
        assert!(error.key().is_some() && error.shard().is_some(), "{error:#}");
        assert!(!format!("{error:#}").contains("Cast.station.Cast"), "{error:#}");
    }
}

#[derive(Packable)]
#[packable(layout = "members")]
struct Written {
    #[packable(member = "label.txt")]
    label: Option<String>,
    #[packable(member = "cls")]
    station: i64,
}

#[derive(Packable)]
#[packable(query, layout = "members")]
struct Read {
    #[packable(member = "label.txt")]
    label: String,
    #[packable(member = "cls")]
    station: i64,
}

/// No row moves up into the place of one that cannot be made.
#[test]
fn samples_that_cannot_be_made_keep_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.tar.gz");
    let written = |n: i64| Written { label: (n != 2).then(|| format!("label {n}")), station: n };
    ShardWriter::builder(&path).write_all((0..5).map(written)).unwrap();
    let stations = Dataset::<Read>::open(&path).unwrap().column(Read::station()).unwrap();
    for error in [
        stations.read().unwrap_err(),
        stations.read_at(&[2]).unwrap_err(),
        stations.chunks(2).nth(1).unwrap().unwrap_err(),
    ] {
        assert!(error.key().is_some() && format!("{error:#}").contains("label"), "{error:#}");
    }
    assert_eq!(stations.read_range(3..).unwrap().to_vec(), [3, 4]);
    assert_eq!(stations.read_at(&[4, 0]).unwrap().to_vec(), [4, 0]);
    assert_eq!(stations.len().unwrap(), 5);
}

#[test]
fn errors_of_chosen_samples_of_compressed_shards_name_them() {
    let folder = tempfile::tempdir().unwrap();
    let casts = write(folder.path(), "a-%02d.tar.gz", false);
    let error = casts.column(Cast::track()).unwrap().read_at(&[12, 3]).unwrap_err();
    assert!(error.shard().unwrap().ends_with("a-00.tar.gz") && error.key().is_some(), "{error:#}");
    assert!(error.offset().is_some() && format!("{error:#}").contains("Cast.track"), "{error:#}");
}

fn nulls(present: &[Option<DynArray>]) -> (tempfile::TempDir, Dataset<DictSample>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    let value = |array: &DynArray| Value::Bin(array.to_bytes().into());
    let sample = |array: &Option<DynArray>| DictSample::from_iter([("x", array.as_ref().map_or(Value::Nil, value))]);
    Dataset::write(&path, present.iter().map(sample)).unwrap();
    let dataset = Dataset::open(&path).unwrap();
    (folder, dataset)
}

#[test]
fn nulls_alone_are_a_column_of_any_rank() {
    let (_folder, dataset) = nulls(&[None, None, None]);
    let scalars = dataset.column_as::<Option<Array0<f32>>>("x").unwrap().read().unwrap();
    assert_eq!((scalars.values, scalars.mask), (Array1::zeros(3), Array1::from_elem(3, false)));
    let any = dataset.column_as::<Option<ArrayD<f32>>>("x").unwrap().read().unwrap();
    assert_eq!((any.values.shape(), any.mask.len()), (&[3][..], 3));
    let planes = dataset.column_as::<Option<Array2<f32>>>("x").unwrap().read().unwrap();
    assert_eq!(planes.values.shape(), [3, 0, 0]);
}

#[test]
fn nulls_among_arrays_of_different_sizes_are_empty() {
    let array = |rows: usize| Some(DynArray::from_array(&Array2::from_elem((rows, 3), rows as f32)));
    let (_folder, dataset) = nulls(&[None, array(2), None, array(1)]);
    let x = dataset.column_as::<Option<Array2<f64>>>("x").unwrap().cast().ragged().read().unwrap();
    assert_eq!((x.values.offsets(), x.mask.to_vec()), (&[0, 0, 6, 6, 9][..], vec![false, true, false, true]));
    let shapes: Vec<_> = x.values.rows().map(|row| row.dim()).collect();
    assert_eq!(shapes, [(0, 3), (2, 3), (0, 3), (1, 3)]);
    assert_eq!(x.values.concatenated().unwrap().dim(), (3, 3));
    let number = DynArray::from_array(&ndarray::arr0(5_i32));
    let (_folder, dataset) = nulls(&[Some(number), None]);
    let x = dataset.column_as::<Option<Ragged<i32, ndarray::Ix0>>>("x").unwrap().read().unwrap();
    assert_eq!((x.values.rows().count(), x.values.values()), (2, &[5, 0][..]));
}

#[test]
fn what_is_inside_of_null_is_null() {
    #[derive(Packable, Debug, Clone, PartialEq)]
    #[packable(query)]
    struct Camera {
        model: String,
        lens: Option<String>,
    }
    #[derive(Packable)]
    #[packable(query)]
    struct Shot {
        pixels: Vec<u8>,
        camera: Camera,
    }
    #[derive(Packable)]
    struct Perhaps {
        pixels: Vec<u8>,
        camera: Option<Camera>,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    let shot = |n: u8| Perhaps {
        pixels: vec![n; 6000],
        camera: (n != 1).then(|| Camera { model: format!("m{n}"), lens: Some(format!("l{n}")) }),
    };
    Dataset::write(&path, (0..3).map(shot)).unwrap();
    let shots = Dataset::<Shot>::open(&path).unwrap();
    let lenses = shots.column(Shot::camera().then(Camera::lens())).unwrap().read().unwrap();
    assert_eq!((lenses.values[2].as_str(), lenses.mask.to_vec()), ("l2", vec![true, false, true]));
    let error = shots.column(Shot::camera().then(Camera::model())).unwrap().read().unwrap_err();
    assert!(format!("{error:#}").contains("the field is missing, or null"), "{error:#}");
}

/// A header, with its checksum.
fn header(name: &str, kind: u8, size: usize) -> [u8; 512] {
    let mut block = [0_u8; 512];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn member(out: &mut Vec<u8>, name: &str, kind: u8, content: &[u8]) {
    out.extend(header(name, kind, content.len()));
    out.extend(content);
    out.resize(out.len().next_multiple_of(512), 0);
}

/// Python's `tarfile` writes a name that is no ASCII into a header of its own, and one with `?` in its place into that of the
/// member.
#[test]
fn keys_that_other_headers_have_are_found() {
    let mut shard = Vec::new();
    for n in 0..4_i64 {
        let record = format!(" path=caf\u{e9}{n}.msgpack\n");
        member(&mut shard, "././@PaxHeader", b'x', format!("{}{record}", record.len() + 2).as_bytes());
        let sample = DictSample::from_iter([("n", Value::Int(n)), ("text", Value::Str("t".repeat(9000)))]);
        member(&mut shard, &format!("caf?{n}.msgpack"), b'0', &sample.pack());
    }
    shard.resize(shard.len() + 1024, 0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    std::fs::write(&path, shard).unwrap();
    let dataset = Dataset::<DictSample>::open(&path).unwrap();
    assert_eq!(dataset.raw().next().unwrap().unwrap().key(), "caf\u{e9}0");
    assert_eq!(dataset.column_as::<i64>("n").unwrap().read().unwrap().to_vec(), [0, 1, 2, 3]);
    assert_eq!(dataset.column_as::<i64>("n").unwrap().read_at(&[2]).unwrap().to_vec(), [2]);
}
