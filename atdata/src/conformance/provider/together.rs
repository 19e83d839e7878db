//! Checks of concurrency: several that use a database at the same time.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Outcome, Subject, entry};
use crate::conformance::failure::Problem;
use crate::conformance::{holds, same};
use crate::entry::{Entry, Label};
use crate::error::{ErrorKind, Result};
use crate::index::{Provider, Registration};
use crate::sample::{DictSample, Value};

pub(super) fn threads_do_not_lose_what_others_write(subject: &Subject) -> Outcome {
    const THREADS: usize = 8;
    const EACH: usize = 25;
    let write = |thread: usize, provider: &dyn Provider| -> Result<()> {
        for number in thread * EACH..(thread + 1) * EACH {
            let entry = entry(&format!("dataset {number}"), number)?;
            provider.register(&entry, &Label::new(&entry.name, &entry.cid))?;
            // One label that all of them set.
            provider.put_label(&Label::new("shared", &entry.cid).with_version(thread.to_string()))?;
            if number.is_multiple_of(5) {
                provider.resolve(&entry.name, None)?;
            }
        }
        Ok(())
    };
    let outcomes = std::thread::scope(|scope| {
        let write = &write;
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let provider = if thread.is_multiple_of(2) { &subject.provider } else { subject.other() };
                scope.spawn(move || write(thread, &**provider))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().ok()).collect::<Vec<_>>()
    });
    for outcome in outcomes {
        outcome.ok_or_else(|| Problem::Differs("a call panicked".into()))??;
    }
    let names: HashSet<_> = subject.provider.entries()?.into_iter().map(|entry| entry.name).collect();
    same("how many entries are there", names.len(), THREADS * EACH)?;
    same("how many labels are there", subject.provider.labels()?.len(), THREADS * EACH + THREADS)?;
    for number in 0..THREADS * EACH {
        let name = format!("dataset {number}");
        let found = subject.provider.resolve(&name, None)?;
        same(&format!("resolve({name:?})"), found, Some(entry(&name, number)?))?;
    }
    Ok(())
}

pub(super) fn who_merges_at_once_loses_nothing(subject: &Subject) -> Outcome {
    const THREADS: usize = 6;
    for round in 0..8 {
        let bare = entry("first", round)?;
        subject.provider.merge(&Registration::new(bare.clone(), Label::new("first", &bare.cid)))?;
        let write = |thread: usize, provider: &dyn Provider| -> Result<()> {
            let mut metadata = DictSample::new();
            metadata.insert(format!("key {thread}"), Value::Int(1.into()));
            metadata.insert("checksums", Value::Map(vec![(format!("/{thread}.tar"), Value::Str("0".into()))]));
            let name = format!("name {thread}");
            let entry = Entry { name: name.clone(), ..bare.clone() }.with_metadata(metadata);
            provider.merge(&Registration::new(entry, Label::new(name, &bare.cid))).map(drop)
        };
        let outcomes = std::thread::scope(|scope| {
            let write = &write;
            let threads = (0..THREADS).map(|thread| {
                let provider = if thread.is_multiple_of(2) { &subject.provider } else { subject.other() };
                scope.spawn(move || write(thread, &**provider))
            });
            let threads: Vec<_> = threads.collect();
            threads.into_iter().map(|thread| thread.join().ok()).collect::<Vec<_>>()
        });
        for outcome in outcomes {
            outcome.ok_or_else(|| Problem::Differs("a call panicked".into()))??;
        }
        let stored = subject.provider.entry(&bare.cid)?;
        let metadata = stored.and_then(|entry| entry.metadata).unwrap_or_default();
        let checksums = metadata.get("checksums").and_then(Value::as_map).unwrap_or_default().len();
        same("how many keys of metadata are there", metadata.len(), THREADS + 1)?;
        same("how many checksums are there", checksums, THREADS)?;
        same("how many labels lead to the entry", subject.provider.labels_of(&bare.cid)?.len(), THREADS + 1)?;
    }
    Ok(())
}

pub(super) fn of_two_that_take_a_version_one_wins(subject: &Subject) -> Outcome {
    for round in 0..8 {
        let version = format!("{round}.0.0");
        let take = |number: usize, provider: &dyn Provider| {
            let entry = entry("taken", round * 2 + number)?;
            let label = Label::new("taken", &entry.cid).with_version(&version);
            provider.merge(&Registration::new(entry, label))
        };
        let (first, second) = std::thread::scope(|scope| {
            let take = &take;
            let other = scope.spawn(move || take(1, &**subject.other()));
            (take(0, &*subject.provider), other.join().ok())
        });
        let second = second.ok_or_else(|| Problem::Differs("a call panicked".into()))?;
        let won = match (first, second) {
            (Ok(entry), Err(lost)) | (Err(lost), Ok(entry)) if lost.kind() == ErrorKind::Conflict => entry,
            (first, second) => return Err(Problem::Differs(format!("two took a version: {first:?}, {second:?}"))),
        };
        let found = subject.provider.label("taken", Some(&version))?.map(|label| label.cid);
        same("where the version leads", found, Some(won.cid.clone()))?;
        same("how many entries there are", subject.provider.entries()?.len(), round + 1)?;
    }
    Ok(())
}

pub(super) fn what_one_handle_writes_the_other_sees(subject: &Subject) -> Outcome {
    let handles = [&subject.provider, subject.other()];
    for round in 0..10 {
        for (writer, reader) in [(0, 1), (1, 0)] {
            let (Some(writer), Some(reader)) = (handles.get(writer), handles.get(reader)) else { continue };
            let number = round * 2 + usize::from(Arc::ptr_eq(writer, &subject.provider));
            let stored = entry(&format!("dataset {number}"), number)?;
            // Which a provider that remembers what it did not find would not see.
            same("a name before it was used", reader.entry_by_name(&stored.name)?, None)?;
            writer.register(&stored, &Label::new("latest", &stored.cid).with_version(number.to_string()))?;
            same("entry", reader.entry(&stored.cid)?.as_ref(), Some(&stored))?;
            same("entry_by_name", reader.entry_by_name(&stored.name)?.as_ref(), Some(&stored))?;
            same("resolve", reader.resolve("latest", None)?.as_ref(), Some(&stored))?;
            writer.remove_label("latest", Some(&number.to_string()))?;
            same("a removed label", reader.label("latest", Some(&number.to_string()))?, None)?;
            let renamed = Entry { name: format!("renamed {number}"), ..stored.clone() };
            writer.put_entry(&renamed)?;
            same("the old name", reader.entry_by_name(&stored.name)?, None)?;
            same("the new name", reader.entry_by_name(&renamed.name)?, Some(renamed))?;
        }
    }
    Ok(())
}

pub(super) fn an_entry_is_never_seen_half(subject: &Subject) -> Outcome {
    let bare = entry("bare", 1)?;
    let full = entry("full", 1)?.with_metadata({
        let mut metadata = DictSample::new();
        metadata.insert("text", "x".repeat(100_000));
        metadata
    });
    subject.provider.put_entry(&bare)?;
    let stopped = AtomicBool::new(false);
    let writer = || -> Result<()> {
        for round in 0..200 {
            subject.provider.put_entry(if round % 2 == 0 { &full } else { &bare })?;
        }
        Ok(())
    };
    let reader = |stopped: &AtomicBool| -> Outcome {
        while !stopped.load(Ordering::Relaxed) {
            let found = subject.other().entry(&bare.cid)?;
            let is_whole = found.as_ref() == Some(&bare) || found.as_ref() == Some(&full);
            holds("an entry was seen that is neither of the two that were stored", is_whole)?;
            let listed = subject.other().entries()?;
            same("how many entries are listed while one is replaced", listed.len(), 1)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| reader(&stopped));
        let written = writer();
        stopped.store(true, Ordering::Relaxed);
        let read = reading.join().unwrap_or_else(|_| Err(Problem::Differs("a call panicked".into())));
        written.map_err(Problem::from).and(read)
    })
}
