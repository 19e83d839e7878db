//! Samples that are made and packed by threads, and written in order.

use std::collections::BTreeMap;
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::{ShardWriter, ShardWriterBuilder, Written, packed};
use crate::dataset::contained::contained;
use crate::dataset::own_or_samples;
use crate::dataset::plan::error::PlanError;
use crate::error::Result;
use crate::sample::Packable;

/// Items that are on their way, for each thread: so that none waits for the slowest.
const AHEAD: usize = 4;

/// A sample that is packed, and its key if it has one.
struct Made<S> {
    key: Option<String>,
    packed: Vec<u8>,
    sample: S,
}

impl<S: Packable + Send> ShardWriterBuilder<S> {
    /// Makes a sample of each item and writes all of them, in the order of the items, whichever is ready first: `make` is called
    /// and its samples are packed by as many threads as shards are [written by](Self::threads), four items for each at most.
    /// It is for samples that take some time to make, such as images that are decoded and made smaller; what costs less than
    /// some microseconds is faster without threads.
    ///
    /// The shards are those of [`write_all`](Self::write_all). Of a write that [goes on](Self::resume) the items of the samples
    /// that are written already are passed over, and `make` is not called with them.
    ///
    /// ```
    /// use atdata::{Packable, ShardWriter};
    ///
    /// #[derive(Packable)]
    /// struct Text {
    ///     text: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let paths: Vec<_> = (0..10).map(|n| dir.path().join(format!("{n}.txt"))).collect();
    /// # for path in &paths { std::fs::write(path, "a text").unwrap(); }
    /// let writer = ShardWriter::builder(dir.path().join("texts-%03d.tar")).max_count(4).threads(2);
    /// let written = writer.write_map(&paths, |path| {
    ///     let text = std::fs::read_to_string(path)?;
    ///     let key = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    ///     Ok::<_, std::io::Error>((Some(key), Text { text }))
    /// })?;
    /// assert_eq!((written.samples(), written.shards.len()), (10, 3));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// The first of `make`, in the order of the items, which ends the write and leaves nothing behind: one of this library as it
    /// is, any other, and a panic, of kind [`Caller`](crate::ErrorKind::Caller). Else those of
    /// [`write_with_key`](ShardWriter::write_with_key).
    pub fn write_map<I, E>(
        self,
        items: impl IntoIterator<Item = I>,
        make: impl Fn(I) -> std::result::Result<(Option<String>, S), E> + Sync,
    ) -> Result<Written>
    where
        I: Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let threads = self.options.worker_threads().unwrap_or(1);
        let mut writer = self.build()?;
        let mut items = items.into_iter();
        for _ in 0..writer.resumed() {
            if items.next().is_none() {
                break;
            }
            writer.pass();
        }
        let pack = |item: I| {
            contained(|| {
                let (key, sample) = make(item).map_err(|error| own_or_samples(error.into()))?;
                Ok(Made { key, packed: packed(&sample)?, sample })
            })
        };
        let written = in_order(items, threads, pack, |made: Result<Made<S>>| writer.write_made(&made?));
        match written.and_then(|()| writer.check_passed()) {
            Ok(()) => writer.finish(),
            Err(error) => {
                writer.discard();
                Err(error)
            }
        }
    }
}

impl<S: Packable> ShardWriter<S> {
    fn write_made(&mut self, made: &Made<S>) -> Result<()> {
        let Made { key, packed, sample } = made;
        self.append_packed(key.as_deref(), sample, packed)
    }
}

/// What `f` makes of all items, by so many threads, given to `take` in the order of the items.
fn in_order<I: Send, O: Send>(
    mut items: impl Iterator<Item = I>,
    threads: usize,
    f: impl Fn(I) -> O + Sync,
    mut take: impl FnMut(O) -> Result<()>,
) -> Result<()> {
    if threads <= 1 {
        return items.try_for_each(|item| take(f(item)));
    }
    let most = threads.saturating_mul(AHEAD);
    let (jobs, inbox) = sync_channel(most);
    let (outbox, made) = channel();
    let inbox = Mutex::new(inbox);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (inbox, outbox, f) = (&inbox, outbox.clone(), &f);
            let work = move || {
                // The lock is let go before the item is looked at.
                let next = || inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok((number, item)) = next() {
                    if outbox.send((number, f(item))).is_err() {
                        return;
                    }
                }
            };
            let spawned = thread::Builder::new().name("atdata-make".into()).spawn_scoped(scope, work);
            spawned.map_err(|source| PlanError::Thread { source })?;
        }
        drop(outbox);
        // Moved here, so that the threads end with this function, however that does.
        let jobs = jobs;
        let (mut begun, mut taken, mut ready) = (0_u64, 0_u64, BTreeMap::new());
        loop {
            while begun - taken < most as u64
                && let Some(item) = items.next()
            {
                // There is room for all that may be on their way.
                let _ = jobs.send((begun, item));
                begun += 1;
            }
            if taken == begun {
                return Ok(());
            }
            while !ready.contains_key(&taken) {
                // What panics in a thread has become an error; one that is gone all the same leaves nothing to wait for.
                let Ok((number, made)) = made.recv() else { return Err(PlanError::Cancelled.into()) };
                ready.insert(number, made);
            }
            if let Some(made) = ready.remove(&taken) {
                take(made)?;
            }
            taken += 1;
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "these are tests")]
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_made_comes_in_order_and_no_more_is_begun_than_may_be() {
        for threads in [0, 1, 2, 5] {
            let (begun, mut taken) = (AtomicU64::new(0), Vec::new());
            let make = |n: u64| {
                begun.fetch_add(1, Ordering::SeqCst);
                // The first takes longest.
                thread::sleep(Duration::from_micros(if n.is_multiple_of(7) { 500 } else { 1 }));
                n * n
            };
            in_order(0..200, threads, make, |square| {
                taken.push(square);
                let ahead = begun.load(Ordering::SeqCst) - taken.len() as u64;
                assert!(ahead <= (threads * AHEAD) as u64, "{ahead}");
                Ok(())
            })
            .unwrap();
            assert_eq!(taken, (0..200).map(|n| n * n).collect::<Vec<_>>(), "{threads} threads");
            // It ends with an error, whatever is on its way.
            let mut count = 0;
            let ended = in_order(
                0..,
                threads,
                |n: u64| n,
                |_| {
                    count += 1;
                    if count == 20 { Err(PlanError::Cancelled.into()) } else { Ok(()) }
                },
            );
            assert!(ended.is_err() && count == 20);
        }
    }
}
