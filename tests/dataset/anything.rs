//! Lists of samples put together at random, loaded by any ranks, threads and ways, cut anywhere and gone on with by others: what comes is
//! what the list has.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use atdata::dataset::{Composition, Mix, PlanBuilder, Ring, Stop, Tail, Token};
use atdata::order::Order;
use atdata::{Dataset, ErrorKind, Packable, ShardWriter};
use proptest::prelude::*;

#[derive(Packable, Clone, Debug, PartialEq)]
struct Number {
    number: i64,
}

#[derive(Packable, Clone, Debug, PartialEq)]
struct Label {
    label: i64,
}

/// How a list is put together, of datasets by their numbers.
#[derive(Debug, Clone)]
enum List {
    All(usize),
    /// Each with its partner.
    Joined(usize),
    Only(usize, Vec<prop::sample::Index>),
    Take(Box<List>, u64),
    Skip(Box<List>, u64),
    Repeat(Box<List>, u32),
    Concat(Vec<List>),
    /// But for those whose numbers this divides.
    Without(Box<List>, i64),
}

fn list() -> impl Strategy<Value = List> {
    let leaf = prop_oneof![
        (0_usize..3).prop_map(List::All),
        (0_usize..3).prop_map(List::Joined),
        (0_usize..3, prop::collection::vec(any::<prop::sample::Index>(), 0..20))
            .prop_map(|(part, numbers)| List::Only(part, numbers)),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), 0_u64..50).prop_map(|(list, n)| List::Take(Box::new(list), n)),
            (inner.clone(), 0_u64..50).prop_map(|(list, n)| List::Skip(Box::new(list), n)),
            (inner.clone(), 0_u32..4).prop_map(|(list, n)| List::Repeat(Box::new(list), n)),
            (inner.clone(), 1_i64..5).prop_map(|(list, n)| List::Without(Box::new(list), n)),
            prop::collection::vec(inner, 1..4).prop_map(List::Concat),
        ]
    })
}

struct Data {
    /// The numbers of each, and the shards.
    lists: Vec<Vec<i64>>,
    datasets: Vec<Dataset<Number>>,
    labels: Vec<Dataset<Label>>,
}

/// Shards of so many samples each, some of which have none.
fn shards<S: Packable>(
    folder: &Path,
    sizes: &[u64],
    contents: bool,
    mut samples: impl Iterator<Item = (i64, S)>,
) -> Vec<PathBuf> {
    std::fs::create_dir_all(folder).unwrap();
    let mut paths = Vec::new();
    for (number, size) in sizes.iter().enumerate() {
        let path = folder.join(format!("n-{number:03}.tar"));
        if *size == 0 {
            std::fs::write(&path, [0; 10240]).unwrap();
        } else {
            let mut writer = ShardWriter::builder(&path).contents(contents).build().unwrap();
            for (key, sample) in samples.by_ref().take(usize::try_from(*size).unwrap()) {
                writer.write_with_key(&key.to_string(), &sample).unwrap();
            }
            writer.finish().unwrap();
        }
        paths.push(path);
    }
    paths
}

impl Data {
    fn write(folder: &Path, sizes: &[Vec<u64>; 3], contents: bool) -> Self {
        let mut data = Self { lists: Vec::new(), datasets: Vec::new(), labels: Vec::new() };
        for (part, sizes) in (0_i64..).zip(sizes) {
            let count = i64::try_from(sizes.iter().sum::<u64>()).unwrap();
            let numbers: Vec<i64> = (part * 1000..part * 1000 + count).collect();
            let of_numbers = numbers.iter().map(|number| (*number, Number { number: *number }));
            let paths = shards(&folder.join(format!("d{part}")), sizes, contents, of_numbers);
            data.datasets.push(Dataset::open(paths).unwrap());
            let of_labels = numbers.iter().rev().map(|number| (*number, Label { label: *number }));
            let paths = shards(&folder.join(format!("l{part}")), sizes, contents, of_labels);
            data.labels.push(Dataset::open(paths).unwrap());
            data.lists.push(numbers);
        }
        data
    }

    /// What the list has.
    fn numbers(&self, list: &List) -> Vec<i64> {
        let n = |n: u64| usize::try_from(n).unwrap();
        match list {
            List::All(part) | List::Joined(part) => self.lists[*part].clone(),
            List::Only(part, chosen) => {
                let all = &self.lists[*part];
                let mut numbers: Vec<i64> =
                    if all.is_empty() { Vec::new() } else { chosen.iter().map(|at| *at.get(all)).collect() };
                numbers.sort_unstable();
                numbers.dedup();
                numbers
            }
            List::Take(list, count) => self.numbers(list).into_iter().take(n(*count)).collect(),
            List::Skip(list, count) => self.numbers(list).into_iter().skip(n(*count)).collect(),
            List::Repeat(list, times) => self.numbers(list).repeat(n((*times).into())),
            List::Concat(lists) => lists.iter().flat_map(|list| self.numbers(list)).collect(),
            List::Without(list, by) => self.numbers(list).into_iter().filter(|number| number % by != 0).collect(),
        }
    }

    fn composition(&self, list: &List) -> Composition<Number> {
        match list {
            List::All(part) => Composition::from(&self.datasets[*part]),
            List::Joined(part) => {
                let join = |number: Number, label: Label| {
                    assert_eq!(number.number, label.label);
                    number
                };
                self.datasets[*part].join_with(&self.labels[*part], join).unwrap().into()
            }
            List::Only(part, chosen) => {
                let count = self.lists[*part].len();
                let numbers = chosen.iter().filter(|_| count > 0).map(|at| at.index(count) as u64);
                self.datasets[*part].only(numbers).unwrap()
            }
            List::Take(list, count) => self.composition(list).take(*count),
            List::Skip(list, count) => self.composition(list).skip(*count),
            List::Repeat(list, times) => self.composition(list).repeat(*times),
            List::Concat(lists) => {
                let mut all = lists.iter().map(|list| self.composition(list));
                let first = all.next().unwrap();
                first.concat(all)
            }
            List::Without(list, by) => {
                self.composition(list).filter_keys(|key| key.parse::<i64>().unwrap() % by != 0).unwrap()
            }
        }
    }
}

/// How it is loaded.
#[derive(Debug, Clone)]
struct Way {
    order: Order,
    seed: u64,
    ranks: [u64; 2],
    piece: u64,
    tail: Tail,
    threads: usize,
    memory: u64,
    cuts: [prop::sample::Index; 2],
    rings: bool,
}

fn way() -> impl Strategy<Value = Way> {
    let order = prop_oneof![
        2 => Just(Order::Global),
        1 => Just(Order::Stored),
        1 => (1_u32..12, 1_u32..6).prop_map(|(block, window)| Order::blocks(block, window)),
    ];
    let tail = prop_oneof![1 => Just(Tail::Drop), 1 => Just(Tail::Pad), 2 => Just(Tail::Uneven)];
    let memory = prop_oneof![Just(1_u64), Just(4000), Just(1 << 30)];
    let loading = (0_usize..4, memory, any::<[prop::sample::Index; 2]>(), any::<bool>());
    (order, 0_u64..3, [1_u64..9, 1..9], 1_u64..4, tail, loading).prop_map(
        |(order, seed, ranks, piece, tail, (threads, memory, cuts, rings))| Way {
            order,
            seed,
            ranks,
            piece,
            tail,
            threads,
            memory,
            cuts,
            rings,
        },
    )
}

fn common(a: u64, b: u64) -> u64 {
    (1..=a * b).find(|n| n.is_multiple_of(a) && n.is_multiple_of(b)).unwrap()
}

/// The batches of a rank, by their numbers.
fn loaded(builder: &PlanBuilder<Number>, rings: bool) -> BTreeMap<u64, Vec<i64>> {
    if rings {
        let ring = Arc::new(Ring::new(3));
        let steps = builder.load_into(&ring).unwrap().map(Result::unwrap);
        return steps.map(|step| (step.number, step.batch.number.clone())).collect();
    }
    let steps = builder.load_samples().unwrap().map(Result::unwrap);
    steps.map(|step| (step.number, step.batch.into_iter().map(|sample| sample.number).collect())).collect()
}

/// The pieces of all ranks, put together.
fn of_ranks(builder: &PlanBuilder<Number>, ranks: u64, rings: bool) -> Vec<Vec<i64>> {
    let mut batches = BTreeMap::<u64, Vec<i64>>::new();
    for rank in 0..ranks {
        for (number, piece) in loaded(&builder.clone().ranks(ranks).rank(rank), rings) {
            batches.entry(number).or_default().extend(piece);
        }
    }
    batches.into_values().collect()
}

/// The samples that are there for themselves, and not because a batch has to be full.
fn without_padding(builder: &PlanBuilder<Number>) -> Vec<i64> {
    let mut numbers = Vec::new();
    for step in builder.load_samples().unwrap().map(Result::unwrap) {
        let rows = step.batch.iter().enumerate().filter(|(row, _)| !step.padding.contains(row));
        numbers.extend(rows.map(|(_, sample)| sample.number));
    }
    numbers
}

/// Whether each is there as often in `of`, at least; both sorted.
fn is_part(some: &[i64], of: &[i64]) -> bool {
    let mut rest = of.iter();
    some.iter().all(|number| rest.any(|other| other == number))
}

/// What comes of a plan in all ways: the samples of a list, or some of those that a mix draws from, as often as it likes.
fn check(plan: &PlanBuilder<Number>, way: &Way, known: &[i64], is_mix: bool) -> Result<(), TestCaseError> {
    let expected = (!is_mix).then_some(known);
    let [first, second] = way.ranks;
    let batch = common(first, second) * way.piece;
    let plan = plan.clone().order(way.order).seed(way.seed).batch(batch).tail(way.tail);
    let plan = plan.threads(way.threads).memory(way.memory);
    let built = match plan.build() {
        Ok(built) => built,
        Err(error) => {
            // There is nothing, or too little for a batch.
            prop_assert_eq!(error.kind(), ErrorKind::InvalidInput, "{}", error);
            prop_assert!(expected.is_none_or(|all| all.is_empty() || (all.len() as u64) < batch), "{}", error);
            return Ok(());
        }
    };
    let whole = of_ranks(&plan, 1, false);
    prop_assert_eq!(whole.len() as u64, built.steps());
    let mut all = whole.concat();
    prop_assert!(all.iter().all(|number| known.contains(number)), "{:?} of {:?}", all, known);
    if let Some(expected) = expected {
        prop_assert_eq!(built.samples(), expected.len() as u64);
        if way.order == Order::Stored {
            prop_assert_eq!(&all[..all.len().min(expected.len())], &expected[..all.len().min(expected.len())]);
        }
        let (mut expected, batch) = (expected.to_vec(), usize::try_from(batch).unwrap());
        expected.sort_unstable();
        all.sort_unstable();
        match way.tail {
            Tail::Uneven => prop_assert_eq!(&all, &expected),
            Tail::Drop => {
                prop_assert_eq!(all.len(), expected.len() / batch * batch);
                prop_assert!(is_part(&all, &expected), "{:?} of {:?}", all, expected);
            }
            _ => {
                prop_assert_eq!(all.len(), expected.len().next_multiple_of(batch));
                let mut own = without_padding(&plan);
                own.sort_unstable();
                prop_assert_eq!(&own, &expected);
            }
        }
    }
    prop_assert_eq!(&of_ranks(&plan, first, way.rings), &whole, "{} ranks", first);
    prop_assert_eq!(&of_ranks(&plan, second, false), &whole, "{} ranks", second);
    // Cut, gone on with by others, and once more.
    let cut = |token: Option<&Token>, ranks: u64, steps: usize| {
        let plan = plan.clone().ranks(ranks);
        let plan = token.map_or(plan.clone(), |token| plan.resume(token));
        let mut loader = plan.load_samples().unwrap();
        for _ in 0..steps {
            loader.next().unwrap().unwrap();
        }
        loader.token().unwrap().to_json().parse::<Token>().unwrap()
    };
    let once = way.cuts[0].index(whole.len() + 1);
    let token = cut(None, first, once);
    let rest = of_ranks(&plan.clone().resume(&token), second, way.rings);
    prop_assert_eq!(&rest, &whole[once..], "behind {}", once);
    let twice = way.cuts[1].index(rest.len() + 1);
    let again = cut(Some(&token), second, twice);
    prop_assert_eq!(&of_ranks(&plan.clone().resume(&again), first, false), &whole[once + twice..]);
    // As they are ready: each batch once, whatever was given before the cut.
    let relaxed = plan.clone().relaxed(true);
    prop_assert_eq!(&of_ranks(&relaxed, first, way.rings), &whole, "relaxed");
    let mut given = BTreeMap::new();
    let mut loader = relaxed.load_samples().unwrap();
    for _ in 0..once {
        let step = loader.next().unwrap().unwrap();
        given.insert(step.number, step.batch.into_iter().map(|sample| sample.number).collect::<Vec<_>>());
    }
    let token = loader.token().unwrap();
    drop(loader);
    for step in relaxed.resume(&token).load_samples().unwrap() {
        let step = step.unwrap();
        let batch: Vec<i64> = step.batch.into_iter().map(|sample| sample.number).collect();
        // Numbers count from where the run went on.
        given.insert(1 << 32 | step.number, batch);
    }
    let mut batches: Vec<Vec<i64>> = given.into_values().collect();
    let mut whole = whole;
    batches.sort();
    whole.sort();
    prop_assert_eq!(batches, whole, "relaxed, behind {}", once);
    Ok(())
}

fn sizes() -> impl Strategy<Value = [Vec<u64>; 3]> {
    let shards = || prop::collection::vec(prop_oneof![Just(0_u64), Just(1), 0..20_u64], 1..6);
    [shards(), shards(), shards()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_put_together_is_loaded_as_it_is(
        sizes in sizes(), contents in any::<bool>(), list in list(), ways in prop::collection::vec(way(), 1..3),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::write(folder.path(), &sizes, contents);
        let (numbers, composition) = (data.numbers(&list), data.composition(&list));
        prop_assert_eq!(composition.len().unwrap(), numbers.len());
        let ordered: Vec<i64> = composition.ordered().map(|sample| sample.unwrap().number).collect();
        prop_assert_eq!(&ordered, &numbers);
        for number in numbers.iter().step_by(7) {
            prop_assert_eq!(composition.get(&number.to_string()).unwrap().number, *number);
        }
        for way in &ways {
            check(&composition.plan(), way, &numbers, false)?;
        }
    }

    #[test]
    fn what_is_mixed_is_the_same_for_all(
        sizes in sizes(), contents in any::<bool>(), lists in prop::collection::vec((list(), 1_u32..9), 1..4), way in way(),
        stop in prop_oneof![Just(Stop::FirstExhausted), Just(Stop::AllExhausted), (1_u64..200).prop_map(Stop::Samples)],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::write(folder.path(), &sizes, contents);
        let mut mix = Mix::new().block(40).stop(stop);
        let mut is_empty = false;
        for (list, weight) in &lists {
            is_empty |= data.numbers(list).is_empty();
            mix = mix.add(data.composition(list), f64::from(*weight));
        }
        if is_empty {
            let error = mix.plan().batch(1).build().unwrap_err();
            prop_assert!(error.to_string().contains("has no samples to draw"), "{}", error);
            return Ok(());
        }
        let known: Vec<i64> = lists.iter().flat_map(|(list, _)| data.numbers(list)).collect();
        check(&mix.plan(), &way, &known, true)?;
    }
}

/// A function that panics, a shard that is gone, contents of another shard: errors of the batches that need them, and of no other.
#[test]
fn what_goes_wrong_is_an_error_of_its_batches() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::write(folder.path(), &[vec![10, 0, 10, 1, 9], vec![30], vec![1]], true);
    let composition = data.datasets[0].concat([data.datasets[1].take(12)]);
    let panics = composition.map(|sample| {
        assert!(sample.number != 17 && sample.number != 1003, "it is {}", sample.number);
        sample
    });
    let paths: Vec<PathBuf> = data.datasets[0].shards().iter().map(|shard| shard.path().unwrap().to_owned()).collect();
    for (relaxed, threads) in [(false, 0), (false, 3), (true, 0), (true, 3)] {
        let plan = |of: &Composition<Number>| {
            of.plan().order(Order::Stored).batch(6).tail(Tail::Uneven).threads(threads).relaxed(relaxed)
        };
        let loaded = |of: &Composition<Number>| {
            let (mut good, mut bad) = (Vec::new(), Vec::new());
            for step in plan(of).load_samples().unwrap() {
                match step {
                    Ok(step) => good.push(step.number),
                    Err(error) => bad.push(error),
                }
            }
            good.sort_unstable();
            (good, bad)
        };
        let (good, bad) = loaded(&panics);
        assert_eq!(good, [0, 1, 3, 4, 6], "{relaxed} {threads}");
        let mut told: Vec<_> = bad.iter().map(|error| (error.kind(), error.key().unwrap().to_owned())).collect();
        told.sort_by_key(|(_, key)| key.len());
        assert_eq!(told, [(ErrorKind::Caller, "17".to_owned()), (ErrorKind::Caller, "1003".to_owned())]);
        // Into memory that comes back, whatever happens.
        let ring = Arc::new(Ring::new(20));
        let steps = plan(&panics).load_into(&ring).unwrap();
        assert_eq!(steps.flatten().count(), 5);
        assert!(ring.free() > 0);
        // It is dropped in the middle.
        let mut steps = plan(&panics).load_into(&ring).unwrap();
        let first = steps.next().unwrap().unwrap();
        drop(steps);
        assert_eq!(first.rows, 6);
        drop(first);
        // A shard is gone behind the plan, which has it open or not.
        let hidden = paths[2].with_extension("hidden");
        let anew: Composition<Number> = Dataset::open(paths.clone()).unwrap().into();
        plan(&anew).build().unwrap();
        std::fs::rename(&paths[2], &hidden).unwrap();
        let (good, bad) = loaded(&anew);
        assert_eq!((good, bad.len()), (vec![0, 4], 3), "{bad:?}");
        assert!(
            bad.iter().all(|error| error.kind() == ErrorKind::NotFound && error.shard() == paths[2].to_str()),
            "{bad:?}"
        );
        std::fs::rename(&hidden, &paths[2]).unwrap();
        // Contents that are of another shard.
        let sidecar = |path: &Path| atdata::shard::Contents::path_of(path);
        let kept = std::fs::read(sidecar(&paths[2])).unwrap();
        std::fs::copy(sidecar(&paths[0]), sidecar(&paths[2])).unwrap();
        let stale: Composition<Number> = Dataset::open(paths.clone()).unwrap().into();
        match plan(&stale).load_samples() {
            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
            Ok(steps) => {
                for step in steps {
                    match step {
                        Ok(step) => assert!(step.batch.iter().all(|sample| !(10..20).contains(&sample.number))),
                        Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
                    }
                }
            }
        }
        std::fs::write(sidecar(&paths[2]), kept).unwrap();
    }
}
