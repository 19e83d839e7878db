//! References to the AT Protocol network: records, and names of accounts.

use super::reference::Lookup;
use crate::error::Result;
use crate::index::{Access, Located};

/// What `at://authority/collection/key`, or `@authority/name[@version]` of an account, leads to.
///
/// The URLs in a record are somebody else's: they are held against [`Schemes::of_records`] unless the caller said what
/// else they may be. The schema is that of the record's `schemaRef`, where it is to be checked.
///
/// [`Schemes::of_records`]: crate::source::Schemes::of_records
#[cfg(feature = "atmosphere")]
pub(super) fn locate(reference: &str, lookup: &Lookup, access: &Access) -> Result<Located> {
    let network = match (&lookup.atmosphere, &lookup.index) {
        (Some(network), _) => network.clone(),
        (None, Some(index)) => index.network(reference)?,
        (None, None) => crate::atproto::Atmosphere::anonymous()?,
    };
    network.locate(&crate::index::Reference::parse(reference)?.on_network(), access)
}

#[cfg(not(feature = "atmosphere"))]
pub(super) fn locate(_: &str, _: &Lookup, _: &Access) -> Result<Located> {
    Err(super::LoadError::Network.into())
}
