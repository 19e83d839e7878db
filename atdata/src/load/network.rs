//! References to the AT Protocol network: records, and names of accounts.

use super::LoadError;
use crate::error::Result;
use crate::index::{Access, Located};

/// What `at://authority/collection/key`, or `@authority/name[@version]` of an account, leads to.
///
/// The URLs in a record are somebody else's: they are held against [`Schemes::of_records`] unless the caller said what
/// else they may be. The schema is that of the record's `schemaRef`, where it is to be checked.
///
/// [`Schemes::of_records`]: crate::source::Schemes::of_records
pub(super) fn locate(_reference: &str, _access: &Access) -> Result<Located> {
    Err(LoadError::Network.into())
}
