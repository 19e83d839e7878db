//! Checks for [stores](Store).
//!
//! A test of a store of one's own:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use atdata::store::LocalStore as MyStore;
//! # let folder = tempfile::tempdir()?;
//! # let place = || folder.path().join(uuid::Uuid::new_v4().to_string());
//! for check in atdata::conformance::store::all() {
//!     check.run(&|| Ok(std::sync::Arc::new(MyStore::new(place()))))?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Each check wants a store that is empty. What it writes is read by its URL, with the options that the store gives for
//! that; some 100 MB in all go there and back.

mod objects;
mod shards;
mod together;
mod urls;

use std::io::Read;
use std::sync::Arc;

use super::check::{Check, checks};
use super::{Outcome, holds};
use crate::error::{ErrorKind, Result};
use crate::source::{ReadOptions, Shard};
use crate::store::{Store, Upload};

/// All checks. They do not depend on each other, and may run at the same time.
pub fn all() -> Vec<Check<Arc<dyn Store>>> {
    checks![
        objects::an_object_appears_with_its_commit,
        objects::a_dropped_upload_leaves_nothing,
        objects::an_object_takes_the_place_of_another_when_it_is_whole,
        objects::a_dropped_upload_leaves_what_had_its_name,
        objects::an_object_may_be_empty,
        objects::an_object_may_be_large,
        objects::bytes_may_come_in_pieces_of_any_size,
        objects::a_removed_object_is_gone,
        urls::names_that_lead_elsewhere_are_refused,
        urls::names_of_many_kinds_are_taken,
        urls::a_store_holds_what_it_names,
        urls::a_store_does_not_hold_the_urls_of_others,
        urls::names_that_it_makes_are_never_the_same,
        together::uploads_at_the_same_time_do_not_meet,
        together::the_last_commit_of_a_name_holds,
        together::many_uploads_may_wait_for_their_commits,
        shards::shards_are_written_into_it_and_read_again,
        shards::a_write_that_is_given_up_leaves_nothing,
        shards::two_writes_to_one_prefix_do_not_meet,
    ]
}

/// The bytes at `url`, as a reader with the store's options gets them; `None` if there is nothing.
fn read(store: &dyn Store, url: &str) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let opened = Shard::from_url(url)?.bytes(&store.read_options(ReadOptions::new()));
    let read = opened.and_then(|mut shard| Ok(shard.read_to_end(&mut bytes)?));
    match read {
        Ok(_) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn begin(store: &dyn Store, name: &str, bytes: &[u8]) -> Result<Box<dyn Upload>> {
    let mut upload = store.create(name)?;
    upload.write_all(bytes)?;
    Ok(upload)
}

fn put(store: &dyn Store, name: &str, bytes: &[u8]) -> Result<()> {
    let mut upload = begin(store, name, bytes)?;
    upload.sync()?;
    upload.commit()
}

/// Not `same`: megabytes tell nothing.
fn has(store: &dyn Store, name: &str, expected: Option<&[u8]>) -> Outcome {
    let found = read(store, &store.object_url(name))?;
    let said = |bytes: Option<usize>| bytes.map_or("nothing".to_owned(), |count| format!("{count} bytes"));
    let (found_len, expected_len) = (found.as_ref().map(Vec::len), expected.map(<[u8]>::len));
    holds(
        &format!("the object `{name}`: expected {}, found {}, or others", said(expected_len), said(found_len)),
        found.as_deref() == expected,
    )
}

/// Bytes that differ from place to place, and by `seed`.
fn bytes(count: usize, seed: u8) -> Vec<u8> {
    let mut state = u64::from(seed).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut out = Vec::with_capacity(count + 8);
    while out.len() < count {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(count);
    out
}
