//! Compositions and mixtures, loaded: the same for all threads and ranks, and gone on with by a token.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::BTreeMap;
use std::path::Path;

use atdata::dataset::{Composition, Mix, PlanBuilder, Policy, Stop, Tail, Token};
use atdata::order::Order;
use atdata::{Dataset, DictSample, ErrorKind, Packable, ShardWriter, Value};

#[derive(Packable, Clone, Debug, PartialEq)]
struct Number {
    number: i64,
}

/// Numbers from `first` on, in shards of 7.
fn numbers(folder: &Path, name: &str, first: i64, count: i64, contents: bool) -> Dataset<Number> {
    let path = folder.join(name).join("n-%03d.tar");
    let builder = ShardWriter::builder(path).max_count(7).contents(contents);
    builder.write_all((first..first + count).map(|number| Number { number })).unwrap().open().unwrap()
}

fn loaded(builder: &PlanBuilder<Number>) -> Vec<Vec<i64>> {
    let steps = builder.load_samples().unwrap().map(Result::unwrap);
    steps.map(|step| step.batch.into_iter().map(|sample| sample.number).collect()).collect()
}

#[test]
fn parts_of_datasets_are_loaded_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (numbers(folder.path(), "a", 0, 40, true), numbers(folder.path(), "b", 100, 25, false));
    let composed = a.skip(30).concat([b.take(3), a.take(2)]).repeat(2);
    let list: Vec<i64> = (30..40).chain(100..103).chain(0..2).collect();
    let stored = loaded(&composed.plan().order(Order::Stored).batch(4).tail(Tail::Uneven));
    assert_eq!(stored.concat(), list.repeat(2));
    for threads in [0, 1, 4] {
        let mut shuffled = loaded(&composed.plan().seed(7).batch(4).tail(Tail::Uneven).threads(threads)).concat();
        assert_ne!(shuffled, list.repeat(2));
        shuffled.sort_unstable();
        let mut sorted = list.repeat(2);
        sorted.sort_unstable();
        assert_eq!(shuffled, sorted);
    }
    // Batches of the type, with keys, and lists of another that a stage made.
    let step = composed.plan().batch(30).keys(true).load().unwrap().next().unwrap().unwrap();
    assert_eq!((step.batch.number.len(), step.keys.len()), (30, 30));
    let doubled = a.map(|sample| sample.number * 2).concat([b.map(|sample| -sample.number)]);
    let all: Vec<i64> =
        doubled.plan().order(Order::Stored).batch(65).load_samples().unwrap().next().unwrap().unwrap().batch;
    assert_eq!(all, (0..40).map(|n| n * 2).chain((100..125).map(|n| -n)).collect::<Vec<i64>>());
}

#[test]
fn samples_without_a_type_and_typed_ones_are_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let typed = numbers(folder.path(), "a", 0, 10, true).map(|sample| sample.number);
    let path = folder.path().join("words.tar");
    Dataset::write(&path, (50..60_i64).map(|number| DictSample::from_iter([("word", number)]))).unwrap();
    let untyped = Dataset::<DictSample>::open(&path).unwrap().map(|sample| match sample.get("word") {
        Some(Value::Int(word)) => *word,
        _ => -1,
    });
    let mix = Mix::new().add(&typed, 1.0).add(&untyped, 1.0).block(4).stop(Stop::AllExhausted);
    let mut all: Vec<i64> = mix.plan().batch(1).load_samples().unwrap().flat_map(|step| step.unwrap().batch).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all, (0..10).chain(50..60).collect::<Vec<i64>>());
}

#[test]
fn a_mixture_is_the_same_for_all_threads_and_ranks() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (numbers(folder.path(), "a", 0, 90, true), numbers(folder.path(), "b", 100, 10, true));
    let mix = Mix::new().add(&a, 3.0).add(b.take(8), 1.0).block(8).stop(Stop::AllExhausted);
    assert_eq!(mix.quotas().unwrap(), [6, 2]);
    let plan = || mix.plan().seed(5).epoch(2).batch(8).tail(Tail::Uneven);
    let whole = loaded(&plan().threads(0));
    for batch in &whole[..whole.len() - 1] {
        assert_eq!(batch.iter().filter(|number| **number >= 100).count(), 2, "a block is a batch here");
    }
    let times = whole.concat().into_iter().fold(BTreeMap::<i64, u32>::new(), |mut times, number| {
        *times.entry(number).or_default() += 1;
        times
    });
    assert_eq!(times.len(), 98);
    assert!(times.iter().all(|(number, times)| if *number < 100 { *times == 1 } else { *times >= 3 }), "{times:?}");
    for ranks in [2, 4, 8] {
        let pieces: Vec<Vec<Vec<i64>>> =
            (0..ranks).map(|rank| loaded(&plan().ranks(ranks).rank(rank).threads(2))).collect();
        let global: Vec<Vec<i64>> = (0..whole.len())
            .map(|step| pieces.iter().filter_map(|piece| piece.get(step)).flatten().copied().collect())
            .collect();
        assert_eq!(global, whole);
    }
}

#[test]
fn a_token_goes_on_with_the_same_composition_only() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (numbers(folder.path(), "a", 0, 90, true), numbers(folder.path(), "b", 100, 30, true));
    let mix = |weights: [f64; 2]| Mix::new().add(&a, weights[0]).add(&b, weights[1]).block(10).stop(Stop::AllExhausted);
    let plan = mix([7.0, 3.0]).plan().seed(3).batch(6).tail(Tail::Pad);
    let whole = loaded(&plan);
    for cut in [0, 1, 9, whole.len()] {
        let mut loader = plan.load_samples().unwrap();
        assert!(loader.by_ref().take(cut).all(|step| step.is_ok()));
        let token = loader.token().unwrap().to_json();
        assert!(token.len() <= 1024, "{}", token.len());
        let token: Token = token.parse().unwrap();
        // 0.7 and 0.3 are 7 and 3.
        for ranks in [1, 2, 3] {
            let rest = || mix([0.7, 0.3]).plan().resume(&token).ranks(ranks);
            let pieces: Vec<_> = (0..ranks).map(|rank| loaded(&rest().rank(rank))).collect();
            let global: Vec<Vec<i64>> = (0..whole.len() - cut)
                .map(|step| pieces.iter().flat_map(|piece| piece[step].clone()).collect())
                .collect();
            assert_eq!(global, whole[cut..], "{cut} {ranks}");
        }
    }
    let token = plan.build().unwrap().token(3).unwrap();
    let refused = |builder: PlanBuilder<Number>, told: &str| {
        let error = builder.resume(&token).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(told), "{error}");
    };
    refused(mix([6.0, 4.0]).plan(), "put together in another way");
    refused(mix([7.0, 3.0]).stop(Stop::FirstExhausted).plan(), "until the first is used up");
    refused(b.concat([&a]).take(100).plan(), "than take(concat(0, 1), 100)");
    refused(a.concat([&b]).plan(), "it is of parts put together in another way, and not of all samples");
    refused(Mix::new().add(&b, 7.0).add(&a, 3.0).block(10).stop(Stop::AllExhausted).plan(), "other shards");
    refused(a.plan(), "it is of parts put together in another way, and not of all samples");
    let of_one = a.plan().batch(6).build().unwrap().token(1).unwrap();
    let error = a.take(50).plan().resume(&of_one).build().unwrap_err();
    assert!(error.to_string().contains("it is of all samples as they are, and not of take(0, 50)"), "{error}");
}

/// What counts is which samples there are in which places, not how it is said; and where the parts of a mixture begin.
#[test]
fn a_token_knows_the_parts_by_their_samples() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(format!("{name}.tar")).to_str().unwrap().to_owned();
    let open = |name: &str| Dataset::<Number>::open(path(name)).unwrap();
    let [a, b, c] = [("a", 0), ("b", 100), ("c", 200)].map(|(name, first)| {
        let builder = ShardWriter::builder(path(name)).contents(true);
        builder.write_all((first..first + 60).map(|number| Number { number })).unwrap();
        open(name)
    });
    let token = |builder: PlanBuilder<Number>| builder.batch(6).build().unwrap().token(2).unwrap();
    let split = |left: &Dataset<Number>, right: &Dataset<Number>| {
        Mix::new().add(left, 0.5).add(right, 0.5).block(10).stop(Stop::AllExhausted).plan()
    };
    let of_two = token(split(&open("{a,b}"), &c));
    let error = split(&a, &open("{b,c}")).resume(&of_two).build().unwrap_err();
    assert!(error.to_string().contains("put together in another way"), "{error}");
    assert!(split(&open("{a,b}"), &c).resume(&of_two).build().is_ok());

    let nested = token(a.concat([&b]).concat([&c]).take(150).plan());
    assert!(a.concat([&b, &c]).take(150).plan().resume(&nested).build().is_ok());
    assert!(
        a.concat([Composition::from(&b), c.take(30)])
            .plan()
            .resume(&nested)
            .build()
            .is_ok_and(|plan| plan.position() == 12)
    );
    let whole = token(a.plan());
    assert!(a.take(u64::MAX).plan().resume(&whole).build().is_ok());
    assert!(a.skip(1).plan().resume(&whole).build().is_err());
}

#[test]
fn bad_samples_of_parts_are_treated_by_one_policy() {
    let folder = tempfile::tempdir().unwrap();
    let a = numbers(folder.path(), "a", 0, 20, true);
    let b = numbers(folder.path(), "b", 100, 20, true);
    let odd = b.try_map(|sample| if sample.number == 105 { Err("odd") } else { Ok(sample) });
    let error = a.concat([odd.on_error(Policy::skip()).unwrap()]).plan().batch(5).load_samples().unwrap_err();
    assert!(error.to_string().contains("with the same policy"), "{error}");
    let skip = |data: &Dataset<Number>| data.on_error(Policy::skip().at_most(1)).unwrap();
    let composed: Composition<Number> = skip(&a).concat([skip(&odd)]);
    let mut loader = composed.plan().batch(5).load_samples().unwrap();
    assert_eq!(loader.by_ref().map(|step| step.unwrap().rows).sum::<usize>(), 39);
    assert_eq!(loader.skipped(), 1);
    let filtered = a.filter(|sample| sample.number > 3);
    assert_eq!(b.concat([filtered]).plan().batch(5).build().unwrap_err().kind(), ErrorKind::Unsupported);
}
