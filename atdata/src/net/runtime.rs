//! The async runtime: threads of our own for what waits on a network, so that everybody may wait for it, be it synchronous
//! code, code inside of an async runtime, or many threads at once.

use std::future::Future;
use std::sync::mpsc::sync_channel;
use std::sync::{Once, OnceLock};

use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};

use crate::error::{Cause, ErrorKind, Result};

/// Tasks wait for the network most of the time; what takes a processor is decrypting TLS.
const THREADS: usize = 2;

#[derive(Debug, thiserror::Error)]
pub(crate) enum NetworkError {
    #[error("the threads for the network cannot be started: {0}")]
    NoRuntime(String),
    #[cfg_attr(
        not(any(feature = "redis", feature = "postgres", feature = "s3", feature = "atmosphere")),
        allow(dead_code)
    )]
    #[error("a task of the network ended without an answer")]
    Lost,
}

impl Cause for NetworkError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Io
    }
}

/// Started with the first use, and never stopped.
pub(crate) fn runtime() -> Result<&'static Runtime, NetworkError> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let start = || {
        let runtime =
            Builder::new_multi_thread().worker_threads(THREADS).thread_name("atdata-net").enable_all().build();
        runtime.map_err(|error| error.to_string())
    };
    tell_of_one_thread();
    RUNTIME.get_or_init(start).as_ref().map_err(|reason| NetworkError::NoRuntime(reason.clone()))
}

/// Says once that a caller's runtime stands still meanwhile, where it has but one thread: who waits there for a server that
/// is part of the same runtime waits until the time is up.
fn tell_of_one_thread() {
    static TOLD: Once = Once::new();
    if Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::CurrentThread) {
        TOLD.call_once(|| {
            log::warn!(
                "a call that blocks was made inside of an async runtime of one thread, which does nothing else until it \
                 returns: call from `spawn_blocking`"
            );
        });
    }
}

/// Runs `work` to its end and gives what it gave; the calling thread waits.
#[cfg_attr(not(any(feature = "redis", feature = "postgres", feature = "s3", feature = "atmosphere")), allow(dead_code))]
pub(crate) fn wait<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T> {
    let runtime = runtime()?;
    // No runtime may be entered from within another: there the work is done by a thread of ours.
    if Handle::try_current().is_err() {
        return Ok(runtime.block_on(work));
    }
    let (sender, answer) = sync_channel(1);
    runtime.spawn(async move {
        // Where nobody waits any more, nobody is to be told.
        let _ = sender.send(work.await);
    });
    answer.recv().map_err(|_| NetworkError::Lost.into())
}
