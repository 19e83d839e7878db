//! Bytes and documents that others read and write, or that mean harm: what is in shards, in fields and in records.

mod damage;
mod formats;
mod golden;
mod hostile;
mod json_schema;
mod limits;
mod records;
mod roundtrip;
mod seeds;
mod webdataset;
