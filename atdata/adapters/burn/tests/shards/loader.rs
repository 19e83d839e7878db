//! The loader on real shards: what it gives is what the plan says, whoever asks and however often it is stopped.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::Path;
use std::sync::Arc;

use atdata::dataset::{PlanBuilder, Policy, Tail, Token};
use atdata::{Dataset, ErrorKind, Packable, ShardWriter};
use atdata_burn::{PlanDataLoader, Stacked, error_of, tensor_data};
use burn::data::dataloader::DataLoader;
use burn::data::dataloader::batcher::Batcher;
use burn::data::dataloader::split::split_dataloader;
use burn::tensor::{DType, Device, Int, Tensor};

#[derive(Packable, Clone, Debug, PartialEq)]
struct Sample {
    number: i64,
    pixels: atdata::ndarray::Array2<u8>,
}

/// So many samples in shards of 13.
fn dataset(folder: &Path, count: i64) -> Dataset<Sample> {
    let sample = |number| {
        let pixel = u8::try_from(number % 251).unwrap();
        Sample { number, pixels: atdata::ndarray::Array2::from_elem((2, 3), pixel) }
    };
    let writer = ShardWriter::builder(folder.join("s-%03d.tar")).max_count(13).contents(true);
    writer.write_all((0..count).map(sample)).unwrap().open().unwrap()
}

struct Numbers;

impl Batcher<Sample, Vec<i64>> for Numbers {
    fn batch(&self, samples: Vec<Sample>, _: &Device) -> Vec<i64> {
        samples.iter().map(|sample| sample.number).collect()
    }
}

fn numbers(plan: PlanBuilder<Sample>) -> PlanDataLoader<Sample, Vec<i64>> {
    PlanDataLoader::new(plan, Numbers, Device::flex()).unwrap()
}

fn columns(plan: PlanBuilder<Sample>) -> PlanDataLoader<Sample, Stacked<SampleBatch>> {
    PlanDataLoader::of_batches(plan, |step, _: &Device| step, Device::flex()).unwrap()
}

fn all<O>(loader: &(impl DataLoader<O> + ?Sized)) -> Vec<O> {
    loader.iter().map(Result::unwrap).collect()
}

fn planned(plan: &PlanBuilder<Sample>) -> Vec<Vec<i64>> {
    let plan = plan.build().unwrap();
    let rank = plan.rank();
    let of_step = |step| plan.slots(rank, step).iter().map(|slot| i64::try_from(slot.sample).unwrap()).collect();
    (0..plan.batches(rank)).map(of_step).collect()
}

#[test]
fn epochs_are_those_of_the_plan_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 100);
    for tail in [Tail::Drop, Tail::Pad, Tail::Uneven] {
        for (ranks, rank) in [(1, 0), (3, 1), (3, 2)] {
            for threads in [0, 3] {
                let plan = |epoch| {
                    data.plan().seed(7).epoch(epoch).batch(18).tail(tail).ranks(ranks).rank(rank).threads(threads)
                };
                let loader = numbers(plan(2));
                for epoch in 2..5 {
                    let batches = all(&loader);
                    assert_eq!(batches, planned(&plan(epoch)), "{tail}, rank {rank} of {ranks}, epoch {epoch}");
                    assert_eq!(batches.concat().len(), loader.num_items());
                    let stacked: Vec<Vec<i64>> =
                        all(&columns(plan(epoch))).into_iter().map(|step| step.batch.number).collect();
                    assert_eq!(stacked, batches);
                }
            }
        }
    }
}

#[test]
fn a_run_goes_on_from_its_token_wherever_it_was_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 100);
    let plan = || data.plan().seed(7).batch(12).tail(Tail::Pad);
    let whole = numbers(plan());
    let expected = [all(&whole), all(&whole)].concat();
    for stop in 0..=expected.len() {
        let loader = numbers(plan());
        let mut seen = Vec::new();
        // Also by way of many iterators, each of which is left in the middle.
        while seen.len() < stop {
            seen.extend(loader.iter().take(2.min(stop - seen.len())).map(Result::unwrap));
        }
        let token: Token = loader.token().to_json().parse().unwrap();
        assert_eq!(loader.plan().unwrap().position(), token.position());
        let rest = numbers(data.plan().resume(&token).threads(stop % 3));
        while seen.len() < expected.len() {
            seen.extend(all(&rest));
        }
        assert_eq!(seen, expected, "stopped after {stop} batches");
    }
}

#[test]
fn a_run_goes_on_with_another_number_of_ranks() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 100);
    let plan = || data.plan().seed(7).batch(12).tail(Tail::Pad);
    let expected = planned(&plan());
    let two: Vec<_> = (0..2).map(|rank| numbers(plan().ranks(2).rank(rank))).collect();
    let first: Vec<Vec<Vec<i64>>> = two.iter().map(|of| of.iter().take(3).map(Result::unwrap).collect()).collect();
    assert_eq!(two[0].token(), two[1].token());
    let three: Vec<_> =
        (0..3).map(|rank| all(&numbers(data.plan().resume(&two[0].token()).ranks(3).rank(rank)))).collect();
    let step = |of: &[Vec<Vec<i64>>], step: usize| of.iter().flat_map(|rank| rank[step].clone()).collect::<Vec<_>>();
    let batches: Vec<_> =
        (0..3).map(|at| step(&first, at)).chain((0..expected.len() - 3).map(|at| step(&three, at))).collect();
    assert_eq!(batches, expected);
}

#[test]
fn columns_become_tensors_with_their_padding_and_keys() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 10);
    let make = |step: Stacked<SampleBatch>, device: &Device| {
        let numbers = step.batch.number.clone();
        let pixels = Tensor::<3, Int>::from_data(tensor_data(step.batch.pixels), (device, DType::U8));
        (numbers, pixels, step.padding, step.keys)
    };
    let plan = data.plan().batch(4).tail(Tail::Pad).keys(true);
    let loader = PlanDataLoader::of_batches(plan, make, Device::flex()).unwrap();
    let batches = all(&loader);
    assert_eq!((batches.len(), loader.num_items()), (3, 12));
    for (at, (numbers, pixels, padding, keys)) in batches.into_iter().enumerate() {
        assert_eq!((pixels.dims(), pixels.dtype(), keys.len()), ([4, 2, 3], DType::U8, 4));
        let values = pixels.into_data().try_to_vec::<u8>().unwrap();
        let expected: Vec<u8> = numbers.iter().flat_map(|number| [u8::try_from(*number).unwrap(); 6]).collect();
        assert_eq!(values, expected);
        assert_eq!(padding, if at == 2 { vec![2, 3] } else { vec![] });
    }
}

#[test]
fn progress_counts_the_rows_of_the_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 100);
    let loader = numbers(data.plan().batch(30).tail(Tail::Uneven));
    let progress = |loader: &PlanDataLoader<Sample, Vec<i64>>| {
        let mut batches = loader.iter();
        let mut seen = vec![batches.progress().items_processed];
        while let Some(batch) = batches.next() {
            batch.unwrap();
            let progress = batches.progress();
            assert_eq!((progress.items_total, progress.unit.as_deref()), (100, Some("items")));
            seen.push(progress.items_processed);
        }
        seen
    };
    assert_eq!(progress(&loader), [0, 30, 60, 90, 100]);
    loader.iter().take(2).for_each(drop);
    let rest = numbers(data.plan().resume(&loader.token()));
    assert_eq!(rest.num_items(), 100);
    assert_eq!(progress(&rest), [60, 90, 100]);
    assert_eq!(progress(&rest), [0, 30, 60, 90, 100]);
}

#[test]
fn another_device_is_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 100);
    let loader = Arc::new(numbers(data.plan().batch(10)));
    let expected = planned(&data.plan().batch(10));
    let there = loader.to_device(&Device::flex());
    let mut seen: Vec<_> = there.iter().take(4).map(Result::unwrap).collect();
    assert_eq!(loader.token().position(), 40);
    seen.extend(all(&*loader));
    assert_eq!(seen, expected);
    // Of two iterators the younger one moves the run; both give all that they began with.
    let run = numbers(data.plan().batch(10));
    let (mut elder, mut younger) = (run.iter(), run.iter());
    assert!(elder.next().is_some() && younger.next().is_some() && elder.next().is_some());
    assert_eq!(run.token().position(), 10);
    assert_eq!((elder.count(), younger.count()), (8, 9));
}

/// As burn's trainer splits a loader among devices.
#[test]
fn slices_share_each_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 101);
    let devices = [Device::flex(), Device::flex(), Device::flex()];
    for tail in [Tail::Drop, Tail::Pad, Tail::Uneven] {
        let plan = |epoch| data.plan().seed(7).epoch(epoch).batch(10).tail(tail);
        let loader = Arc::new(numbers(plan(0)));
        let parts = split_dataloader(Arc::clone(&loader) as Arc<dyn DataLoader<Vec<i64>>>, &devices);
        let epochs = (0..2).map(|epoch| planned(&plan(epoch)).concat());
        for expected in epochs {
            let batches: Vec<Vec<Vec<i64>>> = parts.iter().map(|part| all(&**part)).collect();
            for (part, batches) in parts.iter().zip(&batches) {
                assert_eq!(part.num_items(), batches.concat().len());
                let (last, full) = batches.split_last().unwrap();
                assert!(full.iter().all(|batch| batch.len() == 10) && last.len() <= 10);
            }
            assert_eq!(batches.concat().concat(), expected, "{tail}");
        }
        // The loader itself was not moved.
        assert_eq!((loader.token().epoch(), loader.token().position()), (0, 0));
    }
}

#[test]
fn slices_of_a_run_that_was_resumed_have_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 100);
    let loader = columns(data.plan().seed(7).batch(10).keys(true));
    loader.iter().take(4).for_each(drop);
    let expected = planned(&data.plan().seed(7).batch(10)).concat();
    let numbers = |part: &dyn DataLoader<Stacked<SampleBatch>>| -> Vec<i64> {
        part.iter().map(Result::unwrap).flat_map(|step| step.batch.number).collect()
    };
    let (gone, left, rest) = (loader.slice(0, 35), loader.slice(35, 63), loader.slice(63, 500));
    assert_eq!((gone.num_items(), left.num_items(), rest.num_items()), (35, 28, 37));
    assert!(numbers(&*gone).is_empty());
    assert_eq!(numbers(&*left), expected[40..63]);
    assert_eq!(numbers(&*rest), expected[63..]);
    // A slice of a slice, on another device; and then whole epochs.
    let inner = loader.slice(35, 63).slice(10, 20).to_device(&Device::flex());
    assert_eq!(numbers(&*inner), expected[45..55]);
    let next = planned(&data.plan().seed(7).epoch(1).batch(10)).concat();
    assert_eq!((numbers(&*inner), numbers(&*gone)), (next[45..55].to_vec(), next[..35].to_vec()));
    assert!(numbers(&*loader.slice(70, 20)).is_empty());
    let mut batches = left.iter();
    assert_eq!(batches.progress().items_processed, 0);
    let step = batches.next().unwrap().unwrap();
    assert_eq!((step.rows, step.keys.len(), batches.progress().items_processed), (10, 10, 10));
}

#[test]
fn a_bad_sample_is_an_error_in_the_place_of_its_batch() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 100);
    let bad = data.map(|sample| Sample { number: 100 / (sample.number - 50), ..sample }).map(|sample| sample);
    let plan = || bad.plan().seed(7).batch(10);
    let loader = PlanDataLoader::new(plan(), Numbers, Device::flex()).unwrap();
    let batches: Vec<_> = loader.iter().collect();
    assert_eq!(batches.len(), 10);
    let errors: Vec<_> = batches.iter().filter_map(|batch| batch.as_ref().err()).collect();
    assert_eq!(errors.len(), 1);
    let error = error_of(errors[0]).unwrap();
    assert_eq!(error.kind(), ErrorKind::Caller);
    assert!(error.shard().is_some_and(|shard| shard.ends_with("s-003.tar")), "{error:?}");
    assert_eq!(loader.token().position(), 100);

    // Left out by a policy, it is missing from its batch; a slice that cannot say whose the rows of that batch are says so.
    let skipping = bad.on_error(Policy::skip()).unwrap();
    let plan = || skipping.plan().seed(7).batch(10);
    let loader = numbers(plan());
    let lens: Vec<usize> = all(&loader).iter().map(Vec::len).collect();
    assert_eq!((lens.len(), lens.iter().sum::<usize>(), loader.num_items()), (10, 99, 100));
    let short = lens.iter().position(|len| *len == 9).unwrap();
    let within = numbers(plan()).slice(short * 10, short * 10 + 20);
    assert_eq!(all(&*within).concat().len(), 19);
    let cut = numbers(plan()).slice(short * 10 + 5, short * 10 + 20);
    let mut batches = cut.iter();
    let error = batches.next().unwrap().unwrap_err();
    assert_eq!(error_of(&error).unwrap().kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("slice at a multiple of 10 rows"), "{error}");
    assert_eq!(batches.map(|batch| batch.unwrap().len()).collect::<Vec<_>>(), [10]);
}

/// The last batch of an epoch is short by itself: what a policy leaves out of it leaves no doubt whose the others are.
#[test]
fn the_short_end_of_an_epoch_is_no_edge() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 105);
    let whole = all(&numbers(data.plan().seed(7).batch(10).tail(Tail::Uneven)));
    let last = whole.last().unwrap().clone();
    assert_eq!(last.len(), 5);
    let bad = last[2];
    let data = data.map(move |sample| Sample { number: 100 / (sample.number - bad), ..sample });
    let skipping = data.map(|sample| sample).on_error(Policy::skip()).unwrap();
    let end = numbers(skipping.plan().seed(7).batch(10).tail(Tail::Uneven)).slice(50, 105);
    assert_eq!(all(&*end).iter().map(Vec::len).sum::<usize>(), 54);
}

#[test]
fn what_does_not_fit_is_told_when_the_loader_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 100);
    let told = |plan: PlanBuilder<Sample>| {
        let error = PlanDataLoader::new(plan, Numbers, Device::flex()).unwrap_err();
        (error.kind(), format!("{error:#}"))
    };
    for (plan, expected) in [
        (data.plan(), "batch"),
        (data.plan().batch(10).ranks(3), "9 or 12"),
        (data.plan().batch(10).ranks(2).rank(2), "rank 2"),
    ] {
        let (kind, text) = told(plan);
        assert_eq!(kind, ErrorKind::InvalidInput);
        assert!(text.contains(expected), "{text}");
    }
    let other = tempfile::tempdir().unwrap();
    let token = numbers(dataset(other.path(), 90).plan().batch(10)).token();
    let (kind, text) = told(data.plan().resume(&token));
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert!(text.contains("90 samples, and not 100"), "{text}");
}

#[test]
fn a_shard_that_vanished_is_the_one_item() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 20);
    let loader = numbers(data.plan().batch(20));
    let part = loader.slice(0, 20);
    for name in ["s-000.tar", "s-001.tar"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    for loader in [&loader as &dyn DataLoader<Vec<i64>>, &*part] {
        let batches: Vec<_> = loader.iter().collect();
        assert_eq!(batches.len(), 1);
        let error = error_of(batches[0].as_ref().unwrap_err()).unwrap();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error:#}");
    }
}
