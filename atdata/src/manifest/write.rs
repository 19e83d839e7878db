//! Rows of a manifest as Parquet, as Python's fastparquet reads it: data pages of version 1, plain or with a dictionary, every
//! column optional, lists as JSON.

use std::fmt;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};
use serde_json::json;

use super::column::{Data, Told};
use super::error::ManifestError;
use super::fields::{KEY, OFFSET, SIZE};

/// The rows of a shard, column by column.
pub(super) struct Samples {
    pub(super) keys: Vec<String>,
    pub(super) offsets: Vec<i64>,
    pub(super) sizes: Vec<i64>,
    pub(super) columns: Vec<Told>,
}

fn failed(error: impl fmt::Display) -> ManifestError {
    ManifestError::NotWritten { reason: error.to_string() }
}

pub(super) fn write_samples(samples: &Samples) -> Result<Vec<u8>, ManifestError> {
    let rows = samples.keys.len();
    let schema = schema(&samples.columns)?;
    let options = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_key_value_metadata(Some(vec![KeyValue::new("pandas".to_owned(), pandas(&samples.columns, rows))]))
        .set_created_by(concat!("atdata-rust ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(options)).map_err(failed)?;
    let mut group = file.next_row_group().map_err(failed)?;
    let mut levels = vec![1; rows];
    write_column::<ByteArrayType>(&mut group, &texts(&samples.keys), &levels)?;
    write_column::<Int64Type>(&mut group, &samples.offsets, &levels)?;
    write_column::<Int64Type>(&mut group, &samples.sizes, &levels)?;
    for column in &samples.columns {
        levels.fill(0);
        for row in &column.rows {
            if let Some(level) = levels.get_mut(*row as usize) {
                *level = 1;
            }
        }
        let (there, group) = (&levels[..], &mut group);
        match &column.data {
            Data::None => {}
            Data::Text(values) | Data::List(values) => write_column::<ByteArrayType>(group, &texts(values), there)?,
            Data::Bool(values) => write_column::<BoolType>(group, values, there)?,
            Data::Int(values) => write_column::<Int64Type>(group, values, there)?,
            Data::UInt(values) => {
                let values: Vec<_> = values.iter().map(|value| value.cast_signed()).collect();
                write_column::<Int64Type>(group, &values, there)?;
            }
            Data::Float(values) => write_column::<DoubleType>(group, values, there)?,
        }
    }
    group.close().map_err(failed)?;
    file.into_inner().map_err(failed)
}

fn texts(values: &[String]) -> Vec<ByteArray> {
    values.iter().map(|text| ByteArray::from(text.as_str())).collect()
}

fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    levels: &[i16],
) -> Result<(), ManifestError> {
    let Some(mut column) = group.next_column().map_err(failed)? else { return Err(failed("a column has no place")) };
    column.typed::<T>().write_batch(values, Some(levels), None).map_err(failed)?;
    column.close().map_err(failed)
}

fn schema(columns: &[Told]) -> Result<TypePtr, ManifestError> {
    let optional = |name: &str, of: Physical, converted: ConvertedType| {
        let builder = Type::primitive_type_builder(name, of).with_repetition(Repetition::OPTIONAL);
        builder.with_converted_type(converted).build().map(Arc::new).map_err(failed)
    };
    let mut types = vec![
        optional(KEY, Physical::BYTE_ARRAY, ConvertedType::UTF8)?,
        optional(OFFSET, Physical::INT64, ConvertedType::NONE)?,
        optional(SIZE, Physical::INT64, ConvertedType::NONE)?,
    ];
    for Told { name, data, .. } in columns {
        let (of, converted) = match data {
            Data::None | Data::Text(_) => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
            Data::List(_) => (Physical::BYTE_ARRAY, ConvertedType::JSON),
            Data::Bool(_) => (Physical::BOOLEAN, ConvertedType::NONE),
            Data::Int(_) => (Physical::INT64, ConvertedType::NONE),
            Data::UInt(_) => (Physical::INT64, ConvertedType::UINT_64),
            Data::Float(_) => (Physical::DOUBLE, ConvertedType::NONE),
        };
        types.push(optional(name, of, converted)?);
    }
    Type::group_type_builder("schema").with_fields(types).build().map(Arc::new).map_err(failed)
}

/// What pandas is to make of the columns: without it integers would be of a type that has nulls, and compare in another way.
fn pandas(columns: &[Told], rows: usize) -> String {
    let column = |name: &str, pandas: &str, numpy: &str| {
        json!({
            "name": name, "field_name": name, "pandas_type": pandas, "numpy_type": numpy, "metadata": null,
        })
    };
    let mut told =
        vec![column(KEY, "unicode", "object"), column(OFFSET, "int64", "int64"), column(SIZE, "int64", "int64")];
    told.extend(columns.iter().map(|Told { name, rows: there, data }| {
        let has_nulls = there.len() < rows;
        let (pandas, numpy) = match data {
            Data::None | Data::Text(_) => ("unicode", "object"),
            Data::List(_) => ("mixed", "object"),
            Data::Bool(_) if has_nulls => ("bool", "object"),
            Data::Bool(_) => ("bool", "bool"),
            Data::Int(_) if has_nulls => ("int64", "Int64"),
            Data::Int(_) => ("int64", "int64"),
            Data::UInt(_) if has_nulls => ("uint64", "UInt64"),
            Data::UInt(_) => ("uint64", "uint64"),
            Data::Float(_) => ("float64", "float64"),
        };
        column(name, pandas, numpy)
    }));
    let creator = json!({"library": "atdata-rust", "version": env!("CARGO_PKG_VERSION")});
    json!({"index_columns": [], "column_indexes": [], "columns": told, "partition_columns": [], "creator": creator})
        .to_string()
}
