//! Options of a plan.

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "records")]
use sha2::{Digest as _, Sha256};

use super::error::PlanError;
use super::settings::Settings;
#[cfg(feature = "records")]
use super::token::{Identity, Token};
use super::{Loading, Plan, ShardSize, Tail};
use crate::dataset::Dataset;
use crate::dataset::catalog::Catalog;
use crate::dataset::compose::{Composition, Mix, Parts, Shape};
use crate::dataset::decode::Decodes;
use crate::dataset::loader::{Gather, List, Loader, New, Stack};
use crate::dataset::policy::{Policy, Skipping};
use crate::dataset::ring::{Buffers, Lent};
#[cfg(feature = "records")]
use crate::digest::hex;
use crate::error::Result;
use crate::order::Order;
use crate::sample::Packable;

/// Options of a [`Plan`], from [`Dataset::plan`].
#[must_use]
pub struct PlanBuilder<T> {
    /// `None` of a plan of sizes alone.
    parts: Option<Parts<T>>,
    sizes: Vec<ShardSize>,
    settings: Settings,
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
        PlanBuilder::of_parts(Parts::one(self))
    }
}

impl<T> Composition<T> {
    /// A plan of an epoch of it: see [`Dataset::plan`].
    pub fn plan(&self) -> PlanBuilder<T> {
        PlanBuilder::of_parts(self.parts())
    }
}

impl<T> Mix<T> {
    /// A plan of an epoch of it: see [`Dataset::plan`]. Each epoch is drawn anew.
    ///
    /// What is wrong with the weights is told when the plan is built.
    pub fn plan(&self) -> PlanBuilder<T> {
        PlanBuilder::of_parts(self.parts())
    }
}

impl PlanBuilder<()> {
    pub(super) fn of_sizes(sizes: Vec<ShardSize>) -> Self {
        Self { parts: None, sizes, settings: Settings::default() }
    }
}

impl<T> PlanBuilder<T> {
    fn of_parts(parts: Parts<T>) -> Self {
        Self { parts: Some(parts), sizes: Vec::new(), settings: Settings::default() }
    }

    /// The seed of the order, 0 unless told otherwise.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// The number of the epoch, 0 unless told otherwise: each has an order of its own.
    pub fn epoch(mut self, epoch: u64) -> Self {
        self.settings.epoch = Some(epoch);
        self
    }

    /// Among how many ranks each global batch is shared, 1 unless told otherwise.
    pub fn ranks(mut self, ranks: u64) -> Self {
        self.settings.ranks = ranks;
        self
    }

    /// Which of the ranks loads, counted from 0.
    pub fn rank(mut self, rank: u64) -> Self {
        self.settings.loading.rank = rank;
        self
    }

    /// Samples of a global batch, that of all ranks together; a multiple of the number of ranks.
    pub fn batch(mut self, samples: u64) -> Self {
        self.settings.batch = Some(samples);
        self
    }

    /// What becomes of the samples that do not fill a batch, [`Tail::Drop`] unless told otherwise.
    pub fn tail(mut self, tail: Tail) -> Self {
        self.settings.tail = Some(tail);
        self
    }

    /// How the samples are ordered, [`Order::Global`] unless told otherwise.
    pub fn order(mut self, order: Order) -> Self {
        self.settings.order = Some(order);
        self
    }

    /// Cuts the order into so many equal lanes, of each of which every global batch has the same number of samples: a rank
    /// owns neighbouring lanes, and so reads a part of the order of its own. The number decides the batches; take as many
    /// as there are ever going to be ranks. 1 unless told otherwise.
    pub fn lanes(mut self, lanes: u64) -> Self {
        self.settings.lanes = Some(lanes);
        self
    }

    /// Threads that read and decode; 0 does so in the caller's. As many as there are processors, up to 8, unless told
    /// otherwise. The batches are the same for any number.
    pub fn threads(mut self, threads: usize) -> Self {
        self.settings.loading.threads = threads;
        self
    }

    /// Bytes of packed samples that batches may take which are ready or being made, though there is always one; 1 GiB
    /// unless told otherwise. Until a batch was read it counts by the mean. Where samples of later batches lie beside those
    /// of the next ones, up to half of it is used to read them together.
    pub fn memory(mut self, bytes: u64) -> Self {
        self.settings.loading.memory = bytes;
        self
    }

    /// Whether each batch comes with the keys of its samples.
    pub fn keys(mut self, yes: bool) -> Self {
        self.settings.loading.keys = yes;
        self
    }

    /// Whether a loader gives batches as they are ready, and not in the order of the plan: one that takes long keeps none of
    /// those behind it waiting, but for those that are read together with it. No unless told otherwise.
    ///
    /// Each batch is that of the plan, and comes once; which comes when depends on threads and disks. A [`Token`] has the
    /// position before which all was given, and the batches beyond it that were: no more than 512, and nothing behind them is
    /// begun. So it goes on with exactly what is left, but with batches of that size only; and with several ranks each has
    /// its own token, and goes on as that rank of as many.
    pub fn relaxed(mut self, yes: bool) -> Self {
        self.settings.loading.relaxed = yes;
        self
    }

    /// Goes on where a run stood: with the dataset, order, seed, epoch and tail of the token, and its batch unless another
    /// is given, but with any number of ranks and threads, unless it is that of a [relaxed](Self::relaxed) run. The steps count from
    /// there.
    #[cfg(feature = "records")]
    pub fn resume(mut self, token: &Token) -> Self {
        self.settings.token = Some(token.clone());
        self
    }

    /// The plan. Shards whose [contents](crate::shard::Contents) are not beside them are read once, to find their samples.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for numbers that do not fit together, which says those that do, and
    /// for a token of another dataset, type or order, with what differs; for weights of a mixture that are none.
    /// [`Unsupported`](crate::ErrorKind::Unsupported) of a dataset with a filter, and of shards that are compressed or not
    /// files. Those of reading the shards' contents.
    pub fn build(&self) -> Result<Plan> {
        match &self.parts {
            Some(parts) => self.of_catalogs(parts, &parts.catalogs()?).map(|(plan, _)| plan),
            None => self.of_numbers(),
        }
    }

    fn of_numbers(&self) -> Result<Plan> {
        #[cfg(feature = "records")]
        if self.settings.token.is_some() {
            return Err(PlanError::NoIdentity.into());
        }
        let samples = self.sizes.iter().fold(0_u64, |sum, size| sum.saturating_add(size.samples));
        self.settings.plan(&self.sizes, &Shape::Whole, &[samples])
    }

    /// The plan, and the catalogue of all parts.
    fn of_catalogs(&self, parts: &Parts<T>, catalogs: &[Arc<Catalog>]) -> Result<(Plan, Arc<Catalog>)> {
        let lens: Vec<u64> = catalogs.iter().map(|catalog| catalog.samples()).collect();
        let catalog = Catalog::of_parts(catalogs);
        let sizes: Vec<ShardSize> =
            catalog.summaries().map(|of| ShardSize { samples: of.samples, bytes: of.shard_size }).collect();
        let is_remote = catalog.is_asked();
        #[cfg(not(feature = "records"))]
        let plan = self.settings.plan(&sizes, &parts.shape, &lens)?;
        #[cfg(feature = "records")]
        let plan = {
            // Samples without a type may be those of any.
            let is_typed = parts.datasets.iter().all(|dataset| !dataset.schema.fields.is_empty());
            let of_parts = parts.datasets.iter().map(|dataset| (dataset.schema, dataset.shards.list()));
            let parts_of_epoch = parts.fingerprint(&lens)?.zip(parts.shape.told()?);
            let parts_of_epoch = with_joins(parts, parts_of_epoch);
            let identity = Identity::new(of_parts, &catalog, parts_of_epoch);
            let settings = match &self.settings.token {
                Some(token) => &self.settings.clone().resumed(token, &identity, is_typed)?,
                None => &self.settings,
            };
            Plan { identity: Some(Arc::new(identity)), ..settings.plan(&sizes, &parts.shape, &lens)? }
        };
        let plan = Plan { loading: Loading { is_remote, ..plan.loading }, ..plan };
        Ok((plan, catalog))
    }

    fn start<G: Gather<T>>(&self, gather: G) -> Result<Loader<G::Out>>
    where
        T: 'static,
    {
        let Some(parts) = &self.parts else {
            // What is wrong with its numbers goes before.
            self.build()?;
            return Err(PlanError::NoDataset.into());
        };
        let catalogs = parts.catalogs()?;
        let (plan, catalog) = self.of_catalogs(parts, &catalogs)?;
        let Loading { rank, .. } = self.settings.loading;
        let ranks = self.settings.ranks;
        if rank >= ranks {
            return Err(PlanError::Rank { rank, ranks }.into());
        }
        let skipping = match skipping(parts)? {
            Some(skipping) if ranks > 1 => Some(Arc::new(skipping.of_rank(rank)?)),
            skipping => skipping.cloned(),
        };
        let lens = catalogs.iter().map(|catalog| catalog.samples());
        let decodes = Decodes::new(parts.datasets.iter().map(|dataset| dataset.decode.clone()).zip(lens));
        Loader::start(plan, catalog, decodes, gather, skipping.as_ref())
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
        self.start(Stack::new(New))
    }

    /// [`load`](Self::load), with batches that are read into memory of the caller's, and whose memory goes back there when they are
    /// dropped: see [`Ring`](crate::dataset::Ring). So the memory of a batch is asked for, made zeros and given back to the system
    /// once and not for each, and it may be memory that devices know.
    ///
    /// Of samples that hold text or lists only the columns are used again, and not what each row has of its own.
    ///
    /// # Errors
    /// Those of [`load`](Self::load).
    pub fn load_into<P: Buffers<T::Batch> + 'static>(&self, buffers: &Arc<P>) -> Result<Loader<Lent<T::Batch>>>
    where
        T: Packable + 'static,
        T::Batch: Send,
    {
        let buffers: Arc<dyn Buffers<T::Batch>> = Arc::clone(buffers) as _;
        self.start(Stack::new(buffers))
    }

    /// [`load`](Self::load), with the samples of each batch as a list: of whatever type they are.
    pub fn load_samples(&self) -> Result<Loader<Vec<T>>>
    where
        T: Send + 'static,
    {
        self.start(List::new())
    }

    /// The same, with an error in the place of each sample that cannot be read, and not of its batch.
    pub(in crate::dataset) fn load_each(&self) -> Result<Loader<Vec<Result<T>>>>
    where
        T: Send + 'static,
    {
        self.start(List::of_each())
    }
}

/// What the samples of the parts are joined with, beside what an epoch has of the parts: a fingerprint, and as it is told.
#[cfg(feature = "records")]
fn with_joins<T>(parts: &Parts<T>, parts_of_epoch: Option<(String, String)>) -> Option<(String, String)> {
    let joined: Vec<&str> = parts.datasets.iter().map(|of| of.joined.as_deref().unwrap_or_default()).collect();
    if joined.iter().all(|joined| joined.is_empty()) {
        return parts_of_epoch;
    }
    let (fingerprint, told) = parts_of_epoch.unwrap_or_else(|| ("all".to_owned(), "all samples".to_owned()));
    let mut hash = Sha256::new().chain_update(fingerprint);
    for with in &joined {
        hash.update(format!("\n{with}"));
    }
    let first = joined.iter().find(|joined| !joined.is_empty()).copied().unwrap_or_default();
    Some((hex(&hash.finalize()), format!("{told}, {first}")))
}

/// The state of what is in the shards of a dataset.
#[cfg(feature = "records")]
pub(in crate::dataset) fn data_of<T>(dataset: &Dataset<T>, catalog: &Catalog) -> String {
    let parts = std::iter::once((dataset.schema, dataset.shards.list()));
    Identity::new(parts, catalog, None).state().to_owned()
}

/// What becomes of bad samples, which is one for all parts.
fn skipping<T>(parts: &Parts<T>) -> Result<Option<&Arc<Skipping>>> {
    let mut all = parts.datasets.iter().map(|dataset| dataset.skipping.as_ref());
    let first = all.next().flatten();
    let policy =
        |skipping: Option<&Arc<Skipping>>| skipping.map_or_else(Policy::fail, |skipping| skipping.policy().clone());
    if all.any(|other| policy(other) != policy(first)) {
        return Err(PlanError::Policies.into());
    }
    Ok(first)
}

/// Another builder of the same datasets, which share what is known of their shards: for the epochs of one run.
impl<T> Clone for PlanBuilder<T> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), sizes: self.sizes.clone(), settings: self.settings.clone() }
    }
}

impl<T> fmt::Debug for PlanBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlanBuilder").field("settings", &self.settings).finish_non_exhaustive()
    }
}
