//! Shards elsewhere: on web servers and in buckets, read, cached and written, also where servers fail.

mod cache;
mod columns;
mod contents;
mod faults;
mod http;
mod manifests;
mod members;
mod packs;
mod replaced;
mod s3;
mod stores;
