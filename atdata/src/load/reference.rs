//! References: what an index or the AT Protocol network has by that name.

use super::LoadError;
use super::network;
use crate::dataset::Dataset;
use crate::error::Result;
use crate::index::{Access, Index, LOCAL, Reference, Target};
use crate::sample::Packable;
use crate::shard::ReadOptions;
use crate::source::Schemes;

/// Where references are looked up, and what is made of what they lead to.
#[derive(Debug, Clone)]
pub(super) struct Lookup {
    /// `None` for that of this account.
    pub(super) index: Option<Index>,
    pub(super) schemes: Option<Schemes>,
    pub(super) check_schema: bool,
    /// `None` for that of the index.
    #[cfg(feature = "atmosphere")]
    pub(super) atmosphere: Option<crate::atmosphere::Atmosphere>,
}

impl Default for Lookup {
    fn default() -> Self {
        Self {
            index: None,
            schemes: None,
            check_schema: true,
            #[cfg(feature = "atmosphere")]
            atmosphere: None,
        }
    }
}

impl Lookup {
    /// The dataset that the reference leads to.
    pub(super) fn load<S: Packable + 'static>(&self, text: &str, options: &ReadOptions) -> Result<Dataset<S>> {
        let access =
            Access { options: options.clone(), schemes: self.schemes, check_schema: self.check_schema }.of::<S>();
        let located = match self.target(text)? {
            Target::Network => network::locate(text, self, &access)?,
            Target::Repository { .. } => match &self.index {
                Some(index) => index.locate(text, &access)?,
                None => Index::builder().from_env()?.read_only().build()?.locate(text, &access)?,
            },
        };
        located.open()
    }

    /// The index of this account is not opened, nor made, for what it has not.
    fn target(&self, text: &str) -> Result<Target> {
        match (Reference::parse(text)?, &self.index) {
            (Reference::Unowned(name), _) => Err(LoadError::Unowned { name }.into()),
            (_, Some(index)) => index.target(text),
            (reference, None) => Ok(reference.target(|name| name == LOCAL)),
        }
    }
}
