//! Indexes in Redis and PostgreSQL, on real servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

mod broken;
mod conformance;
mod postgres_tables;
mod processes;
mod reading;
mod redis_keys;
mod refused;
mod restarts;
mod sentinel;

use std::sync::OnceLock;

use atdata::index::{Entry, Label};
use atdata_tests::services::{Postgres, Redis};

/// The server that tests share; each has a database of its own.
fn redis() -> &'static Redis {
    static SERVER: OnceLock<Redis> = OnceLock::new();
    SERVER.get_or_init(Redis::start)
}

/// The server that tests share; each has a schema of its own.
fn postgres() -> &'static Postgres {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    SERVER.get_or_init(Postgres::start)
}

/// The URL of a schema that is there and empty.
fn postgres_schema() -> String {
    let (name, url) = postgres().schema();
    atdata_tests::sql::execute(&postgres().database(), &format!("CREATE SCHEMA {name}"));
    url
}

fn entry(name: &str, number: usize) -> Entry {
    Entry::new(name, "atdata://local/schema/Sample@1.0.0", [format!("/data/{number:06}.tar")]).unwrap()
}

fn labelled(entry: &Entry) -> Label {
    Label::new(&entry.name, &entry.cid)
}
