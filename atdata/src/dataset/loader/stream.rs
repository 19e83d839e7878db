//! The loader as a stream, for programs that do not wait but are woken.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::{Loader, Step};
use crate::error::Result;

/// The batches of a [`Loader`] as a [`Stream`], from [`Loader::into_stream`].
///
/// Its threads are those of the loader, and it needs no runtime: whatever polls it is woken when a batch is ready.
#[derive(Debug)]
pub struct LoaderStream<B> {
    loader: Loader<B>,
}

impl<B: Send + 'static> Loader<B> {
    /// The batches that are left as a stream. A loader without threads gets one.
    ///
    /// Dropping the stream waits for its threads, each of which ends after the sample that it is at.
    ///
    /// ```
    /// # async fn train() -> atdata::Result<()> {
    /// use atdata::{Dataset, DictSample};
    /// use futures_util::StreamExt as _;
    ///
    /// let numbers = Dataset::<DictSample>::open("numbers-{000..009}.tar")?;
    /// let mut steps = numbers.plan().seed(7).batch(256).load()?.into_stream()?;
    /// while let Some(step) = steps.next().await {
    ///     let batch = step?.batch;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Of a thread that cannot be started.
    pub fn into_stream(mut self) -> Result<LoaderStream<B>> {
        if self.threads.is_empty() {
            self.queue.begin_at(self.given);
            self.spawn(1)?;
        }
        Ok(LoaderStream { loader: self })
    }
}

impl<B> LoaderStream<B> {
    /// What is being loaded, and where that stands.
    pub fn loader(&self) -> &Loader<B> {
        &self.loader
    }
}

impl<B> Stream for LoaderStream<B> {
    type Item = Result<Step<B>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let loader = &mut self.loader;
        match loader.has_next() {
            Ok(()) => loader.queue.poll_take(context.waker()).map(|(step, made)| Some(loader.give(step, made))),
            Err(other) => Poll::Ready(other.map(Err)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        Iterator::size_hint(&self.loader)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;
    use std::sync::mpsc::{Sender, channel};
    use std::task::{Wake, Waker};

    use super::*;
    use crate::dataset::{Dataset, Policy};
    use crate::sample::{DictSample, Value};

    struct Told(Sender<()>);

    impl Wake for Told {
        fn wake(self: Arc<Self>) {
            let _ = self.0.send(());
        }
    }

    #[test]
    fn a_stream_gives_what_the_iterator_gives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n.tar");
        Dataset::write(&path, (0..100_i64).map(|number| DictSample::from_iter([("number", number)]))).unwrap();
        // Some are bad, which a policy decides on as it does for the iterator.
        let sound = |sample: DictSample| {
            if sample.get("number") == Some(&Value::Int(17)) { Err("odd") } else { Ok(sample) }
        };
        let data = Dataset::<DictSample>::open(&path).unwrap().on_error(Policy::skip()).unwrap().try_map(sound);
        for threads in [0, 1, 3] {
            let load = || data.plan().seed(3).batch(7).threads(threads).load_samples().unwrap();
            let expected: Vec<_> = load().map(|step| step.unwrap().batch).collect();
            let mut loader = load();
            let mut found = vec![loader.next().unwrap().unwrap().batch];
            let mut stream = loader.into_stream().unwrap();
            let (sender, woken) = channel();
            let waker = Waker::from(Arc::new(Told(sender)));
            loop {
                match Pin::new(&mut stream).poll_next(&mut Context::from_waker(&waker)) {
                    Poll::Ready(Some(step)) => found.push(step.unwrap().batch),
                    Poll::Ready(None) => break,
                    Poll::Pending => woken.recv().unwrap(),
                }
            }
            assert_eq!(found, expected, "{threads}");
            assert_eq!((stream.loader().delivered(), stream.loader().skipped(), stream.size_hint().0), (14, 1, 0));
        }
    }
}
