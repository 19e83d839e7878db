//! Checks of labels.

use super::{Outcome, Subject, entry};
use crate::conformance::{holds, same};
use crate::entry::Label;
use crate::index::Provider;

fn label(name: &str, version: &str, cid: &str) -> Label {
    Label::new(name, cid).with_version(version)
}

/// CID and version of a label.
type Found = Option<(String, Option<String>)>;

/// What the latest label of `a` has.
fn latest(provider: &dyn Provider) -> Result<Found, crate::error::Error> {
    Ok(provider.label("a", None)?.map(|label| (label.cid, label.version)))
}

#[expect(clippy::unnecessary_wraps, reason = "to be compared with what may be none")]
fn found(cid: &str, version: &str) -> Found {
    Some((cid.into(), Some(version.to_owned()).filter(|version| !version.is_empty())))
}

pub(super) fn a_label_is_found_by_its_version(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    provider.put_label(&label("a", "1.0.0", "one").with_description("the first".to_owned()))?;
    provider.put_label(&label("a", "", "none"))?;
    provider.put_label(&label("b", "2.0.0", "other"))?;
    let first = provider.label("a", Some("1.0.0"))?;
    same("its CID", first.as_ref().map(|label| label.cid.as_str()), Some("one"))?;
    same("its description", first.as_ref().and_then(|label| label.description.as_deref()), Some("the first"))?;
    same("its version", first.as_ref().and_then(|label| label.version.as_deref()), Some("1.0.0"))?;
    same("a version of another name", provider.label("a", Some("2.0.0"))?, None)?;
    same("a version that begins alike", provider.label("a", Some("1.0"))?, None)?;
    let listed = provider.labels()?;
    let unversioned = listed.iter().find(|label| label.name == "a" && label.version.is_none());
    same("the one without version", unversioned.map(|label| label.cid.as_str()), Some("none"))
}

pub(super) fn the_latest_label_is_the_one_that_was_set_last(subject: &Subject) -> Outcome {
    let provider = &*subject.provider;
    for (version, cid) in [("2.0.0", "two"), ("1.0.0", "one"), ("10.0.0", "ten"), ("", "none"), ("not-semver", "text")]
    {
        provider.put_label(&label("a", version, cid))?;
        provider.put_label(&label("b", version, "another"))?;
        same("the latest label", latest(provider)?, found(cid, version))?;
    }
    // The promise holds for those that are set in quick succession.
    for round in 0..50 {
        let (version, cid) = (format!("{}.0.0", round % 7), format!("round {round}"));
        provider.put_label(&label("a", &version, &cid))?;
        same("the latest label", latest(provider)?, found(&cid, &version))?;
    }
    Ok(())
}

pub(super) fn a_label_that_is_set_again_takes_the_place_of_the_older(subject: &Subject) -> Outcome {
    let provider = &*subject.provider;
    provider.put_label(&label("a", "1.0.0", "one").with_description("old".to_owned()))?;
    provider.put_label(&label("a", "2.0.0", "two"))?;
    provider.put_label(&label("a", "1.0.0", "three"))?;
    same("the latest label", latest(provider)?, found("three", "1.0.0"))?;
    let again = provider.label("a", Some("1.0.0"))?;
    same("its description", again.and_then(|label| label.description), None)?;
    same("how many labels there are", provider.labels()?.len(), 2)
}

pub(super) fn labels_of_one_name_are_counted_by_version(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    for number in 0..200 {
        provider.put_label(&label("a", &format!("1.0.{number}"), &format!("cid {number}")))?;
    }
    same("how many labels there are", provider.labels()?.len(), 200)?;
    same("how many labels are counted", provider.count_labels()?, 200)?;
    for number in [0, 99, 199] {
        let found = provider.label("a", Some(&format!("1.0.{number}")))?;
        same("a label of many", found.map(|label| label.cid), Some(format!("cid {number}")))?;
    }
    same("the latest label", latest(&**provider)?, found("cid 199", "1.0.199"))
}

pub(super) fn times_of_labels_do_not_go_back(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let mut last = None;
    for round in 0..20 {
        let stale =
            Label { created_at: Some("1999-01-01T00:00:00+00:00".into()), ..label("a", &round.to_string(), "c") };
        provider.put_label(&stale)?;
        // Where the provider knows.
        let Some(time) = provider.label("a", None)?.and_then(|label| label.created_at) else { return Ok(()) };
        let parsed = chrono::DateTime::parse_from_rfc3339(&time);
        holds(&format!("`created_at` is a time such as 2026-03-01T12:00:00.123456+00:00, not {time}"), parsed.is_ok())?;
        let time = parsed.ok();
        holds("a label that was set later has an earlier time", last <= time)?;
        holds("the time of a label is the one that was given with it", time > "2000-01-01T00:00:00Z".parse().ok())?;
        last = time;
    }
    Ok(())
}

pub(super) fn a_removed_label_is_gone_and_the_one_before_is_the_latest(subject: &Subject) -> Outcome {
    let provider = &*subject.provider;
    let stored = entry("a", 1)?;
    provider.put_entry(&stored)?;
    for version in ["", "1.0.0", "2.0.0"] {
        provider.put_label(&label("a", version, &stored.cid))?;
    }
    same("remove_label", provider.remove_label("a", Some("2.0.0"))?, true)?;
    same("the latest label", latest(provider)?, found(&stored.cid, "1.0.0"))?;
    same("label", provider.label("a", Some("2.0.0"))?, None)?;
    same("remove_label for the second time", provider.remove_label("a", Some("2.0.0"))?, false)?;
    same("remove_label without a version", provider.remove_label("a", None)?, true)?;
    same("remove_label without a version, again", provider.remove_label("a", None)?, false)?;
    same("the label that is left", latest(provider)?, found(&stored.cid, "1.0.0"))?;
    same("remove_label of the last", provider.remove_label("a", Some("1.0.0"))?, true)?;
    same("the latest of no label", latest(provider)?, None)?;
    same("the entry", provider.entry(&stored.cid)?, Some(stored))
}

pub(super) fn labels_may_lead_nowhere(subject: &Subject) -> Outcome {
    let provider = &*subject.provider;
    provider.put_label(&label("a", "1.0.0", "no such entry"))?;
    same("the label", latest(provider)?, found("no such entry", "1.0.0"))?;
    same("resolve of its version", provider.resolve("a", Some("1.0.0"))?, None)?;
    same("resolve", provider.resolve("a", None)?, None)?;
    let stored = entry("b", 1)?;
    provider.register(&stored, &label("a", "2.0.0", &stored.cid))?;
    provider.remove_entry(&stored.cid)?;
    same("the label of a removed entry", latest(provider)?, found(&stored.cid, "2.0.0"))
}
