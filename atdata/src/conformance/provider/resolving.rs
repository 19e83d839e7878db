//! Checks of resolving: from a name to an entry.

use super::{Outcome, Subject, entry};
use crate::conformance::same;
use crate::entry::{Entry, Label};
use crate::error::ErrorKind;
use crate::index::Registration;
use crate::sample::DictSample;

pub(super) fn a_version_leads_to_its_entry(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let (one, two) = (entry("one", 1)?, entry("two", 2)?);
    provider.register(&one, &Label::new("a", &one.cid).with_version("1.0.0"))?;
    provider.register(&two, &Label::new("a", &two.cid).with_version("2.0.0"))?;
    same("version 1.0.0", provider.resolve("a", Some("1.0.0"))?, Some(one))?;
    same("version 2.0.0", provider.resolve("a", Some("2.0.0"))?, Some(two))?;
    same("a version that is not there", provider.resolve("a", Some("3.0.0"))?, None)?;
    same("a version of a name without labels", provider.resolve("one", Some("1.0.0"))?, None)
}

pub(super) fn without_a_version_the_latest_label_leads(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let (one, two) = (entry("one", 1)?, entry("two", 2)?);
    provider.register(&two, &Label::new("a", &two.cid).with_version("2.0.0"))?;
    provider.register(&one, &Label::new("a", &one.cid).with_version("1.0.0"))?;
    same("resolve", provider.resolve("a", None)?, Some(one))?;
    provider.put_label(&Label::new("a", &two.cid))?;
    same("resolve with a label without version", provider.resolve("a", None)?, Some(two))
}

pub(super) fn without_a_label_the_name_of_the_entry_leads(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let stored = entry("a", 1)?;
    provider.put_entry(&stored)?;
    same("resolve", provider.resolve("a", None)?, Some(stored))?;
    same("resolve of a version", provider.resolve("a", Some("1.0.0"))?, None)
}

pub(super) fn a_label_that_leads_nowhere_gives_way_to_the_name(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let (stored, other) = (entry("a", 1)?, entry("b", 2)?);
    provider.put_entry(&stored)?;
    provider.register(&other, &Label::new("a", &other.cid).with_version("1.0.0"))?;
    provider.put_label(&Label::new("a", "no such entry").with_version("2.0.0"))?;
    same("resolve", provider.resolve("a", None)?, Some(stored))?;
    same("resolve of the version", provider.resolve("a", Some("2.0.0"))?, None)
}

pub(super) fn a_label_goes_before_an_entry_of_its_name(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let (named, labelled) = (entry("a", 1)?, entry("b", 2)?);
    provider.put_entry(&named)?;
    provider.register(&labelled, &Label::new("a", &labelled.cid))?;
    same("resolve", provider.resolve("a", None)?, Some(labelled))?;
    same("entry_by_name", provider.entry_by_name("a")?, Some(named))
}

pub(super) fn a_dataset_of_two_names_is_found_under_both(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let (first, second) = (entry("first", 1)?, entry("second", 1)?);
    provider.register(&first, &Label::new("first", &first.cid))?;
    provider.register(&second, &Label::new("second", &second.cid))?;
    same("resolve of the first name", provider.resolve("first", None)?.as_ref(), Some(&second))?;
    same("resolve of the second name", provider.resolve("second", None)?.as_ref(), Some(&second))?;
    same("entry_by_name of the first", provider.entry_by_name("first")?, None)?;
    same("how many entries there are", provider.entries()?.len(), 1)
}

pub(super) fn registering_stores_the_entry_and_the_label(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let stored = entry("a", 1)?;
    let label = Label::new("b", &stored.cid).with_version("1.0.0").with_description("why".to_owned());
    provider.register(&stored, &label)?;
    same("the entry", provider.entry(&stored.cid)?.as_ref(), Some(&stored))?;
    let found = provider.label("b", Some("1.0.0"))?.map(|label| (label.cid, label.description));
    same("the label", found, Some((stored.cid.clone(), Some("why".into()))))?;
    // A label need not lead to the entry that it is registered with.
    provider.register(&entry("c", 2)?, &Label::new("c", &stored.cid))?;
    same("a label that leads elsewhere", provider.resolve("c", None)?, Some(stored))
}

pub(super) fn merging_keeps_what_is_there(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let metadata = |key: &str| {
        let mut metadata = DictSample::new();
        metadata.insert(key, key);
        metadata
    };
    let first = entry("first", 1)?.with_metadata(metadata("old"));
    provider.merge(&Registration::new(first.clone(), Label::new("shown", &first.cid)))?;
    let second = Entry { name: "second".into(), ..first.clone() }.with_metadata(metadata("new"));
    let merged = provider.merge(&Registration::new(second, Label::new("second", &first.cid)))?;
    let keys: Vec<_> = merged.metadata.iter().flat_map(DictSample::iter).map(|(key, _)| key.to_owned()).collect();
    same("the keys of the merged metadata", keys, vec!["old".to_owned(), "new".to_owned()])?;
    same("entry", provider.entry(&first.cid)?.as_ref(), Some(&merged))?;
    for name in ["first", "second", "shown"] {
        same(&format!("resolve({name:?})"), provider.resolve(name, None)?.as_ref(), Some(&merged))?;
    }
    let mut names: Vec<_> = provider.labels_of(&first.cid)?.into_iter().map(|label| label.name).collect();
    names.sort();
    same("the labels of the entry", names, ["first", "second", "shown"].map(str::to_owned).to_vec())
}

pub(super) fn a_lower_version_is_not_the_latest(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    // What is no version may be the latest, but lets no lower one be it.
    let steps = [
        ("1.0.0", "1.0.0"),
        ("2.0.0", "2.0.0"),
        ("0.1.0", "2.0.0"),
        ("1.10.0", "2.0.0"),
        ("2.0.1", "2.0.1"),
        ("first", "first"),
        ("0.2.0", "first"),
        ("", ""),
        ("0.3.0", ""),
        ("0.4.0", ""),
        ("3.0.0", "3.0.0"),
    ];
    for (number, (version, latest)) in steps.into_iter().enumerate() {
        let entry = entry("a", number)?;
        let label = Label::new("a", &entry.cid).with_version(version);
        provider.merge(&Registration::new(entry, label))?;
        let found = provider.label("a", None)?.map(|label| label.version.unwrap_or_default());
        same(&format!("the latest after \"{version}\""), found.as_deref(), Some(latest))?;
        let leads = provider.label("a", Some(latest))?.map(|label| label.cid);
        same("where the name leads", provider.resolve("a", None)?.map(|entry| entry.cid), leads)?;
    }
    Ok(())
}

pub(super) fn a_version_is_taken_only_to_replace_it(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let (one, two) = (entry("a", 1)?, entry("a", 2)?);
    let registration = |entry: &Entry| {
        let label = Label::new("a", &entry.cid).with_version("1.0.0");
        Registration::new(entry.clone(), label)
    };
    provider.merge(&registration(&one))?;
    provider.merge(&registration(&one))?;
    let refused = provider.merge(&registration(&two)).err().map(|error| error.kind());
    same("the error for a version that is taken", refused, Some(ErrorKind::Conflict))?;
    same("what is stored of it", provider.entry(&two.cid)?, None)?;
    provider.merge(&registration(&two).replacing(true))?;
    same("what the version leads to", provider.resolve("a", Some("1.0.0"))?, Some(two))
}
