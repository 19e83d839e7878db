//! Did you mean: what a name that does not exist was probably meant to be.

use super::error::IndexError;
use super::provider::Provider;
use crate::entry::split_version;
use crate::error::{Error, Result};

/// Among so many names one is looked for that was meant; where there are more, that would take longer than it is worth.
const SEARCHED: usize = 2000;
/// Names that an error lists.
const SHOWN: usize = 8;

/// The error for a name that leads to no dataset: with the versions that there are, or the names that are like it.
#[cold]
pub(super) fn not_found(provider: &dyn Provider, name: &str) -> Error {
    let hint = hint(provider, name).unwrap_or_default();
    IndexError::NoDataset { name: name.to_owned(), index: provider.url(), hint }.into()
}

fn hint(provider: &dyn Provider, name: &str) -> Result<String> {
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
    Ok(provider.names(SEARCHED)?.map_or_else(String::new, |names| near(name, names.iter().map(String::as_str))))
}

/// Those of `names` that are most like `name`, as the end of an error.
pub(crate) fn near<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let wanted = split_version(name).map_or(name, |(base, _)| base).to_lowercase();
    let mut ranked: Vec<_> = names.map(|known| (unlikeness(&wanted, &known.to_lowercase()), known)).collect();
    ranked.sort_unstable();
    ranked.dedup();
    match ranked.as_slice() {
        [] => "; it is empty".to_owned(),
        [(likeness, first), ..] if *likeness <= wanted.chars().count().div_ceil(3) => {
            format!("; did you mean \"{first}\"?")
        }
        many => {
            let shown = listed(many.iter().take(SHOWN).map(|(_, name)| *name).collect());
            let more = if many.len() > SHOWN { format!(" and {} more", many.len() - SHOWN) } else { String::new() };
            format!("; there are {shown}{more}")
        }
    }
}

fn listed(mut names: Vec<&str>) -> String {
    names.sort_unstable();
    names.dedup();
    names.iter().map(|name| format!("\"{}\"", crate::error::Printable(name))).collect::<Vec<_>>().join(", ")
}

/// Letters to change until one text is the other; none where one begins with the other.
fn unlikeness(a: &str, b: &str) -> usize {
    if !a.is_empty() && (b.starts_with(a) || b.ends_with(a)) {
        return 1;
    }
    crate::near::distance(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alike_by_the_letters_to_change() {
        assert_eq!(unlikeness("mnist", "mnist"), 1);
        assert_eq!(unlikeness("mnits", "mnist"), 2);
        assert_eq!(unlikeness("kitten", "sitting"), 3);
        assert_eq!(unlikeness("", "abc"), 3);
    }

    #[test]
    fn what_is_near_is_named_and_else_what_there_is() {
        assert_eq!(near("mnits", ["imagenet", "mnist"].into_iter()), "; did you mean \"mnist\"?");
        assert_eq!(near("xyz", ["imagenet", "mnist"].into_iter()), "; there are \"imagenet\", \"mnist\"");
        assert_eq!(near("xyz", [].into_iter()), "; it is empty");
    }
}
