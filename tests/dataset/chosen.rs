//! Samples that are chosen before the plan, by keys and by numbers: of known length, for any topology, gone on with.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::Path;

use atdata::dataset::{Composition, Mix, PlanBuilder, Stop, Tail, Token};
use atdata::order::Order;
use atdata::{Dataset, DictSample, ErrorKind, ShardWriter, Value};

fn number(sample: &DictSample) -> i64 {
    match sample.get("number") {
        Some(Value::Int(number)) => *number,
        _ => -1,
    }
}

/// Numbers with keys `train/3` or `test/5`, of which every fifth is the latter, in shards of 7.
fn numbers(folder: &Path, name: &str, count: i64, contents: bool) -> Dataset<DictSample> {
    let path = folder.join(name).join("n-%03d.tar");
    let mut writer = ShardWriter::builder(path).max_count(7).contents(contents).build().unwrap();
    for number in 0..count {
        let split = if number % 5 == 0 { "test" } else { "train" };
        writer.write_with_key(&format!("{split}/{number}"), &DictSample::from_iter([("number", number)])).unwrap();
    }
    writer.finish().unwrap().open().unwrap()
}

fn loaded(builder: &PlanBuilder<DictSample>) -> Vec<Vec<i64>> {
    builder.load_samples().unwrap().map(|step| step.unwrap().batch.iter().map(number).collect()).collect()
}

fn stored(composition: &Composition<DictSample>) -> Vec<i64> {
    loaded(&composition.plan().order(Order::Stored).batch(16).tail(Tail::Uneven)).concat()
}

#[test]
fn samples_are_chosen_by_their_keys_and_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let train: Vec<i64> = (0..60).filter(|number| number % 5 != 0).collect();
    for contents in [true, false] {
        let data = numbers(folder.path(), &format!("{contents}"), 60, contents);
        let mut asked = 0;
        let chosen = data.filter_keys(|key| {
            asked += 1;
            key.starts_with("train/")
        });
        let chosen = chosen.unwrap();
        assert_eq!((asked, chosen.len().unwrap(), chosen.is_empty().unwrap()), (60, 48, false));
        assert_eq!(stored(&chosen), train);
        assert_eq!(
            stored(&chosen.clone().skip(40).concat([data.only([3, 59, 7, 3]).unwrap()])),
            [51, 52, 53, 54, 56, 57, 58, 59, 3, 7, 59]
        );
        // Some of them, by their places among those that were chosen.
        let some: Vec<i64> = chosen.select(&[47, 0, 4, 4, 46]).unwrap().iter().map(number).collect();
        assert_eq!(some, [59, 1, 6, 6, 58]);
        assert_eq!(number(&chosen.at(10).unwrap()), train[10]);
        let error = chosen.select(&[3, 48, 50]).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().contains("no samples at [48, 50]; the dataset has 48")),
            (ErrorKind::NotFound, true)
        );
        let listed = data.only_keys(["train/9", "test/5", "train/1"]).unwrap();
        assert_eq!(stored(&listed), [1, 5, 9]);
        let none = data.filter_keys(|_| false).unwrap();
        assert!(none.is_empty().unwrap() && none.at(0).is_err());
        assert!(none.plan().batch(1).build().unwrap_err().to_string().contains("no samples to plan with"));
    }
}

/// Each key once, however often what it is in is repeated and wherever that is cut.
#[test]
fn what_is_repeated_is_asked_about_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = numbers(folder.path(), "n", 10, true);
    let (few, mut asked) = (data.only([1, 2, 8]).unwrap(), 0);
    let list = data.repeat(50).take(495).concat([few.repeat(30).skip(1)]);
    let chosen = list.filter_keys(|key| {
        asked += 1;
        key.starts_with("train/")
    });
    // All, five that are left of them, all of the few, and what is left of them.
    assert_eq!(asked, 10 + 5 + 3 + 2);
    let kept = |numbers: &[i64]| numbers.iter().copied().filter(|number| number % 5 != 0).collect::<Vec<_>>();
    let all: Vec<i64> = (0..495).map(|at| at % 10).chain([1, 2, 8].repeat(30).into_iter().skip(1)).collect();
    assert_eq!(stored(&chosen.unwrap()), kept(&all));
}

/// Of several datasets, each with stages of its own.
#[test]
fn compositions_give_single_samples() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (numbers(folder.path(), "a", 20, true), numbers(folder.path(), "b", 10, true));
    let (a, b) = (a.map(|sample| number(&sample)), b.map(|sample| 100 + number(&sample)));
    let both = a.skip(18).concat([Composition::from(&b).take(3).repeat(2)]);
    assert_eq!(both.len().unwrap(), 8);
    assert_eq!(both.select(&[7, 0, 2, 5, 1]).unwrap(), [102, 18, 100, 100, 19]);
}

#[test]
fn what_is_not_there_cannot_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let data = numbers(folder.path(), "n", 20, true);
    let error = data.only([3, 20, 5, 90]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("no samples at [20, 90]; the dataset has 20"), "{error}");
    let error = data.only_keys(["train/1", "train/5", "a\nb"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(r#"no samples have the keys ["train/5", "a\nb"]"#), "{error}");
    let error = data.only_keys((100..110).map(|number| number.to_string())).unwrap_err();
    assert!(error.to_string().ends_with(r#""104"] and 5 more"#), "{error}");
    // How many a filter keeps is known when all were read: it names what can be asked before.
    let filtered = data.filter(|sample| number(sample) > 3);
    for error in [
        filtered.plan().batch(1).build().unwrap_err(),
        filtered.filter_keys(|_| true).unwrap_err(),
        filtered.only([1]).unwrap_err(),
        filtered.take(3).len().unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("by their keys with `filter_keys`"), "{error}");
    }
}

/// Any number of ranks and threads, and from anywhere.
#[test]
fn a_choice_has_the_same_batches_for_all_and_goes_on_from_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let data = numbers(folder.path(), "n", 90, true);
    let chosen = || data.filter_keys(|key| key.starts_with("train/")).unwrap();
    let mut all: Vec<i64> = (0..90).filter(|number| number % 5 != 0).collect();
    for order in [Order::Global, Order::blocks(4, 3), Order::Stored] {
        let plan = chosen().plan().seed(3).batch(6).order(order).tail(Tail::Uneven);
        let whole = loaded(&plan);
        let mut seen = whole.concat();
        seen.sort_unstable();
        all.sort_unstable();
        assert_eq!(seen, all, "{order}");
        for cut in [0, 1, 5, whole.len()] {
            let mut loader = plan.load_samples().unwrap();
            assert!(loader.by_ref().take(cut).all(|step| step.is_ok()));
            let token = loader.token().unwrap().to_json();
            assert!(token.len() <= 1024, "{}", token.len());
            let token: Token = token.parse().unwrap();
            for ranks in [1, 2, 3] {
                let rest = || chosen().plan().resume(&token).ranks(ranks).threads(2);
                let pieces: Vec<_> = (0..ranks).map(|rank| loaded(&rest().rank(rank))).collect();
                let global: Vec<Vec<i64>> = (0..whole.len() - cut)
                    .map(|step| pieces.iter().filter_map(|piece| piece.get(step)).flatten().copied().collect())
                    .collect();
                assert_eq!(global, whole[cut..], "{order} {cut} {ranks}");
            }
        }
    }
}

/// A token knows which samples there are, however they were chosen.
#[test]
fn a_token_goes_on_with_the_same_choice_only() {
    let folder = tempfile::tempdir().unwrap();
    let data = numbers(folder.path(), "n", 90, true);
    let token = |composition: &Composition<DictSample>| composition.plan().batch(6).build().unwrap().token(2).unwrap();
    let train = data.filter_keys(|key| key.starts_with("train/")).unwrap();
    let same = data.only((0..90).rev().filter(|number| number % 5 != 0)).unwrap();
    assert_eq!(token(&train), token(&same));
    assert_eq!(token(&data.only(10..50).unwrap()), token(&data.skip(10).take(40)));
    assert_eq!(token(&data.filter_keys(|_| true).unwrap()), data.plan().batch(6).build().unwrap().token(2).unwrap());
    for (other, told) in [
        (data.only(0..72).unwrap(), "in another way, or have other lengths or weights, than some(0, 72)"),
        (Composition::from(&data), "and not of all samples"),
        (train.clone().repeat(2), "than repeat(some(0, 72), 2)"),
    ] {
        let error = other.plan().resume(&token(&train)).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(told), "{error}");
    }
    // A mixture draws from what was chosen.
    let test = data.filter_keys(|key| key.starts_with("test/")).unwrap();
    let mix = Mix::new().add(&train, 3.0).add(&test, 1.0).block(4).stop(Stop::FirstExhausted);
    let batches = loaded(&mix.plan().batch(4));
    assert!(batches.iter().all(|batch| batch.iter().filter(|number| **number % 5 == 0).count() == 1), "{batches:?}");
}

/// Whatever the list is made of: what is chosen is what a list of keys and numbers would have.
/// A list, and what is in it.
type Case = (Composition<DictSample>, Vec<(String, i64)>);

#[test]
fn compositions_are_asked_for_keys_as_lists_are() {
    let folder = tempfile::tempdir().unwrap();
    let keyed = |name: &str, keys: &[&str], from: i64, contents: bool| {
        let path = folder.path().join(name).join("n-%03d.tar");
        let mut writer = ShardWriter::builder(path).max_count(2).contents(contents).build().unwrap();
        for (number, key) in (from..).zip(keys) {
            writer.write_with_key(key, &DictSample::from_iter([("number", number)])).unwrap();
        }
        let list: Vec<(String, i64)> = keys.iter().map(|key| (*key).to_owned()).zip(from..).collect();
        (writer.finish().unwrap().open::<DictSample>().unwrap(), list)
    };
    // Twice in one of them, in shards far from each other, and in both.
    let (a, of_a) = keyed("a", &["x", "y", "z", "u", "y", "v"], 0, true);
    let (b, of_b) = keyed("b", &["w", "y", "x", "q"], 100, false);
    let take = |list: &[(String, i64)], skip: usize, take: usize| -> Vec<(String, i64)> {
        list.iter().skip(skip).take(take).cloned().collect()
    };
    let odd =
        |list: &[(String, i64)]| -> Vec<(String, i64)> { list.iter().filter(|(_, n)| n % 2 == 1).cloned().collect() };
    let cases: Vec<Case> = vec![
        (a.concat([&b]), [of_a.clone(), of_b.clone()].concat()),
        (b.concat([&a]).skip(2), [take(&of_b, 2, 9), of_a.clone()].concat()),
        (a.skip(2), take(&of_a, 2, 9)),
        (
            a.take(2).concat([b.repeat(2).skip(3).take(3)]),
            [take(&of_a, 0, 2), take(&[of_b.clone(), of_b.clone()].concat(), 3, 3)].concat(),
        ),
        (a.only([1, 3, 5]).unwrap().concat([a.skip(4)]).repeat(2), {
            let once = [odd(&of_a), take(&of_a, 4, 9)].concat();
            [once.clone(), once].concat()
        }),
        (b.filter_keys(|key| key > "w").unwrap().concat([&a]), {
            [of_b.iter().filter(|(key, _)| key.as_str() > "w").cloned().collect(), of_a.clone()].concat()
        }),
        (a.take(0), Vec::new()),
    ];
    let mut found = 0;
    for (composition, list) in &cases {
        assert_eq!(stored_all(composition), list.iter().map(|(_, number)| *number).collect::<Vec<_>>());
        for key in ["x", "y", "z", "u", "v", "w", "q", "", "absent"] {
            let with: Vec<i64> = list.iter().filter(|(other, _)| other == key).map(|(_, number)| *number).collect();
            match with.first() {
                Some(first) => assert_eq!(number(&composition.get(key).unwrap()), *first, "{key} in {list:?}"),
                None => {
                    let error = composition.get(key).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
                    let error = composition.only_keys([key]).unwrap_err();
                    assert!(error.to_string().contains(&format!("{key:?}")), "{error}");
                    continue;
                }
            }
            found += 1;
            assert_eq!(stored_all(&composition.only_keys([key, key]).unwrap()), with, "{key} in {list:?}");
        }
        let mut kept: Vec<i64> = list.iter().filter(|(key, _)| key.as_str() > "v").map(|(_, number)| *number).collect();
        let chosen = composition.filter_keys(|key| key > "v").unwrap();
        assert_eq!(stored_all(&chosen), kept);
        // Chosen of what was chosen, and loaded by several ranks.
        kept = kept.into_iter().skip(1).collect();
        let chosen = chosen.skip(1).filter_keys(|_| true).unwrap();
        assert_eq!((stored_all(&chosen), chosen.len().unwrap()), (kept.clone(), kept.len()));
        if !kept.is_empty() {
            let of_rank =
                |rank| loaded(&chosen.plan().seed(1).ranks(2).rank(rank).batch(2).tail(Tail::Uneven)).concat();
            let mut all = [of_rank(0), of_rank(1)].concat();
            all.sort_unstable();
            kept.sort_unstable();
            assert_eq!(all, kept);
        }
    }
    assert_eq!(found, 29);
    // A sample is asked about once, however often it is repeated.
    let mut asked = Vec::new();
    let repeated = b.repeat(3).filter_keys(|key| {
        asked.push(key.to_owned());
        true
    });
    assert_eq!((repeated.unwrap().len().unwrap(), asked), (12, ["w", "y", "x", "q"].map(str::to_owned).to_vec()));
    let filtered = a.filter(|_| true).concat([&b]);
    assert_eq!(filtered.get("x").unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(filtered.filter_keys(|_| true).unwrap_err().kind(), ErrorKind::Unsupported);
}

fn stored_all(composition: &Composition<DictSample>) -> Vec<i64> {
    composition.ordered().map(|sample| number(&sample.unwrap())).collect()
}
