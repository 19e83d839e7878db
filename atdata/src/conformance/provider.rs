//! Checks for [providers](Provider).
//!
//! A test of a provider of one's own:
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use atdata::index::Sqlite as MyProvider;
//! # let folder = tempfile::tempdir()?;
//! # let path = || folder.path().join(format!("{}.db", uuid::Uuid::new_v4()));
//! for check in atdata::conformance::provider::all() {
//!     check.run(&|| Ok(MyProvider::open(path())?.into()))?;
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "sqlite"))]
//! # fn main() {}
//! ```
//!
//! Each check wants a provider over a database of its own that is empty. Where a database can be opened twice, give both
//! handles, and it is checked too that what is written through one is seen through the other:
//! [`Subject::with_second`].

mod documents;
mod entries;
mod labels;
mod names;
mod removing;
mod resolving;
mod together;

use std::sync::Arc;

use super::Outcome;
use super::check::{Check, checks};
use crate::entry::Entry;
use crate::error::Result;
use crate::index::Provider;

/// What a check runs on: a provider whose database is empty, and perhaps another one over the same database.
#[derive(Debug)]
pub struct Subject {
    provider: Arc<dyn Provider>,
    second: Option<Arc<dyn Provider>>,
}

impl Subject {
    /// A subject without a second provider.
    pub fn new(provider: impl Provider + 'static) -> Self {
        Self { provider: Arc::new(provider), second: None }
    }

    /// The same subject with another provider over the same database.
    #[must_use]
    pub fn with_second(mut self, second: impl Provider + 'static) -> Self {
        self.second = Some(Arc::new(second));
        self
    }

    /// The second provider; where there is none, the first.
    fn other(&self) -> &Arc<dyn Provider> {
        self.second.as_ref().unwrap_or(&self.provider)
    }
}

impl<P: Provider + 'static> From<P> for Subject {
    fn from(provider: P) -> Self {
        Self::new(provider)
    }
}

/// All checks. They do not depend on each other, and may run at the same time.
pub fn all() -> Vec<Check<Subject>> {
    checks![
        entries::what_was_never_stored_is_not_there,
        entries::an_entry_comes_back_as_it_was_stored,
        entries::an_entry_takes_the_place_of_one_with_its_cid,
        entries::nothing_of_a_replaced_entry_stays,
        entries::empty_metadata_are_not_none,
        entries::metadata_of_all_kinds_come_back,
        entries::a_large_entry_comes_back,
        entries::a_thousand_entries_are_listed,
        entries::a_removed_entry_is_gone,
        entries::of_two_entries_of_a_name_the_other_is_found_when_one_is_gone,
        names::entries_have_names_of_any_text,
        names::labels_have_names_and_versions_of_any_text,
        names::documents_have_names_and_versions_of_any_text,
        names::a_name_is_no_pattern,
        names::names_differ_by_case_and_by_space,
        names::a_name_with_an_at_sign_is_not_taken_for_a_version,
        labels::a_label_is_found_by_its_version,
        labels::the_latest_label_is_the_one_that_was_set_last,
        labels::a_label_that_is_set_again_takes_the_place_of_the_older,
        labels::labels_of_one_name_are_counted_by_version,
        labels::times_of_labels_do_not_go_back,
        labels::a_removed_label_is_gone_and_the_one_before_is_the_latest,
        labels::labels_may_lead_nowhere,
        resolving::a_version_leads_to_its_entry,
        resolving::without_a_version_the_latest_label_leads,
        resolving::without_a_label_the_name_of_the_entry_leads,
        resolving::a_label_that_leads_nowhere_gives_way_to_the_name,
        resolving::a_label_goes_before_an_entry_of_its_name,
        resolving::a_dataset_of_two_names_is_found_under_both,
        resolving::registering_stores_the_entry_and_the_label,
        resolving::merging_keeps_what_is_there,
        resolving::a_lower_version_is_not_the_latest,
        resolving::a_version_is_taken_only_to_replace_it,
        documents::a_document_is_added_once,
        documents::a_damaged_document_is_replaced,
        documents::schemas_and_lenses_do_not_meet,
        documents::documents_are_listed,
        documents::of_two_that_add_a_document_one_wins,
        removing::a_name_goes_with_all_its_versions,
        removing::a_version_goes_alone,
        removing::an_entry_goes_with_the_labels_that_lead_to_it,
        removing::no_entry_is_removed_that_gets_a_label_meanwhile,
        removing::entries_are_shown_until_it_is_enough,
        together::threads_do_not_lose_what_others_write,
        together::who_merges_at_once_loses_nothing,
        together::of_two_that_take_a_version_one_wins,
        together::what_one_handle_writes_the_other_sees,
        together::an_entry_is_never_seen_half,
    ]
}

/// An entry of one shard that no other test entry has.
fn entry(name: &str, number: usize) -> Result<Entry> {
    Entry::new(name, "atdata://local/schema/Sample@1.0.0", [format!("/data/{number:06}.tar")])
}
