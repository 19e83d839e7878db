//! Checks of concurrency: several uploads at the same time.

use std::sync::Arc;

use super::{begin, bytes, has, put};
use crate::conformance::Outcome;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

pub(super) fn uploads_at_the_same_time_do_not_meet(store: &Arc<dyn Store>) -> Outcome {
    let content = |n: u8| bytes((usize::from(n) << 20) + 9, n);
    let write = |n: u8| put(&**store, &format!("together/{n}.tar"), &content(n));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|n| scope.spawn(move || write(n))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(panicked())))
    })?;
    (0..8).try_for_each(|n| has(&**store, &format!("together/{n}.tar"), Some(&content(n))))
}

fn panicked() -> Error {
    Error::new(ErrorKind::Caller, "a thread panicked")
}

pub(super) fn the_last_commit_of_a_name_holds(store: &Arc<dyn Store>) -> Outcome {
    let mut first = begin(&**store, "a.tar", &bytes(3000, 1))?;
    let mut second = begin(&**store, "a.tar", &bytes(9 << 20, 2))?;
    second.sync()?;
    first.sync()?;
    second.commit()?;
    has(&**store, "a.tar", Some(&bytes(9 << 20, 2)))?;
    first.commit()?;
    has(&**store, "a.tar", Some(&bytes(3000, 1)))
}

pub(super) fn many_uploads_may_wait_for_their_commits(store: &Arc<dyn Store>) -> Outcome {
    // More than a process may hold files open, in some.
    let uploads: Result<Vec<_>> = (0..300_u16)
        .map(|n| {
            let mut upload = begin(&**store, &format!("many/{n}.tar"), &n.to_le_bytes())?;
            upload.sync()?;
            Ok(upload)
        })
        .collect();
    let mut kept = Vec::new();
    for (n, upload) in (0_u16..).zip(uploads?) {
        if n % 3 == 0 {
            upload.commit()?;
        } else {
            kept.push(upload);
        }
    }
    drop(kept);
    for n in (0_u16..300).step_by(7) {
        has(&**store, &format!("many/{n}.tar"), (n % 3 == 0).then_some(&n.to_le_bytes()))?;
    }
    Ok(())
}
