//! Indexes in SQLite files: what Python wrote, what is stored, and what several processes do to one at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

mod golden;
mod insert;
mod processes;
mod references;
mod relocate;
mod schemas;
mod secrets;

use std::path::Path;

use atdata::index::{Index, Sqlite};
use atdata::store::LocalStore;

/// An index with a store, all below `folder`.
fn index(folder: &Path) -> Index {
    let provider = Sqlite::open(folder.join("index.db")).unwrap();
    Index::builder().provider(provider).store(LocalStore::new(folder.join("data"))).build().unwrap()
}

/// An index without a store.
fn bare_index(folder: &Path) -> Index {
    Index::builder().provider(Sqlite::open(folder.join("index.db")).unwrap()).build().unwrap()
}
