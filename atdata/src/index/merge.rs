//! Merging registrations: what registering a dataset does to what an index has already.

use super::error::IndexError;
use super::{Entry, Label};
use crate::error::Result;
use crate::sample::{DictSample, Value};
use atdata_schema::Version;

/// A dataset that is to be registered: an entry, and the label that is to lead to it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Registration {
    /// The entry.
    pub entry: Entry,
    /// The label.
    pub label: Label,
    /// Whether a label of this name and version may lead elsewhere by now, and is to lead here from now on.
    pub replace: bool,
    /// Names of what the metadata of the entry are not to say any more.
    pub forget: Vec<String>,
}

/// What a database has of it.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The entry with its CID.
    pub(super) entry: Option<Entry>,
    /// Where the label of its name and version leads.
    pub(super) label: Option<Label>,
    /// All labels of its name, the latest first.
    pub(super) named: Vec<Label>,
    /// Whether the name that the entry has had leads to something as a label.
    pub(super) is_name_taken: bool,
}

/// What is to be stored.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) entry: Entry,
    /// The name that the entry has had, as a label.
    pub(super) former: Option<Label>,
    pub(super) label: Label,
    /// The label that stays the latest of the name, although another is set now.
    pub(super) latest: Option<Label>,
}

impl Registration {
    /// A registration that replaces no label of a version.
    pub fn new(entry: Entry, label: Label) -> Self {
        Self { entry, label, replace: false, forget: Vec::new() }
    }

    /// The same registration, which takes a label of its name and version away from what it leads to.
    #[must_use]
    pub fn replacing(mut self, replace: bool) -> Self {
        self.replace = replace;
        self
    }

    /// The same registration, which takes these out of the metadata that are stored; never `checksums`.
    #[must_use]
    pub fn without(mut self, names: Vec<String>) -> Self {
        self.forget = names;
        self
    }

    /// Decides it from what there is: metadata are merged, a name that the entry has had becomes a label, and a version
    /// that is lower than another one of the name does not become the one that the bare name means.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if the version is taken.
    pub(super) fn decide(&self, found: Found) -> Result<Outcome> {
        if !self.replace {
            check_free(&self.label, found.label.as_ref())?;
        }
        let mut entry = self.entry.clone();
        let mut former = None;
        if let Some(stored) = found.entry {
            let kept = stored.metadata.map(|metadata| self.kept(metadata));
            entry.metadata = merged(kept, entry.metadata.take());
            entry.legacy_uuid = entry.legacy_uuid.or(stored.legacy_uuid);
            let is_lost = stored.name != entry.name && !found.is_name_taken;
            former = is_lost.then(|| Label::new(stored.name, &entry.cid));
        }
        let latest = self.stays_latest(found.named);
        Ok(Outcome { entry, former, label: self.label.clone(), latest })
    }
}

impl Registration {
    /// The latest label of the name, if it is to stay that: where any other version is a higher one, whatever was set
    /// behind that.
    fn stays_latest(&self, named: Vec<Label>) -> Option<Label> {
        let has_higher = named.iter().any(|other| is_above(other, &self.label));
        named.into_iter().next().filter(|latest| has_higher && !is_same(latest, &self.label))
    }

    fn kept(&self, mut metadata: DictSample) -> DictSample {
        for name in self.forget.iter().filter(|name| *name != "checksums") {
            metadata.remove(name);
        }
        metadata
    }
}

/// Fails if a label of a version leads elsewhere than `label` is to.
pub(super) fn check_free(label: &Label, stored: Option<&Label>) -> Result<()> {
    let (Some(version), Some(stored)) = (&label.version, stored) else { return Ok(()) };
    if stored.cid == label.cid {
        return Ok(());
    }
    let (name, version) = (label.name.clone(), version.clone());
    Err(IndexError::VersionTaken { name, version, cid: stored.cid.clone() }.into())
}

/// Whether they are one label, wherever they lead.
fn is_same(one: &Label, other: &Label) -> bool {
    one.name == other.name && one.version() == other.version()
}

/// Whether both have versions of semver, and the first a higher one.
fn is_above(other: &Label, label: &Label) -> bool {
    let version = |label: &Label| label.version.as_deref().and_then(|version| Version::parse(version).ok());
    matches!((version(other), version(label)), (Some(other), Some(new)) if other > new)
}

/// The metadata of an entry that is stored again: what is new goes before what was there, checksum by checksum.
fn merged(stored: Option<DictSample>, new: Option<DictSample>) -> Option<DictSample> {
    let Some(mut merged) = stored else { return new };
    for (name, value) in new.iter().flat_map(DictSample::iter) {
        let known = if name == "checksums" { merged.get(name) } else { None };
        let value = known.map_or_else(|| value.clone(), |known| with_known(known, value));
        merged.insert(name, value);
    }
    Some(merged)
}

/// The pairs of two maps; those of `new` go before.
fn with_known(known: &Value, new: &Value) -> Value {
    let (Value::Map(known), Value::Map(new)) = (known, new) else { return new.clone() };
    let is_new = |name: &str| new.iter().any(|(other, _)| other == name);
    let kept = known.iter().filter(|(name, _)| !is_new(name));
    Value::Map(kept.chain(new).cloned().collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::error::ErrorKind;

    fn registration(version: &str) -> Registration {
        let entry = Entry::new("a", "atdata://local/schema/T@1.0.0", ["/a.tar"]).unwrap();
        let label = Label::new("a", &entry.cid).with_version(version);
        Registration::new(entry, label)
    }

    fn elsewhere(version: &str) -> Label {
        Label::new("a", "another").with_version(version)
    }

    #[test]
    fn a_version_that_leads_elsewhere_is_taken_unless_it_is_to_be_replaced() {
        let found = || Found { label: Some(elsewhere("1.0.0")), ..Found::default() };
        let error = registration("1.0.0").decide(found()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.to_string().contains("a@1.0.0"), "{error}");
        registration("1.0.0").replacing(true).decide(found()).unwrap();
        let own = registration("1.0.0");
        own.decide(Found { label: Some(own.label.clone()), ..Found::default() }).unwrap();
        registration("").decide(Found { label: Some(elsewhere("")), ..Found::default() }).unwrap();
    }

    #[test]
    fn a_lower_version_does_not_become_the_latest_whatever_was_set_before_it() {
        // The versions that there are, the latest first; the new one; the latest behind it.
        for (there, new, latest) in [
            (&["2.0.0"][..], "0.1.0", "2.0.0"),
            (&["1.10.0"], "1.9.0", "1.10.0"),
            (&["1.9.0"], "1.10.0", "1.10.0"),
            (&["2.0.0"], "2.0.0", "2.0.0"),
            (&[""], "0.1.0", "0.1.0"),
            (&["banana"], "0.1.0", "0.1.0"),
            (&["2.0.0"], "", ""),
            (&["2.0.0"], "banana", "banana"),
            (&["banana", "2.0.0"], "0.1.0", "banana"),
            (&["", "2.0.0"], "0.1.0", ""),
            (&["banana", "2.0.0"], "2.1.0", "2.1.0"),
            (&["banana", "2.0.0"], "2.0.0", "2.0.0"),
            (&["0.1.0", "2.0.0"], "0.1.0", "0.1.0"),
            (&["0.1.0", "2.0.0"], "0.2.0", "0.1.0"),
            (&["2.0.0-rc.1"], "2.0.0", "2.0.0"),
        ] {
            let found = Found { named: there.iter().map(|version| elsewhere(version)).collect(), ..Found::default() };
            let outcome = registration(new).replacing(true).decide(found).unwrap();
            let found = outcome.latest.unwrap_or(outcome.label);
            assert_eq!(found.version(), latest, "{new} after {there:?}");
        }
    }

    #[test]
    fn what_is_to_be_forgotten_is_and_checksums_never_are() {
        let metadata = |names: &[&str]| names.iter().map(|name| (*name, Value::from(*name))).collect::<DictSample>();
        let mut new = registration("").without(vec!["old".into(), "both".into(), "checksums".into()]);
        new.entry = new.entry.with_metadata(metadata(&["both", "new"]));
        let stored = new.entry.clone().with_metadata(metadata(&["old", "kept", "both", "checksums"]));
        let outcome = new.decide(Found { entry: Some(stored), ..Found::default() }).unwrap();
        let merged = outcome.entry.metadata.unwrap();
        let mut names: Vec<_> = merged.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        assert_eq!(names, ["both", "checksums", "kept", "new"]);
    }

    #[test]
    fn metadata_are_merged_and_no_checksum_is_dropped() {
        let metadata = |text: &str, url: &str| {
            let mut metadata = DictSample::new();
            metadata.insert(text, text);
            metadata.insert("checksums", Value::Map(vec![(url.to_owned(), Value::Str(text.to_owned()))]));
            metadata
        };
        let merged = merged(Some(metadata("old", "/a.tar")), Some(metadata("new", "/b.tar"))).unwrap();
        assert_eq!(merged.get("old").and_then(Value::as_str), Some("old"));
        let checksums = merged.get("checksums").unwrap();
        assert_eq!(checksums.get("/a.tar").and_then(Value::as_str), Some("old"));
        assert_eq!(checksums.get("/b.tar").and_then(Value::as_str), Some("new"));
    }
}
