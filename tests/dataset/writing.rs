//! Writing datasets and going through them: shards, limits, keys, order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use atdata::shard::{ReadOptions, WrittenSample};
use atdata::{Dataset, DictSample, DynArray, Error, ErrorKind, Packable, ShardWriter, Shuffle, Written};
use atdata_tests::archive::{groups_of_file, tar};
use atdata_tests::types::{Arr, OneBytes, Text};
use atdata_tests::{fixtures, sha256};
use ndarray::Array1;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

fn text(label: i64) -> Text {
    Text { text: format!("text {label}"), label }
}

fn labels(samples: impl Iterator<Item = atdata::Result<Text>>) -> Vec<i64> {
    samples.map(|sample| sample.unwrap().label).collect()
}

/// 3 shards of 7, 7 and 6 samples.
fn written(folder: &Path) -> Written {
    let builder = ShardWriter::builder(folder.join("d-%02d.tar")).max_count(7);
    let written = builder.write_all((0..20).map(text)).unwrap();
    assert_eq!(written.shards.iter().map(|shard| shard.samples).collect::<Vec<_>>(), [7, 7, 6]);
    written
}

/// A change here changes the order of every shuffled run: it belongs in the changelog, under **Order**.
#[test]
fn the_order_of_a_seed_is_pinned() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = written(folder.path()).open::<Text>().unwrap();
    assert_eq!(labels(dataset.shuffled(42)), [12, 13, 7, 14, 10, 5, 11, 1, 9, 19, 3, 6, 2, 8, 17, 4, 0, 16, 18, 15]);
    assert_eq!(
        labels(dataset.shuffle(Shuffle::new(42).buffer(4))),
        [8, 10, 7, 13, 12, 1, 11, 9, 0, 2, 3, 6, 14, 4, 16, 5, 17, 15, 18, 19]
    );
    assert_eq!(
        labels(dataset.shuffle(Shuffle::new(7).buffer(1))),
        [14, 15, 16, 17, 18, 19, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
    );
}

#[test]
fn a_buffer_of_few_bytes_is_one_of_few_samples() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = written(folder.path()).open::<Text>().unwrap();
    let mut raw = dataset.raw();
    let first = raw.next().unwrap().unwrap();
    let size = (first.payload().len() + first.key().len()) as u64;
    let few = |bytes| labels(dataset.shuffle(Shuffle::new(42).buffer_bytes(bytes)));
    // Up to the sample with which they are too many.
    let of_four = few(size * 4 - 3);
    assert_eq!(of_four, labels(dataset.shuffle(Shuffle::new(42).buffer(4))));
    assert_eq!(few(0), labels(dataset.shuffle(Shuffle::new(42).buffer(1))));
    assert_eq!(few(1 << 30), labels(dataset.shuffled(42)), "what fits keeps its order");
    let mapped = dataset.with_options(ReadOptions::new().map_unchanging_files(true));
    assert_eq!(labels(mapped.shuffle(Shuffle::new(42).buffer_bytes(size * 4 - 3))), of_four);
}

/// A job of another language writes its shards in place: whoever reads one meanwhile gets an error at most.
#[test]
fn a_file_that_shrinks_while_it_is_read_is_a_truncated_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    Dataset::write(&path, (0..20).map(|_| OneBytes { data: vec![7; 1 << 20].into() })).unwrap();
    let mut samples = Dataset::<OneBytes>::open(&path).unwrap().ordered();
    assert!(samples.next().unwrap().is_ok());
    std::fs::File::options().write(true).open(&path).unwrap().set_len(5 << 20).unwrap();
    let read: Vec<_> = samples.collect();
    let error = read.iter().find_map(|sample| sample.as_ref().err()).expect("an error");
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(read.len() < 8);
}

#[test]
fn the_shards_are_a_value_without_the_type_of_their_samples() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = written(folder.path()).open::<Text>().unwrap().filter(|sample| sample.label > 3);
    let shards = dataset.untyped().clone().with_options(ReadOptions::new().require_end(true));
    assert_eq!(shards.list(), dataset.shards());
    let (mut raw, mut count) = (shards.raw(), 0);
    while let Some(sample) = raw.next() {
        sample.unwrap();
        count += 1;
    }
    assert_eq!(count, 20, "no stage applies");
}

#[test]
fn order_depends_on_the_seed_alone() {
    let folder = tempfile::tempdir().unwrap();
    let written = written(folder.path());
    let dataset = written.open::<Text>().unwrap();
    assert_eq!(labels(dataset.ordered()), (0..20).collect::<Vec<_>>());
    let order = labels(dataset.shuffled(1));
    assert_eq!(labels(dataset.shuffled(1)), order);
    assert_eq!(labels(written.open::<Text>().unwrap().shuffled(1)), order);
    assert_eq!(labels(dataset.clone().with_options(ReadOptions::new().map_unchanging_files(true)).shuffled(1)), order);
    assert_ne!(labels(dataset.shuffled(2)), order);
    let keyed: Vec<_> = dataset.shuffled(1).with_keys().map(|sample| sample.unwrap().1.label).collect();
    assert_eq!(keyed, order);
    let batched: Vec<_> = dataset.shuffled(1).batches(6).flat_map(|batch| batch.unwrap().label).collect();
    assert_eq!(batched, order);
    // Stages change what comes, not in which order.
    let even: Vec<_> = order.iter().copied().filter(|label| label % 2 == 0).collect();
    assert_eq!(labels(dataset.filter(|sample| sample.label % 2 == 0).shuffled(1)), even);
}

#[test]
fn what_was_written_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let written = written(folder.path());
    for (number, shard) in written.shards.iter().enumerate() {
        let bytes = std::fs::read(&shard.path).unwrap();
        assert_eq!(shard.bytes, bytes.len() as u64);
        assert_eq!(shard.sha256_hex(), Some(sha256(&bytes)));
        assert!(shard.path.is_absolute() && shard.path.ends_with(format!("d-{number:02}.tar")));
    }
    assert_eq!((written.samples(), written.open::<Text>().unwrap().len().unwrap()), (20, 20));
    let pattern = folder.path().join("d-{00..02}.tar");
    assert_eq!(Dataset::<Text>::open(pattern.to_str().unwrap()).unwrap().len().unwrap(), 20);
}

#[test]
fn fixed_keys_and_times_make_equal_samples_equal_files() {
    let folder = tempfile::tempdir().unwrap();
    for suffix in ["tar", "tar.gz", "tar.bz2", "tar.xz"] {
        let write = |name: &str| {
            let path = folder.path().join(format!("{name}.{suffix}"));
            let mut writer = ShardWriter::builder(path).mtime(0).build().unwrap();
            for label in 0..30 {
                writer.write_with_key(&format!("k{label:03}"), &text(label)).unwrap();
            }
            writer.finish().unwrap().shards[0].sha256
        };
        assert_eq!(write("a"), write("b"), "{suffix}");
    }
}

#[test]
fn a_write_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let empty = Dataset::<Text>::write(folder.path().join("empty.tar"), []).unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::InvalidInput);
    let failing = (0..5).map(|label| if label < 3 { Ok(text(label)) } else { Err("no more") });
    let builder = ShardWriter::builder(folder.path().join("failed-%d.tar")).max_count(2);
    let error = builder.try_write_all(failing).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Caller);
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no more");
    let mut dropped = ShardWriter::builder(folder.path().join("dropped.tar")).build().unwrap();
    dropped.write(&text(0)).unwrap();
    drop(dropped);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn keys_that_would_not_come_back_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = ShardWriter::builder(folder.path().join("d.tar")).build().unwrap();
    writer.write_with_key("a", &text(0)).unwrap();
    for key in ["", "a", "b.c", "d/b.c", "/a", "a/", "../a", "__meta__/a", "a\n"] {
        let error = writer.write_with_key(key, &text(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{key:?}");
    }
    writer.write_with_key("d.e/b", &text(1)).unwrap();
    let dataset = writer.finish().unwrap().open::<Text>().unwrap();
    assert_eq!(dataset.get("d.e/b").unwrap(), text(1));
    assert_eq!(dataset.len().unwrap(), 2);
}

#[test]
fn keys_that_are_made_sort_in_the_order_of_writing() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = Dataset::write(folder.path().join("d.tar"), (0..500).map(text)).unwrap().open::<Text>().unwrap();
    let keys: Vec<_> = dataset.iter().with_keys().map(|sample| sample.unwrap().0).collect();
    assert!(keys.is_sorted_by(|a, b| a < b));
}

#[test]
fn a_dataset_that_is_not_there_is_said_to_be_missing() {
    let error = Dataset::<Text>::open("no/such-{0..1}.tar").unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::NotFound, Some("no/such-0.tar")));
    assert_eq!(Dataset::<Text>::open(Vec::<String>::new()).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(Dataset::<Text>::open(fixtures::path("atdata")).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(Dataset::<Text>::open("pipe:cat x.tar").unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn an_error_leaves_no_hole_in_the_batches_around_it() {
    let damaged = fixtures::path("hostile/empty_msgpack.tar");
    let good = fixtures::path("hostile/msgpack_trailing.tar");
    let dataset = Dataset::<Arr>::open([damaged, good]).unwrap();
    let batches: Vec<_> = dataset.batches(2).map(|batch| batch.map(|batch| batch.name.len())).collect();
    let sizes: Vec<_> = batches.iter().map(|batch| batch.as_ref().ok().copied()).collect();
    assert_eq!(sizes, [None, Some(2), Some(1)]);
    assert_eq!(dataset.len().unwrap(), 4, "counted without decoding");
}

#[test]
fn a_damaged_shard_does_not_end_the_dataset() {
    let damaged = fixtures::path("hostile/truncated_in_data.tar");
    let good = fixtures::path("hostile/good.tar");
    let dataset = Dataset::<Arr>::open([damaged, good]).unwrap();
    let read: Vec<_> = dataset.iter().map(|sample| sample.is_ok()).collect();
    assert_eq!(read, [[true; 3].as_slice(), &[false], &[true; 6]].concat());
    assert_eq!(dataset.len().unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn a_missing_end_is_warned_of_or_refused() {
    let cut = fixtures::path("hostile/truncated_at_member_border.tar");
    let dataset = Dataset::<Arr>::open(&cut).unwrap();
    let mut samples = dataset.iter();
    assert_eq!(samples.by_ref().flatten().count(), 3);
    assert_eq!(samples.warnings().len(), 1);
    assert!(samples.warnings()[0].to_string().contains("expected the end-of-archive blocks at 6144"));
    let strict = dataset.with_options(ReadOptions::new().require_end(true));
    assert!(strict.iter().last().unwrap().is_err());
}

#[test]
fn a_listener_is_told_where_each_sample_went() {
    let folder = tempfile::tempdir().unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    for (name, limit) in [("a.tar", 3), ("b.tar.gz", 100)] {
        let heard = Arc::clone(&told);
        let listener = move |place: &WrittenSample<'_>, sample: Option<&Text>| {
            let label = sample.map(|sample| sample.label);
            heard.lock().unwrap().push((place.shard, place.key.to_owned(), place.members.to_vec(), label));
            Ok(())
        };
        let long = "k".repeat(300);
        let mut writer =
            ShardWriter::builder(folder.path().join(name)).max_count(limit).listener(listener).build().unwrap();
        for label in 0..7 {
            let key = if label == 4 { long.clone() } else { format!("k{label}") };
            writer.write_with_key(&key, &text(label)).unwrap();
        }
        let written = writer.finish().unwrap();
        let told = std::mem::take(&mut *told.lock().unwrap());
        assert_eq!(told.len(), 7);
        for (number, (shard, key, members, label)) in told.into_iter().enumerate() {
            assert_eq!(
                (shard, label),
                (number / usize::try_from(limit).unwrap(), Some(i64::try_from(number).unwrap()))
            );
            let [member] = &members[..] else { panic!("{members:?}") };
            let shard = Dataset::<Text>::open(&written.shards[shard].path).unwrap();
            let mut raw = shard.raw();
            let sample = loop {
                let sample = raw.next().unwrap().unwrap();
                if sample.key() == key {
                    break sample;
                }
            };
            assert_eq!((sample.offset(), sample.payload().len() as u64), (member.header, member.size));
            assert_eq!(
                (&member.field[..], member.data - member.header),
                ("msgpack", if number == 4 { 1536 } else { 512 })
            );
            assert_eq!(member.crc32c, crc32c::crc32c(sample.payload()));
            if name == "a.tar" {
                let range = member.data..member.data + member.size;
                assert_eq!(shard.shards()[0].read_at(range, &ReadOptions::new()).unwrap(), sample.payload());
            }
        }
    }
    assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283, "the check value of CRC-32C");
}

#[test]
fn a_listener_hears_of_copied_members_and_can_end_a_write() {
    let folder = tempfile::tempdir().unwrap();
    let (path, target) = (folder.path().join("a.tar"), folder.path().join("copy.tar"));
    let packed = text(1).pack();
    std::fs::write(&path, tar([("a.jpg", &b"jpg"[..]), ("a.msgpack", &packed), ("b.msgpack", &packed)])).unwrap();
    let source = Dataset::<Text>::open(&path).unwrap();
    let size = packed.len() as u64;
    let listener = move |place: &WrittenSample<'_>, sample: Option<&Text>| {
        assert!(sample.is_none());
        let fields: Vec<_> =
            place.members.iter().map(|member| (&member.field[..], member.header, member.size)).collect();
        match place.key {
            "a" => assert_eq!(fields, [("jpg", 0, 3), ("msgpack", 1024, size)]),
            key => return Err(Error::new(ErrorKind::Caller, format!("no {key}"))),
        }
        Ok(())
    };
    let mut writer = ShardWriter::builder(&target).listener(listener).build().unwrap();
    assert_eq!(writer.write_dataset(&source).unwrap_err().kind(), ErrorKind::Caller);
    assert!(writer.finish().is_err() && !target.exists());
}

/// Kinds of damage that a reader goes on behind: cut, a hole, one header gone, zeros where a download ended.
fn odd_shards(folder: &Path) -> Vec<std::path::PathBuf> {
    let whole = folder.join("whole.tar");
    Dataset::write(&whole, (0..40).map(text)).unwrap();
    let whole = std::fs::read(whole).unwrap();
    let with_zeros = |range: std::ops::Range<usize>| {
        let mut bytes = whole.clone();
        bytes[range].fill(0);
        bytes
    };
    let odd = [
        whole[..20_480].to_vec(),
        with_zeros(10_240..20_480),
        with_zeros(10_240..10_752),
        with_zeros(20_480..whole.len()),
        [&whole[..], b"garbage"].concat(),
    ];
    let write = |(at, bytes): (usize, &Vec<u8>)| {
        let path = folder.join(format!("odd-{at}.tar"));
        std::fs::write(&path, bytes).unwrap();
        path
    };
    odd.iter().enumerate().map(write).collect()
}

#[test]
fn what_is_left_of_a_damaged_shard_is_neither_counted_nor_copied() {
    let folder = tempfile::tempdir().unwrap();
    for path in odd_shards(folder.path()) {
        let dataset = Dataset::<Text>::open(&path).unwrap();
        let mut samples = dataset.ordered();
        assert!(samples.by_ref().all(|sample| sample.is_ok()));
        assert_eq!(samples.warnings().len(), 1, "{}", path.display());
        assert_eq!(dataset.len().unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(dataset.filter(|_| true).len().unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(dataset.select(&[3, 99]).unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(dataset.get("none").unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(dataset.head(2).unwrap().len(), 2);

        let target = folder.path().join("copy.tar");
        let writer = || ShardWriter::<Text>::builder(&target).build().unwrap();
        for dataset in [dataset.clone(), dataset.filter(|_| true)] {
            let error = writer().write_dataset(&dataset).unwrap_err();
            assert_eq!((error.kind(), error.shard()), (ErrorKind::Corrupt, path.to_str()));
        }
        let mut by_hand = writer();
        let mut raw = dataset.raw();
        while let Some(sample) = raw.next() {
            by_hand.write_raw(&sample.unwrap()).unwrap();
        }
        let error = by_hand.finish().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.to_string().contains("samples were copied from") && !target.exists(), "{error}");
    }
}

#[test]
fn a_stray_file_keeps_no_sample_from_being_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    let packed: Vec<_> = (0..4).map(|label| (format!("k{label}.msgpack"), text(label).pack())).collect();
    let stray =
        [("README.txt".to_owned(), b"x".to_vec()), ("twice.txt".to_owned(), vec![]), ("twice.TXT".to_owned(), vec![])];
    let members = [&stray[..], &packed].concat();
    std::fs::write(&path, tar(members.iter().map(|(name, data)| (name.as_str(), &data[..])))).unwrap();
    let dataset = Dataset::<Text>::open(&path).unwrap();
    assert_eq!(dataset.ordered().filter(Result::is_err).count(), 2);
    assert_eq!(dataset.get("k2").unwrap().label, 2);
    assert_eq!(dataset.len().unwrap(), 4);
    assert_eq!(dataset.filter(|sample| sample.label > 1).len().unwrap(), 2);
    assert_eq!(dataset.select(&[3, 0]).unwrap().into_iter().map(|sample| sample.label).collect::<Vec<_>>(), [3, 0]);
    assert_eq!(dataset.head(2).unwrap().len(), 2);
    assert!(!dataset.is_empty().unwrap());
    assert_eq!(dataset.get("README").unwrap_err().kind(), ErrorKind::SchemaMismatch, "it is what was asked for");
    assert_eq!(dataset.get("k9").unwrap_err().kind(), ErrorKind::NotFound);
    std::fs::write(&path, tar([("README.txt", &b"x"[..])])).unwrap();
    assert_eq!(Dataset::<Text>::open(&path).unwrap().len().unwrap_err().kind(), ErrorKind::SchemaMismatch);
}

#[test]
fn copies_carry_all_members_or_count_what_they_leave_out() {
    let folder = tempfile::tempdir().unwrap();
    let (path, target) = (folder.path().join("a.tar"), folder.path().join("copy.tar"));
    let (one, two) = (text(1).pack(), text(2).pack());
    let members: [(&str, &[u8]); 5] =
        [("d/a.JPG", b"jpg"), ("d/a.msgpack", &one), ("d/a.left.txt", &[7; 700]), ("b.msgpack", &two), ("b.json", b"")];
    std::fs::write(&path, tar(members)).unwrap();
    let dataset = Dataset::<Text>::open(&path).unwrap();
    let write = |dataset: &Dataset<Text>| {
        let mut writer = ShardWriter::builder(&target).build().unwrap();
        writer.write_dataset(dataset).unwrap();
        writer.finish().unwrap()
    };
    assert_eq!(write(&dataset).left_out, 0);
    let fields = |path: &Path| {
        let groups = groups_of_file(path).0.into_iter();
        groups.map(|group| (group.key, group.fields)).collect::<Vec<_>>()
    };
    assert_eq!(fields(&target), fields(&path));
    assert_eq!(write(&dataset.filter(|_| true)).left_out, 3);
    // And those of no sample.
    let stray = [&tar([("README", &b"hello"[..])])[..1024], &tar(members)].concat();
    std::fs::write(&path, stray).unwrap();
    assert_eq!((write(&dataset).left_out, write(&dataset.filter(|_| true)).left_out), (1, 4));
    std::fs::write(&path, tar(members)).unwrap();
    let mut writer = ShardWriter::<Text>::builder(&target).build().unwrap();
    let mut raw = dataset.raw();
    while let Some(sample) = raw.next() {
        writer.write_raw(&sample.unwrap()).unwrap();
    }
    let written = writer.finish().unwrap();
    assert_eq!((written.left_out, written.samples()), (3, 2));
    // And those that belong to no sample.
    std::fs::write(&path, tar([("readme", &b"x"[..]), ("a.msgpack", &one), ("d/._a.msgpack", b"x")])).unwrap();
    let dataset = Dataset::<Text>::open(&path).unwrap();
    assert_eq!([write(&dataset).left_out, write(&dataset.filter(|_| true)).left_out], [2, 2]);
}

#[test]
fn copies_of_one_sample_shards_do_not_mind_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..3).map(|shard| folder.path().join(format!("{shard}.tar"))).collect();
    for (label, path) in (0..).zip(&paths) {
        std::fs::write(path, tar([("000000.msgpack", &text(label).pack()[..])])).unwrap();
    }
    let dataset = Dataset::<Text>::open(paths).unwrap();
    for (name, dataset) in [("plain", dataset.clone()), ("staged", dataset.filter(|_| true))] {
        let mut writer = ShardWriter::builder(folder.path().join(format!("{name}.tar"))).max_count(9).build().unwrap();
        writer.write_dataset(&dataset).unwrap();
        let copy = writer.finish().unwrap();
        assert_eq!(copy.shards.len(), 3);
        assert_eq!(labels(copy.open::<Text>().unwrap().ordered()), [0, 1, 2]);
    }
}

#[test]
fn shards_of_an_earlier_and_longer_write_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |count: i64| {
        ShardWriter::builder(folder.path().join("a-%d.tar")).max_count(1).write_all((0..count).map(text)).unwrap()
    };
    assert!(write(4).leftover.is_empty());
    let names = [2, 3].map(|number| folder.path().join(format!("a-{number}.tar")));
    assert_eq!(write(2).leftover, names);
    // Behind one that is gone as well.
    write(6);
    std::fs::remove_file(&names[0]).unwrap();
    let names = [3, 4, 5].map(|number| folder.path().join(format!("a-{number}.tar")));
    assert_eq!(write(2).leftover, names);
}

#[cfg(unix)]
#[test]
fn shards_get_their_names_while_no_other_write_gives_some() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a-%d.tar");
    let held = std::fs::File::open(folder.path()).unwrap();
    held.lock().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let write = std::thread::spawn(move || {
        let written = ShardWriter::builder(path).max_count(1).write_all((0..3).map(text)).unwrap();
        tell.send(written.shards.len()).unwrap();
    });
    assert!(told.recv_timeout(std::time::Duration::from_millis(500)).is_err(), "the folder is another's");
    assert!(!folder.path().join("a-0.tar").exists());
    held.unlock().unwrap();
    assert_eq!(told.recv().unwrap(), 3);
    write.join().unwrap();
}

#[test]
#[should_panic(expected = "the columns of a batch are of different lengths")]
fn rows_of_a_batch_that_was_changed_by_hand_are_not_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut batch = written(folder.path()).open::<Text>().unwrap().batches(9).next().unwrap().unwrap();
    batch.label.pop();
    let _ = batch.to_samples();
}

#[test]
#[should_panic(expected = "the columns of a batch are of different lengths")]
fn rows_that_the_first_column_lacks_are_not_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut batch = written(folder.path()).open::<Text>().unwrap().batches(9).next().unwrap().unwrap();
    batch.text.pop();
    let _ = batch.to_samples();
}

#[test]
fn a_failing_map_names_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = written(folder.path()).open::<Text>().unwrap();
    let odd = dataset.try_map(|sample| if sample.label == 9 { Err("nine") } else { Ok(sample.label) });
    let (ok, errors): (Vec<_>, Vec<_>) = odd.iter().partition(Result::is_ok);
    assert_eq!((ok.len(), errors.len()), (19, 1));
    let error = errors[0].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Caller);
    assert!(error.shard().unwrap().ends_with("d-01.tar") && error.key().is_some());
    assert!(format!("{error:#}").ends_with("the mapping function failed: nine"), "{error:#}");
}

#[test]
fn samples_are_copied_without_a_type() {
    let folder = tempfile::tempdir().unwrap();
    let source = Dataset::<DictSample>::open(fixtures::path("atdata/dtypes/data.tar")).unwrap();
    let mut writer = ShardWriter::builder(folder.path().join("copy.tar.gz")).build().unwrap();
    for sample in source.iter().with_keys() {
        let (key, sample) = sample.unwrap();
        writer.write_with_key(&key, &sample).unwrap();
    }
    let copy = writer.finish().unwrap().open::<Arr>().unwrap();
    let (mut left, mut right) = (source.raw(), copy.raw());
    let mut count = 0;
    while let Some(sample) = left.next() {
        let (sample, copied) = (sample.unwrap(), right.next().unwrap().unwrap());
        assert_eq!((sample.key(), sample.payload()), (copied.key(), copied.payload()));
        count += 1;
    }
    assert_eq!(count, 104);
    assert!(right.next().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_written_is_read(
        keys in btree_set("[a-z0-9é][a-z0-9é_-]{0,11}(/[a-zA-Z0-9日 _-]{0,120}[a-z])?", 1..20),
        sizes in vec(0_usize..3000, 20),
        max_count in 1_u64..8,
        max_bytes in 10_240_u64..60_000,
        suffix in prop_oneof![Just("tar"), Just("tar.gz"), Just("tar.bz2"), Just("tar.xz")],
        mapped in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let builder = ShardWriter::builder(folder.path().join(format!("d.{suffix}")));
        let mut writer = builder.max_count(max_count).max_bytes(max_bytes).build().unwrap();
        let samples: Vec<_> = keys.iter().zip(&sizes).map(|(key, &size)| (key.clone(), OneBytes { data: vec![7; size].into() })).collect();
        for (key, sample) in &samples {
            writer.write_with_key(key, sample).unwrap();
        }
        let written = writer.finish().unwrap();
        for shard in &written.shards {
            prop_assert!(shard.samples <= max_count);
            prop_assert!(shard.samples == 1 || suffix != "tar" || shard.bytes <= max_bytes, "{shard:?}");
            let bytes = std::fs::read(&shard.path).unwrap();
            prop_assert_eq!((bytes.len() as u64, Some(sha256(&bytes))), (shard.bytes, shard.sha256_hex()));
        }
        prop_assert_eq!(written.samples(), samples.len() as u64);
        let options = ReadOptions::new().map_unchanging_files(mapped).require_end(true);
        let read: atdata::Result<Vec<_>> = written.open::<OneBytes>().unwrap().with_options(options).iter().with_keys().collect();
        prop_assert_eq!(read.unwrap(), samples);
    }

    #[test]
    fn a_shuffle_gives_each_sample_once(seed in any::<u64>(), buffer in 1_usize..30, shards in 1_u64..9) {
        let folder = tempfile::tempdir().unwrap();
        let builder = ShardWriter::builder(folder.path().join("d.tar")).max_count(shards);
        let dataset = builder.write_all((0..23).map(text)).unwrap().open::<Text>().unwrap();
        let shuffle = Shuffle::new(seed).buffer(buffer);
        let order = labels(dataset.shuffle(shuffle));
        prop_assert_eq!(&labels(dataset.shuffle(shuffle)), &order);
        let mut sorted = order;
        sorted.sort_unstable();
        prop_assert_eq!(sorted, (0..23).collect::<Vec<_>>());
    }

    #[test]
    fn batches_hold_the_samples_in_order(size in 1_usize..30, rows in 1_usize..26, len in 0_usize..6) {
        let folder = tempfile::tempdir().unwrap();
        let sample = |n: usize| Arr { name: n.to_string(), a: DynArray::from_array(&Array1::from_elem(len, n as u64)) };
        let samples: Vec<_> = (0..rows).map(sample).collect();
        let builder = ShardWriter::builder(folder.path().join("d.tar")).max_count(4);
        let dataset = builder.write_all(samples.clone()).unwrap().open::<Arr>().unwrap();
        let batches: Vec<_> = dataset.batches(size).map(Result::unwrap).collect();
        prop_assert!(batches.iter().rev().skip(1).all(|batch| batch.len() == size));
        let back: Vec<_> = batches.iter().flat_map(atdata_tests::types::ArrBatch::to_samples).collect();
        prop_assert_eq!(&back, &samples);
        prop_assert_eq!(dataset.select(&[rows - 1, 0]).unwrap(), [sample(rows - 1), sample(0)]);
        let mut raw = dataset.raw();
        prop_assert_eq!(raw.next().unwrap().unwrap().payload(), samples[0].pack());
    }
}
