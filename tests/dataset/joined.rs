//! Joins by key: the right partners in whatever order they are asked for, and what is wrong told before the first sample.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::Path;

use atdata::dataset::{Loader, Mix, Policy, Quarantined, Tail, Token};
use atdata::order::Order;
use atdata::shard::Contents;
use atdata::{Dataset, DictSample, Error, ErrorKind, Packable, ShardWriter, Value};

#[derive(Packable, Clone, Debug, PartialEq)]
struct Text {
    text: String,
}

#[derive(Packable, Clone, Debug, PartialEq)]
struct Label {
    label: i64,
}

#[derive(Packable, Clone, Debug, PartialEq)]
struct Labelled {
    text: String,
    label: i64,
}

fn write<S: Packable + 'static>(
    folder: &Path,
    name: &str,
    shard: u64,
    samples: impl IntoIterator<Item = (String, S)>,
) -> Dataset<S> {
    let mut writer = ShardWriter::builder(folder.join(name)).max_count(shard).contents(true).build().unwrap();
    for (key, sample) in samples {
        writer.write_with_key(&key, &sample).unwrap();
    }
    writer.finish().unwrap().open().unwrap()
}

fn key(number: i64) -> String {
    format!("k{number:04}")
}

fn texts(folder: &Path, numbers: impl IntoIterator<Item = i64>) -> Dataset<Text> {
    let samples = numbers.into_iter().map(|n| (key(n), Text { text: n.to_string() }));
    write(folder, "t-%d.tar", 17, samples)
}

fn labels(folder: &Path, numbers: impl IntoIterator<Item = i64>) -> Dataset<Label> {
    write(folder, "l-%d.tar", 23, numbers.into_iter().map(|n| (key(n), Label { label: n })))
}

fn number(pair: &(Text, Label)) -> i64 {
    assert_eq!(pair.0.text, pair.1.label.to_string());
    pair.1.label
}

#[test]
fn samples_of_one_key_are_together_however_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let left = texts(folder.path(), 0..200);
    // In another order, in shards of other sizes.
    let right = labels(folder.path(), (0..200).map(|n| n * 77 % 200));
    let both = left.join(&right).unwrap();
    let in_order: Vec<i64> = both.ordered().map(|pair| number(&pair.unwrap())).collect();
    assert_eq!(in_order, (0..200).collect::<Vec<_>>());
    assert_eq!((both.len().unwrap(), number(&both.at(123).unwrap())), (200, 123));
    assert_eq!(number(&both.get("k0007").unwrap()), 7);
    assert_eq!(both.select(&[5, 199, 5]).unwrap().iter().map(number).collect::<Vec<_>>(), [5, 199, 5]);
    let mut shuffled: Vec<i64> = both.shuffled(3).map(|pair| number(&pair.unwrap())).collect();
    let order = left.shuffled(3).map(|text| text.unwrap().text.parse::<i64>().unwrap()).collect::<Vec<_>>();
    assert_eq!(shuffled, order, "the order is that of the left one");
    shuffled.sort_unstable();
    assert_eq!(shuffled, in_order);
    // A plan of it has the batches of the left one alone, for any number of threads; rows of one type are stacked.
    let labelled = left.join_with(&right, |text, label| Labelled { text: text.text, label: label.label }).unwrap();
    for threads in [0, 2] {
        let plan = labelled.plan().seed(5).batch(16).threads(threads).keys(true).tail(Tail::Uneven);
        let alone: Vec<_> =
            left.plan().seed(5).batch(16).tail(Tail::Uneven).load().unwrap().map(Result::unwrap).collect();
        let joined: Vec<_> = plan.load().unwrap().map(Result::unwrap).collect();
        assert_eq!(joined.len(), alone.len());
        for (joined, alone) in joined.iter().zip(&alone) {
            assert_eq!(joined.batch.text, alone.batch.text);
            assert_eq!(joined.batch.label.iter().map(ToString::to_string).collect::<Vec<_>>(), joined.batch.text);
            assert_eq!(joined.keys, joined.batch.label.iter().map(|label| key(*label)).collect::<Vec<_>>());
        }
    }
    // Of three, and as a part of other compositions.
    let three = both.join(&right).unwrap();
    assert!(three.ordered().all(|sample| sample.is_ok_and(|(pair, label)| number(&pair) == label.label)));
    let composed = both.skip(150).concat([both.take(10)]).repeat(2);
    let seen: usize = composed.plan().batch(10).load_samples().unwrap().map(|step| step.unwrap().batch.len()).sum();
    assert_eq!(seen, 120);
    let mix = Mix::new().add(&both, 0.5).add(both.take(50), 0.5).block(10);
    assert!(
        mix.plan().batch(10).load_samples().unwrap().all(|step| step
            .unwrap()
            .batch
            .iter()
            .all(|pair| number(pair) < 200))
    );
}

#[test]
fn what_has_no_partner_is_told_before_the_first_sample() {
    let folder = tempfile::tempdir().unwrap();
    let left = texts(folder.path(), 0..100);
    let right = labels(folder.path(), (10..104).filter(|n| n % 50 != 0));
    let error = left.join(&right).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(
        error.to_string(),
        "the keys of both datasets are not the same: 11 of the 100 samples of the left one are not in the right one, \
         \"k0000\", \"k0001\", \"k0002\", \"k0003\", \"k0004\" and 6 more, and 3 of the 92 samples of the right one are not in the \
         left one, \"k0101\", \"k0102\", \"k0103\"; join what both have with `inner_join`, or what the left one has with `left_join`"
    );
    // What both have, in the order of the left one, of a length that is known.
    let inner = left.inner_join(&right).unwrap();
    let plan = || inner.plan().order(Order::Stored).batch(8).tail(Tail::Uneven);
    assert_eq!(plan().build().unwrap().samples(), 89);
    let found: Vec<i64> =
        plan().load_samples().unwrap().flat_map(|step| step.unwrap().batch).map(|pair| number(&pair)).collect();
    assert_eq!(found, (10..100).filter(|n| *n != 50).collect::<Vec<_>>());
    assert_eq!(inner.take(5).repeat(3).plan().batch(5).build().unwrap().samples(), 15);
    // All of the left one.
    let all: Vec<(Text, Option<Label>)> = left.left_join(&right).unwrap().ordered().map(Result::unwrap).collect();
    assert_eq!(all.len(), 100);
    for (n, (text, label)) in (0..).zip(all) {
        assert_eq!(text.text, n.to_string());
        assert_eq!(label, (n >= 10 && n != 50).then_some(Label { label: n }));
    }
    let other = write(folder.path(), "o.tar", 1000, [("x".to_owned(), Label { label: 0 })]);
    assert_eq!(left.inner_join(&other).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn keys_that_are_there_twice_and_filters_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let left = texts(folder.path(), 0..20);
    let twice = write(folder.path(), "twice-%d.tar", 7, (0..20).chain([3, 4]).map(|n| (key(n), Label { label: n })));
    for error in
        [left.join(&twice).unwrap_err(), left.left_join(&twice).unwrap_err(), left.inner_join(&twice).unwrap_err()]
    {
        assert_eq!(error.kind(), ErrorKind::Conflict);
        let told = "the keys \"k0003\", \"k0004\" are there more than once in the dataset to the right: which of them is meant";
        assert!(error.to_string().starts_with(told), "{error}");
    }
    let error = twice.join(&left).unwrap_err();
    assert!(error.to_string().contains("in the dataset to the left"), "{error}");
    let right = labels(folder.path(), 0..20);
    let error = left.join(&right.filter(|label| label.label > 3)).unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains("join first"), "{error}");
    // A filter of the left one applies, and so does one behind.
    let even = left.filter(|text| text.text.len() == 1).join(&right).unwrap();
    assert_eq!(even.len().unwrap(), 10);
    assert_eq!(left.join(&right).unwrap().filter(|pair| number(pair) > 15).len().unwrap(), 4);
}

#[test]
fn a_token_goes_on_with_the_same_two_datasets() {
    let folder = tempfile::tempdir().unwrap();
    let left = texts(folder.path(), 0..90);
    let right = labels(folder.path(), 0..90);
    let both = || left.join(&right).unwrap();
    let plan = |of: &Dataset<(Text, Label)>| of.plan().seed(1).batch(10);
    let rows = |loader: Loader<Vec<(Text, Label)>>| -> Vec<i64> {
        loader.flat_map(|step| step.unwrap().batch).map(|pair| number(&pair)).collect()
    };
    let whole = rows(plan(&both()).load_samples().unwrap());
    let mut loader = plan(&both()).load_samples().unwrap();
    let mut begun: Vec<i64> =
        loader.by_ref().take(4).flat_map(|step| step.unwrap().batch).map(|pair| number(&pair)).collect();
    let token: Token = loader.token().unwrap().to_string().parse().unwrap();
    drop(loader);
    begun.extend(rows(plan(&both()).resume(&token).load_samples().unwrap()));
    assert_eq!(begun, whole);
    // The left one alone, another right one, another join.
    let other = write(folder.path(), "o.tar", 1000, (0..90).map(|n| (key(n), Label { label: n + 1 })));
    let errors = [
        left.plan().resume(&token).build().unwrap_err(),
        left.join(&other).unwrap().plan().resume(&token).build().unwrap_err(),
        left.left_join(&right).unwrap().plan().resume(&token).build().unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}

#[test]
fn an_error_of_the_partner_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let left = texts(folder.path(), 0..5);
    let wrong = write(folder.path(), "w.tar", 1000, (0..5).map(|n| (key(n), Text { text: n.to_string() })));
    let right = Dataset::<Label>::open(wrong.shards().to_vec()).unwrap();
    let error = left.join(&right).unwrap().at(3).unwrap_err();
    let told = error.to_string();
    assert!(error.key() == Some("k0003") && told.contains("w-000000.tar") && told.contains("label"), "{told}");
}

#[test]
fn what_both_have_is_iterated_counted_and_stacked() {
    let folder = tempfile::tempdir().unwrap();
    let left = texts(folder.path(), 0..300);
    // Every third one is missing, and the order is another.
    let right = labels(folder.path(), (0..300).map(|n| n * 77 % 300).filter(|n| n % 3 > 0));
    let both = left.inner_join(&right).unwrap();
    let expected: Vec<i64> = (0..300).filter(|n| n % 3 > 0).collect();
    let in_order: Vec<i64> = both.ordered().map(|pair| number(&pair.unwrap())).collect();
    assert_eq!(in_order, expected, "in the order of the left one");
    assert_eq!((both.len().unwrap(), both.is_empty().unwrap()), (200, false));
    assert_eq!((&both).into_iter().take(2).count(), 2);
    let mut shuffled: Vec<i64> = both.shuffled(3).map(|pair| number(&pair.unwrap())).collect();
    let planned = both.plan().seed(3).batch(7).tail(Tail::Uneven).load_samples().unwrap();
    let planned: Vec<i64> = planned.flat_map(|step| step.unwrap().batch).map(|pair| number(&pair)).collect();
    assert_eq!(shuffled, planned, "as the plan of that seed has it");
    assert_ne!(shuffled, both.shuffled(4).map(|pair| number(&pair.unwrap())).collect::<Vec<_>>());
    shuffled.sort_unstable();
    assert_eq!(shuffled, expected);
    // As batches of one type.
    let labelled = both.map(|(text, label)| Labelled { text: text.text, label: label.label });
    let mut seen = Vec::new();
    for step in labelled.plan().order(Order::Stored).batch(32).tail(Tail::Uneven).load().unwrap() {
        let batch = step.unwrap().batch;
        assert_eq!(batch.text, batch.label.iter().map(ToString::to_string).collect::<Vec<_>>());
        seen.extend(batch.label);
    }
    assert_eq!(seen, expected);
    // Parts of it, and nothing.
    let some = labelled.clone().skip(190).concat([labelled.clone().take(3)]).repeat(2);
    let seen: Vec<i64> = some.ordered().map(|sample| sample.unwrap().label).collect();
    assert_eq!(seen, [&expected[190..], &expected[..3], &expected[190..], &expected[..3]].concat());
    let none = labelled.take(0);
    assert_eq!((none.len().unwrap(), none.ordered().count(), none.is_empty().unwrap()), (0, 0, true));
    // A filter is what a plan refuses, and the one thing that comes.
    let filtered = left.filter(|_| true).take(3);
    let errors: Vec<_> = filtered.ordered().map(|sample| sample.unwrap_err().kind()).collect();
    assert_eq!(errors, [ErrorKind::Unsupported]);
}

/// An error is that of one sample, with those around it as they are.
#[test]
fn a_sample_that_cannot_be_read_is_one_error_among_the_others() {
    #[derive(Packable)]
    struct Odd {
        label: Option<i64>,
    }

    let folder = tempfile::tempdir().unwrap();
    let left = texts(folder.path(), 0..100);
    let odd = (0..100).map(|n| (key(n), Odd { label: (n % 10 != 7).then_some(n) }));
    let odd = write(folder.path(), "o-%d.tar", 30, odd);
    let right = Dataset::<Label>::open(odd.shards().to_vec()).unwrap();
    let both = left.inner_join(&right).unwrap();
    for (n, pair) in (0..).zip(both.ordered()) {
        match pair {
            Ok(pair) => assert_eq!(number(&pair), n),
            Err(error) => {
                assert!(n % 10 == 7 && error.key() == Some(&key(n)), "{error}");
                assert!(error.to_string().contains("label"), "{error}");
            }
        }
    }
    assert_eq!(both.ordered().count(), 100);
    let skipping = left.on_error(atdata::dataset::Policy::skip()).unwrap().inner_join(&right).unwrap();
    let mut samples = skipping.ordered();
    assert_eq!(samples.by_ref().map(|pair| number(&pair.unwrap()) % 10).filter(|n| *n == 7).count(), 0);
    assert_eq!(samples.skipped(), 10);
}

/// In files and batches of all sizes, with a join on either side, what is read together is what each alone would be.
#[test]
fn partners_that_are_read_together_are_those_that_are_read_alone() {
    let folder = tempfile::tempdir().unwrap();
    let size = |n: i64| usize::try_from(n * 7919 % 40).unwrap();
    // Some are large, and read at their turn.
    let large = |n: i64| Text { text: format!("{n} ").repeat(if size(n) == 3 { 9000 } else { size(n) + 1 }) };
    let left = labels(folder.path(), 0..400);
    let right = write(folder.path(), "x-%d.tar", 50, (0..400).map(|n| n * 91 % 400).map(|n| (key(n), large(n))));
    let other = write(
        folder.path(),
        "y-%d.tar",
        70,
        (0..400).map(|n| n * 31 % 400).map(|n| (key(n), Text { text: n.to_string() })),
    );
    let nested = left.join(&right.join(&other).unwrap()).unwrap();
    let twice = left.join(&right).unwrap().join(&other).unwrap();
    let check = |n: i64, right: &Text, other: &Text| {
        assert_eq!((right, &other.text), (&large(n), &n.to_string()));
        n
    };
    let mut found = Vec::new();
    for memory in [1, 100_000, 1 << 30] {
        for (threads, batch) in [(0, 1), (0, 400), (2, 37)] {
            let plan = nested.plan().seed(1).batch(batch).tail(Tail::Uneven).threads(threads).memory(memory);
            let rows = plan.load_samples().unwrap().flat_map(|step| step.unwrap().batch);
            let one: Vec<i64> = rows.map(|(label, (right, other))| check(label.label, &right, &other)).collect();
            let plan = twice.plan().seed(1).batch(batch).tail(Tail::Uneven).threads(threads).memory(memory);
            let rows = plan.load_samples().unwrap().flat_map(|step| step.unwrap().batch);
            let two: Vec<i64> = rows.map(|((label, right), other)| check(label.label, &right, &other)).collect();
            assert_eq!((one.len(), &one), (400, &two));
            found.push(one);
        }
    }
    assert!(found.iter().all(|order| *order == found[0]));
    let ordered: Vec<i64> = (0..400).collect();
    let one =
        nested.ordered().map(|row| row.unwrap()).map(|(label, (right, other))| check(label.label, &right, &other));
    assert_eq!(one.collect::<Vec<_>>(), ordered);
    let two = twice.ordered().map(|row| row.unwrap()).map(|((label, right), other)| check(label.label, &right, &other));
    assert_eq!(two.collect::<Vec<_>>(), ordered);
    // Of what a shuffle buffer gives, too, and where some of the left ones are left out.
    let mut shuffled: Vec<i64> = nested.shuffled(7).map(|row| row.unwrap().0.label).collect();
    shuffled.sort_unstable();
    assert_eq!(shuffled, ordered);
    let filtered = twice.filter(|((label, _), _)| label.label % 3 == 0).ordered().map(|row| row.unwrap().0.0.label);
    assert_eq!(filtered.collect::<Vec<_>>(), (0..400).step_by(3).collect::<Vec<_>>());
    let picked = nested.select(&[7, 399, 7, 0]).unwrap();
    assert_eq!(
        picked.iter().map(|(label, (right, other))| check(label.label, right, other)).collect::<Vec<_>>(),
        [7, 399, 7, 0]
    );
}

/// Other bytes of a sample than its contents say, from the one to the other.
fn change(path: &Path, samples: impl IntoIterator<Item = u64>) {
    let contents = Contents::open(path).unwrap().unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    for sample in samples {
        let place = contents.sample(sample).unwrap();
        let at = usize::try_from(place.members[0].data + place.members[0].size - 1).unwrap();
        bytes[at] ^= 1;
    }
    // The contents are no older than the shard.
    let time = std::fs::metadata(path).unwrap().modified().unwrap();
    std::fs::write(path, bytes).unwrap();
    std::fs::File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
}

/// What is bad is what the row names, and not the sample that it was read for.
#[test]
fn a_row_of_a_quarantine_names_the_partner_that_is_bad() {
    let folder = tempfile::tempdir().unwrap();
    let left = texts(folder.path(), 0..40);
    let right = |name: &str| {
        let builder = ShardWriter::builder(folder.path().join(name)).max_count(15).contents(true);
        let mut writer = builder.build().unwrap();
        for n in 0..40 {
            writer.write_with_key(&key(n), &Label { label: n }).unwrap();
        }
        writer.finish().unwrap()
    };
    // One of another type, one with another byte.
    let damaged = right("r-%d.tar");
    change(&damaged.paths()[1], [4]);
    let labels = damaged.open::<Label>().unwrap();
    let mut raw = labels.raw();
    let mut offsets = std::collections::BTreeMap::new();
    while let Some(sample) = raw.next() {
        let sample = sample.unwrap();
        offsets.insert(sample.key().to_owned(), sample.offset());
    }
    let odd = labels.try_map(|label| match label.label {
        30 => Err(Error::new(ErrorKind::Corrupt, "it is 30")),
        _ => Ok(label),
    });
    for together in [true, false] {
        let path = folder.path().join(format!("bad-{together}.tar"));
        let joined = left.on_error(Policy::quarantine(&path)).unwrap().join(&odd).unwrap();
        let numbers: Vec<i64> = if together {
            let plan = joined.plan().order(Order::Stored).batch(8).tail(Tail::Uneven);
            plan.load_samples().unwrap().flat_map(|step| step.unwrap().batch).map(|pair| number(&pair)).collect()
        } else {
            joined.ordered().map(|pair| number(&pair.unwrap())).collect()
        };
        assert_eq!(numbers, (0..40).filter(|n| ![19, 30].contains(n)).collect::<Vec<_>>(), "{together}");
        let rows: Vec<Quarantined> = Dataset::open(&path).unwrap().ordered().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 2, "{rows:?}");
        for (row, (n, shard)) in rows.iter().zip([(19, 1), (30, 2)]) {
            assert_eq!(Path::new(&row.shard), damaged.paths()[shard], "{row:?}");
            // In its shard, where both have other places; that of other bytes is in the words alone.
            assert_eq!(row.offset, (n == 30).then(|| offsets[&key(n)]), "{row:?}");
            assert_eq!((row.key.as_deref(), row.sample_type.as_str()), (Some(&*key(n)), "Label@1.0.0"));
            let joined_to = left.shards()[usize::try_from(n).unwrap() / 17].redacted();
            assert_eq!(row.joined_to.as_deref(), Some(&*joined_to));
            assert_eq!((row.digest.as_ref(), row.sample), (None, together.then(|| u64::try_from(n).unwrap())));
        }
        // The join is asked for it again, or the dataset that has it.
        let sound = left.join(&labels).unwrap().replay(rows.clone()).map(|replayed| replayed.sample.is_ok());
        assert_eq!(sound.collect::<Vec<_>>(), [false, true]);
        let sound = labels.replay(rows).map(|replayed| replayed.sample.map(|label| label.label).ok());
        assert_eq!(sound.collect::<Vec<_>>().last(), Some(&Some(30)));
    }
    // A shard that was replaced is no bad sample.
    let replaced = right("q-%d.tar");
    let labels = replaced.open::<Label>().unwrap();
    let joined = left.on_error(Policy::skip()).unwrap().join(&labels).unwrap();
    change(&replaced.paths()[1], 0..15);
    let errors: Vec<Error> = joined.ordered().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 15);
    let plan = joined.plan().order(Order::Stored).batch(5);
    let failed = plan.load_samples().unwrap().filter_map(Result::err).map(|error| error.kind()).collect::<Vec<_>>();
    assert_eq!(failed, [ErrorKind::Conflict; 3]);
}

/// A sample and its partner, both bad at different times, have the same key.
#[test]
fn rows_of_a_sample_and_of_its_partner_are_replayed_both() {
    let folder = tempfile::tempdir().unwrap();
    let (left, right) = (texts(folder.path(), 0..5), labels(folder.path(), 0..5));
    let path = folder.path().join("bad.tar");
    let policy = || Policy::quarantine(&path);
    let odd = |text: Text| if text.text == "3" { Err(Error::new(ErrorKind::Corrupt, "it is 3")) } else { Ok(text) };
    let bad_left = left.try_map(odd).on_error(policy()).unwrap().join(&right).unwrap();
    assert_eq!(bad_left.ordered().count(), 4);
    let odd = |label: Label| if label.label == 3 { Err(Error::new(ErrorKind::Corrupt, "it is 3")) } else { Ok(label) };
    let bad_right = left.on_error(policy()).unwrap().join(&right.try_map(odd)).unwrap();
    assert_eq!(bad_right.ordered().count(), 4);
    let rows: Vec<Quarantined> = Dataset::open(&path).unwrap().ordered().map(Result::unwrap).collect();
    let joined_to: Vec<bool> = rows.iter().map(|row| row.joined_to.is_some()).collect();
    assert_eq!(joined_to, [false, true]);
    let twice = rows.iter().cloned().chain(rows.clone());
    let replayed: Vec<_> = left.join(&right).unwrap().replay(twice).collect();
    let numbers: Vec<i64> = replayed.iter().map(|replayed| number(replayed.sample.as_ref().unwrap())).collect();
    assert_eq!(numbers, [3, 3]);
    assert_eq!(replayed.iter().map(|replayed| replayed.row.joined_to.is_some()).collect::<Vec<_>>(), [false, true]);
}

/// Those of before have no such field.
#[test]
fn rows_that_were_written_before_joins_were_told_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.tar");
    let row = [("shard", "a.tar"), ("sample_type", "Text@1.0.0"), ("kind", "corrupt"), ("cause", "it is")];
    let mut row = DictSample::from_iter(row);
    for field in ["offset", "key", "field", "digest", "sample"] {
        row.insert(field, Value::Nil);
    }
    Dataset::write(&path, [row]).unwrap();
    let rows: Vec<Quarantined> = Dataset::open(&path).unwrap().ordered().map(Result::unwrap).collect();
    assert_eq!((rows.len(), &rows[0].joined_to), (1, &None));
}
