//! Joins by key: the right partners in whatever order they are asked for, and what is wrong told before the first sample.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::Path;

use atdata::dataset::{Loader, Mix, Tail, Token};
use atdata::order::Order;
use atdata::{Dataset, ErrorKind, Packable, ShardWriter};

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
