//! Checks of removal: what a name means goes, and nothing else; and of visiting entries.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Outcome, Subject, entry};
use crate::conformance::failure::Problem;
use crate::conformance::{holds, same};
use crate::entry::{Entry, Label};
use crate::error::Result;
use crate::index::{Provider, Registration};

fn register(provider: &dyn Provider, name: &str, version: &str, number: usize) -> Result<Entry> {
    let entry = entry(name, number)?;
    let label = Label::new(name, &entry.cid).with_version(version);
    provider.merge(&Registration::new(entry, label))
}

fn cids(entries: &[Entry]) -> Vec<String> {
    let mut cids: Vec<_> = entries.iter().map(|entry| entry.cid.clone()).collect();
    cids.sort();
    cids
}

pub(super) fn a_name_goes_with_all_its_versions(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let (first, second) = (register(&**provider, "gone", "1.0.0", 1)?, register(&**provider, "gone", "2.0.0", 2)?);
    // One that another name leads to as well, one of the name without a label, and one that has nothing to do with it.
    let shared = register(&**provider, "gone", "3.0.0", 3)?;
    provider.put_label(&Label::new("other", &shared.cid).with_version("1"))?;
    let bare = entry("gone", 4)?;
    provider.put_entry(&bare)?;
    let stays = register(&**provider, "stays", "", 5)?;
    let removed = provider.remove_name("gone")?;
    same("how many labels are gone", removed.labels.len(), 3)?;
    let mut expected = vec![first.cid, second.cid, bare.cid];
    expected.sort();
    same("the entries that are gone", cids(&removed.entries), expected)?;
    same("the entries with another name", cids(&removed.renamed), vec![shared.cid.clone()])?;
    same("what the name leads to", provider.resolve("gone", None)?, None)?;
    let renamed = provider.entry(&shared.cid)?.map(|entry| entry.name);
    same("the name of the one that another name leads to", renamed, Some("other".into()))?;
    same("what the other name leads to", provider.resolve("other", None)?.map(|entry| entry.cid), Some(shared.cid))?;
    same("another name", provider.resolve("stays", None)?, Some(stays))?;
    holds("nothing is removed twice", provider.remove_name("gone")?.is_empty())
}

pub(super) fn a_version_goes_alone(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let both = register(&**provider, "v", "1.0.0", 1)?;
    provider.put_label(&Label::new("v", &both.cid).with_version("2.0.0"))?;
    let other = register(&**provider, "v", "3.0.0", 2)?;
    let removed = provider.remove_version("v", "1.0.0")?;
    same("the label that is gone", removed.labels.iter().map(Label::version).collect::<Vec<_>>(), vec!["1.0.0"])?;
    same("what goes with a label of two", (removed.entries, removed.renamed), (Vec::new(), Vec::new()))?;
    let removed = provider.remove_version("v", "2.0.0")?;
    same("what goes with the last label", cids(&removed.entries), vec![both.cid])?;
    holds("a version that is not there", provider.remove_version("v", "2.0.0")?.is_empty())?;
    same("the other version", provider.resolve("v", Some("3.0.0"))?, Some(other))
}

pub(super) fn an_entry_goes_with_the_labels_that_lead_to_it(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let gone = register(&**provider, "a", "1.0.0", 1)?;
    provider.put_label(&Label::new("b", &gone.cid))?;
    let stays = register(&**provider, "a", "2.0.0", 2)?;
    holds("an entry with labels is not one without", !provider.remove_unlabelled(&gone.cid)?)?;
    let removed = provider.remove_all_of(&gone.cid)?;
    same("how many labels are gone", removed.labels.len(), 2)?;
    same("the entries that are gone", removed.entries, vec![gone.clone()])?;
    same("the labels that lead there", provider.labels_of(&gone.cid)?, Vec::new())?;
    same("the entry", provider.entry(&gone.cid)?, None)?;
    same("another version", provider.resolve("a", None)?, Some(stays))?;
    provider.put_entry(&gone)?;
    holds("an entry without labels is removed as such", provider.remove_unlabelled(&gone.cid)?)?;
    holds("but once", !provider.remove_unlabelled(&gone.cid)?)
}

/// Of two, one gives an entry a label again and again, and the other removes it whenever it has none.
pub(super) fn no_entry_is_removed_that_gets_a_label_meanwhile(subject: &Subject) -> Outcome {
    const ROUNDS: usize = 60;
    let done = AtomicBool::new(false);
    let target = entry("wanted", 1)?;
    let label = Label::new("wanted", &target.cid).with_version("1.0.0");
    let (lost, remover) = std::thread::scope(|scope| {
        let remover = scope.spawn(|| -> Result<usize> {
            let mut removed = 0;
            while !done.load(Ordering::Relaxed) {
                removed += usize::from(subject.other().remove_unlabelled(&target.cid)?);
            }
            Ok(removed)
        });
        let register = || -> Result<usize> {
            let mut lost = 0;
            for _ in 0..ROUNDS {
                subject.provider.merge(&Registration::new(target.clone(), label.clone()))?;
                lost += usize::from(subject.provider.resolve("wanted", Some("1.0.0"))?.is_none());
                subject.provider.remove_label("wanted", Some("1.0.0"))?;
            }
            Ok(lost)
        };
        let lost = register();
        done.store(true, Ordering::Relaxed);
        (lost, remover.join().ok())
    });
    remover.ok_or_else(|| Problem::Differs("a call panicked".into()))??;
    same("how often a label led nowhere", lost?, 0)
}

pub(super) fn entries_are_shown_until_it_is_enough(subject: &Subject) -> Outcome {
    const ALL: usize = 1200;
    let provider = &subject.provider;
    for number in 0..ALL {
        provider.put_entry(&entry(&format!("{}{number:04}", ["a", "b"].get(number % 2).unwrap_or(&"")), number)?)?;
    }
    let visit = |most: usize, begin: &str| -> Result<Vec<String>> {
        let mut names = Vec::new();
        provider.visit_entries(
            &|name, schema| name.starts_with(begin) && schema.ends_with("Sample@1.0.0"),
            &mut |entry| {
                names.push(entry.name);
                if names.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        )?;
        Ok(names)
    };
    let even: Vec<_> = (0..ALL).step_by(2).map(|number| format!("a{number:04}")).collect();
    same("the entries whose names are wanted, in order", visit(usize::MAX, "a")?, even)?;
    same("the first two of them", visit(2, "b")?, vec!["b0001".to_owned(), "b0003".to_owned()])?;
    same("those of a name that is not there", visit(1, "c")?, Vec::new())
}
