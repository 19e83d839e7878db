//! Queries that manifests answer in part: against those that read all, whatever is wrong with the manifests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::fs;
use std::path::{Path, PathBuf};

use atdata::dataset::{HowAsked, Tail, WhyRead};
use atdata::order::Order;
use atdata::query::Predicate;
use atdata::{Dataset, DictSample, ErrorKind, Packable, ReadOptions, ShardWriter};
use proptest::prelude::*;

use crate::queries::{Ask, Row, asks, rows};

/// What is beside a shard.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Beside {
    Manifest,
    Nothing,
    /// A header, and no rows.
    HeaderOnly,
    /// As Python writes it: of another shard, by what it says.
    Mislabelled,
    /// As Python writes it over that of a last shard.
    Empty,
    Cut,
    CutRows,
    /// Of a shard that has other samples with the same keys.
    Lying,
}

fn besides() -> impl Strategy<Value = Beside> {
    prop_oneof![4 => Just(Beside::Manifest), 1 => Just(Beside::Nothing), 1 => Just(Beside::HeaderOnly), 1 => Just(Beside::Mislabelled), 1 => Just(Beside::Empty), 1 => Just(Beside::Cut), 1 => Just(Beside::CutRows)]
}

fn write(path: &Path, rows: &[Row], contents: bool, manifest: bool) {
    if rows.is_empty() {
        // No writer of this library makes such, but others do.
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        return fs::write(path, [0; 1024]).unwrap();
    }
    let mut writer = ShardWriter::builder(path).contents(contents).manifest(manifest).build().unwrap();
    let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
    for (number, row) in rows.iter().enumerate() {
        writer.write_with_key(&format!("{stem}/{number}"), row).unwrap();
    }
    writer.finish().unwrap();
}

fn manifest_of(shard: &Path) -> [PathBuf; 2] {
    ["manifest.json", "manifest.parquet"].map(|ending| shard.with_extension(ending))
}

fn change(path: &Path, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, change(bytes)).unwrap();
}

/// The shard, and beside it that.
fn put(folder: &Path, number: usize, (rows, others): (&[Row], &[Row]), beside: Beside, contents: bool) -> PathBuf {
    let path = folder.join(format!("s{number}.tar"));
    write(&path, rows, contents, beside != Beside::Nothing);
    let [header, samples] = manifest_of(&path);
    if !header.exists() {
        return path;
    }
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    match beside {
        Beside::Manifest | Beside::Nothing => {}
        Beside::HeaderOnly => fs::remove_file(samples).unwrap(),
        Beside::Mislabelled => {
            change(&header, |bytes| text(bytes).replace("\"shard_id\": \"s", "\"shard_id\": \"another").into_bytes());
        }
        Beside::Empty => change(&header, |bytes| {
            let (count, none) = (format!("\"num_samples\": {}", rows.len()), "\"num_samples\": 0");
            text(bytes).replace(&count, none).into_bytes()
        }),
        Beside::Cut => change(&header, |bytes| bytes[..bytes.len() / 2].to_vec()),
        Beside::CutRows => change(&samples, |bytes| bytes[..bytes.len() / 2].to_vec()),
        Beside::Lying => {
            let other = folder.join("others").join(format!("s{number}.tar"));
            let others: Vec<Row> = others.iter().chain(rows).take(rows.len()).cloned().collect();
            write(&other, &others, false, true);
            for (from, to) in manifest_of(&other).iter().zip([header, samples]) {
                fs::copy(from, to).unwrap();
            }
        }
    }
    path
}

fn open<S: Packable + 'static>(shards: &[PathBuf], manifests: bool) -> Dataset<S> {
    let dataset = Dataset::<S>::open(shards.to_vec()).unwrap();
    dataset.with_options(ReadOptions::new().manifests(manifests))
}

/// The keys of what is chosen.
fn keys<S: Packable + 'static>(dataset: &Dataset<S>, predicate: &Predicate<S>) -> Vec<String> {
    let (chosen, mut keys) = (dataset.query(predicate).unwrap(), Vec::new());
    chosen
        .filter_keys(|key| {
            keys.push(key.to_owned());
            true
        })
        .unwrap();
    assert_eq!(chosen.len().unwrap(), keys.len());
    keys
}

type Made = (Vec<Row>, Beside, bool);

fn shards() -> impl Strategy<Value = Vec<Made>> {
    prop::collection::vec((prop::collection::vec(rows(), 0..5), besides(), any::<bool>()), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::with_cases(80) })]

    #[test]
    fn what_manifests_answer_is_what_the_samples_do(asked in prop::collection::vec(asks(), 4), made in shards(), all_contents in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let put = |(number, (rows, beside, contents)): (usize, &Made)| {
            put(folder.path(), number, (rows, &[]), *beside, *contents || all_contents)
        };
        let paths: Vec<_> = made.iter().enumerate().map(put).collect();
        for ask in asked {
            let predicate = ask.predicate();
            let (pruned, whole) = (open::<Row>(&paths, true), open::<Row>(&paths, false));
            let expected = keys(&whole, &predicate);
            prop_assert_eq!(&keys(&pruned, &predicate), &expected, "{} {}", predicate, pruned.explain(&predicate).unwrap());
            let read: Vec<Row> = pruned.query(&predicate).unwrap().ordered().map(Result::unwrap).collect();
            prop_assert_eq!(read.len(), expected.len());
            prop_assert!(read.iter().all(|row| ask.holds(row)));
            let untyped = predicate.clone().untyped();
            let (pruned, whole) = (open::<DictSample>(&paths, true), open::<DictSample>(&paths, false));
            prop_assert_eq!(&keys(&whole, &untyped), &expected);
            prop_assert_eq!(&keys(&pruned, &untyped), &expected, "{} {}", untyped, pruned.explain(&untyped).unwrap());
        }
    }

    /// What a manifest hides nobody finds without reading all; but what it claims is held against the samples.
    #[test]
    fn a_lie_never_gives_a_wrong_row(
        asked in prop::collection::vec(asks(), 4), rows in prop::collection::vec(rows(), 1..5), others in prop::collection::vec(rows(), 1..5),
        contents in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let paths = [put(folder.path(), 0, (&rows, &others), Beside::Lying, contents)];
        let right = |ask: &Ask, sample: Result<Row, atdata::Error>| match sample {
            Ok(row) => ask.holds(&row),
            Err(error) => error.kind() == ErrorKind::Conflict && error.key().is_some() && error.shard().is_some(),
        };
        for ask in asked {
            let chosen = open::<Row>(&paths, true).query(&ask.predicate()).unwrap();
            for sample in chosen.ordered() {
                prop_assert!(right(&ask, sample), "{:?}", ask);
            }
            // Batches are decoded straight from the bytes: these are held to it as well.
            let sound = chosen.ordered().take_while(Result::is_ok).count();
            let batches = chosen.plan().order(Order::Stored).batch(1).tail(Tail::Uneven).load();
            let loaded = batches.into_iter().flatten().take_while(Result::is_ok).count();
            prop_assert_eq!(loaded, sound, "{:?}", ask);
        }
    }
}

/// Shards of four rows each, with manifests.
fn numbered(folder: &Path, shards: i64, contents: bool) -> Vec<PathBuf> {
    let path = |shard: i64| folder.join(format!("n{shard}.tar"));
    for shard in 0..shards {
        let rows: Vec<Row> = (4 * shard..4 * shard + 4).map(crate::queries::row).collect();
        write(&path(shard), &rows, contents, true);
    }
    (0..shards).map(path).collect()
}

fn read_why(dataset: &Dataset<Row>, predicate: &Predicate<Row>) -> Option<WhyRead> {
    match dataset.explain(predicate).unwrap().shards.remove(0).how {
        HowAsked::Read { why } => Some(why),
        _ => None,
    }
}

#[test]
fn shards_that_are_left_out_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    for contents in [true, false] {
        let place = folder.path().join(contents.to_string());
        let paths = numbered(&place, 5, contents);
        let predicate = Row::count().between(9, 13) & Row::label().is_in(["cat", "dog"]);
        let whole = open::<Row>(&paths, false).query(&predicate).unwrap();
        let expected: Vec<i64> = whole.ordered().map(|row| row.unwrap().count).collect();
        // Only two of the shards have such samples: what is in the others shows nowhere, be it no shard at all.
        let times: Vec<_> = paths.iter().map(|path| fs::metadata(path).unwrap().modified().unwrap()).collect();
        for number in [0, 1, 4] {
            change(&paths[number], |bytes| bytes.iter().map(|byte| byte ^ 0x55).collect());
            fs::File::options().write(true).open(&paths[number]).unwrap().set_modified(times[number]).unwrap();
        }
        if contents {
            // These are held against the begin and the end of each shard.
            for path in &paths {
                fs::remove_file(path.with_extension("tar.atx")).unwrap();
            }
        }
        let rows = open::<Row>(&paths, true);
        let explanation = rows.explain(&predicate).unwrap();
        let left_out = |number: usize| matches!(&explanation.shards[number].how, HowAsked::LeftOut { by } if by[0].field == "count");
        assert!([0, 1, 4].into_iter().all(left_out), "{explanation}");
        assert!(matches!(explanation.shards[2].how, HowAsked::ByRows { open: 0, .. }), "{explanation}");
        let totals = explanation.totals();
        assert_eq!((totals.shards, totals.left_out, totals.by_rows, totals.read), (5, 3, 2, 0));
        assert!(totals.bytes_read > 0 && totals.samples == 20, "{totals}");
        let chosen = rows.query(&predicate).unwrap();
        assert_eq!(chosen.len().unwrap(), expected.len());
        let read = |of: &atdata::dataset::Composition<Row>| -> Vec<i64> {
            of.ordered().map(|row| row.unwrap().count).collect()
        };
        assert_eq!(read(&chosen), expected);
        assert_eq!(chosen.at(1).unwrap().count, expected[1]);
        // A key is looked for where there are samples.
        assert!(chosen.get(&format!("n{}/{}", expected[0] / 4, expected[0] % 4)).is_ok());
        assert_eq!(chosen.get("n0/0").unwrap_err().kind(), ErrorKind::NotFound);
        // Ranks, epochs and tokens.
        let plan = || rows.query(&predicate).unwrap().plan().seed(3).order(Order::Global).batch(1).tail(Tail::Uneven);
        let whole: Vec<_> = plan().load_samples().unwrap().map(|step| step.unwrap().batch).collect();
        let mut loader = plan().load_samples().unwrap();
        loader.next().unwrap().unwrap();
        let token = loader.token().unwrap();
        let rest: Vec<_> = rows
            .query(&predicate)
            .unwrap()
            .plan()
            .resume(&token)
            .load_samples()
            .unwrap()
            .map(|step| step.unwrap().batch)
            .collect();
        assert_eq!(rest, whole[1..]);
        let of_rank = |rank| {
            plan()
                .batch(2)
                .ranks(2)
                .rank(rank)
                .load_samples()
                .unwrap()
                .map(|step| step.unwrap().batch.len())
                .sum::<usize>()
        };
        assert_eq!(of_rank(0) + of_rank(1), expected.len());
    }
}

#[test]
fn what_a_manifest_does_not_say_is_asked_of_the_samples() {
    let folder = tempfile::tempdir().unwrap();
    let paths = numbered(folder.path(), 1, false);
    let [header, samples] = manifest_of(&paths[0]);
    let count = Row::count().eq(2);
    let rows = || open::<Row>(&paths, true);
    let of = |predicate: &Predicate<Row>| rows().query(predicate).unwrap().len().unwrap();
    // A field inside of another has no column, and what is beside it may decide all the same.
    let inside = Row::camera().then(crate::queries::Camera::iso()).gt(3);
    assert_eq!(read_why(&rows(), &inside), Some(WhyRead::NoColumn(Vec::new())));
    assert_eq!((read_why(&rows(), &(inside.clone() & count.clone())), of(&(!inside & count.clone()))), (None, 1));
    // Null may be a default, or another name, of another type than the one that the manifest was made by.
    let nulls = Row::score().is_null();
    assert_eq!((read_why(&rows(), &nulls), of(&nulls)), (None, 1));
    let off = open::<Row>(&paths, false);
    assert_eq!((read_why(&off, &count), off.query(&count).unwrap().len().unwrap()), (Some(WhyRead::Off), 1));
    let staged = rows().map(|row| row);
    assert_eq!(read_why(&staged, &count), Some(WhyRead::Stages));
    // Another shard, by its size.
    let text = fs::read_to_string(&header).unwrap();
    fs::write(&header, text.replace("\"size_bytes\": ", "\"size_bytes\": 9999999")).unwrap();
    assert_eq!((read_why(&rows(), &count), of(&count)), (Some(WhyRead::OtherShard), 1));
    // And by its keys, which are seen when the places of samples are looked for.
    fs::write(&header, &text).unwrap();
    let other = numbered(&folder.path().join("other"), 2, false).remove(1);
    let [other_header, other_samples] = manifest_of(&other);
    fs::copy(&other_header, &header).unwrap();
    fs::copy(&other_samples, &samples).unwrap();
    assert_eq!(read_why(&rows(), &Row::count().eq(6)), None);
    assert_eq!((of(&Row::count().ge(6)), of(&Row::label().eq("dog"))), (0, 1));
    // Older than the shard.
    let now = std::time::SystemTime::now() + std::time::Duration::from_mins(1);
    fs::File::options().write(true).open(&paths[0]).unwrap().set_modified(now).unwrap();
    assert_eq!((read_why(&rows(), &count), of(&count)), (Some(WhyRead::Older), 1));
}

#[test]
fn a_lie_is_told_with_what_the_manifest_and_the_sample_say() {
    let folder = tempfile::tempdir().unwrap();
    let (rows, others): (Vec<Row>, Vec<Row>) =
        ((0..3).map(crate::queries::row).collect(), (3..6).map(crate::queries::row).collect());
    let paths = [put(folder.path(), 0, (&rows, &others), Beside::Lying, true)];
    let chosen = open::<Row>(&paths, true).query(&Row::count().eq(4)).unwrap();
    let error = chosen.ordered().next().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Conflict, Some("s0/1")));
    assert!(error.shard().is_some_and(|shard| shard.ends_with("s0.tar")));
    let text = error.to_string();
    assert!(text.contains("says 4 of the field `count`, and the sample has 1"), "{text}");
}

#[test]
fn a_million_categories_and_deep_predicates_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let paths = numbered(folder.path(), 1, false);
    let [header, _] = manifest_of(&paths[0]);
    let mut deep = Row::count().eq(2);
    for _ in 0..10_000 {
        deep = !(deep & Row::label().ne("horse"));
    }
    let of = |predicate: &Predicate<Row>| {
        let [pruned, whole] = [true, false].map(|manifests| open::<Row>(&paths, manifests).query(predicate).unwrap());
        assert_eq!(pruned.len().unwrap(), whole.len().unwrap());
        pruned.len().unwrap()
    };
    assert_eq!(of(&deep), 1);
    let text = fs::read_to_string(&header).unwrap();
    let (before, after) = text.split_once("\"value_counts\": {").unwrap();
    for many in [900_000, 1_100_000] {
        let values: String = (0..many).fold(String::new(), |all, value| all + &format!("\"v{value}\": 0, "));
        fs::write(&header, format!("{before}\"value_counts\": {{{values}{after}")).unwrap();
        assert_eq!((of(&deep), of(&Row::label().eq("cat"))), (1, 2));
    }
}

/// Those that Python wrote, with its offsets, names of other shards and an empty last one.
#[test]
fn manifests_of_python_give_what_the_shards_do() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/atdata");
    let (folder, mut shards) = (tempfile::tempdir().unwrap(), Vec::new());
    for name in ["manifest_single", "manifest_nulls", "manifest_sharded"] {
        let to = folder.path().join(name);
        fs::create_dir(&to).unwrap();
        // A checkout has the files in any order; those of the shards are older here.
        let mut files: Vec<_> = fs::read_dir(fixtures.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort_by_key(|path| path.extension().is_none_or(|ending| ending != "tar"));
        for file in files {
            let copy = to.join(file.file_name().unwrap());
            fs::copy(&file, &copy).unwrap();
            let age = if copy.extension().is_some_and(|ending| ending == "tar") { 60 } else { 0 };
            let time = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
            fs::File::options().write(true).open(&copy).unwrap().set_modified(time).unwrap();
            if age > 0 {
                shards.push(copy);
            }
        }
    }
    assert!(shards.len() >= 3);
    let mut fields: Vec<String> = Vec::new();
    for shard in &shards {
        let sample = Dataset::<DictSample>::open(shard).unwrap().head(1).unwrap().remove(0);
        fields.extend(sample.iter().map(|(name, _)| name.to_owned()));
    }
    fields.sort();
    fields.dedup();
    let mut decided = 0;
    for field in fields.iter().filter(|field| field.chars().all(|c| c.is_alphanumeric() || c == '_')) {
        for test in [
            "= 1",
            "= 'cat'",
            "!= 0.5",
            "> 0.1",
            "<= 0.1",
            "= true",
            "!= false",
            "is null",
            "is nan",
            "contains 't0'",
            "contains 1",
            "in (0, 1, 'dog')",
            "between 0 and 1",
        ] {
            for text in [format!("`{field}` {test}"), format!("not `{field}` {test}")] {
                let predicate = Predicate::<DictSample>::parse(&text).unwrap();
                let (pruned, whole) = (open::<DictSample>(&shards, true), open::<DictSample>(&shards, false));
                let explanation = pruned.explain(&predicate).unwrap();
                decided += explanation.totals().left_out + explanation.totals().by_rows;
                assert_eq!(keys(&pruned, &predicate), keys(&whole, &predicate), "{text}\n{explanation}");
            }
        }
    }
    assert!(decided > 100, "{decided}");
}
