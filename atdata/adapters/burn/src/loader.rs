//! The loader: the epochs of a plan as a `DataLoader` of burn's.

use std::fmt;
use std::sync::{Arc, Mutex};

use atdata::dataset::{Plan, PlanBuilder, Token};
use atdata::{Batch as _, Packable};
use burn_core::data::dataloader::batcher::Batcher;
use burn_core::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn_core::data::dataset::DatasetError;
use burn_core::tensor::Device;

use crate::feed::{Batches, Feed, Loading, lock, progress};
use crate::items::{Items, Stacked};
use crate::slice::{Slice, Window};

/// The epochs of a [plan](atdata::dataset::Dataset::plan), one after the other, as burn's [`DataLoader`].
///
/// It is *one run*, and stands somewhere: behind the last batch that it gave. [`iter`](DataLoader::iter) goes on from there to
/// the end of the epoch, and the next `iter` is the next epoch, in an order of its own; [`token`](Self::token) says where it
/// stands, and a plan that [resumes](PlanBuilder::resume) by it goes on there in another process, also with another number of
/// ranks. What burn's trainer makes of it by [`to_device`](DataLoader::to_device) is the same run, so that whoever keeps an
/// `Arc` of the loader has the token of the run that is being trained.
///
/// - **Exact.** Each epoch has each sample once, but for its [tail](atdata::dataset::Tail); order and batches are a function of seed, epoch and data,
///   whatever the threads; with [ranks](PlanBuilder::ranks) each process has its share of each global batch.
/// - **Threads.** Those of the plan read and decode ahead, within [its bound](PlanBuilder::memory) on bytes. Tensors are made by whoever
///   iterates, in the thread that trains: a device sees one stream.
/// - **Errors.** A batch that cannot be read is an `Err` in its place, which names shard, sample and field
///   ([`error_of`](crate::error_of)), and the next one follows. What of it becomes is a [policy](atdata::dataset::Policy).
/// - **Progress** counts rows of the rank, padding included; of a run that was resumed it begins where that stood.
///
/// An iterator that is dropped before its end leaves the run where it is, and the next one goes on. Of several at a time only the youngest
/// moves the run.
///
/// [`slice`](DataLoader::slice), by which burn splits a loader among devices, gives the batches of these rows of each epoch. Such
/// slices read on their own and have no token: where the run has to be resumed, give each device a loader with `ranks` and `rank`.
///
/// ```
/// use std::sync::Arc;
///
/// use atdata::{Dataset, Packable};
/// use atdata_burn::PlanDataLoader;
/// use burn::data::dataloader::DataLoader;
/// use burn::data::dataloader::batcher::Batcher;
/// use burn::tensor::{Device, Tensor};
///
/// #[derive(Packable, Clone)]
/// struct Caption {
///     text: String,
///     stars: i64,
/// }
///
/// /// As for burn's own loaders.
/// struct Stars;
///
/// impl Batcher<Caption, Tensor<1>> for Stars {
///     fn batch(&self, captions: Vec<Caption>, device: &Device) -> Tensor<1> {
///         let stars: Vec<f32> = captions.iter().map(|caption| caption.stars as f32).collect();
///         Tensor::from_data(stars.as_slice(), device)
///     }
/// }
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("captions.tar");
/// # Dataset::write(&path, (0..100).map(|i| Caption { text: format!("caption {i}"), stars: i % 5 }))?;
/// let captions = Dataset::<Caption>::open(&path)?;
/// let loader = Arc::new(PlanDataLoader::new(captions.plan().seed(7).batch(10), Stars, Device::flex())?);
/// assert_eq!((loader.num_items(), loader.iter().count()), (100, 10));
/// // The next is the next epoch.
/// let _ = loader.iter().next();
/// assert_eq!((loader.token().epoch(), loader.token().position()), (1, 10));
/// # Ok::<(), atdata::Error>(())
/// ```
pub struct PlanDataLoader<T, O> {
    feed: Arc<Feed<T, O>>,
    run: Arc<Mutex<Run>>,
    device: Device,
    /// Rows of the rank in a whole epoch.
    items: u64,
}

/// Where the run stands, and which iterator moves it.
struct Run {
    token: Token,
    youngest: u64,
}

impl<T, O> PlanDataLoader<T, O>
where
    T: Send + Sync + 'static,
    O: 'static,
{
    /// The batches of a plan, made of lists of samples by a batcher of burn's.
    ///
    /// The plan says all that burn's `DataLoaderBuilder` does: [`batch`](PlanBuilder::batch), [`seed`](PlanBuilder::seed),
    /// [`threads`](PlanBuilder::threads). Shards without [contents](atdata::shard::Contents) are read once, here.
    ///
    /// # Errors
    /// Those of [`PlanBuilder::build`]: numbers that do not fit together, a token of another dataset, type or order, a
    /// [rank](PlanBuilder::rank) that is none.
    pub fn new(plan: PlanBuilder<T>, batcher: impl Batcher<T, O> + 'static, device: Device) -> atdata::Result<Self> {
        let batcher = Arc::new(batcher);
        let make = Arc::clone(&batcher);
        let open = move |plan: &PlanBuilder<T>| {
            let batcher = Arc::clone(&batcher);
            let make = move |step: Stacked<Vec<T>>, device: &Device| batcher.batch(step.batch, device);
            Ok(Box::new(Loading { loader: plan.load_samples()?, make }) as Box<dyn Batches<O>>)
        };
        let make = move |items: Items<T>, device: &Device| Ok(make.batch(items.samples, device));
        Self::of_feed(Feed { plan, open: Box::new(open), make: Box::new(make) }, device)
    }

    /// The batches of a plan, made of columns that are stacked already: arrays are copied once, from the shard to the tensor's
    /// memory, and may become tensors as they are ([`tensor_data`](crate::tensor_data)).
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn of_batches(
        plan: PlanBuilder<T>,
        make: impl Fn(Stacked<T::Batch>, &Device) -> O + Send + Sync + 'static,
        device: Device,
    ) -> atdata::Result<Self>
    where
        T: Packable,
        T::Batch: Send,
    {
        let make = Arc::new(make);
        let again = Arc::clone(&make);
        let open = move |plan: &PlanBuilder<T>| {
            let make = Arc::clone(&make);
            let make = move |step: Stacked<T::Batch>, device: &Device| make(step, device);
            Ok(Box::new(Loading { loader: plan.load()?, make }) as Box<dyn Batches<O>>)
        };
        let make = move |items: Items<T>, device: &Device| {
            let (rows, padding) = (items.len(), items.padding());
            let batch = T::Batch::from_samples(items.samples)?;
            Ok(again(Stacked { batch, rows, padding, keys: items.keys }, device))
        };
        Self::of_feed(Feed { plan, open: Box::new(open), make: Box::new(make) }, device)
    }

    fn of_feed(feed: Feed<T, O>, device: Device) -> atdata::Result<Self> {
        // A rank that is none is told by what starts to load; without threads nothing is read for it.
        feed.plan.clone().threads(0).load_samples()?;
        let token = feed.plan.build()?.token(0)?;
        let whole = feed.plan(&token.next_epoch()).build()?;
        let items = whole.rows_left(whole.rank());
        Ok(Self { feed: Arc::new(feed), run: Arc::new(Mutex::new(Run { token, youngest: 0 })), device, items })
    }
}

impl<T, O> PlanDataLoader<T, O> {
    /// Where the run stands: behind the last batch that was given, whatever was read ahead. Save it with the model that was
    /// trained on that batch.
    ///
    /// ```
    /// # use atdata::{Dataset, DictSample};
    /// # use atdata::dataset::Token;
    /// # use atdata_burn::PlanDataLoader;
    /// # use burn::data::dataloader::{DataLoader, batcher::Batcher};
    /// # use burn::tensor::Device;
    /// # struct Count;
    /// # impl Batcher<DictSample, usize> for Count {
    /// #     fn batch(&self, items: Vec<DictSample>, _: &Device) -> usize { items.len() }
    /// # }
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("numbers.tar");
    /// # Dataset::write(&path, (0..100_i64).map(|i| DictSample::from_iter([("number", i)])))?;
    /// let numbers = Dataset::<DictSample>::open(&path)?;
    /// let loader = PlanDataLoader::new(numbers.plan().seed(7).batch(10), Count, Device::flex())?;
    /// for _ in loader.iter().take(3) {}
    /// let saved = loader.token().to_json();
    /// // Later: the seven batches that are left, then whole epochs.
    /// let plan = numbers.plan().resume(&saved.parse::<Token>()?);
    /// let rest = PlanDataLoader::new(plan, Count, Device::flex())?;
    /// assert_eq!((rest.iter().count(), rest.iter().count()), (7, 10));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn token(&self) -> Token {
        lock(&self.run).token.clone()
    }

    /// The plan of what is left of the epoch that the run is in.
    ///
    /// # Errors
    /// Those of [`PlanBuilder::build`], of shards that were changed since.
    pub fn plan(&self) -> atdata::Result<Plan> {
        self.feed.plan(&self.token()).build()
    }

    /// Loads from where the run stands, or the next epoch if it stands at the end of one; and the number of the iterator.
    fn begin(&self) -> atdata::Result<(Box<dyn Batches<O>>, u64)> {
        let mut run = lock(&self.run);
        let mut batches = (self.feed.open)(&self.feed.plan(&run.token))?;
        if batches.plan().steps() == 0 {
            let next = run.token.next_epoch();
            batches = (self.feed.open)(&self.feed.plan(&next))?;
            run.token = next;
        }
        run.youngest += 1;
        Ok((batches, run.youngest))
    }
}

impl<T, O> DataLoader<O> for PlanDataLoader<T, O>
where
    T: Send + Sync + 'static,
    O: 'static,
{
    /// The batches from where the run stands to the end of the epoch. An error of starting to read is its one item.
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<O> + 'a> {
        let (batches, number) = match self.begin() {
            Ok((batches, number)) => (Ok(batches), number),
            Err(error) => (Err(Some(error)), 0),
        };
        Box::new(Epoch { loader: self, batches, number })
    }

    /// Rows that the rank has in a whole epoch, padding included.
    fn num_items(&self) -> usize {
        usize::try_from(self.items).unwrap_or(usize::MAX)
    }

    /// The same run, whose tensors are made on another device.
    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<O>> {
        Arc::new(Self {
            feed: Arc::clone(&self.feed),
            run: Arc::clone(&self.run),
            device: device.clone(),
            items: self.items,
        })
    }

    /// The rows from `start` to `end` of the epoch that the run is in, as far as they are left, and of each that follows: a loader
    /// of its own, whose every [`iter`](DataLoader::iter) is an epoch. Its batches have as many rows as those of this loader.
    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<O>> {
        let window = Window::whole(self.items).part(start, end);
        Arc::new(Slice::new(Arc::clone(&self.feed), self.token(), self.device.clone(), self.items, window))
    }
}

/// The iterator of a loader. In place of batches it may have an error, which it gives once.
struct Epoch<'a, T, O> {
    loader: &'a PlanDataLoader<T, O>,
    batches: Result<Box<dyn Batches<O>>, Option<atdata::Error>>,
    number: u64,
}

impl<T, O> Iterator for Epoch<'_, T, O> {
    type Item = Result<O, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batches = match &mut self.batches {
            Ok(batches) => batches,
            Err(error) => return error.take().map(DatasetError::new).map(Err),
        };
        let batch = batches.next(&self.loader.device);
        let token = batches.token();
        let mut run = lock(&self.loader.run);
        if run.youngest == self.number {
            match token {
                Ok(token) => run.token = token,
                Err(error) => return Some(Err(DatasetError::new(error))),
            }
        }
        batch.map(|batch| batch.map_err(DatasetError::new))
    }
}

impl<T, O> DataLoaderIterator<O> for Epoch<'_, T, O> {
    fn progress(&self) -> Progress {
        let total = self.loader.items;
        let processed =
            self.batches.as_ref().map_or(0, |batches| processed(batches.plan(), batches.delivered(), total));
        progress(processed, total)
    }
}

/// Rows of the rank that are behind a run after so many steps of a plan.
fn processed(plan: &Plan, steps: u64, total: u64) -> u64 {
    let given = steps.saturating_mul(plan.batch() / plan.ranks());
    total.saturating_sub(plan.rows_left(plan.rank()).saturating_sub(given))
}

impl<T, O> fmt::Debug for PlanDataLoader<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlanDataLoader")
            .field("items", &self.items)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}
