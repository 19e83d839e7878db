//! Contents by the indexes that other programs have of shards, which are held against the shards.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::fs;
use std::path::{Path, PathBuf};

use atdata::dataset::{IndexOptions, Indexed};
use atdata::shard::{Contents, ImportFormat};
use atdata::{Dataset, DictSample, Error, ErrorKind, Group, ReadOptions};
use proptest::prelude::*;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/other_indexes").join(name)
}

/// The shard that the others indexed, in a folder of its own, with that index.
fn shard(index: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    fs::copy(fixture("x.tar"), &path).unwrap();
    fs::copy(fixture(index), folder.path().join(index)).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("x.tar", folder.path().join("x.barecat-shard-00000")).unwrap();
    (folder, path)
}

fn import_with(path: &Path, format: &str, from: Option<&Path>, how: IndexOptions) -> atdata::Result<Indexed> {
    let format: ImportFormat = format.parse().unwrap();
    let mut first = None;
    let shards = Dataset::<Group>::open(path)?.untyped().clone();
    let indexed = shards.import(format, from, how, &|_| (), &mut |error: Error| {
        first.get_or_insert(error);
    })?;
    first.map_or(Ok(indexed), Err)
}

fn import(path: &Path, format: &str, from: Option<&Path>) -> atdata::Result<Indexed> {
    import_with(path, format, from, IndexOptions::new())
}

/// Those that were made are those of the shard, but for checksums of what members hold.
#[track_caller]
fn check(path: &Path, has_crcs: bool) {
    let (made, scanned) = (Contents::open(path).unwrap().unwrap(), Contents::scan(path, &ReadOptions::new()).unwrap());
    assert_eq!((made.samples(), made.digest()), (scanned.samples(), scanned.digest()));
    for number in 0..made.samples() {
        let (sample, mut expected) = (made.sample(number).unwrap(), scanned.sample(number).unwrap());
        if !has_crcs {
            expected.members.iter_mut().for_each(|member| member.crc32c = None);
        }
        assert_eq!(sample, expected);
        assert_eq!(made.find(&sample.key).unwrap(), Some(number));
    }
    assert_eq!(made.as_bytes() == scanned.as_bytes(), has_crcs);
    let dataset = Dataset::<Group>::open(path).unwrap();
    let all: Vec<Group> = dataset.ordered().map(Result::unwrap).collect();
    assert_eq!(dataset.len().unwrap(), all.len());
    for (number, group) in all.iter().enumerate() {
        assert_eq!(&dataset.at(number).unwrap().fields, &group.fields);
        assert_eq!(&dataset.get(group.key()).unwrap().fields, &group.fields);
    }
}

#[test]
fn of_energon_webshart_and_barecat_contents_are_made_that_are_those_of_the_shard() {
    for (format, index, is_of_all) in
        [("energon", "x.tar.idx", false), ("webshart", "x.json", false), ("barecat", "x.barecat", true)]
    {
        if cfg!(not(unix)) && is_of_all {
            continue;
        }
        let (folder, path) = shard(index);
        let index = folder.path().join(index);
        let from = is_of_all.then_some(&*index);
        let made = import(&path, format, from).unwrap();
        assert_eq!((made.made, made.kept, made.failed, made.samples > 0), (1, 0, 0, true));
        check(&path, false);
        // What is there is kept, and nothing of the index is read.
        let scanned = Contents::scan(&path, &ReadOptions::new()).unwrap();
        scanned.save(&path).unwrap();
        if !is_of_all {
            fs::remove_file(&index).unwrap();
            assert_eq!(import(&path, format, from).unwrap().kept, 1);
        }
        // From elsewhere.
        fs::remove_file(Contents::path_of(&path)).unwrap();
        let away = fixture("x.tar");
        let from = if is_of_all { index } else { away.parent().unwrap().to_owned() };
        import(&path, format, Some(&from)).unwrap();
        check(&path, false);
    }
}

#[test]
fn wids_says_how_many_samples_there_are_and_no_more() {
    let (folder, path) = shard("x.json");
    let index = folder.path().join("index.json");
    Dataset::<Group>::open(&path).unwrap().untyped().export("wids".parse().unwrap(), Some(&index), 1, &|_| ()).unwrap();
    let error = import(&path, "wids", None).unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains("--from FILE)"), "{error}");
    import(&path, "wids", Some(&index)).unwrap();
    check(&path, false);
    let sound = fs::read_to_string(&index).unwrap();
    for (from, to, told) in [
        ("\"nsamples\": 7", "\"nsamples\": 8", "wids counts 7 samples, and 8"),
        ("\"filesize\": 30720", "\"filesize\": 30721", "has 30720 bytes, and 30721"),
        ("\"x.tar\"", "\"y.tar\"", "not in the index"),
    ] {
        assert!(sound.contains(from));
        fs::write(&index, sound.replace(from, to)).unwrap();
        let error = import_with(&path, "wids", Some(&index), IndexOptions::new().anew(true)).unwrap_err();
        assert_eq!((error.kind(), error.shard()), (ErrorKind::Conflict, path.to_str()), "{error}");
        assert!(error.to_string().contains(told), "{error}");
    }
    // By URLs, of which the names are looked at.
    fs::write(&index, sound.replace("\"x.tar\"", "\"https://host/data/x.tar\"")).unwrap();
    assert_eq!(import_with(&path, "wids", Some(&index), IndexOptions::new().anew(true)).unwrap().made, 1);
}

/// What each index may have that is not so.
#[test]
fn an_index_of_another_state_is_an_error_that_says_what_to_do() {
    let idx = fs::read(fixture("x.tar.idx")).unwrap();
    let at = |number: usize, to: u64| {
        let mut bytes = idx.clone();
        bytes[8 * number..8 * number + 8].copy_from_slice(&to.to_le_bytes());
        bytes
    };
    let json = fs::read_to_string(fixture("x.json")).unwrap();
    let with = |from: &str, to: &str| {
        assert!(json.contains(from), "{from}");
        json.replacen(from, to, 1).into_bytes()
    };
    let (stale, damaged) = (ErrorKind::Conflict, ErrorKind::Corrupt);
    let huge = vec![b' '; 2 << 20];
    let cases: [(&str, &str, Vec<u8>, ErrorKind, &str); 14] = [
        ("energon", "x.tar.idx", at(2, 7680), stale, "at 7168, and at 7680 in the index, number 2"),
        ("energon", "x.tar.idx", at(7, u64::MAX), stale, "the last sample ends at"),
        ("energon", "x.tar.idx", idx[8..].to_vec(), stale, "has 7 samples, and 6"),
        ("energon", "x.tar.idx", idx[..13].to_vec(), damaged, "found 13 bytes"),
        ("energon", "x.tar.idx", Vec::new(), damaged, "found 0 bytes"),
        ("energon", "x.tar.idx", huge.clone(), damaged, "more than 1048640 bytes"),
        ("webshart", "x.json", with("\"offset\":7680", "\"offset\":7681"), stale, "nothing begins at 7681"),
        (
            "webshart",
            "x.json",
            with("\"length\":1400", "\"length\":1401"),
            stale,
            "1400 bytes \"dir/0002.jpg\" at 7680, and 1401",
        ),
        ("webshart", "x.json", with("\"dir/0002.jpg\":", "\"dir/0009.jpg\":"), stale, "1400 bytes \"dir/0009.jpg\""),
        ("webshart", "x.json", with("\"filesize\":30720", "\"filesize\":9"), stale, "has 30720 bytes, and 9"),
        ("webshart", "x.json", with("\"length\":1400", "\"length\":-1"), damaged, "of \"dir/0002.jpg\""),
        ("webshart", "x.json", b"{\"files\":{}}".to_vec(), stale, "\"dir/0000.jpg\" at 2048, and the index has not"),
        ("webshart", "x.json", b"[]".to_vec(), damaged, "expected a JSON object"),
        ("webshart", "x.json", json.as_bytes()[..99].to_vec(), damaged, "expected JSON: EOF"),
    ];
    for (format, index, bytes, kind, told) in cases {
        let (folder, path) = shard(index);
        fs::write(folder.path().join(index), bytes).unwrap();
        let error = import(&path, format, None).unwrap_err();
        let text = error.to_string();
        assert_eq!((error.kind(), error.shard()), (kind, path.to_str()), "{text}");
        assert!(
            text.contains(told) && text.contains("`atdata index-shards`") && text.contains(index),
            "{told}: {text}"
        );
        assert!(!Contents::path_of(&path).exists());
    }
    let (folder, path) = shard("x.json");
    let error = import(&path, "energon", None).unwrap_err();
    assert!(error.kind() == ErrorKind::NotFound && error.to_string().contains("x.tar.idx"), "{error}");
    // The shard was changed, and not the index: one that is cut, and one with another name in the headers.
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..9000]).unwrap();
    assert_eq!(import(&path, "webshart", None).unwrap_err().kind(), ErrorKind::Corrupt);
    fs::write(&path, atdata_tests::archive::tar([("dir/0000.jpg", b"j".as_slice())])).unwrap();
    assert_eq!(import(&path, "webshart", None).unwrap_err().kind(), ErrorKind::Conflict);
    drop(folder);
    let error = "idx".parse::<ImportFormat>().unwrap_err().to_string();
    assert_eq!(error, "expected `energon` or `webshart` or `wids` or `barecat`, found `idx`");
}

#[cfg(unix)]
#[test]
fn the_rows_of_barecat_are_those_of_the_shard_and_may_have_checksums() {
    let sql = |path: &Path, statements: &str| {
        let statements = format!("PRAGMA foreign_keys=OFF; {statements}");
        rusqlite::Connection::open(path).unwrap().execute_batch(&statements).unwrap();
    };
    let (folder, path) = shard("x.barecat");
    let index = folder.path().join("x.barecat");
    // With all of them, which are those of the bytes, contents are those of a scan.
    let scanned = Contents::scan(&path, &ReadOptions::new()).unwrap();
    let crcs = |contents: &Contents| {
        let samples = (0..contents.samples()).map(|number| contents.sample(number).unwrap());
        let members = samples.flat_map(|sample| sample.members);
        members
            .map(|member| format!("UPDATE files SET crc32c={} WHERE offset={};", member.crc32c.unwrap(), member.data))
            .collect::<Vec<_>>()
            .concat()
    };
    sql(&index, &crcs(&scanned));
    import(&path, "barecat", Some(&index)).unwrap();
    check(&path, true);
    // In a directory of the shard, as an archive of several has them.
    sql(&index, "UPDATE files SET path='x/'||path");
    import_with(&path, "barecat", Some(&index), IndexOptions::new().anew(true)).unwrap();
    for (statements, told) in [
        ("UPDATE files SET offset=offset+512 WHERE path='x/dir/0003.jpg'", "in the index"),
        ("DELETE FROM files WHERE path='x/dir/0003.jpg'", "\"dir/0003.jpg\" at 11776, and the index has not"),
        ("INSERT INTO files(path,shard,offset,size) VALUES('x/more.jpg',0,2048,0)", "in the index"),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<99) INSERT INTO files(path,shard,offset) SELECT 'y'||i,0,i FROM n",
            "and more in the index",
        ),
        ("UPDATE files SET shard=1", "\"dir/0000.jpg\" at 2048, and the index has not"),
    ] {
        fs::copy(fixture("x.barecat"), &index).unwrap();
        sql(&index, "UPDATE files SET path='x/'||path");
        sql(&index, statements);
        let error = import_with(&path, "barecat", Some(&index), IndexOptions::new().anew(true)).unwrap_err();
        assert_eq!((error.kind(), error.shard()), (ErrorKind::Conflict, path.to_str()), "{error}");
        assert!(error.to_string().contains(told), "{told}: {error}");
    }
    fs::remove_file(folder.path().join("x.barecat-shard-00000")).unwrap();
    let error = import_with(&path, "barecat", Some(&index), IndexOptions::new().anew(true)).unwrap_err();
    assert!(error.to_string().contains("none of its shards is a link to that file"), "{error}");
    // A checksum that is not of the bytes is found when the sample is read.
    let numbers = folder.path().join("n.tar");
    let samples = (0..5_i64).map(|number| DictSample::from_iter([("number", number)]));
    Dataset::write(&numbers, samples).unwrap();
    let scanned = Contents::scan(&numbers, &ReadOptions::new()).unwrap();
    fs::copy(fixture("x.barecat"), &index).unwrap();
    let rows = (0..5).map(|number| {
        let sample = scanned.sample(number).unwrap();
        let (key, member) = (&sample.key, &sample.members[0]);
        let crc32c = member.crc32c.unwrap() ^ u32::from(number == 3);
        format!(
            "INSERT INTO files(path,shard,offset,size,crc32c) VALUES('{key}.msgpack',0,{},{},{crc32c});",
            member.data, member.size
        )
    });
    sql(&index, &std::iter::once("DELETE FROM files;".to_owned()).chain(rows).collect::<String>());
    std::os::unix::fs::symlink("n.tar", folder.path().join("x.barecat-shard-00000")).unwrap();
    import(&numbers, "barecat", Some(&index)).unwrap();
    let numbers = Dataset::<DictSample>::open(&numbers).unwrap();
    assert_eq!(numbers.at(3).unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(numbers.at(2).unwrap().get("number"), Some(&2_i64.into()));
    fs::write(&index, "no database").unwrap();
    assert_eq!(import(&path, "barecat", Some(&index)).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn headers_alone_are_read_where_no_checksums_are_asked_for() {
    let (_folder, path) = shard("x.json");
    let shards = Dataset::<Group>::open(&path).unwrap().untyped().clone();
    let how = IndexOptions::new().checksums(false);
    assert_eq!(shards.index_with(how, &|_| (), &mut |error| panic!("{error}")).made, 1);
    check(&path, false);
    // A loader is content with them, of packed samples as well.
    let numbers = path.with_file_name("n.tar");
    let samples = (0..50_i64).map(|number| DictSample::from_iter([("number", number)]));
    let numbers = Dataset::write(&numbers, samples).unwrap().open::<DictSample>().unwrap();
    assert_eq!(numbers.untyped().index_with(how, &|_| (), &mut |error| panic!("{error}")).samples, 50);
    let loaded = numbers.plan().seed(1).batch(10).load_samples().unwrap();
    assert_eq!(loaded.map(|step| step.unwrap().batch.len()).sum::<usize>(), 50);
    let bytes = fs::read(&path).unwrap();
    for len in [9000, 512, 11_776 + 600] {
        fs::write(&path, &bytes[..len]).unwrap();
        assert_eq!(
            Contents::scan_headers(&path, &ReadOptions::new(), &mut |_| ()).unwrap_err().kind(),
            ErrorKind::Corrupt,
            "{len}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever an index says: either it is an error, or the contents are those of the shard.
    #[test]
    fn an_index_that_is_changed_anywhere_makes_no_other_contents(
        is_json in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (format, index) = if is_json { ("webshart", "x.json") } else { ("energon", "x.tar.idx") };
        let (folder, path) = shard(index);
        let mut bytes = fs::read(fixture(index)).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        fs::write(folder.path().join(index), bytes).unwrap();
        match import(&path, format, None) {
            Ok(_) => check(&path, false),
            Err(error) => {
                prop_assert!(matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Corrupt), "{error}");
                prop_assert!(!Contents::path_of(&path).exists());
            }
        }
    }
}
