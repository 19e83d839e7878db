//! Checks of atomic uploads: whole or not at all.

use std::sync::Arc;

use super::{begin, bytes, has, put};
use crate::conformance::{Outcome, same};
use crate::store::Store;

/// Larger than what a store would send at once.
const LARGE: usize = (9 << 20) + 17;

pub(super) fn an_object_appears_with_its_commit(store: &Arc<dyn Store>) -> Outcome {
    for (name, size) in [("small.tar", 1000), ("large.tar", LARGE)] {
        let content = bytes(size, 1);
        let mut upload = begin(&**store, name, &content)?;
        has(&**store, name, None)?;
        upload.sync()?;
        has(&**store, name, None)?;
        upload.commit()?;
        has(&**store, name, Some(&content))?;
    }
    Ok(())
}

pub(super) fn a_dropped_upload_leaves_nothing(store: &Arc<dyn Store>) -> Outcome {
    for size in [0, 1000, LARGE] {
        for synced in [false, true] {
            let mut upload = begin(&**store, "dropped.tar", &bytes(size, 2))?;
            if synced {
                upload.sync()?;
            }
            drop(upload);
            has(&**store, "dropped.tar", None)?;
            same("what `remove` says of it", store.remove(&store.object_url("dropped.tar"))?, false)?;
        }
    }
    Ok(())
}

pub(super) fn an_object_takes_the_place_of_another_when_it_is_whole(store: &Arc<dyn Store>) -> Outcome {
    put(&**store, "a/b.tar", &bytes(5000, 3))?;
    // A shorter one leaves nothing of the longer one.
    for size in [LARGE, 70, 0] {
        let before = super::read(&**store, &store.object_url("a/b.tar"))?;
        let content = bytes(size, 4);
        let mut upload = begin(&**store, "a/b.tar", &content)?;
        upload.sync()?;
        has(&**store, "a/b.tar", before.as_deref())?;
        upload.commit()?;
        has(&**store, "a/b.tar", Some(&content))?;
    }
    Ok(())
}

pub(super) fn a_dropped_upload_leaves_what_had_its_name(store: &Arc<dyn Store>) -> Outcome {
    let old = bytes(5000, 5);
    put(&**store, "a.tar", &old)?;
    for size in [100, LARGE] {
        let mut upload = begin(&**store, "a.tar", &bytes(size, 6))?;
        upload.sync()?;
        drop(upload);
        has(&**store, "a.tar", Some(&old))?;
    }
    Ok(())
}

pub(super) fn an_object_may_be_empty(store: &Arc<dyn Store>) -> Outcome {
    put(&**store, "empty.tar", &[])?;
    has(&**store, "empty.tar", Some(&[]))
}

pub(super) fn an_object_may_be_large(store: &Arc<dyn Store>) -> Outcome {
    let content = bytes(2 * LARGE, 7);
    put(&**store, "large.tar", &content)?;
    has(&**store, "large.tar", Some(&content))
}

pub(super) fn bytes_may_come_in_pieces_of_any_size(store: &Arc<dyn Store>) -> Outcome {
    let content = bytes(LARGE, 8);
    let mut upload = store.create("pieces.tar")?;
    let (mut rest, mut size) = (content.as_slice(), 1);
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(size.min(rest.len()));
        upload.write_all(piece).map_err(crate::error::Error::from)?;
        upload.write_all(&[]).map_err(crate::error::Error::from)?;
        upload.flush().map_err(crate::error::Error::from)?;
        (rest, size) = (behind, size * 3 + 1);
    }
    upload.sync()?;
    upload.commit()?;
    has(&**store, "pieces.tar", Some(&content))
}

pub(super) fn a_removed_object_is_gone(store: &Arc<dyn Store>) -> Outcome {
    put(&**store, "x/a.tar", b"a")?;
    put(&**store, "x/b.tar", b"b")?;
    let url = store.object_url("x/a.tar");
    same("what `remove` says of an object", store.remove(&url)?, true)?;
    has(&**store, "x/a.tar", None)?;
    has(&**store, "x/b.tar", Some(b"b"))?;
    same("what `remove` says of an object that is gone", store.remove(&url)?, false)?;
    same("what `remove` says of one that never was", store.remove(&store.object_url("no/such.tar"))?, false)?;
    put(&**store, "x/a.tar", b"again")?;
    has(&**store, "x/a.tar", Some(b"again"))
}
