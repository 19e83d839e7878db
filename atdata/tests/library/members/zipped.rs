//! Members that are compressed by themselves: which field they fill, and how much they may unpack to.

use std::collections::BTreeMap;

use atdata::shard::{GroupRef, ShardReader};
use atdata::{Dataset, ErrorKind, Group, Packable, ReadOptions, Result, Value};

use super::{Photo, photo, photos};

#[test]
fn a_member_that_a_field_names_fills_no_other() {
    #[derive(Packable, Debug, PartialEq)]
    #[packable(layout = "members")]
    struct Both {
        #[packable(member = "meta.json")]
        plain: Option<i64>,
        #[packable(member = "meta.json.gz")]
        packed: Option<i64>,
    }
    #[derive(Packable, Debug, PartialEq)]
    #[packable(layout = "members")]
    struct Either {
        #[packable(member = "meta.json")]
        meta: i64,
    }
    let one = Both { plain: None, packed: Some(1) };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    let all = [one, Both { plain: Some(2), packed: None }, Both { plain: Some(3), packed: Some(4) }];
    Dataset::write_refs(&path, &all).unwrap();
    assert_eq!(Dataset::<Both>::open(&path).unwrap().ordered().collect::<Result<Vec<_>>>().unwrap(), all);
    // Without a field of its own it is the same one, compressed.
    let either: Vec<_> = Dataset::<Either>::open(&path).unwrap().ordered().collect();
    assert_eq!(either[..2].iter().flatten().map(|either| either.meta).collect::<Vec<_>>(), [1, 2]);
    let error = either[2].as_ref().unwrap_err().to_string();
    assert!(
        error.contains("expected one member of `meta.json`, found `meta.json.gz` beside another of them"),
        "{error}"
    );
}

#[test]
fn a_group_keeps_the_limit_of_its_reader() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = photos(folder.path());
    let bomb = Photo { more: BTreeMap::from([("x".into(), vec![0; 100_000])]), ..photo(0) };
    Dataset::write(&path, [bomb]).unwrap();
    let options = ReadOptions::default().max_member(3000);
    let dataset = Dataset::<Group>::open(&path).unwrap().with_options(options.clone());
    let mut raw = dataset.raw();
    let mut groups = vec![
        raw.next().unwrap().unwrap().view::<GroupRef>().unwrap().to_group(),
        ShardReader::open(&path, &options).unwrap().next_group().unwrap().unwrap(),
        dataset.get("train/class0/0").unwrap(),
        dataset.batches(1).next().unwrap().unwrap().remove(0),
    ];
    groups.extend(dataset.ordered().chain(dataset.shuffled(1)).map(Result::unwrap));
    dataset.untyped().index(1, &|_| ()).unwrap();
    groups.extend(Dataset::<Group>::open(&path).unwrap().with_options(options).select(&[0]).unwrap());
    let unlimited = Dataset::<Group>::open(&path).unwrap().head(1).unwrap().remove(0);
    assert_eq!(unlimited.value("more.json.gz").unwrap().get("x").unwrap().as_list().unwrap().len(), 100_000);
    for (at, group) in groups.iter().enumerate() {
        for error in [group.value("more.json.gz").unwrap_err(), group.to_dict().unwrap_err()] {
            let error = error.to_string();
            assert!(error.contains("expected at most 3000 bytes in the member `more.json.gz`"), "{at}: {error}");
        }
        assert_eq!(*group, unlimited, "the same group, whoever read it");
    }
}

#[test]
fn what_is_behind_a_compressed_member_is_not_passed_over() {
    let zipped = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\x33\x07\0\x82\x4a\xbf\x6a\x01\0\0\0";
    let of = |behind: &[u8]| Group::new("a", [("json.gz", [&zipped[..], behind].concat())]).value("json.gz");
    assert_eq!(of(b"").unwrap(), Value::Int(7));
    assert_eq!(of(&[0; 20]).unwrap(), Value::Int(7), "padding");
    let error = of(b"{\"more\": 1}").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let expected = format!("what follows at byte {} is none of it", zipped.len());
    assert!(format!("{error:#}").ends_with(&expected), "{error:#}");
}
