//! Data frames.

use std::sync::Arc;

use atdata::format::DataFrame;
use atdata::format::arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, cast::AsArray,
    types::Float64Type, types::Int64Type,
};
use atdata::{ErrorKind, Packable};

use super::{check_damage, check_record, check_shard, items};

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(name = "Fmt_dataframe")]
struct Sample {
    name: String,
    value: Option<DataFrame>,
}

#[test]
fn the_shard_of_python_is_read_and_written_back() {
    check_shard::<Sample>("dataframe", |s| (&s.name, s.value.as_ref().map(|value| &**value.as_bytes())));
    check_record::<Sample>("dataframe");
}

#[test]
fn rows_of_pandas_are_read() {
    let items = items("dataframe");
    for item in &items {
        let frame = DataFrame::from_bytes(item.bytes.clone()).unwrap();
        let schema = frame.schema().unwrap();
        let columns = item.value["columns"].as_array().unwrap();
        let names: Vec<_> = columns.iter().map(|column| column[0].as_str().unwrap()).collect();
        assert_eq!(schema.fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>(), names);
        let rows: usize = frame.batches().unwrap().iter().map(RecordBatch::num_rows).sum();
        assert_eq!(rows, item.value["rows"].as_array().unwrap().len());
    }
    let frame = DataFrame::from_bytes(items[0].bytes.clone()).unwrap();
    let batches = frame.batches().unwrap();
    let [rows] = batches.as_slice() else { panic!() };
    assert_eq!(rows["i"].as_primitive::<Int64Type>().values(), &[1, 2, 3]);
    assert_eq!(rows["f"].as_primitive::<Float64Type>().value(2).to_bits(), (-1.0_f64).to_bits());
    assert_eq!(rows["s"].as_string::<i32>().iter().collect::<Vec<_>>(), [Some("a"), Some("日本"), Some("c")]);
    assert_eq!(rows["b"].as_boolean().iter().collect::<Vec<_>>(), [Some(true), Some(false), Some(true)]);
    assert_eq!(frame.rows().unwrap().schema(), frame.schema().unwrap());
}

#[test]
fn what_was_read_is_written_and_read_again() {
    for item in items("dataframe") {
        let frame = DataFrame::from_bytes(item.bytes.clone()).unwrap();
        let batches = frame.batches().unwrap();
        let again = DataFrame::from_batches(&frame.schema().unwrap(), &batches).unwrap();
        assert_eq!(again.batches().unwrap(), batches, "{}", item.name);
        assert_eq!(again.schema().unwrap().fields(), frame.schema().unwrap().fields());
    }
}

#[test]
fn rows_survive() {
    let ints: ArrayRef = Arc::new((0..5000_i64).map(|n| (n % 7 != 0).then_some(n)).collect::<Int64Array>());
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![0.5; 5000]));
    let texts: ArrayRef = Arc::new((0..5000).map(|n| Some(format!("é{n}"))).collect::<StringArray>());
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true; 5000]));
    let columns = [("ints", ints), ("floats", floats), ("texts", texts), ("flags", flags)];
    let rows = RecordBatch::try_from_iter(columns).unwrap();
    let frame = DataFrame::from_batches(&rows.schema(), [&rows, &rows]).unwrap();
    let found: Vec<RecordBatch> = frame.batches().unwrap();
    assert_eq!(found.iter().map(RecordBatch::num_rows).sum::<usize>(), 10_000);
    let texts: Vec<_> = found.iter().flat_map(|rows| rows["texts"].as_string::<i32>().iter()).collect();
    assert_eq!((texts[4999], texts[5000]), (Some("é4999"), Some("é0")));
    assert_eq!(found.iter().map(|rows| rows["ints"].null_count()).sum::<usize>(), 2 * 715);
}

#[test]
fn other_files_and_other_schemas_are_refused() {
    let error = DataFrame::from_bytes(&b"PAR1PAR1"[..]).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.kind()),
        ("expected a data frame (a Parquet file), found a Parquet file", ErrorKind::SchemaMismatch)
    );
    let batch = |name| RecordBatch::try_from_iter([(name, Arc::new(Int64Array::from(vec![1])) as ArrayRef)]).unwrap();
    let two = RecordBatch::try_from_iter([("a", batch("a")["a"].clone()), ("b", batch("a")["a"].clone())]).unwrap();
    let error = DataFrame::from_batches(&batch("a").schema(), [&two]).unwrap_err();
    assert_eq!(error.to_string(), "batch 0 has other columns than the data frame");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn damage_is_an_error() {
    check_damage(&items("dataframe")[1].bytes, |bytes| DataFrame::from_bytes(bytes)?.batches().map(drop));
    check_damage(&items("dataframe")[0].bytes, |bytes| DataFrame::from_bytes(bytes)?.batches().map(drop));
}

/// `pq.write_table(pa.table({'n': [1, 2, 3]}), file, compression=codec, store_schema=False)`
#[test]
fn files_of_gzip_are_read_and_other_codecs_are_named() {
    let gzip = DataFrame::from_bytes(&include_bytes!("data/gzip.parquet")[..]).unwrap();
    let rows = gzip.batches().unwrap();
    assert_eq!(rows[0]["n"].as_primitive::<Int64Type>().values(), &[1, 2, 3]);

    let zstd = DataFrame::from_bytes(&include_bytes!("data/zstd.parquet")[..]).unwrap();
    assert_eq!(zstd.schema().unwrap().field(0).name(), "n");
    let error = zstd.batches().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let message = error.to_string();
    assert!(message.starts_with("the Parquet file is compressed with ZSTD"), "{message}");
    assert!(message.ends_with("where Snappy and gzip are understood"), "{message}");
}
