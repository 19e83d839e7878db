//! Tables by name: what `load_dataset` takes, in the place of a table.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use atdata::LoadOptions;
use datafusion::catalog::{DynamicFileCatalog, TableProvider, UrlTableFactory};
use datafusion::common::DataFusionError;
use datafusion::datasource::dynamic_file::DynamicListTableFactory;
use datafusion::error::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::reader::external;
use crate::table::DatasetTable;

/// Finds datasets by the names that a query has for tables: paths, patterns, URLs and references of an index, in quotes where they are no
/// words. Files that are called `.parquet`, `.csv` or `.json` are tables of `DataFusion`'s.
///
/// A name stands for the same table from when it is first met.
pub struct Datasets {
    options: LoadOptions,
    files: DynamicListTableFactory,
    known: Mutex<HashMap<String, Arc<dyn TableProvider>>>,
}

impl Datasets {
    /// Finds them as these options say.
    pub fn new(options: LoadOptions) -> Self {
        Self { options, files: DynamicListTableFactory::default(), known: Mutex::default() }
    }

    fn load(&self, name: &str) -> Result<Arc<dyn TableProvider>> {
        let table = self.options.load_all(name).and_then(DatasetTable::untyped);
        let table = table.map_err(|error| external(error).context(format!("no table \"{name}\"")))?;
        Ok(Arc::new(table))
    }

    fn known(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    async fn find(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if let Some(table) = self.known(name) {
            return Ok(Some(table));
        }
        let table = if [".parquet", ".csv", ".json"].iter().any(|ending| name.ends_with(ending)) {
            self.files.try_new(name).await?.ok_or_else(|| DataFusionError::Plan(format!("no table \"{name}\"")))?
        } else {
            self.load(name)?
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(Arc::clone(known.entry(name.to_owned()).or_insert(table))))
    }
}

type Found<'a> = Pin<Box<dyn Future<Output = Result<Option<Arc<dyn TableProvider>>>> + Send + 'a>>;

impl UrlTableFactory for Datasets {
    fn try_new<'a, 'n, 'async_trait>(&'a self, name: &'n str) -> Found<'async_trait>
    where
        'a: 'async_trait,
        'n: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(self.find(name))
    }
}

impl fmt::Debug for Datasets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Datasets").finish_non_exhaustive()
    }
}

/// A context in which tables are found by [`Datasets`], and the names of columns are taken as they are written: `imageId` is no
/// `imageid`.
///
/// ```
/// use atdata::{Dataset, DictSample, LoadOptions};
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("numbers.tar");
/// Dataset::write(&path, (0..10_i64).map(|n| DictSample::from_iter([("n", n)])))?;
/// let context = atdata_sql::context(LoadOptions::new());
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let large = context.sql(&format!("select n from '{}' where n > 6", path.display())).await?;
/// assert_eq!(large.count().await?, 3);
/// # Ok::<(), datafusion::error::DataFusionError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn context(options: LoadOptions) -> SessionContext {
    let mut config = SessionConfig::new();
    config.options_mut().sql_parser.enable_ident_normalization = false;
    let state = SessionStateBuilder::new().with_config(config).with_default_features().build();
    let datasets = Arc::new(Datasets::new(options));
    let catalogs =
        DynamicFileCatalog::new(Arc::clone(state.catalog_list()), Arc::clone(&datasets) as Arc<dyn UrlTableFactory>);
    let state = SessionStateBuilder::new_from_existing(state).with_catalog_list(Arc::new(catalogs)).build();
    let context = SessionContext::new_with_state(state);
    datasets.files.session_store().with_state(context.state_weak_ref());
    context
}
