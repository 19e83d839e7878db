//! Datasets as tables: what SQL says of them against plain reads, and against `DataFusion` over the same rows in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::path::Path;
use std::sync::Arc;

use atdata::ndarray::{Array1, Array2, Array3, array};
use atdata::{Dataset, DictSample, DynArray, Group, PackField, Packable, ShardWriter, Value};
use atdata_sql::datafusion::arrow::array::{Array, AsArray, RecordBatch};
use atdata_sql::datafusion::arrow::datatypes::{DataType, Float32Type, Int64Type, UInt8Type};
use atdata_sql::datafusion::arrow::util::pretty::pretty_format_batches;
use atdata_sql::datafusion::catalog::TableProvider;
use atdata_sql::datafusion::datasource::MemTable;
use atdata_sql::datafusion::error::DataFusionError;
use atdata_sql::datafusion::prelude::{SessionConfig, SessionContext};
use atdata_sql::{DatasetTable, to_arrow, to_parquet};

#[derive(PackField, Debug, Clone, Copy, PartialEq)]
#[packable(rename_all = "snake_case")]
enum Split {
    Train,
    Test,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Camera {
    iso: i64,
    maker: Option<String>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Photo {
    #[packable(shape = [2, 3], dims = ["height", "width"])]
    image: Array2<u8>,
    samples: Array1<f32>,
    any: DynArray,
    label: String,
    confidence: f64,
    count: i64,
    good: bool,
    note: Option<String>,
    rank: Option<i64>,
    tags: Vec<String>,
    split: Split,
    camera: Option<Camera>,
    raw: Vec<u8>,
}

fn photo(i: i64) -> Photo {
    let small = u8::try_from(i % 100).unwrap();
    Photo {
        image: Array2::from_elem((2, 3), small),
        samples: Array1::from_elem(usize::from(small % 3), f32::from(small)),
        any: DynArray::from_array(&array![i]),
        label: ["cat", "dog", "Ant", ""][usize::from(small % 4)].into(),
        confidence: match i % 10 {
            0 => f64::NAN,
            1 => -0.0,
            2 => f64::INFINITY,
            3 => -f64::NAN,
            _ => f64::from(small) / 10.0,
        },
        count: if i == 7 { i64::MAX } else { i },
        good: i % 3 == 0,
        note: (i % 2 == 0).then(|| format!("note {}", i % 5)),
        rank: (i % 4 != 0).then_some(i % 7),
        tags: (0..i % 3).map(|tag| format!("tag {tag}")).collect(),
        split: if i < 30 { Split::Train } else { Split::Test },
        camera: (i % 3 != 1).then(|| Camera { iso: i * 10, maker: (i % 2 == 0).then(|| "m".into()) }),
        raw: vec![small; 3],
    }
}

/// 50 photos in 5 shards.
fn write(folder: &Path, manifests: bool) -> Dataset<Photo> {
    let mut writer = ShardWriter::builder(folder.join("p-%03d.tar")).max_count(10).manifest(manifests).build().unwrap();
    for i in 0..50 {
        writer.write_with_key(&format!("{i:05}"), &photo(i)).unwrap();
    }
    writer.finish().unwrap().open().unwrap()
}

fn untyped(dataset: &Dataset<Photo>) -> DatasetTable {
    DatasetTable::untyped(Dataset::open(dataset.shards().to_vec()).unwrap()).unwrap()
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

fn context(partitions: usize) -> SessionContext {
    SessionContext::new_with_config(SessionConfig::new().with_target_partitions(partitions))
}

fn ask(context: &SessionContext, sql: &str) -> Result<Vec<RecordBatch>, DataFusionError> {
    run(async { context.sql(sql).await?.collect().await })
}

fn told(context: &SessionContext, sql: &str) -> String {
    pretty_format_batches(&ask(context, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))).unwrap().to_string()
}

fn in_memory(table: &DatasetTable) -> Arc<dyn TableProvider> {
    let batches = to_arrow(table).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    Arc::new(MemTable::try_new(table.schema(), vec![batches]).unwrap())
}

#[test]
fn columns_have_what_plain_reads_give() {
    let folder = tempfile::tempdir().unwrap();
    let photos = write(folder.path(), false);
    for table in [DatasetTable::of(photos.clone()).unwrap(), untyped(&photos)] {
        let batches = to_arrow(&table).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [10; 5]);
        let mut i = 0;
        for batch in &batches {
            let column = |name: &str| batch.column_by_name(name).unwrap();
            for row in 0..batch.num_rows() {
                let photo = photo(i);
                let text = |name: &str| column(name).as_string::<i32>().value(row).to_owned();
                let image = column("image").as_fixed_size_list().value(row);
                assert_eq!(&image.as_primitive::<UInt8Type>().values()[..], photo.image.as_slice().unwrap());
                let samples = column("samples").as_struct();
                let data = samples.column_by_name("data").unwrap().as_list::<i32>().value(row);
                assert_eq!(&data.as_primitive::<Float32Type>().values()[..], photo.samples.as_slice().unwrap());
                let shape = samples.column_by_name("shape").unwrap().as_list::<i32>().value(row);
                assert_eq!(
                    shape.as_primitive::<Int64Type>().values()[..],
                    [i64::try_from(photo.samples.len()).unwrap()]
                );
                assert_eq!(text("label"), photo.label);
                assert_eq!(text("split"), if i < 30 { "train" } else { "test" });
                assert_eq!(column("note").is_null(row), photo.note.is_none());
                assert_eq!(column("camera").is_null(row), photo.camera.is_none());
                // Without a type a map is one, or a sample.
                if let (Some(camera), Some(_)) = (&photo.camera, column("camera").as_struct_opt()) {
                    let iso = column("camera").as_struct().column_by_name("iso").unwrap();
                    assert_eq!(iso.as_primitive::<Int64Type>().value(row), camera.iso);
                }
                assert_eq!(column("raw").as_binary::<i32>().value(row), photo.raw);
                assert_eq!(column("tags").as_list::<i32>().value(row).len(), photo.tags.len());
                assert_eq!(text("__key__"), format!("{i:05}"));
                assert!(text("__shard__").ends_with(&format!("p-{:03}.tar", i / 10)));
                i += 1;
            }
        }
        let schema = table.schema();
        let image = schema.field_with_name("image").unwrap();
        assert_eq!(image.metadata()["ARROW:extension:name"], "arrow.fixed_shape_tensor");
        assert!(image.metadata()["ARROW:extension:metadata"].starts_with(r#"{"shape":[2,3]"#));
    }
    let typed = DatasetTable::of(photos).unwrap().schema();
    let dims = &typed.field_with_name("image").unwrap().metadata()["ARROW:extension:metadata"];
    assert_eq!(dims, r#"{"shape":[2,3],"dim_names":["height","width"]}"#);
    assert!(!typed.field_with_name("label").unwrap().is_nullable());
    assert!(typed.field_with_name("note").unwrap().is_nullable());
}

/// Conditions of which `DataFusion` over rows in memory says which rows they hold of.
const CONDITIONS: &[&str] = &[
    "label = 'cat'",
    "not label = 'cat'",
    "label <> 'cat' and label like 'd%'",
    "label in ('cat', 'nothing')",
    "label in ('nothing')",
    "label not in ('cat', 'dog')",
    "split = 'train'",
    "split = 'test' and count < 35",
    "confidence > 2",
    "not confidence > 2",
    "confidence <> 0.5",
    "confidence = 0.0",
    "confidence < 0.0",
    "confidence >= 0",
    "confidence = cast('nan' as double)",
    "confidence between 0.5 and 1.5",
    "count > 42",
    "count = 9223372036854775807",
    "count > 9223372036854775806",
    "count >= 10 and count < 20",
    "count + 1 = 20",
    "good",
    "not good",
    "good is null",
    "note is null",
    "note is not null and note <> 'note 2'",
    "not note = 'note 2'",
    "rank > 3 or rank is null",
    "not (rank > 3 and label = 'dog')",
    "rank not in (1, 2)",
    "rank in (1, null)",
    "array_has(tags, 'tag 1')",
    "camera['iso'] > 200",
    "not camera['iso'] > 200",
    "camera is null",
    "camera['maker'] is null",
    "__key__ >= '00045'",
    "__shard__ like '%p-003.tar'",
    "length(note) = 6 and count % 2 = 0",
    "case when rank is null then false else rank > 2 end",
    "count > (select avg(count) from memory where count < 50)",
    "label in (select label from memory where count = 1)",
    "cast(null as boolean)",
    "false",
    "1 = 1",
];

#[test]
fn conditions_hold_of_the_rows_that_sql_says() {
    let folder = tempfile::tempdir().unwrap();
    for manifests in [false, true] {
        let photos = write(&folder.path().join(manifests.to_string()), manifests);
        for (name, table) in [("typed", DatasetTable::of(photos.clone()).unwrap()), ("untyped", untyped(&photos))] {
            let memory = in_memory(&table);
            for partitions in [1, 3] {
                let context = context(partitions);
                context.register_table("shards", Arc::new(table.clone())).unwrap();
                context.register_table("memory", Arc::clone(&memory)).unwrap();
                for condition in CONDITIONS {
                    for query in [
                        "select __key__, label, confidence, camera, image from T where C order by __key__",
                        "select count(*) as n, count(note) as notes, sum(rank) as ranks from T where C",
                    ] {
                        let of = |table: &str| told(&context, &query.replace('T', table).replace('C', condition));
                        assert_eq!(of("shards"), of("memory"), "{name}, manifests {manifests}: {condition}");
                    }
                }
            }
        }
    }
}

#[test]
fn explain_says_which_shards_and_columns_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let photos = write(folder.path(), true);
    let context = context(2);
    context.register_table("p", Arc::new(untyped(&photos))).unwrap();
    let explain = |sql: &str| told(&context, &format!("explain {sql}"));
    let plan = explain("select label from p where count > 42 and length(note) = 6");
    assert!(plan.contains("shards=2 of 5, partitions=2, columns=[label], where=count"), "{plan}");
    // All of it is decided while reading.
    assert!(!plan.contains("FilterExec"), "{plan}");
    // In the first shard a count is 2^63 - 1, and in all there is NaN.
    for (condition, shards) in [
        ("count between 21 and 22", 2),
        ("split = 'test'", 2),
        ("split in ('test')", 2),
        ("split <> 'train'", 2),
        ("label = 'bird'", 0),
        ("confidence > 1000", 5),
        ("note = 'note 9'", 0),
        ("note is null", 5),
        ("__shard__ like '%p-00%' and count = 33", 2),
        ("camera['iso'] > 480", 5),
    ] {
        let plan = explain(&format!("select label from p where {condition}"));
        assert!(
            plan.contains(&format!("shards={shards} of 5")) || (shards == 0 && plan.contains("EmptyExec")),
            "{condition}: {plan}"
        );
    }
    let plan = explain("select count(*) from p");
    assert!(plan.contains("columns=[]") && plan.contains("partitions=2"), "{plan}");
    assert!(explain("select label from p limit 3").contains("limit=3"));
    let analyzed = told(&context, "explain analyze select label from p where count = 44");
    assert!(analyzed.contains("shards_read=2") && analyzed.contains("samples_read=20"), "{analyzed}");
}

#[test]
fn a_manifest_that_is_older_than_its_shard_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let photos = write(folder.path(), true);
    let context = context(1);
    context.register_table("p", Arc::new(untyped(&photos))).unwrap();
    let count = || told(&context, "select count(*) from p where count = 1000");
    assert!(count().contains("| 0 "));
    let changed = folder.path().join("p-004.tar");
    let manifest = std::fs::read(folder.path().join("p-004.manifest.json")).unwrap();
    ShardWriter::builder(&changed).write_all([photo(1000)]).unwrap();
    // The writer takes the old one away; another program would leave it.
    let left = folder.path().join("p-004.manifest.json");
    std::fs::write(&left, manifest).unwrap();
    let before = std::time::SystemTime::now() - std::time::Duration::from_mins(1);
    std::fs::File::options().write(true).open(&left).unwrap().set_modified(before).unwrap();
    assert!(count().contains("| 1 "), "{}", count());
}

#[test]
fn a_limit_stops_before_what_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let photos = write(folder.path(), false);
    let table = untyped(&photos);
    let damaged = folder.path().join("p-001.tar");
    let bytes = std::fs::read(&damaged).unwrap();
    std::fs::write(&damaged, &bytes[..bytes.len() / 2]).unwrap();
    let context = context(1);
    context.register_table("p", Arc::new(table)).unwrap();
    let rows = |sql: &str| ask(&context, sql).map(|batches| batches.iter().map(RecordBatch::num_rows).sum::<usize>());
    assert_eq!(rows("select label from p limit 7").unwrap(), 7);
    assert_eq!(rows("select label from p where count < 10 limit 4").unwrap(), 4);
    assert_eq!(rows("select label from p limit 3 offset 4").unwrap(), 3);
    for sql in ["select label from p", "select count(*) from p", "select label from p where count = 45"] {
        let error = rows(sql).unwrap_err().to_string();
        assert!(error.contains("p-001.tar"), "{sql}: {error}");
    }
}

#[test]
fn what_does_not_fit_is_told_by_shard_key_and_field_if_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.tar");
    let odd = |i: i64| -> DictSample {
        let value: Value = if i == 1500 { "many".into() } else { i.into() };
        [("n", value), ("m", i.into())].into_iter().collect()
    };
    let mut writer = ShardWriter::builder(&path).build().unwrap();
    for i in 0..1600 {
        writer.write_with_key(&format!("{i:05}"), &odd(i)).unwrap();
    }
    writer.finish().unwrap();
    let context = context(1);
    context.register_table("t", Arc::new(DatasetTable::load(path.to_str().unwrap()).unwrap())).unwrap();
    assert!(told(&context, "select sum(m) as s from t").contains("1279200"));
    let error = ask(&context, "select sum(n) from t").unwrap_err().to_string();
    for part in ["odd.tar", "01500", "expected an integer of 64 bits", "\"many\""] {
        assert!(error.contains(part), "{error}");
    }
}

#[derive(Packable)]
struct N {
    n: i64,
}

#[test]
fn counting_decodes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("garbage.tar");
    let good = DictSample::from_iter([("n", 1_i64)]).pack();
    let groups = [("a", good), ("b", b"no msgpack".to_vec())].map(|(key, bytes)| Group::new(key, [("msgpack", bytes)]));
    Dataset::write(&path, groups).unwrap();
    let context = context(1);
    context.register_table("t", Arc::new(DatasetTable::of(Dataset::<N>::open(&path).unwrap()).unwrap())).unwrap();
    assert!(told(&context, "select count(*) as c from t").contains("| 2 "));
    assert!(told(&context, "select __key__ from t").contains("| b "));
    let error = ask(&context, "select n from t").unwrap_err().to_string();
    assert!(error.contains("garbage.tar") && error.contains("key b"), "{error}");
}

mod evolved {
    use super::*;

    #[derive(Packable, Debug)]
    struct Old {
        name: String,
        score: f64,
        #[packable(shape = [100, 100, 3])]
        image: Array3<u8>,
    }

    #[derive(Packable, Debug, Clone)]
    #[packable(allow_unknown)]
    struct New {
        #[packable(alias = "name")]
        title: String,
        score: f64,
        #[packable(default = 5)]
        stars: i64,
    }

    #[derive(Packable, Debug, PartialEq)]
    struct Short {
        title: String,
    }

    #[test]
    fn a_type_reads_its_defaults_and_aliases_and_views_are_tables() {
        let folder = tempfile::tempdir().unwrap();
        let old = |i: u8| Old { name: format!("n{i}"), score: f64::from(i), image: Array3::zeros((100, 100, 3)) };
        let path = folder.path().join("old.tar");
        ShardWriter::builder(&path).manifest(true).write_all((0..4).map(old)).unwrap();
        let new = Dataset::<New>::open(&path).unwrap();
        let context = context(1);
        context.register_table("new", Arc::new(DatasetTable::of(new.clone()).unwrap())).unwrap();
        context.register_table("short", Arc::new(DatasetTable::of(new.project::<Short>()).unwrap())).unwrap();
        context.register_table("good", Arc::new(DatasetTable::of(new.filter(|n| n.score > 1.0)).unwrap())).unwrap();
        assert!(told(&context, "select sum(stars) as s from new where title = 'n2'").contains("| 5 "));
        assert!(told(&context, "select count(*) as c from new where stars = 5").contains("| 4 "));
        assert!(told(&context, "select title from short where title > 'n2'").contains("| n3 "));
        assert!(told(&context, "select count(*) as c from good").contains("| 2 "));
        assert!(told(&context, "select min(score) as c from good").contains("| 2.0 "));
    }
}

#[test]
fn datasets_are_joined_and_copied_to_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let photos = write(&folder.path().join("photos"), false);
    let captions = folder.path().join("captions.tar");
    let mut writer = ShardWriter::builder(&captions).build().unwrap();
    for i in 0..20 {
        let caption = DictSample::from_iter([("caption", format!("caption {i}"))]);
        writer.write_with_key(&format!("{:05}", i * 2), &caption).unwrap();
    }
    writer.finish().unwrap();
    let context = atdata_sql::context(atdata::LoadOptions::new());
    context.register_table("photos", Arc::new(DatasetTable::of(photos).unwrap())).unwrap();
    let join = format!("photos p join '{}' c on p.__key__ = c.__key__", captions.display());
    assert!(told(&context, &format!("select count(*) as n from {join} where p.label = 'Ant'")).contains("| 10 "));
    let out = folder.path().join("out.parquet");
    let copied = format!("copy (select p.image, c.caption, p.camera from {join}) to '{}'", out.display());
    assert!(told(&context, &copied).contains("| 20 "));
    let read = told(&context, &format!("select count(*) as n, count(camera) as c from '{}'", out.display()));
    assert!(read.contains("| 20 | 14"), "{read}");
}

#[test]
fn parquet_is_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let photos = write(folder.path(), false);
    let table = DatasetTable::of(photos).unwrap();
    let out = folder.path().join("p.parquet");
    assert_eq!(to_parquet(&table, &out).unwrap(), 50);
    let context = atdata_sql::context(atdata::LoadOptions::new());
    let schema = run(context.table(format!("\"{}\"", out.display()))).unwrap();
    let image = schema.schema().field_with_unqualified_name("image").unwrap().clone();
    assert!(matches!(image.data_type(), DataType::FixedSizeList(_, 6)));

    let damaged = folder.path().join("p-003.tar");
    let bytes = std::fs::read(&damaged).unwrap();
    std::fs::write(&damaged, &bytes[..bytes.len() / 2]).unwrap();
    let before = std::fs::read(&out).unwrap();
    assert!(to_parquet(&table, &out).unwrap_err().to_string().contains("p-003.tar"));
    assert_eq!(std::fs::read(&out).unwrap(), before);
    let hidden = std::fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'));
    assert_eq!(hidden.count(), 0);
}

/// In `tests/.venv`, if it is there; in CI it is.
#[test]
fn pyarrow_reads_the_parquet_file() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/.venv/bin/python");
    if !python.exists() && std::env::var_os("CI").is_none() {
        eprintln!("not run: {} is not there", python.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("p.parquet");
    to_parquet(&DatasetTable::of(write(folder.path(), false)).unwrap(), &out).unwrap();
    let script = "\
import sys, pyarrow as pa, pyarrow.parquet as pq
t = pq.read_table(sys.argv[1])
assert t.num_rows == 50
image = t.schema.field('image').type
assert image == pa.fixed_shape_tensor(pa.uint8(), [2, 3], dim_names=['height', 'width']), image
images = t['image'].combine_chunks()
images = images.chunk(0) if isinstance(images, pa.ChunkedArray) else images
tensor = images.to_numpy_ndarray()
assert tensor.shape == (50, 2, 3) and (tensor[7] == 7).all()
row = t.select(['samples', 'camera', 'note', 'tags', 'count']).to_pylist()[5]
assert row == {'samples': {'shape': [2], 'data': [5.0, 5.0]}, 'camera': {'iso': 50, 'maker': None}, 'note': None,
    'tags': ['tag 0', 'tag 1'], 'count': 5}, row
";
    let run = std::process::Command::new(python).arg("-c").arg(script).arg(&out).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}
