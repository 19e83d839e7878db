//! Archives of barecat as datasets: the same samples as a tar archive of the same files, in whichever way they are read.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use atdata::barecat::{Archive, CreateOptions, DefragOptions, Pattern, SampleOptions, Writer, defrag};
use atdata::dataset::{PlanBuilder, Tail, Token};
use atdata::order::Order;
use atdata::{Dataset, DictSample, ErrorKind, Group, Packable, Value};
use bytes::Bytes;

#[derive(Packable, Debug, Clone, PartialEq)]
struct Meta {
    n: i64,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members", path = "{split}/{class}/{id}")]
struct Photo {
    split: String,
    class: String,
    id: String,
    #[packable(member = "jpg|png")]
    image: Bytes,
    cls: i64,
    #[packable(member = "json")]
    meta: Option<Meta>,
}

type Files = BTreeMap<String, Vec<u8>>;

/// Members of samples, with what belongs to none between them.
fn files() -> Files {
    let mut files = Files::new();
    for n in 0..60_usize {
        let key = format!("{}/{}/{n}", if n % 5 == 0 { "test" } else { "train" }, ["cat", "dög"][n % 2]);
        files.insert(
            format!("{key}.{}", if n % 3 == 0 { "PNG" } else { "jpg" }),
            vec![u8::try_from(n).unwrap(); n * 41],
        );
        files.insert(format!("{key}.cls"), (n % 7).to_string().into_bytes());
        if n % 4 == 0 {
            files.insert(format!("{key}.json"), format!("{{\"n\": {n}}}").into_bytes());
        }
    }
    files.insert("README".into(), b"no sample".to_vec());
    files.insert(".hidden".into(), b"no sample".to_vec());
    // Between the members of another sample, in order of the names.
    files.insert("train/cat/2.d/x".into(), b"no sample".to_vec());
    files
}

fn archive(path: &Path, files: &Files) -> PathBuf {
    let mut writer = Writer::create_with(path, &CreateOptions::new().shard_size_limit(20_000)).unwrap();
    // In another order than that of the names.
    let mut names: Vec<_> = files.keys().collect();
    names.sort_by_key(|name| (name.len() * 7919 % 31, *name));
    for name in names {
        writer.add(name, &files[name]).unwrap();
    }
    writer.finish().unwrap();
    path.to_owned()
}

fn photos(path: &Path, per_shard: usize) -> Dataset<Photo> {
    let options = SampleOptions::new().per_shard(per_shard);
    Dataset::open(Archive::open(path).unwrap().into_shards(&options).unwrap()).unwrap()
}

fn expected(files: &Files) -> Vec<Photo> {
    let mut photos = Vec::new();
    for (key, cls) in files.iter().filter_map(|(name, cls)| Some((name.strip_suffix(".cls")?, cls))) {
        let parts: Vec<_> = key.split('/').collect();
        let image = ["jpg", "PNG"].iter().find_map(|field| files.get(&format!("{key}.{field}"))).unwrap();
        let n: i64 = parts[2].parse().unwrap();
        let meta = files.get(&format!("{key}.json")).map(|_| Meta { n });
        photos.push(Photo {
            split: parts[0].into(),
            class: parts[1].into(),
            id: parts[2].into(),
            image: image.clone().into(),
            cls: std::str::from_utf8(cls).unwrap().parse().unwrap(),
            meta,
        });
    }
    // In order of the keys, which is not that of names with what is behind the key.
    photos.sort_by_key(|photo| format!("{}/{}/{}", photo.split, photo.class, photo.id));
    photos
}

fn loaded(builder: &PlanBuilder<Photo>) -> Vec<Photo> {
    builder.load_samples().unwrap().flat_map(|step| step.unwrap().batch).collect()
}

#[test]
fn an_archive_is_a_dataset_of_typed_samples() {
    let folder = tempfile::tempdir().unwrap();
    let files = files();
    let path = archive(&folder.path().join("photos.barecat"), &files);
    let expected = expected(&files);
    let data = Dataset::<Photo>::open(&path).unwrap();
    let ordered: Vec<_> = data.ordered().map(Result::unwrap).collect();
    assert_eq!(ordered, expected);
    assert_eq!(data.len().unwrap(), 60);
    assert_eq!(data.get("train/cat/2").unwrap(), *expected.iter().find(|photo| photo.id == "2").unwrap());
    assert_eq!(data.at(17).unwrap(), expected[17]);
    assert_eq!(data.get("README").unwrap_err().kind(), ErrorKind::NotFound);
    let selected = data.select(&[59, 0, 30]).unwrap();
    assert_eq!(selected, [expected[59].clone(), expected[0].clone(), expected[30].clone()]);
    // Groups and values of the same.
    let group = Dataset::<Group>::open(&path).unwrap().get("test/cat/0").unwrap();
    assert_eq!(group.names().collect::<Vec<_>>(), ["png", "cls", "json"]);
    let dict = Dataset::<DictSample>::open(&path).unwrap().get("test/cat/0").unwrap();
    assert_eq!(dict.get("cls"), Some(&Value::Int(0)));
    // Only some of them.
    let some = SampleOptions::new().pattern(Pattern::new("test/**"));
    let some = Dataset::<Photo>::open(Archive::open(&path).unwrap().into_shards(&some).unwrap()).unwrap();
    assert_eq!(some.len().unwrap(), 12);
    assert!(some.ordered().all(|photo| photo.unwrap().split == "test"));
}

#[test]
fn shuffles_ranks_and_tokens_are_those_of_any_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let files = files();
    let path = archive(&folder.path().join("photos.barecat"), &files);
    let expected = expected(&files);
    let data = photos(&path, 7);
    assert_eq!(data.untyped().list().len(), 9);
    let by_id = |mut photos: Vec<Photo>| {
        photos.sort_by_key(|photo| format!("{}/{}/{}", photo.split, photo.class, photo.id));
        photos
    };
    let shuffled: Vec<_> = data.shuffled(3).map(Result::unwrap).collect();
    assert_ne!(shuffled, expected);
    assert_eq!(by_id(shuffled), expected);
    // Each once, by three ranks.
    let plan = || data.plan().seed(5).batch(6).tail(Tail::Uneven);
    let whole = loaded(&plan());
    assert_eq!(by_id(whole.clone()), expected);
    let of_ranks: Vec<_> = (0..3).flat_map(|rank| loaded(&plan().ranks(3).rank(rank))).collect();
    assert_eq!(by_id(of_ranks), expected);
    assert_eq!(loaded(&data.plan().order(Order::Stored).batch(9).tail(Tail::Uneven)), expected);
    // Cut, and gone on with by an archive with other shards, from which something was removed that is no sample.
    let mut loader = plan().load_samples().unwrap();
    let first: Vec<_> = loader.by_ref().take(4).collect::<Result<Vec<_>, _>>().unwrap();
    let token: Token = loader.token().unwrap();
    drop(loader);
    let mut writer = Writer::append(&path).unwrap();
    writer.remove("README").unwrap();
    writer.finish().unwrap();
    defrag(&path, &DefragOptions::new(), &mut |_| ()).unwrap();
    let rest = loaded(&photos(&path, 7).plan().seed(5).batch(6).tail(Tail::Uneven).resume(&token));
    let mut both: Vec<_> = first.into_iter().flat_map(|step| step.batch).collect();
    both.extend(rest);
    assert_eq!(both, whole);
}

#[test]
fn names_of_any_length_and_files_of_no_bytes_are_members() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}/{}", "d".repeat(90), "é".repeat(100));
    let files = Files::from([
        (format!("{long}.bin"), vec![1; 1025]),
        (format!("{long}.txt"), b"".to_vec()),
        ("é.txt".to_owned(), vec![b'x'; 512]),
    ]);
    let path = archive(&folder.path().join("a.barecat"), &files);
    let groups = Dataset::<Group>::open(&path).unwrap();
    let streamed: Vec<_> = groups.ordered().map(Result::unwrap).collect();
    assert_eq!(streamed.len(), 2);
    for group in [groups.get(&long).unwrap(), streamed[0].clone()] {
        assert_eq!((group.get("bin").unwrap().len(), group.get("txt").unwrap().len()), (1025, 0));
    }
    assert_eq!(groups.get("é").unwrap().get("txt").unwrap(), &Bytes::from(vec![b'x'; 512]));
}

#[test]
fn damage_is_found_in_whichever_way_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let files = files();
    let path = archive(&folder.path().join("photos.barecat"), &files);
    let data = Dataset::<Photo>::open(&path).unwrap();
    let shard = folder.path().join("photos.barecat-shard-00000");
    let mut bytes = std::fs::read(&shard).unwrap();
    // Of an image: its bytes are all the same.
    let at = bytes.windows(64).position(|window| window == [40; 64]).unwrap_or(200);
    bytes[at + 9] ^= 1;
    std::fs::write(&shard, bytes).unwrap();
    let archive = Archive::open(&path).unwrap();
    let bad: Vec<_> = files.keys().filter(|name| archive.get(name).is_err()).collect();
    assert_eq!(bad.len(), 1);
    let key = bad[0].split('.').next().unwrap();
    let error = data.get(key).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    let errors: Vec<_> = data.ordered().filter_map(Result::err).collect();
    assert_eq!((errors.len(), errors[0].kind()), (1, ErrorKind::Corrupt));
    assert!(format!("{:#}", errors[0]).contains("CRC32C"), "{:#}", errors[0]);
}

#[test]
fn a_field_that_is_there_twice_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::from([("a/1.JPG".to_owned(), vec![1]), ("a/1.jpg".to_owned(), vec![2])]);
    let path = archive(&folder.path().join("a.barecat"), &files);
    let error = Dataset::<Group>::open(&path).unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::InvalidInput, Some("a/1.jpg")), "{error}");
    assert!(error.to_string().contains("a/1.JPG"), "{error}");
    let missing = Dataset::<Group>::open(folder.path().join("no.barecat")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

#[test]
fn no_memory_is_asked_for_on_the_word_of_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(&folder.path().join("photos.barecat"), &files());
    let sql = "UPDATE config SET value_int=0 WHERE key='use_triggers'; \
               UPDATE files SET size=1099511627776 WHERE path='train/cat/2.jpg'; \
               UPDATE files SET shard=77 WHERE path='train/cat/4.jpg'";
    rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    // Too large to be kept among the contents of a shard, or to be read: it is not believed in either way.
    let data = Dataset::<Photo>::open(&path).unwrap();
    let found: Vec<_> = data.ordered().collect();
    assert!(found.iter().any(Result::is_err));
    assert!(data.get("train/cat/2").is_err());
    let error = data.get("train/cat/4").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Corrupt | ErrorKind::Unsupported), "{error:#}");
}
