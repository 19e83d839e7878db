//! The leaf of a plan: shards in partitions, of which some columns are read.

use std::fmt;
use std::sync::Arc;

use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source::DataSource;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricBuilder};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::{DisplayFormatType, Partitioning, PhysicalExpr};

use crate::reader::{Reader, Wanted};

/// Shards that are read.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    pub(crate) wanted: Wanted,
    /// The shards of each partition.
    pub(crate) partitions: Vec<Vec<usize>>,
    /// How many there are of the shards that are read, where that is known.
    pub(crate) rows: Option<u64>,
    pub(crate) metrics: ExecutionPlanMetricsSet,
}

impl DataSource for Scan {
    fn open(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let shards = self.partitions.get(partition).map_or(&[][..], Vec::as_slice);
        let mut reader = Reader::new(self.wanted.clone(), shards, context.session_config().batch_size());
        let count = |name: &'static str| MetricBuilder::new(&self.metrics).counter(name, partition);
        let (shards_read, rows_read) = (count("shards_read"), count("samples_read"));
        let rows_given = MetricBuilder::new(&self.metrics).output_rows(partition);
        let mut stream = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.wanted.schema), 2);
        let to = stream.tx();
        stream.spawn_blocking(move || {
            for batch in reader.by_ref() {
                if let Ok(batch) = &batch {
                    rows_given.add(batch.num_rows());
                }
                let failed = batch.is_err();
                if to.blocking_send(batch).is_err() || failed {
                    // Nobody wants more.
                    break;
                }
            }
            shards_read.add(reader.shards_read);
            rows_read.add(reader.rows_read);
            Ok(())
        });
        Ok(stream.build())
    }

    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read: usize = self.partitions.iter().map(Vec::len).sum();
        let all = self.wanted.rows.shards().len();
        write!(f, "shards={read} of {all}, partitions={}, columns=[", self.partitions.len())?;
        for (at, field) in self.wanted.schema.fields().iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { ", " }, field.name())?;
        }
        f.write_str("]")?;
        if let Some(condition) = &self.wanted.condition {
            write!(f, ", where={}", condition.expr)?;
        }
        match self.wanted.limit {
            Some(limit) => write!(f, ", limit={limit}"),
            None => Ok(()),
        }
    }

    fn output_partitioning(&self) -> Partitioning {
        Partitioning::UnknownPartitioning(self.partitions.len())
    }

    fn eq_properties(&self) -> EquivalenceProperties {
        EquivalenceProperties::new(Arc::clone(&self.wanted.schema))
    }

    /// An estimate: what a manifest says is not what was read.
    fn partition_statistics(&self, partition: Option<usize>) -> Result<Arc<Statistics>> {
        let rows = self.rows.filter(|_| partition.is_none()).and_then(|rows| usize::try_from(rows).ok());
        let rows = rows.map_or(Precision::Absent, Precision::Inexact);
        Ok(Arc::new(Statistics::new_unknown(&self.wanted.schema).with_num_rows(rows)))
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn DataSource>> {
        let wanted = Wanted { limit, ..self.wanted.clone() };
        Some(Arc::new(Self { wanted, ..self.clone() }))
    }

    fn fetch(&self) -> Option<usize> {
        self.wanted.limit
    }

    fn metrics(&self) -> ExecutionPlanMetricsSet {
        self.metrics.clone()
    }

    fn try_swapping_with_projection(&self, _: &ProjectionExprs) -> Result<Option<Arc<dyn DataSource>>> {
        Ok(None)
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.wanted.condition.as_ref().map_or(Ok(TreeNodeRecursion::Continue), |condition| f(&condition.expr))
    }
}

/// Shards in as many runs as there may be partitions, each of about as many bytes; those of unknown sizes count alike.
pub(crate) fn partitions(shards: &[usize], sizes: &[Option<u64>], most: usize) -> Vec<Vec<usize>> {
    let size = |shard: usize| sizes.get(shard).copied().flatten();
    let all_known = shards.iter().all(|shard| size(*shard).is_some());
    let weight = |shard: usize| if all_known { u128::from(size(shard).unwrap_or_default()).max(1) } else { 1 };
    let total: u128 = shards.iter().map(|shard| weight(*shard)).sum();
    let most = most.clamp(1, shards.len().max(1));
    let mut runs: Vec<Vec<usize>> = vec![Vec::new(); most];
    let mut before = 0;
    for shard in shards {
        let weight = weight(*shard);
        // By the middle of the shard, so that no run has much more than its part.
        let run = (before + weight / 2) * most as u128 / total.max(1);
        if let Some(run) = usize::try_from(run).ok().and_then(|run| runs.get_mut(run.min(most - 1))) {
            run.push(*shard);
        }
        before += weight;
    }
    runs.retain(|run| !run.is_empty());
    // A plan has a partition even if there is nothing to read.
    if runs.is_empty() { vec![Vec::new()] } else { runs }
}
