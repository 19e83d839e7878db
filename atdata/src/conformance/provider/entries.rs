//! Checks of entries: what is stored comes back.

use bytes::Bytes;

use super::{Outcome, Subject, entry};
use crate::conformance::{holds, same};
use crate::entry::Entry;
use crate::sample::{DictSample, Value};

/// Everything that metadata can hold.
fn metadata() -> DictSample {
    let mut metadata = DictSample::new();
    metadata.insert("split", "train");
    metadata.insert("", "an empty key");
    metadata.insert("größe\n", Value::Int(-7));
    metadata.insert("most", Value::UInt(u64::MAX));
    metadata.insert("least", Value::Int(i64::MIN));
    metadata.insert("share", Value::Float(0.1));
    metadata.insert("endless", Value::Float(f64::NEG_INFINITY));
    metadata.insert("nothing", Value::Nil);
    metadata.insert("flag", Value::Bool(false));
    metadata.insert("bytes", Value::Bin(Bytes::from_static(b"\0\xff\r\n'\"\\")));
    let nested = vec![("a".to_owned(), Value::List(vec![Value::Int(1), Value::Nil, Value::Map(Vec::new())]))];
    metadata.insert("nested", Value::Map(nested));
    metadata
}

pub(super) fn what_was_never_stored_is_not_there(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let cid = entry("a", 1)?.cid;
    same("entry", provider.entry(&cid)?, None)?;
    same("entry with a CID that is none", provider.entry("")?, None)?;
    same("entry_by_name", provider.entry_by_name("a")?, None)?;
    same("label", provider.label("a", None)?, None)?;
    same("label of a version", provider.label("a", Some("1.0.0"))?, None)?;
    same("resolve", provider.resolve("a", None)?, None)?;
    same("resolve of a version", provider.resolve("a", Some("1.0.0"))?, None)?;
    same("entries", provider.entries()?, Vec::new())?;
    same("labels", provider.labels()?, Vec::new())?;
    same("remove_entry", provider.remove_entry(&cid)?, false)?;
    same("remove_label", provider.remove_label("a", None)?, false)?;
    same("remove_label of a version", provider.remove_label("a", Some("1.0.0"))?, false)?;
    holds("the URL of a provider is a text", !provider.url().is_empty())
}

pub(super) fn an_entry_comes_back_as_it_was_stored(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let urls = ["/data/ä b{0..3}.tar", "s3://bucket/key?x=1#y", "", "line\nbreak", "/data/ä b{0..3}.tar"];
    let mut stored = Entry::new("a dataset", "at://did:plc:abc/science.alt.dataset.schema/3k", urls)?;
    stored.legacy_uuid = Some("123e4567-e89b-12d3-a456-426614174000".into());
    let stored = stored.with_metadata(metadata());
    provider.put_entry(&stored)?;
    same("entry", provider.entry(&stored.cid)?.as_ref(), Some(&stored))?;
    same("entry_by_name", provider.entry_by_name("a dataset")?.as_ref(), Some(&stored))?;
    same("resolve", provider.resolve("a dataset", None)?.as_ref(), Some(&stored))?;
    same("entries", provider.entries()?, vec![stored])?;
    let without_urls = Entry::new("none", "atdata://local/schema/Sample@1.0.0", [""; 0])?;
    provider.put_entry(&without_urls)?;
    same("entry without URLs", provider.entry(&without_urls.cid)?, Some(without_urls))
}

pub(super) fn an_entry_takes_the_place_of_one_with_its_cid(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let (first, second) = (entry("first", 1)?.with_metadata(metadata()), entry("second", 1)?);
    same("the CIDs", &first.cid, &second.cid)?;
    provider.put_entry(&first)?;
    provider.put_entry(&second)?;
    same("entry", provider.entry(&first.cid)?.as_ref(), Some(&second))?;
    same("entry_by_name of the new name", provider.entry_by_name("second")?.as_ref(), Some(&second))?;
    same("entry_by_name of the old name", provider.entry_by_name("first")?, None)?;
    same("entries", provider.entries()?, vec![second])
}

pub(super) fn nothing_of_a_replaced_entry_stays(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let mut first = entry("a", 1)?.with_metadata(metadata());
    first.legacy_uuid = Some("123e4567-e89b-12d3-a456-426614174000".into());
    provider.put_entry(&first)?;
    let second = entry("a", 1)?;
    provider.put_entry(&second)?;
    same("an entry without metadata and UUID, over one with them", provider.entry(&first.cid)?, Some(second))
}

pub(super) fn empty_metadata_are_not_none(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let (empty, none) = (entry("empty", 1)?.with_metadata(DictSample::new()), entry("none", 2)?);
    provider.put_entry(&empty)?;
    provider.put_entry(&none)?;
    same("with an empty map", provider.entry(&empty.cid)?, Some(empty))?;
    same("without", provider.entry(&none.cid)?, Some(none))
}

pub(super) fn metadata_of_all_kinds_come_back(subject: &Subject) -> Outcome {
    let stored = entry("a", 1)?.with_metadata(metadata());
    subject.provider.put_entry(&stored)?;
    let found = subject.provider.entry(&stored.cid)?;
    same("the bytes of the metadata", found.and_then(|entry| entry.stored_metadata()), stored.stored_metadata())
}

pub(super) fn a_large_entry_comes_back(subject: &Subject) -> Outcome {
    const URLS: usize = 10_000;
    let urls = (0..URLS).map(|shard| format!("s3://a-bucket-with-a-name/datasets/large/train-{shard:06}.tar"));
    let mut metadata = metadata();
    metadata.insert("blob", Value::Bin(Bytes::from(vec![0xc1; 4 << 20])));
    let stored = Entry::new("large", "atdata://local/schema/Sample@1.0.0", urls)?.with_metadata(metadata);
    subject.provider.put_entry(&stored)?;
    let found = subject.provider.entry_by_name("large")?;
    same("its URLs", found.as_ref().map(|entry| entry.data_urls.len()), Some(URLS))?;
    holds("a large entry differs", found.as_ref() == Some(&stored))?;
    holds("a large entry differs in the list", subject.provider.entries()? == [stored])
}

pub(super) fn a_thousand_entries_are_listed(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let stored = (0..1000).map(|number| entry(&format!("dataset {number}"), number)).collect::<Result<Vec<_>, _>>()?;
    for entry in &stored {
        provider.put_entry(entry)?;
    }
    let by_cid = |mut entries: Vec<Entry>| {
        entries.sort_by(|a, b| a.cid.cmp(&b.cid));
        entries
    };
    let listed = provider.entries()?;
    same("how many are listed", listed.len(), stored.len())?;
    holds("what is listed differs from what was stored", by_cid(listed) == by_cid(stored.clone()))?;
    for number in [0, 499, 999] {
        let found = provider.entry_by_name(&format!("dataset {number}"))?;
        same("entry_by_name", found.as_ref(), stored.get(number))?;
    }
    same("entry_by_name of a name that none has", provider.entry_by_name("dataset 1000")?, None)
}

pub(super) fn a_removed_entry_is_gone(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let (gone, kept) = (entry("gone", 1)?, entry("kept", 2)?);
    provider.put_entry(&gone)?;
    provider.put_entry(&kept)?;
    same("remove_entry", provider.remove_entry(&gone.cid)?, true)?;
    same("entry", provider.entry(&gone.cid)?, None)?;
    same("entry_by_name", provider.entry_by_name("gone")?, None)?;
    same("remove_entry for the second time", provider.remove_entry(&gone.cid)?, false)?;
    same("entries", provider.entries()?, vec![kept])?;
    provider.put_entry(&gone)?;
    same("entry that was stored again", provider.entry_by_name("gone")?, Some(gone))
}

pub(super) fn of_two_entries_of_a_name_the_other_is_found_when_one_is_gone(subject: &Subject) -> Outcome {
    let provider = &subject.provider;
    let (one, other) = (entry("a", 1)?, entry("a", 2)?);
    provider.put_entry(&one)?;
    provider.put_entry(&other)?;
    let found = provider.entry_by_name("a")?;
    holds("entry_by_name gives neither of two", found.as_ref() == Some(&one) || found.as_ref() == Some(&other))?;
    provider.remove_entry(&other.cid)?;
    same("entry_by_name without the second", provider.entry_by_name("a")?.as_ref(), Some(&one))?;
    provider.put_entry(&other)?;
    provider.remove_entry(&one.cid)?;
    same("entry_by_name without the first", provider.entry_by_name("a")?.as_ref(), Some(&other))
}
