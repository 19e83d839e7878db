//! References: what an index, or an account of the AT Protocol, has by that name.

use super::LoadError;
use crate::dataset::Dataset;
use crate::entry::{Access, Form, LOCAL, Located, Reference, Target};
use crate::error::Result;
use crate::index::Index;
use crate::sample::Packable;
use crate::source::{ReadOptions, Schemes};

/// Where references are looked up, and what is made of what they lead to.
#[derive(Debug, Clone)]
pub(super) struct Lookup {
    /// `None` for that of this account.
    pub(super) index: Option<Index>,
    pub(super) schemes: Option<Schemes>,
    pub(super) check_schema: bool,
    /// `None` for that of the index.
    #[cfg(feature = "atmosphere")]
    pub(super) atmosphere: Option<crate::atproto::Atmosphere>,
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
        let reference = text.parse()?;
        let located = match self.target(&reference)? {
            Target::Network => on_network(&reference, self, &access)?,
            Target::Repository { .. } => match &self.index {
                Some(index) => index.locate(&reference, &access)?,
                None => Index::builder().from_env()?.read_only().build()?.locate(&reference, &access)?,
            },
        };
        located.open()
    }

    /// The index of this account is not opened, nor made, for what it has not.
    fn target(&self, reference: &Reference) -> Result<Target> {
        match (reference.form(), &self.index) {
            (Form::Unowned { name }, _) => Err(LoadError::Unowned { name: name.clone() }.into()),
            (_, Some(index)) => Ok(index.target(reference)),
            (_, None) => Ok(reference.target(|name| name == LOCAL)),
        }
    }
}

/// What `at://authority/collection/key`, or `@authority/name[@version]` of an account, leads to.
///
/// The URLs in a record are somebody else's: they are held against [`Schemes::of_records`] unless the caller said what
/// else they may be. The schema is that of the record's `schemaRef`, where it is to be checked.
///
/// [`Schemes::of_records`]: crate::source::Schemes::of_records
#[cfg(feature = "atmosphere")]
fn on_network(reference: &Reference, lookup: &Lookup, access: &Access) -> Result<Located> {
    let network = match (&lookup.atmosphere, &lookup.index) {
        (Some(network), _) => network.clone(),
        (None, Some(index)) => index.network(reference)?,
        (None, None) => crate::atproto::Atmosphere::anonymous()?,
    };
    network.locate(reference, access)
}

#[cfg(not(feature = "atmosphere"))]
fn on_network(_: &Reference, _: &Lookup, _: &Access) -> Result<Located> {
    Err(LoadError::Network.into())
}
