//! Bad data as a policy: budgets, quarantines and what is read again of them, in order and by plans.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "these are tests")]

use std::collections::BTreeSet;
use std::path::Path;

use atdata::dataset::{PlanBuilder, Policy, Quarantined, Tail};
use atdata::order::Order;
use atdata::shard::Contents;
use atdata::{Dataset, DictSample, ErrorKind, Packable, ShardWriter};
use atdata_tests::sha256;
use ndarray::Array1;

#[derive(Packable, Clone, Debug, PartialEq)]
struct Number {
    number: i64,
}

/// Numbered samples in shards of 13; of these numbers the field has another name.
fn write(folder: &Path, count: i64, bad: &[i64], contents: bool) -> Dataset<Number> {
    let name = |number: i64| if bad.contains(&number) { "word" } else { "number" };
    let mut writer = ShardWriter::builder(folder.join("n-%03d.tar")).max_count(13).contents(contents).build().unwrap();
    for number in 0..count {
        let sample = DictSample::from_iter([(name(number), number)]);
        writer.write_with_key(&format!("{number:05}"), &sample).unwrap();
    }
    writer.finish().unwrap().open().unwrap()
}

fn rows(path: &Path) -> Vec<Quarantined> {
    Dataset::<Quarantined>::open(path).unwrap().ordered().map(Result::unwrap).collect()
}

fn keys(rows: &[Quarantined]) -> Vec<&str> {
    rows.iter().map(|row| row.key.as_deref().unwrap()).collect()
}

#[test]
fn bad_samples_are_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let data = write(folder.path(), 100, &[3, 40, 41], false);
    let skipping = data.on_error(Policy::skip().at_most(3)).unwrap();
    let good: Vec<i64> = (0..100).filter(|number| ![3, 40, 41].contains(number)).collect();
    let mut samples = skipping.ordered();
    let read: Vec<i64> = samples.by_ref().map(|sample| sample.unwrap().number).collect();
    assert_eq!((read, samples.skipped()), (good.clone(), 3));
    let mut batches = skipping.ordered().batches(10);
    let read: Vec<Vec<i64>> = batches.by_ref().map(|batch| batch.unwrap().number).collect();
    assert!(read.iter().take(9).all(|batch| batch.len() == 10), "no batch has a hole");
    assert_eq!((read.concat(), batches.skipped()), (good.clone(), 3));
    let shuffled: BTreeSet<i64> = skipping.shuffled(7).map(|sample| sample.unwrap().number).collect();
    assert_eq!(shuffled, good.iter().copied().collect());
    // Stages keep the policy, and their failures are bad samples as others are.
    let odd = skipping.on_error(Policy::skip()).unwrap();
    let odd = odd.try_map(|sample| if sample.number % 2 == 1 { Ok(sample.number) } else { Err("even") });
    let mut odd = odd.ordered();
    assert!(odd.by_ref().all(|number| number.unwrap() % 2 == 1));
    assert_eq!(odd.skipped(), 3 + good.iter().filter(|number| *number % 2 == 0).count() as u64);
    assert_eq!(data.ordered().filter(Result::is_err).count(), 3, "the default gives errors");
    assert_eq!(data.on_error(Policy::fail()).unwrap().ordered().filter(Result::is_err).count(), 3);
}

#[test]
fn a_budget_ends_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    let data = write(folder.path(), 100, &[3, 40, 41], true).on_error(Policy::skip().at_most(1)).unwrap();
    let mut samples = data.ordered();
    let error = samples.by_ref().find_map(Result::err).unwrap();
    assert_eq!((error.kind(), error.key()), (ErrorKind::SchemaMismatch, Some("00040")));
    let text = format!("{error:#}");
    assert!(text.contains("2 of 41 samples are bad, and the policy allows 1; the last one: "), "{text}");
    assert!(samples.next().is_none());
    let mut batches = data.ordered().batches(15);
    let read: Vec<_> = batches.by_ref().map(|batch| batch.map(|batch| batch.number.len())).collect();
    assert_eq!(
        read.iter().map(|batch| batch.as_ref().ok().copied()).collect::<Vec<_>>(),
        [Some(15), Some(15), Some(9), None]
    );
    // The same of a plan, whatever the number of threads.
    for threads in [0, 1, 4] {
        let plan = data.plan().order(Order::Stored).batch(10).threads(threads);
        let read: Vec<_> = plan.load().unwrap().map(|step| step.map(|step| step.rows)).collect();
        let rows: Vec<_> = read.iter().map(|step| step.as_ref().ok().copied()).collect();
        assert_eq!(rows, [Some(9), Some(10), Some(10), Some(10), None]);
    }
    let share = data.on_error(Policy::skip().at_most_share(0.05)).unwrap();
    assert_eq!(share.ordered().flatten().count(), 97, "the second may come after 20");
    assert!(data.on_error(Policy::skip().at_most_share(0.01)).unwrap().ordered().any(|sample| sample.is_err()));
}

fn loaded(builder: &PlanBuilder<Number>) -> Vec<Vec<i64>> {
    let steps = builder.load_samples().unwrap().map(Result::unwrap);
    steps.map(|step| step.batch.into_iter().map(|sample| sample.number).collect()).collect()
}

/// Ten of a thousand samples are damaged on the disk: ten rows come out, and everything else where it was planned.
#[test]
fn ranks_stay_together_over_samples_that_are_skipped() {
    for contents in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let data = write(folder.path(), 1000, &[], contents);
        let damaged: Vec<i64> = (0..10).map(|at| at * 97 + 5).collect();
        for number in &damaged {
            damage(folder.path(), *number);
        }
        let plan = |data: &Dataset<Number>| data.plan().seed(3).epoch(1).ranks(2).batch(16).tail(Tail::Pad);
        let expected = |rank| {
            let plan = plan(&data).build().unwrap();
            let good = |numbers: Vec<i64>| numbers.into_iter().filter(|number| !damaged.contains(number)).collect();
            let numbers =
                |step| plan.slots(rank, step).iter().map(|slot| i64::try_from(slot.sample).unwrap()).collect();
            (0..plan.steps()).map(numbers).map(good).collect::<Vec<Vec<i64>>>()
        };
        let path = folder.path().join("bad.tar");
        let skipping = data.on_error(Policy::quarantine(&path).at_most(20)).unwrap();
        let mut seen = Vec::new();
        for rank in 0..2 {
            for threads in [0, 1, 3] {
                let read = loaded(&plan(&skipping).rank(rank).threads(threads));
                assert_eq!(read, expected(rank), "{contents} {rank} {threads}");
            }
            let mut loader = plan(&skipping).rank(rank).load().unwrap();
            let mut tokens = Vec::new();
            while let Some(step) = loader.next() {
                let step = step.unwrap();
                // All that is padded was read before.
                assert_eq!(step.rows + step.skipped, 8);
                tokens.push(loader.token().unwrap());
            }
            seen.push(tokens);
            let rows = rows(&folder.path().join(format!("bad-{rank:06}.tar")));
            assert!(rows.iter().all(|row| damaged.contains(&i64::try_from(row.sample.unwrap()).unwrap())));
            assert!(rows.iter().all(|row| Path::new(&row.shard).is_absolute() && row.sample_type == "Number@1.0.0"));
        }
        assert_eq!(seen[0], seen[1], "the token of each step is that of all ranks");
        let all: BTreeSet<String> = (0..2)
            .flat_map(|rank| rows(&folder.path().join(format!("bad-{rank:06}.tar"))))
            .map(|row| row.key.unwrap())
            .collect();
        assert_eq!(all, damaged.iter().map(|number| format!("{number:05}")).collect());
    }
}

/// Makes the packed bytes of a sample something that is no sample.
fn damage(folder: &Path, number: i64) {
    let path = folder.join(format!("n-{:03}.tar", number / 13));
    let mut bytes = std::fs::read(&path).unwrap();
    let name = format!("{number:05}.msgpack");
    let header = bytes.windows(name.len()).position(|window| window == name.as_bytes()).unwrap();
    bytes[header + 512] = 0xc1;
    std::fs::write(path, bytes).unwrap();
}

#[derive(Packable, Clone, Debug, PartialEq)]
struct Grid {
    values: Array1<f32>,
}

/// That rows do not stack is said of the batch, whichever of them is the odd one: what comes behind it is not bad.
#[test]
fn an_array_of_another_shape_is_the_error_of_its_batch() {
    let folder = tempfile::tempdir().unwrap();
    let grids = (0..60).map(|number| Grid { values: Array1::zeros(if number == 20 { 4 } else { 3 }) });
    let builder = ShardWriter::builder(folder.path().join("g-%03d.tar")).max_count(13).contents(true);
    let grids = builder.write_all(grids).unwrap().open::<Grid>().unwrap().on_error(Policy::skip()).unwrap();
    for threads in [0, 2] {
        let mut loader = grids.plan().order(Order::Stored).batch(10).threads(threads).load().unwrap();
        let rows: Vec<_> = loader.by_ref().map(|step| step.map(|step| step.rows).map_err(|e| e.kind())).collect();
        let odd = Err(ErrorKind::SchemaMismatch);
        assert_eq!((rows, loader.skipped()), (vec![Ok(10), Ok(10), odd, Ok(10), Ok(10), Ok(10)], 0), "{threads}");
    }
    // In order the rows before and behind it are in batches, unless it is the first of one.
    let mut batches = grids.ordered().batches(7);
    let rows: Vec<_> = batches.by_ref().map(|batch| batch.map(|batch| batch.values.shape().to_vec()).ok()).collect();
    assert_eq!(rows.iter().flatten().map(|shape| shape[0]).sum::<usize>(), 59, "{rows:?}");
    assert_eq!((rows.iter().filter(|batch| batch.is_none()).count(), batches.skipped()), (1, 0));
}

/// Labels were written anew, with the times, the keys and the sizes that they had, and what was beside them left.
#[test]
fn a_shard_that_was_replaced_is_no_heap_of_bad_samples() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("n.tar");
    let write = |from: i64| {
        let mut writer = ShardWriter::builder(&path).mtime(1).contents(true).build().unwrap();
        for number in from..from + 20 {
            writer.write_with_key(&format!("{:05}", number - from), &Number { number }).unwrap();
        }
        writer.finish().unwrap().open::<Number>().unwrap()
    };
    let sidecar = Contents::path_of(&path);
    let policy = || Policy::quarantine(folder.path().join("bad.tar"));
    write(0);
    let before = std::fs::read(&sidecar).unwrap();
    let data = write(50).on_error(policy()).unwrap();
    std::fs::write(&sidecar, before).unwrap();
    let steps: Vec<_> = data.plan().order(Order::Stored).batch(5).threads(0).load().unwrap().collect();
    assert_eq!(steps.len(), 4);
    for error in steps.into_iter().map(Result::unwrap_err) {
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.to_string().contains("`atdata index-shards --force`"), "{error}");
    }
    // A header that is another one says it of one sample alone.
    let data = write(0).on_error(policy()).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(5).position(|window| window == b"00007").unwrap();
    bytes[at + 4] = b'9';
    std::fs::write(&path, bytes).unwrap();
    let steps: Vec<_> = data.plan().order(Order::Stored).batch(5).threads(0).load().unwrap().collect();
    assert_eq!(steps.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true, true]);
    assert!(!folder.path().join("bad.tar").exists());
}

#[test]
fn a_quarantine_says_where_what_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let data = write(folder.path(), 100, &[17, 60], true);
    let path = folder.path().join("bad.tar");
    let skipping = data.on_error(Policy::quarantine(&path)).unwrap();
    assert_eq!(skipping.ordered().count(), 98);
    let found = rows(&path);
    assert_eq!(keys(&found), ["00017", "00060"]);
    let mut raw = data.raw();
    let mut packed = None;
    while let Some(sample) = raw.next() {
        let sample = sample.unwrap();
        if sample.key() == "00017" {
            packed = Some((sample.offset(), sample.payload().to_vec()));
        }
    }
    let (offset, packed) = packed.unwrap();
    let row = &found[0];
    assert_eq!((row.offset, row.kind.as_str(), row.sample), (Some(offset), "schema mismatch", None));
    assert!(row.shard.ends_with("n-001.tar") && row.cause.contains("unknown field \"word\""), "{row:?}");
    assert!(!row.cause.contains("n-001.tar"), "the place is in columns of its own: {}", row.cause);
    assert_eq!(row.digest.as_deref(), Some(sha256(&packed).as_str()));
    // Whoever meets them again, in order or by a plan, adds nothing.
    assert_eq!(skipping.ordered().count(), 98);
    let again = data.on_error(Policy::quarantine(&path)).unwrap();
    assert_eq!(again.plan().batch(10).load().unwrap().map(|step| step.unwrap().rows).sum::<usize>(), 98);
    assert_eq!(rows(&path), found);
    // Another run adds its own.
    let odd = again.try_map(|sample| if sample.number == 5 { Err("odd") } else { Ok(sample) });
    assert_eq!(odd.ordered().count(), 97);
    assert_eq!(keys(&rows(&path)), ["00017", "00060", "00005"]);
}

#[test]
fn a_quarantine_is_there_before_the_reader_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.tar");
    let data = write(folder.path(), 100, &[2, 4, 6, 50], true).on_error(Policy::quarantine(&path)).unwrap();
    let mut samples = data.ordered();
    let _ = samples.by_ref().nth(10).unwrap().unwrap();
    // Three so far, of which the first two were written when they came.
    assert_eq!(keys(&rows(&path)), ["00002", "00004"]);
    drop(samples);
    assert_eq!(keys(&rows(&path)), ["00002", "00004", "00006"]);
}

#[test]
fn what_is_no_quarantine_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let data = write(folder.path(), 20, &[], false);
    let shard = folder.path().join("n-000.tar");
    let before = std::fs::read(&shard).unwrap();
    let error = data.on_error(Policy::quarantine(&shard)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
    assert_eq!(std::fs::read(&shard).unwrap(), before);
}

#[test]
fn what_is_wrong_with_the_disk_is_no_bad_sample() {
    let folder = tempfile::tempdir().unwrap();
    let data = write(folder.path(), 100, &[], false).on_error(Policy::skip()).unwrap();
    std::fs::remove_file(folder.path().join("n-003.tar")).unwrap();
    let errors: Vec<_> = data.ordered().filter_map(Result::err).collect();
    assert_eq!(errors.iter().map(atdata::Error::kind).collect::<Vec<_>>(), [ErrorKind::NotFound]);
    // A shard that ends too early is one bad sample, and the next shard follows.
    let cut = folder.path().join("n-004.tar");
    let bytes = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &bytes[..2300]).unwrap();
    let mut samples = data.ordered();
    let read = samples.by_ref().flatten().count();
    assert_eq!((read, samples.skipped()), (100 - 13 - 13 + 2, 1));
}

#[test]
fn a_quarantine_is_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.tar");
    let data = write(folder.path(), 100, &[17, 60, 61], false);
    let cut = folder.path().join("n-007.tar");
    let whole = std::fs::read(&cut).unwrap();
    // Two samples of the last shard but one are there, and a part of the third.
    std::fs::write(&cut, &whole[..2300]).unwrap();
    let skipping = data.on_error(Policy::quarantine(&path)).unwrap();
    assert_eq!(skipping.ordered().count(), 100 - 3 - 7);
    let found = rows(&path);
    assert_eq!(found.len(), 4);
    let replayed: Vec<_> = data.replay(found.clone()).collect();
    assert!(replayed.iter().all(|replayed| replayed.sample.is_err()));

    // One was mended, one is gone, and the shard is whole again.
    write(folder.path(), 100, &[60], false);
    let mut outcome = Vec::new();
    for replayed in data.replay(found) {
        let number = replayed.sample.as_ref().ok().map(|sample| sample.number);
        outcome.push((replayed.key, number));
    }
    let key = |number: i64| Some(format!("{number:05}"));
    let mut expected = vec![(key(17), Some(17)), (key(60), None), (key(61), Some(61))];
    expected.extend((93..100).map(|number| (key(number), Some(number))));
    assert_eq!(outcome, expected);
    let mut foreign = rows(&path)[0].clone();
    foreign.shard = "/elsewhere/x.tar".into();
    foreign.key = Some("a".into());
    let replayed: Vec<_> = data.replay([foreign]).collect();
    let error = replayed[0].sample.as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("no shard of the dataset"), "{error}");
}

/// Two readers with a handle each, of which one has rows that the other does not know when it writes.
#[test]
fn a_quarantine_of_several_readers_has_the_rows_of_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.tar");
    let data = write(folder.path(), 100, &[3, 40, 41, 80], true);
    let [early, late] = [(), ()].map(|()| data.on_error(Policy::quarantine(&path)).unwrap());
    let mut early = early.ordered();
    let _ = early.by_ref().nth(45).unwrap().unwrap();
    let late = late.try_map(|sample| if sample.number == 90 { Err("odd") } else { Ok(sample) });
    assert_eq!(late.ordered().count(), 95);
    drop(early);
    assert_eq!(keys(&rows(&path)), ["00003", "00040", "00041", "00080", "00090"]);
    // At the same time.
    let together = folder.path().join("together.tar");
    std::thread::scope(|scope| {
        for number in 0..4 {
            let (folder, together) = (folder.path().join(format!("{number}")), &together);
            scope.spawn(move || {
                std::fs::create_dir(&folder).unwrap();
                let data = write(&folder, 60, &[1, 12, 33, 34, 59], false);
                assert_eq!(data.on_error(Policy::quarantine(together)).unwrap().ordered().count(), 55);
            });
        }
    });
    assert_eq!(rows(&together).len(), 20);
}

#[test]
fn shards_that_are_processed_have_one_budget_and_each_rank_a_quarantine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.tar");
    let data = write(folder.path(), 52, &[3, 20, 30, 45], false);
    let run = |policy: Policy, ranks, rank| {
        let shards = data.on_error(policy).unwrap().process_shards().ranks(ranks).rank(rank).threads(1);
        let count =
            |_, shard: Dataset<Number>| shard.ordered().map(|sample| sample.map(|_| 1)).sum::<atdata::Result<i64>>();
        shards.run(count).unwrap()
    };
    for (rank, bad) in [(0, ["00003", "00030"]), (1, ["00020", "00045"])] {
        assert!(run(Policy::quarantine(&path), 2, rank).failed.is_empty());
        assert_eq!(keys(&rows(&folder.path().join(format!("bad-{rank:06}.tar")))), bad);
    }
    assert!(!path.exists());
    let spent = run(Policy::skip().at_most(2), 1, 0);
    assert_eq!(spent.results, [(0, 12), (1, 12)]);
    assert_eq!(spent.failed.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 3]);
    let text = format!("{:#}", spent.failed[0].1);
    assert!(text.contains("3 of 31 samples are bad, and the policy allows 2"), "{text}");
    // A place for the number of a rank has one where there are no others.
    assert_eq!(run(Policy::quarantine(folder.path().join("of-%02d.tar")), 1, 0).failed.len(), 0);
    assert_eq!(rows(&folder.path().join("of-00.tar")).len(), 4);
}

#[test]
fn a_sample_that_is_repeated_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = write(folder.path(), 30, &[7], true).on_error(Policy::skip().at_most(1)).unwrap();
    let mut loader = data.repeat(3).plan().batch(10).load_samples().unwrap();
    assert_eq!(loader.by_ref().map(|step| step.unwrap().rows).sum::<usize>(), 87);
    assert_eq!(loader.skipped(), 3);
    assert_eq!(loader.size_hint(), (0, Some(1)), "only saving may fail");
}

/// What is wrong with the disk of the quarantine is told behind the batch, which is sound.
#[test]
fn no_batch_is_lost_to_a_quarantine_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.tar");
    let data = write(folder.path(), 50, &[3, 5, 14], true);
    for threads in [0, 2] {
        let data = data.on_error(Policy::quarantine(&path)).unwrap();
        std::fs::create_dir(&path).unwrap();
        let steps: Vec<_> = data.plan().order(Order::Stored).batch(10).threads(threads).load().unwrap().collect();
        let rows: Vec<_> = steps.iter().map(|step| step.as_ref().ok().map(|step| step.rows)).collect();
        assert_eq!(rows[..4], [Some(8), None, Some(9), None]);
        assert_eq!(rows.iter().flatten().sum::<usize>(), 47, "{rows:?}");
        std::fs::remove_dir(&path).unwrap();
    }
}

/// Rows of two ranks for one sample, by two names of its shard.
#[test]
fn a_sample_with_several_rows_is_given_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.tar");
    let data = write(folder.path(), 30, &[17, 20], false);
    assert_eq!(data.on_error(Policy::quarantine(&path)).unwrap().ordered().count(), 28);
    let mut found = rows(&path);
    found.extend(rows(&path));
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    found[0].shard = folder.path().join("sub").join("..").join("n-001.tar").to_string_lossy().into_owned();
    let data = write(folder.path(), 30, &[], false);
    let replayed: Vec<_> = data.replay(found).map(|replayed| (replayed.key, replayed.sample.unwrap().number)).collect();
    assert_eq!(replayed, [(Some("00017".to_owned()), 17), (Some("00020".to_owned()), 20)]);
}
