//! Options of a plan, and what is wrong with them.

use std::fmt;
use std::sync::Arc;

use super::error::PlanError;
#[cfg(feature = "records")]
use super::token::{Identity, Token};
use super::{Loading, Plan, ShardSize, Sizes, Tail};
use crate::dataset::Dataset;
use crate::dataset::catalog::{self, Catalog};
use crate::dataset::loader::{Gather, List, Loader, Stack};
use crate::error::Result;
use crate::order::{EpochOrder, Lanes, Order};
use crate::sample::Packable;

/// Whole numbers up to here are exact wherever JSON is read.
const MOST_SAMPLES: u64 = 1 << 53;
const MEMORY: u64 = 1 << 30;

/// Options of a [`Plan`], from [`Dataset::plan`].
#[must_use]
pub struct PlanBuilder<T> {
    dataset: Option<Dataset<T>>,
    sizes: Vec<ShardSize>,
    seed: Option<u64>,
    epoch: Option<u64>,
    ranks: u64,
    batch: Option<u64>,
    tail: Option<Tail>,
    order: Option<Order>,
    lanes: Option<u64>,
    loading: Loading,
    #[cfg(feature = "records")]
    token: Option<Token>,
}

impl<T> Dataset<T> {
    /// A plan of an epoch: which samples are in which batch of which rank. It is asked for with
    /// [`build`](PlanBuilder::build), and carried out by [`load`](PlanBuilder::load).
    ///
    /// ```
    /// use atdata::dataset::Tail;
    /// use atdata::{Dataset, Packable};
    ///
    /// #[derive(Packable)]
    /// struct Caption {
    ///     text: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("captions.tar");
    /// # Dataset::write(&path, (0..100).map(|i| Caption { text: format!("caption {i}") }))?;
    /// let captions = Dataset::<Caption>::open(&path)?;
    /// let mut seen = 0;
    /// for rank in 0..2 {
    ///     let loader = captions.plan().seed(7).epoch(3).ranks(2).rank(rank).batch(32).tail(Tail::Uneven).load()?;
    ///     for step in loader {
    ///         seen += step?.batch.text.len();
    ///     }
    /// }
    /// assert_eq!(seen, 100);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn plan(&self) -> PlanBuilder<T> {
        PlanBuilder::new(Some(self.with_decode(self.decode.clone())), Vec::new())
    }
}

impl PlanBuilder<()> {
    pub(super) fn of_sizes(sizes: Vec<ShardSize>) -> Self {
        Self::new(None, sizes)
    }
}

impl<T> PlanBuilder<T> {
    fn new(dataset: Option<Dataset<T>>, sizes: Vec<ShardSize>) -> Self {
        let loading = Loading { threads: catalog::threads(), memory: MEMORY, keys: false, rank: 0 };
        Self {
            dataset,
            sizes,
            seed: None,
            epoch: None,
            ranks: 1,
            batch: None,
            tail: None,
            order: None,
            lanes: None,
            loading,
            #[cfg(feature = "records")]
            token: None,
        }
    }

    /// The seed of the order, 0 unless told otherwise.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The number of the epoch, 0 unless told otherwise: each has an order of its own.
    pub fn epoch(mut self, epoch: u64) -> Self {
        self.epoch = Some(epoch);
        self
    }

    /// Among how many ranks each global batch is shared, 1 unless told otherwise.
    pub fn ranks(mut self, ranks: u64) -> Self {
        self.ranks = ranks;
        self
    }

    /// Which of the ranks loads, counted from 0.
    pub fn rank(mut self, rank: u64) -> Self {
        self.loading.rank = rank;
        self
    }

    /// Samples of a global batch, that of all ranks together; a multiple of the number of ranks.
    pub fn batch(mut self, samples: u64) -> Self {
        self.batch = Some(samples);
        self
    }

    /// What becomes of the samples that do not fill a batch, [`Tail::Drop`] unless told otherwise.
    pub fn tail(mut self, tail: Tail) -> Self {
        self.tail = Some(tail);
        self
    }

    /// How the samples are ordered, [`Order::Global`] unless told otherwise.
    pub fn order(mut self, order: Order) -> Self {
        self.order = Some(order);
        self
    }

    /// Cuts the order into so many equal lanes, of each of which every global batch has the same number of samples: a rank
    /// owns neighbouring lanes, and so reads a part of the order of its own. The number decides the batches; take as many
    /// as there are ever going to be ranks. 1 unless told otherwise.
    pub fn lanes(mut self, lanes: u64) -> Self {
        self.lanes = Some(lanes);
        self
    }

    /// Threads that read and decode; 0 does so in the caller's. As many as there are processors, up to 8, unless told
    /// otherwise. The batches are the same for any number.
    pub fn threads(mut self, threads: usize) -> Self {
        self.loading.threads = threads;
        self
    }

    /// Bytes of packed samples that batches may take which are ready or being made, though there is always one; 1 GiB
    /// unless told otherwise. Until a batch was read it counts by the mean.
    pub fn memory(mut self, bytes: u64) -> Self {
        self.loading.memory = bytes;
        self
    }

    /// Whether each batch comes with the keys of its samples.
    pub fn keys(mut self, yes: bool) -> Self {
        self.loading.keys = yes;
        self
    }

    /// Goes on where a run stood: with the dataset, order, seed, epoch and tail of the token, and its batch unless another
    /// is given, but with any number of ranks and threads. The steps count from there.
    #[cfg(feature = "records")]
    pub fn resume(mut self, token: &Token) -> Self {
        self.token = Some(token.clone());
        self
    }

    /// The plan. Shards whose [contents](crate::shard::Contents) are not beside them are read once, to find their samples.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for numbers that do not fit together, which says those that do, and
    /// for a token of another dataset, type or order, with what differs. [`Unsupported`](crate::ErrorKind::Unsupported) of
    /// a dataset with a filter, and of shards that are compressed or not files. Those of reading the shards' contents.
    pub fn build(&self) -> Result<Plan> {
        let Some(dataset) = &self.dataset else {
            #[cfg(feature = "records")]
            if self.token.is_some() {
                return Err(PlanError::NoIdentity.into());
            }
            return self.plan(&self.sizes);
        };
        if dataset.decode.drops() {
            return Err(PlanError::Filtered.into());
        }
        let catalog = dataset.shards.catalog_or_scan()?;
        self.plan_of(dataset, &catalog)
    }

    fn plan_of(&self, dataset: &Dataset<T>, catalog: &Catalog) -> Result<Plan> {
        let sizes: Vec<ShardSize> =
            catalog.summaries().map(|of| ShardSize { samples: of.samples, bytes: of.shard_size }).collect();
        #[cfg(not(feature = "records"))]
        let (plan, _) = (self.plan(&sizes), dataset);
        #[cfg(feature = "records")]
        let plan = {
            // Samples without a type may be those of any.
            let is_typed = !dataset.schema.fields.is_empty();
            let identity = Identity::new(dataset.schema, dataset.shards.list(), catalog);
            let options = match &self.token {
                Some(token) => &self.clone_settings().resumed(token, &identity, is_typed)?,
                None => &self.clone_settings(),
            };
            options.plan(&sizes).map(|plan| Plan { identity: Some(Arc::new(identity)), ..plan })
        };
        plan
    }

    /// The same options, for numbers alone.
    #[cfg(feature = "records")]
    fn clone_settings(&self) -> PlanBuilder<()> {
        PlanBuilder {
            dataset: None,
            sizes: Vec::new(),
            seed: self.seed,
            epoch: self.epoch,
            ranks: self.ranks,
            batch: self.batch,
            tail: self.tail,
            order: self.order,
            lanes: self.lanes,
            loading: self.loading,
            token: self.token.clone(),
        }
    }

    /// With what the token says, where that is of this dataset and contradicts nothing.
    #[cfg(feature = "records")]
    fn resumed(mut self, token: &Token, identity: &Identity, is_typed: bool) -> Result<Self> {
        let mut differences = token.differences(identity, is_typed);
        take("order", &mut self.order, token.order(), &mut differences);
        take("seed", &mut self.seed, token.seed(), &mut differences);
        take("epoch", &mut self.epoch, token.epoch(), &mut differences);
        take("tail", &mut self.tail, token.tail(), &mut differences);
        take("number of lanes", &mut self.lanes, token.lanes(), &mut differences);
        self.batch.get_or_insert(token.batch());
        if differences.is_empty() { Ok(self) } else { Err(PlanError::OtherRun { differences }.into()) }
    }

    /// The plan for shards of these sizes.
    fn plan(&self, sizes: &[ShardSize]) -> Result<Plan> {
        let sums = |of: fn(&ShardSize) -> u64| {
            let mut sum = 0_u64;
            let ends = sizes.iter().map(|size| {
                sum = sum.saturating_add(of(size));
                sum
            });
            std::iter::once(0).chain(ends).collect::<Vec<u64>>()
        };
        let sizes = Sizes { samples: sums(|of| of.samples), bytes: sums(|of| of.bytes) };
        let samples = Sizes::total(&sizes.samples);
        let (batch, tail, lanes) = self.check(samples)?;
        let (order, seed, epoch) =
            (self.order.unwrap_or(Order::Global), self.seed.unwrap_or(0), self.epoch.unwrap_or(0));
        #[cfg(feature = "records")]
        let from = self.token.as_ref().map_or(0, Token::position);
        #[cfg(not(feature = "records"))]
        let from = 0;
        Ok(Plan {
            order,
            seed,
            epoch,
            epoch_order: Arc::new(EpochOrder::new(order, samples, seed, epoch)),
            sizes: Arc::new(sizes),
            ranks: self.ranks,
            batch,
            tail,
            lanes: Lanes::new(samples, lanes),
            from,
            loading: self.loading,
            #[cfg(feature = "records")]
            identity: None,
        })
    }

    /// The global batch, the tail and the lanes, if all numbers fit together.
    fn check(&self, samples: u64) -> Result<(u64, Tail, u64), PlanError> {
        let (ranks, tail, lanes) = (self.ranks, self.tail.unwrap_or_default(), self.lanes.unwrap_or(1));
        let batch = self.batch.filter(|batch| *batch > 0).ok_or(PlanError::NoBatch { given: self.batch.is_some() })?;
        if ranks == 0 {
            return Err(PlanError::NoRanks);
        }
        if samples == 0 {
            return Err(PlanError::NoSamples);
        }
        if samples > MOST_SAMPLES || batch > MOST_SAMPLES {
            return Err(PlanError::TooMany { samples: samples.max(batch), limit: MOST_SAMPLES });
        }
        if lanes == 0 || lanes > samples {
            return Err(PlanError::LaneCount { lanes, samples });
        }
        if !batch.is_multiple_of(ranks) {
            let below = (batch - batch % ranks).max(ranks);
            let above = batch.next_multiple_of(ranks);
            let above = if above == below { above.saturating_add(ranks) } else { above };
            return Err(PlanError::BatchOfRanks { batch, ranks, below, above });
        }
        if !batch.is_multiple_of(lanes) {
            return Err(PlanError::BatchOfLanes { batch, lanes });
        }
        if lanes > 1 && !lanes.is_multiple_of(ranks) {
            return Err(PlanError::Lanes { lanes, ranks });
        }
        if batch > samples && tail != Tail::Uneven {
            return Err(PlanError::BatchOfDataset { batch, samples });
        }
        Ok((batch, tail, lanes))
    }

    fn start<G: Gather<T>>(&self, gather: G) -> Result<Loader<G::Out>>
    where
        T: 'static,
    {
        let plan = self.build()?;
        let (rank, ranks) = (self.loading.rank, self.ranks);
        if rank >= ranks {
            return Err(PlanError::Rank { rank, ranks }.into());
        }
        let dataset = self.dataset.as_ref().ok_or(PlanError::NoDataset)?;
        Loader::start(plan, dataset.shards.catalog_or_scan()?, dataset.decode.clone(), gather)
    }

    /// Reads and decodes the batches of the [rank](Self::rank), each into a batch of the sample type.
    ///
    /// # Errors
    /// Those of [`build`](Self::build); of a rank that is none; of threads that cannot be started.
    pub fn load(&self) -> Result<Loader<T::Batch>>
    where
        T: Packable + 'static,
        T::Batch: Send,
    {
        self.start(Stack::new())
    }

    /// [`load`](Self::load), with the samples of each batch as a list: of whatever type they are.
    pub fn load_samples(&self) -> Result<Loader<Vec<T>>>
    where
        T: Send + 'static,
    {
        self.start(List::new())
    }
}

/// Takes over what the token says; what was given and is another is told.
#[cfg(feature = "records")]
fn take<V: PartialEq + fmt::Display>(what: &str, given: &mut Option<V>, of_token: V, told: &mut Vec<String>) {
    match given {
        Some(given) if *given != of_token => told.push(format!("its {what} is {of_token}, and not {given}")),
        _ => *given = Some(of_token),
    }
}

impl<T> fmt::Debug for PlanBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlanBuilder")
            .field("seed", &self.seed)
            .field("epoch", &self.epoch)
            .field("ranks", &self.ranks)
            .field("batch", &self.batch)
            .field("tail", &self.tail)
            .field("order", &self.order)
            .field("lanes", &self.lanes)
            .finish_non_exhaustive()
    }
}
