//! Shard by shard: in parallel, by rank, with checkpoints and outputs that appear whole.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "these are tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Barrier, Mutex};

use atdata::dataset::Processed;
use atdata::shard::WriteOptions;
use atdata::{Dataset, ErrorKind, Packable, ShardWriter};

#[derive(Packable, Clone, Debug, PartialEq)]
struct Number {
    number: i64,
}

/// Ten shards of five numbers.
fn numbers(folder: &Path) -> Dataset<Number> {
    let builder = ShardWriter::builder(folder.join("n-%03d.tar")).max_count(5);
    builder.write_all((0..50).map(|number| Number { number })).unwrap().open().unwrap()
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn sum(dataset: &Dataset<Number>) -> Result<i64, Failure> {
    dataset.ordered().map(|sample| Ok(sample?.number)).sum()
}

#[test]
fn each_shard_is_processed_once_by_one_of_the_ranks() {
    let folder = tempfile::tempdir().unwrap();
    let data = numbers(folder.path());
    // Stages apply, and each dataset is of one shard.
    let doubled = data.map(|sample| Number { number: 2 * sample.number });
    let mut all = Vec::new();
    for rank in 0..3 {
        let processed = doubled.process_shards().ranks(3).rank(rank).threads(2).run(|number, shard| {
            assert_eq!(shard.shards(), &doubled.shards()[number..=number]);
            sum(&shard)
        });
        let results = processed.unwrap().into_result().unwrap();
        assert!(results.is_sorted() && results.iter().all(|(number, _)| *number as u64 % 3 == rank));
        all.extend(results);
    }
    all.sort_unstable();
    let expected: Vec<_> =
        (0..10).zip(0..10_usize).map(|(at, number)| (number, 2 * (0..5).map(|n| 5 * at + n).sum::<i64>())).collect();
    assert_eq!(all, expected);
    // Two at a time: each waits for another.
    let both = Barrier::new(2);
    let processed = data.process_shards().threads(2).run(|_, _| {
        both.wait();
        Ok::<_, Failure>(())
    });
    assert_eq!(processed.unwrap().results.len(), 10);
    for (ranks, rank) in [(0, 0), (2, 2)] {
        let error = data.process_shards().ranks(ranks).rank(rank).run(|_, _| Ok::<_, Failure>(())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn shards_that_fail_are_told_and_done_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let data = numbers(folder.path());
    let done = folder.path().join("done");
    let seen = Mutex::new(BTreeSet::new());
    let run = |ranks, rank, broken: bool| {
        data.process_shards().ranks(ranks).rank(rank).threads(3).checkpoint(&done).run(|number, shard| {
            assert!(seen.lock().unwrap().insert(number), "{number} was done");
            match number {
                3 if broken => Err("no".into()),
                4 if broken => panic!("cannot bear {number}"),
                _ => sum(&shard),
            }
        })
    };
    let first = run(1, 0, true).unwrap();
    assert_eq!((first.results.len(), first.done_before.len(), first.failed.len()), (8, 0, 2));
    let told: Vec<_> =
        first.failed.iter().map(|(number, error)| (*number, error.kind(), format!("{error:#}"))).collect();
    assert!(told[0].0 == 3 && told[0].2.ends_with("n-003.tar: the function of the shard failed: no"), "{told:?}");
    assert!(told[1].0 == 4 && told[1].2.ends_with("panicked: cannot bear 4"), "{told:?}");
    let error = first.into_result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Caller);
    assert!(error.to_string().contains("2 of 10 shards failed; the first: "), "{error}");
    // Only what is left, whatever the number of ranks.
    seen.lock().unwrap().retain(|number| ![3, 4].contains(number));
    for rank in 0..4 {
        let next = run(4, rank, false).unwrap();
        assert!(next.failed.is_empty() && next.results.iter().all(|(number, _)| [3, 4].contains(number)));
    }
    assert_eq!(seen.lock().unwrap().len(), 10);
    assert_eq!(run(1, 0, false).unwrap().done_before, (0..10).collect::<Vec<_>>());
}

#[test]
fn a_checkpoint_that_a_kill_cut_is_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let data = numbers(folder.path());
    let done = folder.path().join("done");
    let run = |data: &Dataset<Number>| {
        data.process_shards().threads(1).checkpoint(&done).run(|number, _| Ok::<_, Failure>(number))
    };
    assert_eq!(run(&data).unwrap().results.len(), 10);
    let file = done.join("rank-000000.done");
    let text = fs::read_to_string(&file).unwrap();
    let first: Vec<&str> = text.lines().next().unwrap().split('\t').collect();
    let size = fs::metadata(folder.path().join("n-000.tar")).unwrap().len();
    assert!(first[0] == "0" && first[1].starts_with(&format!("{size} ")) && first[2] == "n-000.tar", "{first:?}");
    for cut in [text.len() - 1, text.len() - 4, text.len() - 20] {
        fs::write(&file, &text[..cut]).unwrap();
        let left = 10 - text[..cut].matches('\n').count();
        assert_eq!(run(&data).unwrap().results.len(), left, "{cut}");
        assert!(run(&data).unwrap().results.is_empty(), "{cut}");
    }
    // Another state of the shards, and another dataset.
    Dataset::write(folder.path().join("n-002.tar"), [Number { number: 1 }]).unwrap();
    let error = run(&data).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("its shard 2 is \"") && error.to_string().contains("n-002.tar"), "{error}");
    let fewer = Dataset::<Number>::open(folder.path().join("n-000.tar")).unwrap();
    assert!(run(&fewer).unwrap_err().to_string().contains("and not \"none\""));
}

#[test]
fn outputs_are_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let data = numbers(folder.path());
    let pattern = folder.path().join("out/o-%03d.tar");
    let run = |broken: bool| {
        let options = WriteOptions::new().contents(true);
        data.process_shards().checkpoint(folder.path().join("done")).write(&pattern, &options, |shard, writer| {
            for sample in shard.ordered().with_keys() {
                let (key, sample) = sample?;
                match sample.number {
                    7 if broken => return Err(Failure::from("no")),
                    // Of the third shard nothing is left.
                    10..15 => {}
                    _ => writer.write_with_key(&key, &Number { number: -sample.number })?,
                }
            }
            Ok(())
        })
    };
    // An earlier run had something of it.
    fs::create_dir(folder.path().join("out")).unwrap();
    let old = ["out/o-002.tar", "out/o-002.tar.atx"].map(|name| folder.path().join(name));
    for old in &old {
        fs::write(old, "old").unwrap();
    }
    let first = run(true).unwrap();
    assert!(!old.iter().any(|old| old.exists()));
    assert_eq!(first.failed.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1]);
    assert_eq!(first.results[1], (2, Vec::new()));
    let names = || {
        let found = fs::read_dir(folder.path().join("out"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        found.filter(|name| !name.contains(".atx")).collect::<BTreeSet<_>>()
    };
    let expected = |without: &[usize]| {
        (0..10).filter(|n| !without.contains(n)).map(|n| format!("o-{n:03}.tar")).collect::<BTreeSet<_>>()
    };
    assert_eq!(names(), expected(&[1, 2]));
    let second = run(false).unwrap();
    assert_eq!(
        second.results.iter().map(|(number, shards)| (*number, shards[0].samples)).collect::<Vec<_>>(),
        [(1, 5)]
    );
    assert_eq!(names(), expected(&[2]));
    assert!(folder.path().join("out/o-001.tar.atx").exists());
    let shards: Vec<_> = names().into_iter().map(|name| folder.path().join("out").join(name)).collect();
    let all: Vec<i64> =
        Dataset::<Number>::open(shards).unwrap().ordered().map(|sample| -sample.unwrap().number).collect();
    assert_eq!(all, (0..10).chain(15..50).collect::<Vec<_>>());
    let error = data
        .process_shards()
        .write("x-%s.tar", &WriteOptions::new(), |_, _: &mut ShardWriter<Number>| Ok::<_, Failure>(()));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
}

/// What is done is so as long as its output is there, and of one function alone.
#[test]
fn a_checkpoint_is_of_one_work() {
    let folder = tempfile::tempdir().unwrap();
    let data = numbers(folder.path());
    let done = folder.path().join("done");
    let write = |name: &str| {
        let shards = data.process_shards().threads(1).checkpoint(&done);
        shards.write(folder.path().join(name), &WriteOptions::new(), |shard, writer: &mut ShardWriter<Number>| {
            shard.ordered().try_for_each(|sample| writer.write(&sample?))
        })
    };
    let numbers = |processed: Processed<_>| processed.results.iter().map(|(number, _)| *number).collect::<Vec<_>>();
    assert_eq!(numbers(write("one-%03d.tar").unwrap()).len(), 10);
    let error = write("two-%03d.tar").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("wrote \"one-000.tar\", and this writes \"two-000.tar\""), "{error}");
    let error = data.process_shards().checkpoint(&done).run(|_, shard| sum(&shard)).unwrap_err();
    assert!(error.to_string().contains("wrote \"one-000.tar\", and this writes no shard"), "{error}");
    let output = |number| folder.path().join(format!("one-{number:03}.tar"));
    fs::remove_file(output(3)).unwrap();
    fs::write(output(4), "cut").unwrap();
    assert_eq!(numbers(write("one-%03d.tar").unwrap()), [3, 4]);
    assert!(numbers(write("one-%03d.tar").unwrap()).is_empty());
    assert_eq!(Dataset::<Number>::open(output(4)).unwrap().len().unwrap(), 5);
}
