//! `DatasetTable`: a dataset as a table of `DataFusion`.

use std::pin::Pin;
use std::sync::Arc;

use atdata::schema::{OwnedSchema, SchemaRecord};
use atdata::{Dataset, DictSample, LoadOptions, Packable};
use datafusion::arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNode as _;
use datafusion::common::{DFSchema, ToDFSchema};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;

use crate::prune::Known;
use crate::reader::{Column, Condition, Wanted};
use crate::rows::{Field, KEY, Rows, SHARD, Typed, Untyped, fields_of};
use crate::scan::{Scan, partitions};

/// The samples of a dataset as rows: a column for each field, and `__key__` and `__shard__`.
///
/// Shards are looked at when the table is made and read when it is asked. What is wrong with a shard or a sample is an error of
/// the query, which names it.
///
/// ```
/// use std::sync::Arc;
///
/// use atdata::{Dataset, Packable};
/// use atdata_sql::DatasetTable;
/// use datafusion::prelude::SessionContext;
///
/// #[derive(Packable)]
/// struct Caption {
///     text: String,
///     stars: i64,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("captions.tar");
/// let captions: Dataset<Caption> = Dataset::write(&path, (0..9).map(|i| Caption { text: format!("caption {i}"), stars: i % 3 }))?.open()?;
/// let context = SessionContext::new();
/// context.register_table("captions", Arc::new(DatasetTable::of(captions)?))?;
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let best = context.sql("select text from captions where stars = 2 order by text").await?;
/// assert_eq!(best.count().await?, 3);
/// # Ok::<(), datafusion::error::DataFusionError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DatasetTable {
    rows: Arc<dyn Rows>,
    fields: Arc<[Field]>,
    schema: SchemaRef,
}

impl DatasetTable {
    /// The table of what a path, a pattern, a URL or a reference names, as [`load_dataset`](atdata::load_dataset) takes it, all
    /// splits together. Its first samples tell the columns.
    ///
    /// # Errors
    /// Those of loading, and of [`untyped`](Self::untyped).
    pub fn load(reference: &str) -> atdata::Result<Self> {
        Self::untyped(LoadOptions::new().load_all(reference)?)
    }

    /// The table of a dataset without a type: the first samples, a thousand at most, tell the columns, all of which may be null. A
    /// sample that later has something else in a field is an error of queries that ask for it.
    ///
    /// # Errors
    /// Those of [`Dataset::infer`].
    pub fn untyped(dataset: Dataset<DictSample>) -> atdata::Result<Self> {
        let schema = dataset.infer(None, "1.0.0")?.record.schema;
        Ok(Self::new(Untyped::new(dataset)?, fields_of(&schema, |_| true)))
    }

    /// The table of a dataset without a type, whose columns are the fields of a schema record.
    ///
    /// # Errors
    /// Those of the shards.
    pub fn of_record(dataset: Dataset<DictSample>, record: &SchemaRecord) -> atdata::Result<Self> {
        let fields = fields_of(&record.schema, |field| field.optional || field.has_default);
        Ok(Self::new(Untyped::new(dataset)?, fields))
    }

    /// The table of a dataset of a type, whose columns are the type's fields: with its defaults, through its lenses, and with all
    /// stages that there are. A view is a table as any other.
    ///
    /// Of samples as they are in the shards only the fields that are asked for are decoded; through a view, a stage, or members, all.
    ///
    /// # Errors
    /// Those of the shards.
    pub fn of<T: Packable + Send + 'static>(dataset: Dataset<T>) -> atdata::Result<Self> {
        let schema = OwnedSchema::from(T::SCHEMA);
        Ok(Self::new(Typed::new(dataset)?, fields_of(&schema, |field| field.optional)))
    }

    fn new(rows: impl Rows + 'static, fields: Vec<Field>) -> Self {
        let text = |name: &str| ArrowField::new(name, DataType::Utf8, false);
        let of_fields =
            fields.iter().map(|field| field.kind.field(&field.name, field.nullable, Some(field.described.clone())));
        let columns: Vec<ArrowField> = of_fields.chain([text(KEY), text(SHARD)]).collect();
        Self { rows: Arc::new(rows), fields: fields.into(), schema: Arc::new(Schema::new(columns)) }
    }

    /// The column of that place.
    fn column(&self, place: usize) -> Column {
        match self.fields.get(place) {
            Some(field) => Column::Field(Box::new(field.clone())),
            None if place == self.fields.len() => Column::Key,
            None => Column::Shard,
        }
    }

    /// What is read for these columns, in this order.
    pub(crate) fn wanted(&self, places: &[usize], limit: Option<usize>) -> Result<Wanted> {
        Ok(Wanted {
            rows: Arc::clone(&self.rows),
            schema: Arc::new(self.schema.project(places)?),
            columns: places.iter().map(|place| self.column(*place)).collect(),
            condition: None,
            limit,
        })
    }

    pub(crate) fn num_shards(&self) -> usize {
        self.rows.shards().len()
    }

    /// The columns, in order.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn condition(&self, state: &dyn Session, filter: &Expr) -> Result<Condition> {
        let asked = filter.column_refs();
        let places: Vec<usize> = (0..self.schema.fields().len())
            .filter(|place| asked.iter().any(|column| column.name == *self.schema.field(*place).name()))
            .collect();
        let schema = Arc::new(self.schema.project(&places)?);
        let named: DFSchema = Arc::clone(&schema).to_dfschema()?;
        let expr = state.create_physical_expr(filter.clone(), &named)?;
        Ok(Condition { schema, columns: places.into_iter().map(|place| self.column(place)).collect(), expr })
    }

    fn plan(&self, ask: &Ask<'_>) -> Result<Scan> {
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let mut wanted = self.wanted(ask.projection.unwrap_or(&all), ask.limit)?;
        let mut shards: Vec<usize> = (0..self.num_shards()).collect();
        // A server is asked for manifests only if these can spare it something.
        let are_here = self.rows.shards().iter().all(|shard| shard.path().is_some());
        let known = (are_here || ask.filter.is_some()).then(|| Known::read(&*self.rows, &self.fields));
        if let Some(filter) = &ask.filter {
            wanted.condition = Some(self.condition(ask.state, filter)?);
            let named: DFSchema = Arc::clone(&self.schema).to_dfschema()?;
            let condition = ask.state.create_physical_expr(filter.clone(), &named)?;
            if let Some(known) = &known {
                shards = known.may_match(condition, Arc::clone(&self.schema))?;
            }
        }
        let size = |shard: &atdata::source::Shard| Some(std::fs::metadata(shard.path()?).ok()?.len());
        let sizes: Vec<Option<u64>> = self.rows.shards().iter().map(size).collect();
        let partitions = partitions(&shards, &sizes, ask.state.config().target_partitions());
        Ok(Scan {
            rows: known.and_then(|known| known.rows_of(&shards)),
            wanted,
            partitions,
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }
}

/// Whether the values of a row decide it, and nothing else.
fn is_of_row(filter: &Expr) -> bool {
    let asks_others = |part: &Expr| {
        Ok(matches!(
            part,
            Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::Placeholder(_)
        ))
    };
    !filter.is_volatile() && !filter.exists(asks_others).unwrap_or(true)
}

/// What a query asks of the table.
struct Ask<'a> {
    state: &'a dyn Session,
    projection: Option<&'a [usize]>,
    filter: Option<Expr>,
    limit: Option<usize>,
}

type Planned<'a> = Pin<Box<dyn Future<Output = Result<Arc<dyn ExecutionPlan>>> + Send + 'a>>;

impl TableProvider for DatasetTable {
    fn schema(&self) -> SchemaRef {
        Self::schema(self)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// What `#[async_trait]` makes of it, but that nothing has to be proven of what a future holds: this takes most of the time in
    /// which `DataFusion` itself is compiled.
    fn scan<'a, 's, 'p, 'f, 'async_trait>(
        &'a self,
        state: &'s dyn Session,
        projection: Option<&'p Vec<usize>>,
        filters: &'f [Expr],
        limit: Option<usize>,
    ) -> Planned<'async_trait>
    where
        'a: 'async_trait,
        's: 'async_trait,
        'p: 'async_trait,
        'f: 'async_trait,
        Self: 'async_trait,
    {
        let filter = conjunction(filters.iter().cloned());
        let ask = Ask { state, projection: projection.map(Vec::as_slice), filter, limit };
        let plan = self.plan(&ask).map(|scan| DataSourceExec::from_data_source(scan) as Arc<dyn ExecutionPlan>);
        Box::pin(std::future::ready(plan))
    }

    /// Each is evaluated here by `DataFusion` itself, before the other columns are made: so it is SQL's.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let exact = |filter: &&Expr| {
            if is_of_row(filter) {
                TableProviderFilterPushDown::Exact
            } else {
                TableProviderFilterPushDown::Unsupported
            }
        };
        Ok(filters.iter().map(exact).collect())
    }
}
