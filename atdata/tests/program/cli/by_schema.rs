//! Layouts and schemas: `convert --schema`, and what is said of records of members.

use std::fs;

use atdata::{Dataset, DictSample, Group, Value};

use super::{archive, dir, run, sample, write};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0";

fn dicts(dir: &tempfile::TempDir, shard: &str) -> Vec<(String, DictSample)> {
    let dataset = Dataset::<DictSample>::open(dir.path().join(shard)).unwrap();
    dataset.ordered().with_keys().map(Result::unwrap).collect()
}

fn groups(dir: &tempfile::TempDir, shard: &str) -> Vec<Group> {
    Dataset::<Group>::open(dir.path().join(shard)).unwrap().ordered().map(Result::unwrap).collect()
}

fn photos() -> Vec<u8> {
    archive(&[
        ("train/1.jpg", JPEG),
        ("train/1.cls", b"007"),
        ("train/1.json", br#"{"w":1}"#),
        ("test/2.jpeg", JPEG),
        ("test/2.cls", b"12"),
        ("test/2.json.gz", &gzip(br#"{"w":2}"#)),
        ("test/2.txt", b"zwei"),
    ])
}

fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

const PHOTO: &str = r#"{"name":"Photo","version":"1.0.0","layout":"members","key":"{split}/{id}","fields":[
    {"name":"split","fieldType":{"$type":"local#primitive","primitive":"str"}},
    {"name":"id","fieldType":{"$type":"local#primitive","primitive":"int"}},
    {"name":"image","member":"jpg|jpeg","image":"rgb8","fieldType":{"$type":"local#primitive","primitive":"bytes"}},
    {"name":"class","member":"cls","fieldType":{"$type":"local#primitive","primitive":"str"}},
    {"name":"fileMeta","member":"json","fieldType":{"$type":"local#primitive","primitive":"str",
        "exactType":{"$type":"local#map","values":{"$type":"local#primitive","primitive":"int"}}}},
    {"name":"note","member":"txt","optional":true,"fieldType":{"$type":"local#primitive","primitive":"str"}}]}"#;

#[test]
fn fields_have_the_names_kinds_and_members_of_a_schema() {
    let dir = dir();
    fs::write(dir.path().join("m.tar"), photos()).unwrap();
    fs::write(dir.path().join("photo.json"), PHOTO).unwrap();
    run(&dir, &["convert", "--layout", "packed", "--schema", "photo.json", "m.tar", "p.tar"]).sound();
    let samples = dicts(&dir, "p.tar");
    let names: Vec<_> = samples[0].1.keys().collect();
    assert_eq!(names, ["split", "id", "image", "class", "fileMeta", "note"]);
    assert_eq!(
        (samples[0].0.as_str(), &samples[0].1["class"], &samples[0].1["note"]),
        ("train/1", &"007".into(), &Value::Nil)
    );
    let second = &samples[1].1;
    assert_eq!((&second["split"], &second["id"], &second["note"]), (&"test".into(), &2.into(), &"zwei".into()));
    assert_eq!(second["fileMeta"].get("w"), Some(&Value::Int(2)));

    // And back: keys, names and texts are as they were.
    run(&dir, &["convert", "--layout", "members", "--schema", "photo.json", "p.tar", "back.tar"]).sound();
    let back = groups(&dir, "back.tar");
    assert_eq!((back[0].key(), back[0].names().collect::<Vec<_>>()), ("train/1", vec!["jpg", "cls", "json"]));
    assert_eq!(back[0].get("cls").unwrap(), "007");
    assert_eq!((back[1].key(), back[1].names().collect::<Vec<_>>()), ("test/2", vec!["jpg", "cls", "json", "txt"]));

    // From members to members the same are read.
    run(&dir, &["convert", "--layout", "members", "--schema", "photo.json", "m.tar", "m2.tar"]).sound();
    assert_eq!(
        groups(&dir, "m2.tar").iter().map(|group| group.fields.clone()).collect::<Vec<_>>(),
        back.iter().map(|group| group.fields.clone()).collect::<Vec<_>>()
    );
}

/// What a schema allows and has no field for is carried along, or counted.
#[test]
fn what_the_schema_has_no_field_for_is_not_lost() {
    let dir = dir();
    let bytes = r#"{"$type":"local#primitive","primitive":"bytes"}"#;
    let record = format!(
        r#"{{"name":"P","version":"1.0.0","layout":"members","allowUnknown":true,
            "fields":[{{"name":"image","member":"jpg","fieldType":{bytes}}}]}}"#
    );
    fs::write(dir.path().join("p.json"), record).unwrap();
    fs::write(dir.path().join("m.tar"), archive(&[("1.jpg", JPEG), ("1.json", b"{}"), ("1.wav", b"RIFF")])).unwrap();
    run(&dir, &["convert", "--layout", "packed", "--schema", "p.json", "m.tar", "p.tar"]).sound();
    let packed = &groups(&dir, "p.tar")[0];
    let names: Vec<_> = packed.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((names, packed.get("json").unwrap()), (vec!["msgpack", "json", "wav"], &"{}".into()));
    for (from, to) in [("m.tar", "m2.tar"), ("p.tar", "back.tar")] {
        run(&dir, &["convert", "--layout", "members", "--schema", "p.json", from, to]).sound();
        let names: Vec<_> = groups(&dir, to)[0].fields.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(names, ["jpg", "json", "wav"], "{from}");
    }
    let more = sample([("image", Value::from(JPEG)), ("more", 1.into())]);
    write(&dir.path().join("q.tar"), &[("1", more)]);
    let error = run(&dir, &["convert", "--layout", "members", "--schema", "p.json", "q.tar", "n.tar"]).problems();
    assert!(error.contains("1 field was left out, which the schema allows and does not have"), "{error}");
}

#[test]
fn what_does_not_fit_the_schema_is_not_converted() {
    let dir = dir();
    fs::write(dir.path().join("photo.json"), PHOTO).unwrap();
    let convert = |members: &[(&str, &[u8])]| {
        fs::write(dir.path().join("m.tar"), archive(members)).unwrap();
        let error =
            run(&dir, &["convert", "--layout", "packed", "--schema", "photo.json", "m.tar", "p.tar"]).problems();
        assert!(!dir.path().join("p.tar").exists());
        error
    };
    let whole = [("a/1.jpg", JPEG), ("a/1.cls", &b"1"[..]), ("a/1.json", b"{}")];
    let error = convert(&whole[..2]);
    assert!(
        error.contains("m.tar @ 0: key a/1: [\"fileMeta\"]: expected a member `json`, found `jpg`, `cls`"),
        "{error}"
    );
    let error = convert(&[&whole[..], &[("a/1.npy", b"")]].concat());
    assert!(error.contains("found a member `npy` that no field takes"), "{error}");
    let error = convert(&[("1.jpg", JPEG), ("1.cls", b"1"), ("1.json", b"{}")]);
    assert!(error.contains("expected a key like \"{split}/{id}\", found \"1\""), "{error}");
    let error = convert(&[("a/1.jpg", JPEG), ("a/1.cls", b"1"), ("a/1.json", br#"{"w":"x"}"#)]);
    assert!(error.contains("fileMeta: expected map<str, int>, found map"), "{error}");
    let run = run(&dir, &["convert", "--layout", "packed", "--schema", "none.json", "m.tar", "p.tar"]);
    assert!(run.code != 0 && run.stderr.contains("none.json"), "{}", run.stderr);
}

#[test]
fn names_in_capitals_come_back_by_their_schema() {
    let dir = dir();
    let one = sample([("fileName", "a.jpg".into()), ("label", 7.into()), ("RAW", vec![1_u8].into())]);
    write(&dir.path().join("p.tar"), &[("0", one.clone())]);
    let error = run(&dir, &["convert", "--layout", "members", "p.tar", "m.tar"]).problems();
    assert!(error.contains("and `atdata convert` by the `--schema` of one"), "{error}");
    assert_eq!(run(&dir, &["schema", "infer", "p.tar", "--name", "Thing", "-o", "thing.json"]).code, 0);
    run(&dir, &["convert", "--layout", "members", "--schema", "thing.json", "p.tar", "m.tar"]).sound();
    assert_eq!(groups(&dir, "m.tar")[0].names().collect::<Vec<_>>(), ["filename.txt", "label.cls", "raw"]);
    run(&dir, &["convert", "--layout", "packed", "--schema", "thing.json", "m.tar", "back.tar"]).sound();
    assert_eq!(dicts(&dir, "back.tar"), [("0".to_owned(), one)]);
}

#[test]
fn a_member_that_is_compressed_in_some_samples_is_one_field() {
    let dir = dir();
    let zipped = gzip(b"[2]");
    let shard = [("0.json", &b"[1]"[..]), ("1.json.gz", &zipped), ("2.json", b"[3]")];
    fs::write(dir.path().join("m.tar"), archive(&shard)).unwrap();
    run(&dir, &["convert", "--layout", "packed", "m.tar", "p.tar"]).sound();
    let fields = |shard: &str| -> Vec<Vec<(String, Value)>> {
        dicts(&dir, shard).into_iter().map(|(_, sample)| sample.into_iter().collect()).collect()
    };
    let expected = |number: i64| vec![("json".to_owned(), Value::from_iter([number]))];
    assert_eq!(fields("p.tar"), [1, 2, 3].map(expected));
    // Both in one sample are two.
    fs::write(dir.path().join("m.tar"), archive(&[("0.json", b"[1]"), ("0.json.gz", &zipped), ("1.json", b"[3]")]))
        .unwrap();
    run(&dir, &["convert", "--layout", "packed", "m.tar", "q.tar"]).sound();
    assert_eq!(fields("q.tar")[0].iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["json", "json.gz"]);
    // Compressed in all, the name stays, so that they are so again.
    fs::write(dir.path().join("m.tar"), archive(&[("0.json.gz", &zipped)])).unwrap();
    run(&dir, &["convert", "--layout", "packed", "m.tar", "r.tar"]).sound();
    assert_eq!(fields("r.tar")[0][0].0, "json.gz");
}

#[test]
fn zeros_in_front_of_numbers_are_told_where_they_are_lost() {
    let dir = dir();
    let shard = [("0.cls", &b" 7\n"[..]), ("1.cls", b"007"), ("2.cls", b"08"), ("3.txt", b"007")];
    fs::write(dir.path().join("m.tar"), archive(&shard)).unwrap();
    let told = run(&dir, &["convert", "--layout", "packed", "m.tar", "p.tar"]);
    assert_eq!(told.code, 0);
    assert_eq!(told.stderr.matches("warning: ").count(), 1, "{}", told.stderr);
    assert!(told.stderr.contains("warning: cls: numbers such as 007 are no more than their values"), "{}", told.stderr);
    let found: Vec<_> =
        dicts(&dir, "p.tar").into_iter().flat_map(|(_, sample)| sample.into_iter().map(|(_, value)| value)).collect();
    assert_eq!(found, [Value::Int(7), Value::Int(7), Value::Int(8), "007".into()]);
    // In JSON they are no number at all.
    fs::write(dir.path().join("m.tar"), archive(&[("0.json", b"007")])).unwrap();
    let error = run(&dir, &["convert", "--layout", "packed", "m.tar", "q.tar"]).problems();
    assert!(error.contains("m.tar @ 0: key 0: [\"json\"]: "), "{error}");
}

/// A set of codecs that is not here may read members otherwise of which the library knows what is in them.
#[test]
fn members_that_a_set_of_codecs_may_read_otherwise_are_told() {
    let dir = dir();
    fs::write(dir.path().join("m.tar"), photos()).unwrap();
    fs::write(dir.path().join("photo.json"), PHOTO.replace("\"layout\"", "\"codecs\":\"Audio\",\"layout\"")).unwrap();
    let args = ["convert", "--layout", "packed", "--schema", "photo.json", "m.tar", "p.tar"];
    let converted = run(&dir, &args);
    let told = "warning: Photo: its members are read by the codecs `Audio`, which are not here: those of `class`, `fileMeta`, \
                `note` are taken for what the library takes them for, and may be something else to that set\n";
    assert!(converted.stderr.contains(told), "{}", converted.stderr);
    assert_eq!(converted.stderr.matches("Audio").count(), 1, "{}", converted.stderr);
}

#[test]
fn a_schema_of_members_is_shown_with_its_layout() {
    let dir = dir();
    fs::write(dir.path().join("photo.json"), PHOTO).unwrap();
    assert_eq!(
        run(&dir, &["schema", "show", "photo.json"]).sound(),
        "Schema for: photo.json\nName: Photo@1.0.0\nLayout: members, keys {split}/{id}\nFields (6):\n  split: str (of the key)\n  \
         id: int (of the key)\n  image: bytes (member jpg|jpeg, image rgb8)\n  class: str (member cls)\n  \
         fileMeta: map<str, int> (member json)\n  note: str? (member txt)\n"
    );
    let noted = PHOTO
        .replace("\"key\":\"{split}/{id}\"", "\"allowUnknown\":true,\"codecs\":\"Audio\"")
        .replace("\"member\":\"cls\"", "\"codec\":\"Csv\"");
    fs::write(dir.path().join("photo.json"), noted).unwrap();
    let shown = run(&dir, &["schema", "show", "photo.json"]).sound();
    assert!(shown.contains("Layout: members, read by the codecs Audio, others passed over\n"), "{shown}");
    assert!(shown.contains("  class: str (codec Csv)\n"), "{shown}");
}

#[test]
fn dots_in_keys_are_suspected_where_names_of_members_differ() {
    let dir = dir();
    let names: Vec<String> = (0..12).map(|number| format!("img{}.{number}.jpg", number % 4)).collect();
    let mut members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), JPEG)).collect();
    members.sort_unstable();
    fs::write(dir.path().join("m.tar"), archive(&members)).unwrap();
    let found = run(&dir, &["inspect", "m.tar"]);
    assert!(found.stderr.contains("warning: 12 different members end in `.jpg`, such as `0.jpg`"), "{}", found.stderr);
    let found = run(&dir, &["schema", "infer", "m.tar"]);
    assert!(found.stderr.contains("note: 12 different members end in `.jpg`"), "{}", found.stderr);
}
