//! Did you mean: what a name that does not exist was probably meant to be.

use super::error::IndexError;
use super::provider::Provider;
use crate::entry::split_version;
use crate::error::{Error, Result};
use crate::near::{listed, near};

/// Among so many names one is looked for that was meant; where there are more, that would take longer than it is worth.
const SEARCHED: usize = 2000;

/// The error for a name that leads to no dataset: with the versions that there are, or the names that are like it.
#[cold]
pub(super) fn not_found(provider: &dyn Provider, name: &str) -> Error {
    let hint = hint(provider, name).unwrap_or_default();
    IndexError::NoDataset { name: name.to_owned(), index: provider.url(), hint }.into()
}

fn hint(provider: &dyn Provider, name: &str) -> Result<String> {
    let base = split_version(name).map_or(name, |(base, _)| base);
    if let Some((base, _)) = split_version(name) {
        let labels = provider.labels_named(base)?;
        let versions: Vec<_> = labels.iter().map(|label| label.version.as_deref()).collect();
        let named: Vec<_> = versions.iter().flatten().copied().collect();
        if !named.is_empty() {
            return Ok(format!("; \"{base}\" has the versions {}", listed(named)));
        }
        if !versions.is_empty() {
            return Ok(format!("; \"{base}\" has no versions: leave out the `@`"));
        }
    }
    Ok(provider.names(SEARCHED)?.map_or_else(String::new, |names| near(base, names.iter().map(String::as_str))))
}
