//! Plain `WebDataset` shards, whose fields are members: what the program says of them and does with them.

use std::fs;

use atdata::{Dataset, DictSample, Group, Packable, Value};

use super::{archive, dir, float_array, run, run_with_stdin, sample, write};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02";

fn plain() -> Vec<u8> {
    archive(&[
        ("a.png", PNG),
        ("a.cls", b"3"),
        ("a.txt", b"a cat"),
        ("b.png", PNG),
        ("b.cls", b"5"),
        ("b.json", br#"{"w":640}"#),
        ("c.png", PNG),
        ("c.cls", b"3"),
    ])
}

#[test]
fn members_are_shown_as_what_they_are() {
    let dir = dir();
    fs::write(dir.path().join("x.tar"), plain()).unwrap();
    assert_eq!(
        run(&dir, &["head", "-n2", "x.tar"]).sound(),
        "--- Sample 0 (a) ---\n  png: png 640 x 480, 26 bytes\n  cls: 3\n  txt: \"a cat\"\n\
         --- Sample 1 (b) ---\n  png: png 640 x 480, 26 bytes\n  cls: 5\n  json: {\"w\": 640}\n"
    );
    let out = run(&dir, &["head", "--key", "b", "--json", "x.tar"]).sound();
    assert!(out.contains(r#""cls":5,"json":{"w":640}}"#), "{out}");
}

#[test]
fn statistics_say_what_values_there_are() {
    let dir = dir();
    fs::write(dir.path().join("x.tar"), plain()).unwrap();
    let out = run(&dir, &["inspect", "--stats", "x.tar"]).sound();
    assert!(
        out.contains(
            "Stats:\n  png: 1 picture size: png 640 x 480 (3)\n  cls: 3 to 5\n  cls: 2 values: 3 (2), 5 (1)\n  \
             txt: 5 characters\n  txt: 1 value: \"a cat\" (1)\n"
        ),
        "{out}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&run(&dir, &["inspect", "--stats", "--json", "x.tar"]).sound()).unwrap();
    assert_eq!(json["stats"]["cls"]["values"], serde_json::json!([{"value": 3, "count": 2}, {"value": 5, "count": 1}]));
    assert_eq!(json["stats"]["cls"]["numbers"], serde_json::json!({"min": 3, "max": 5}));
    write(&dir.path().join("p.tar"), &[("0", sample([("label", 7.into())])), ("1", sample([("label", 9.into())]))]);
    let out = run(&dir, &["inspect", "--stats", "p.tar"]).sound();
    assert!(out.contains("Stats:\n  label: 7 to 9\n  label: 2 values: 7 (1), 9 (1)\n"), "{out}");
}

#[test]
fn a_schema_is_inferred_that_says_where_the_fields_are() {
    let dir = dir();
    fs::write(dir.path().join("photos.tar"), plain()).unwrap();
    let found = run(&dir, &["schema", "infer", "photos.tar"]);
    let record: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!((&record["name"], &record["layout"]), (&"Photos".into(), &"members".into()));
    let fields: Vec<_> = record["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| (field["name"].as_str().unwrap(), field["optional"] == true))
        .collect();
    assert_eq!(fields, [("png", false), ("cls", false), ("txt", true), ("json", true)]);
    assert!(found.stderr.contains("png: pictures: png 640 x 480"), "{}", found.stderr);
    assert_eq!((&record["fields"][0]["image"], record["fields"][1].get("image")), (&"rgb8".into(), None));
    assert_eq!(record["fields"][0]["description"], "Pictures seen: png 640 x 480.");
    assert_eq!(
        run(&dir, &["schema", "show", "photos.tar"]).sound(),
        "Schema for: photos.tar\nFields (3):\n  png: bytes\n  cls: int\n  txt: str\n"
    );
}

#[test]
fn a_schema_is_inferred_of_what_comes_through_a_pipe() {
    let dir = dir();
    let found = run_with_stdin(&dir, &["schema", "infer", "-"], &plain());
    let record: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!((&record["layout"], &record["fields"][0]["image"]), (&"members".into(), &"rgb8".into()));
    assert!(found.stderr.contains("note: png: pictures: png 640 x 480\n"), "{}", found.stderr);
    let packed = archive(&[("a.msgpack", &sample([("label", 7.into())]).pack())]);
    let found = run_with_stdin(&dir, &["schema", "infer", "-"], &packed);
    let record: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(record.get("layout"), None);
}

#[test]
fn samples_are_converted_to_members_and_back() {
    let dir = dir();
    let samples = [
        (
            "0",
            sample([
                ("label", 7.into()),
                ("text", "a".into()),
                ("jpg", vec![0xff_u8, 0xd8].into()),
                ("emb", float_array(&[2], &[1.0, 2.0])),
                ("ok", true.into()),
            ]),
        ),
        (
            "d/1",
            sample([
                ("label", Value::Nil),
                ("text", "ü".into()),
                ("jpg", vec![1_u8].into()),
                ("tags", vec!["x"].into()),
                ("mixed", Value::from_iter([Value::from(vec![1_u8])])),
            ]),
        ),
    ];
    write(&dir.path().join("p.tar"), &samples);
    let out = run(&dir, &["convert", "--layout", "members", "p.tar", "m.tar"]).sound();
    assert!(out.contains("m.tar: 2 samples, "), "{out}");
    let groups: Vec<_> = Dataset::<Group>::open(dir.path().join("m.tar")).unwrap().ordered().flatten().collect();
    assert_eq!(groups[0].names().collect::<Vec<_>>(), ["label.cls", "text", "jpg", "emb.npy", "ok.json"]);
    assert_eq!(groups[1].names().collect::<Vec<_>>(), ["text", "jpg", "tags.json", "mixed.mp"]);
    run(&dir, &["convert", "--layout", "packed", "--max-count", "1", "m.tar", "back-%02d.tar"]).sound();
    let pattern = dir.path().join("back-{00..01}.tar");
    let back: Vec<_> =
        Dataset::<DictSample>::open(pattern.to_str().unwrap()).unwrap().ordered().with_keys().flatten().collect();
    assert_eq!((back[0].0.as_str(), back[1].0.as_str()), ("0", "d/1"));
    for ((_, back), (_, sample)) in back.iter().zip(&samples) {
        // Of null there is no member.
        for (name, value) in sample.iter().filter(|(_, value)| **value != Value::Nil) {
            match value.as_array() {
                Some(array) => assert_eq!(back.array(name).unwrap(), array.unwrap()),
                None => assert_eq!(&back[name], value, "{name}"),
            }
        }
        assert_eq!(back.len(), sample.iter().filter(|(_, value)| **value != Value::Nil).count());
    }
    let cut = fs::read(dir.path().join("m.tar")).unwrap();
    fs::write(dir.path().join("cut.tar"), &cut[..cut.len() / 2 / 512 * 512]).unwrap();
    let error = run(&dir, &["convert", "--layout", "packed", "cut.tar", "none.tar"]).problems();
    assert!(error.contains("error: cut.tar: expected the end-of-archive blocks") && !error.contains("lost"), "{error}");
    assert!(!dir.path().join("none.tar").exists());
}

fn names(dir: &tempfile::TempDir, shard: &str) -> Vec<Vec<String>> {
    let groups = Dataset::<Group>::open(dir.path().join(shard)).unwrap().ordered().map(Result::unwrap);
    groups.map(|group| group.names().map(str::to_owned).collect()).collect()
}

#[test]
fn a_field_is_the_same_member_in_all_samples() {
    let dir = dir();
    let score = [Value::Float(0.5), Value::Float(f64::NAN), Value::Nil, 1.into(), true.into()];
    let kind = ["cat".into(), 3.into(), Value::Float(1.5), "5".into(), Value::Nil];
    let samples: Vec<_> = score
        .iter()
        .zip(&kind)
        .enumerate()
        .map(|(at, (score, kind))| {
            let sample = sample([("score", score.clone()), ("kind", kind.clone()), ("never", Value::Nil)]);
            (["0", "1", "2", "3", "4"][at], sample)
        })
        .collect();
    write(&dir.path().join("p.tar"), &samples);
    let run = run(&dir, &["convert", "--layout", "members", "p.tar", "m.tar"]);
    assert!(run.stderr.contains("warning: never: null in all samples"), "{}", run.stderr);
    let found = names(&dir, "m.tar");
    assert_eq!(found[0], ["score.mp", "kind.json"]);
    assert_eq!((&found[2][..], &found[4][..]), (&["kind.json".to_owned()][..], &["score.mp".to_owned()][..]));
    super::run(&dir, &["convert", "--layout", "packed", "m.tar", "back.tar"]).sound();
    let back = Dataset::<DictSample>::open(dir.path().join("back.tar")).unwrap().ordered().map(Result::unwrap);
    for (back, (_, sample)) in back.zip(&samples) {
        for (name, value) in &back {
            assert!(sample[name] == *value || matches!(value, Value::Float(value) if value.is_nan()), "{name}");
        }
    }
}

#[test]
fn a_member_is_the_same_field_in_all_samples() {
    let dir = dir();
    let shard = [
        ("0.depth.json", &b"[1]"[..]),
        ("0.meta.json", b"{}"),
        ("1.depth.json", b"[2]"),
        ("1.depth.cls", b"3"),
        ("2.depth.cls", b"4"),
    ];
    fs::write(dir.path().join("m.tar"), archive(&shard)).unwrap();
    run(&dir, &["convert", "--layout", "packed", "m.tar", "p.tar"]).sound();
    let samples: Vec<_> =
        Dataset::<DictSample>::open(dir.path().join("p.tar")).unwrap().ordered().map(Result::unwrap).collect();
    let fields: Vec<Vec<_>> = samples.iter().map(|sample| sample.iter().map(|(name, _)| name).collect()).collect();
    assert_eq!(fields, [vec!["depth.json", "meta"], vec!["depth.json", "depth.cls"], vec!["depth.cls"]]);
}

#[test]
fn members_keep_their_names_on_the_way_to_packed_samples_and_back() {
    let dir = dir();
    let shard = [
        ("0.cls", &b"cat"[..]),
        ("0.json", b"3"),
        ("0.mp", b"\x81\xa1a\x01"),
        ("0.caption.text", b"a cat"),
        ("0.speaker.id", b"7"),
        ("0.meta.jsn", b"{\"a\":1}"),
        ("0.label.cls", b"9"),
        ("0.seg.png", PNG),
    ];
    fs::write(dir.path().join("m.tar"), archive(&shard)).unwrap();
    run(&dir, &["convert", "--layout", "packed", "m.tar", "p.tar"]).sound();
    run(&dir, &["convert", "--layout", "members", "p.tar", "again.tar"]).sound();
    assert_eq!(names(&dir, "again.tar"), names(&dir, "m.tar"));
    let groups = |name: &str| -> Vec<_> {
        let group = Dataset::<Group>::open(dir.path().join(name)).unwrap().head(1).unwrap().remove(0);
        group.names().map(|name| (name.to_owned(), group.value(name).unwrap())).collect()
    };
    assert_eq!(groups("again.tar"), groups("m.tar"));
}

#[test]
fn errors_of_conversion_name_the_shard_and_are_none_of_the_command_line() {
    let dir = dir();
    fs::write(dir.path().join("m-0.tar"), archive(&[("a.json", b"{}")])).unwrap();
    fs::write(dir.path().join("m-1.tar"), archive(&[("b.json", b"{a")])).unwrap();
    let error = run(&dir, &["convert", "--layout", "packed", "m-{0..1}.tar", "p.tar"]).problems();
    assert!(error.contains("m-1.tar @ 0: key b: "), "{error}");
    write(&dir.path().join("p.tar"), &[("0", sample([("imageId", 7.into())]))]);
    let error = run(&dir, &["convert", "--layout", "members", "p.tar", "m.tar"]).problems();
    assert!(error.contains("readers take it in lower case: a sample type writes such a field by"), "{error}");
}

#[test]
fn damage_inside_of_members_is_a_problem() {
    let dir = dir();
    for (name, content, expected) in [
        ("x.json", &b"{a:1}"[..], "json"),
        ("x.txt", b"\xff", "txt"),
        ("x.npy", b"\x93NUMPY", "npy"),
        ("x.json.gz", b"\x1f\x8b\x08", "json.gz"),
        ("x.jpg", b"", "expected JPEG, PNG, WebP, GIF, TIFF or BMP, found nothing"),
        ("x.seg.png", b"text", "expected JPEG, PNG, WebP, GIF, TIFF or BMP, found `text`"),
    ] {
        fs::write(dir.path().join("x.tar"), archive(&[(name, content)])).unwrap();
        let error = run(&dir, &["inspect", "x.tar"]).problems();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[test]
fn statistics_look_into_maps_and_count_what_is_none() {
    let dir = dir();
    let shard = [
        ("0.json", &br#"{"width":640,"nsfw":NaN,"exif":null}"#[..]),
        ("1.json", br#"{"width":320,"nsfw":0.5,"exif":"x"}"#),
    ];
    fs::write(dir.path().join("x.tar"), archive(&shard)).unwrap();
    let out = run(&dir, &["inspect", "--stats", "x.tar"]).sound();
    for line in ["json.width: 320 to 640", "json.nsfw: 0.5 to 0.5", "json.nsfw: once NaN", "json.exif: once null"] {
        assert!(out.contains(line), "{line}: {out}");
    }
    write(&dir.path().join("p.tar"), &[("0", sample([("emb", float_array(&[2], &[1.0, 2.0]))]))]);
    let out = run(&dir, &["inspect", "--stats", "p.tar"]).sound();
    assert!(out.contains("emb: 1 array: float32 [2] (1)"), "{out}");
}

#[test]
fn layouts_are_not_merged() {
    let dir = dir();
    write(&dir.path().join("p.tar"), &[("0", sample([("label", 7.into())]))]);
    fs::write(dir.path().join("m.tar"), archive(&[("1.cls", b"7")])).unwrap();
    let error = run(&dir, &["merge", "p.tar", "m.tar", "--out", "all.tar"]).problems();
    assert!(error.contains("dataset 0 are packed, and those of dataset 1 members as they are"), "{error}");
}

#[test]
fn a_schema_that_samples_contradict_is_not_left_in_the_index() {
    let dir = dir();
    fs::write(dir.path().join("m-0.tar"), archive(&[("a.cls", b"3"), ("b.cls", b"4")])).unwrap();
    fs::write(dir.path().join("m-1.tar"), archive(&[("c.cls", b"cat")])).unwrap();
    assert_eq!(run(&dir, &["schema", "infer", "m-0.tar", "--name", "Label", "--out", "label.json"]).code, 0);
    let error = run(&dir, &["index", "add", "labels", "m-{0..1}.tar", "--schema", "label.json"]).problems();
    assert!(error.contains("m-1.tar") && error.contains("key c"), "{error}");
    let record = fs::read_to_string(dir.path().join("label.json")).unwrap().replace("\"cls\"", "\"class\"");
    fs::write(dir.path().join("label.json"), record).unwrap();
    let error = run(&dir, &["index", "add", "labels", "m-0.tar", "--schema", "label.json"]).problems();
    assert!(!error.contains("is stored with other fields"), "{error}");
}

#[test]
fn conversion_keeps_the_other_members() {
    let dir = dir();
    let packed = |label: i64| sample([("label", label.into()), ("jpg", vec![1_u8].into())]).pack();
    let (first, second) = (packed(1), packed(2));
    let shard = [("a.msgpack", &first[..]), ("a.txt", b"cat"), ("a.jpg", b"x"), ("b.msgpack", &second[..])];
    fs::write(dir.path().join("p.tar"), archive(&shard)).unwrap();
    let groups = |name: &str| -> Vec<_> {
        Dataset::<Group>::open(dir.path().join(name)).unwrap().ordered().map(Result::unwrap).collect()
    };
    run(&dir, &["convert", "--layout", "packed", "p.tar", "q.tar"]).sound();
    assert_eq!(groups("q.tar")[0].names().collect::<Vec<_>>(), ["msgpack", "txt", "jpg"]);
    let run = run(&dir, &["convert", "--layout", "members", "p.tar", "m.tar"]);
    assert!(run.stderr.contains("error: 1 member was left out, beside a packed sample"), "{}", run.stderr);
    assert_eq!(run.code, 1, "what is left out of a copy is no success");
    let groups = groups("m.tar");
    assert_eq!(groups[0].names().collect::<Vec<_>>(), ["label.cls", "jpg", "txt"]);
    assert_eq!(groups[0].get("jpg").unwrap(), &b"\x01"[..]);
    assert_eq!(groups[0].get("txt").unwrap(), &b"cat"[..]);
}

#[test]
fn each_shard_is_converted_from_the_layout_that_it_has() {
    let dir = dir();
    write(&dir.path().join("s-0.tar"), &[("a", sample([("label", 7.into())]))]);
    fs::write(dir.path().join("s-1.tar"), archive(&[("a.label.cls", b"8"), ("b.label.cls", b"9")])).unwrap();
    let labels = |pattern: &str| -> Vec<_> {
        let pattern = dir.path().join(pattern);
        let samples = Dataset::<DictSample>::open(pattern.to_str().unwrap()).unwrap();
        samples
            .ordered()
            .with_keys()
            .map(|read| read.map(|(key, sample)| (key, sample["label"].clone())).unwrap())
            .collect()
    };
    // The same key at a border begins another shard.
    run(&dir, &["convert", "--layout", "packed", "--max-count", "9", "s-{0..1}.tar", "p-%d.tar"]).sound();
    assert_eq!(labels("p-{0..1}.tar"), [("a".into(), 7.into()), ("a".into(), 8.into()), ("b".into(), 9.into())]);
    let plain = std::process::Command::new(env!("CARGO_BIN_EXE_atdata"))
        .current_dir(dir.path())
        .args(["convert", "--layout", "packed", "-", "stdin.tar"])
        .stdin(fs::File::open(dir.path().join("s-1.tar")).unwrap())
        .output()
        .unwrap();
    assert!(plain.status.success(), "{}", String::from_utf8_lossy(&plain.stderr));
    assert_eq!(labels("stdin.tar"), [("a".into(), 8.into()), ("b".into(), 9.into())]);
}

#[test]
fn plain_shards_are_added_to_an_index_by_the_schema_of_their_members() {
    let dir = dir();
    fs::write(dir.path().join("photos.tar"), plain()).unwrap();
    let index = |args: &[&str]| run(&dir, &[&["--index", "i.db"], args].concat());
    assert_eq!(index(&["schema", "infer", "photos.tar", "--name", "Photo", "--out", "photo.json"]).code, 0);
    index(&["index", "add", "photos", "photos.tar", "--schema", "photo.json"]).sound();
    let text = fs::read_to_string(dir.path().join("photo.json")).unwrap();
    fs::write(dir.path().join("other.json"), text.replace("\"cls\"", "\"class\"").replace("Photo", "Other")).unwrap();
    let error = index(&["index", "add", "other", "photos.tar", "--schema", "other.json"]).problems();
    assert_eq!(
        error,
        "error: photos.tar: key a: the sample is none of Other@1.0.0:\n  class: expected a member `class`, found `png`, `cls`, \
         `txt`; `\"member\": \"class|cls\"` of the field in the schema reads that as well\n  found a member `cls` that no field \
         takes; the schema takes `png`, `class`, `txt`, `json`: `\"member\": \"class|cls\"` of a field reads it, \
         `\"allowUnknown\": true` of the schema passes over it\n"
    );
}

#[test]
fn what_is_in_the_members_is_held_against_the_schema() {
    let dir = dir();
    fs::write(dir.path().join("photos.tar"), plain()).unwrap();
    let index = |args: &[&str]| run(&dir, &[&["--index", "i.db"], args].concat());
    assert_eq!(index(&["schema", "infer", "photos.tar", "--name", "Photo", "--out", "photo.json"]).code, 0);
    let sample = |class: &str, image: &[u8], json: &str| {
        archive(&[
            ("a.png", PNG),
            ("a.cls", b"3"),
            ("b.png", image),
            ("b.cls", class.as_bytes()),
            ("b.json", json.as_bytes()),
        ])
    };
    fs::write(dir.path().join("sound.tar"), sample("5\n", PNG, r#"{"w":1}"#)).unwrap();
    index(&["index", "add", "sound", "sound.tar", "--schema", "photo.json"]).sound();
    fs::write(dir.path().join("wrong.tar"), sample("cat", b"text", "[1]")).unwrap();
    let error = index(&["index", "add", "wrong", "wrong.tar", "--schema", "photo.json"]).problems();
    assert_eq!(
        error,
        "error: wrong.tar: key b: the sample is none of Photo@1.0.0:\n  png: expected bytes of an image, found bytes of \
         something else\n  cls: expected a whole number in the member `cls`, found \"cat\"\n  json: expected map<str, int>, found \
         list\n"
    );
    index(&["index", "add", "wrong", "wrong.tar", "--schema", "photo.json", "--unchecked"]).sound();
}

#[test]
fn plain_shards_are_verified_by_their_checksums() {
    let dir = dir();
    fs::write(dir.path().join("photos.tar"), plain()).unwrap();
    let index = |args: &[&str]| run(&dir, &[&["--index", "i.db"], args].concat());
    assert_eq!(index(&["schema", "infer", "photos.tar", "--name", "Photo", "--out", "photo.json"]).code, 0);
    index(&["index", "add", "photos", "photos.tar", "--schema", "photo.json"]).sound();
    let out = index(&["verify", "photos"]).sound();
    assert!(out.contains("[PASS]") && out.ends_with("All checksums verified.\n"), "{out}");
    let mut changed = plain();
    let at = changed.windows(5).position(|window| window == b"a cat").unwrap();
    changed[at] = b'b';
    fs::write(dir.path().join("photos.tar"), changed).unwrap();
    let found = index(&["verify", "photos"]);
    assert!(found.code == 1 && found.stdout.contains("[FAIL]"), "{}", found.stdout);
}

#[test]
fn images_are_told_in_packed_samples_too() {
    let dir = dir();
    write(
        &dir.path().join("p.tar"),
        &[("0", sample([("image", PNG.to_vec().into()), ("views", Value::List(vec![PNG.to_vec().into()]))]))],
    );
    let out = run(&dir, &["head", "p.tar"]).sound();
    assert!(out.contains("  image: png 640 x 480, 26 bytes\n  views: [png 640 x 480, 26 bytes]\n"), "{out}");
    let record: serde_json::Value = serde_json::from_str(&run(&dir, &["schema", "infer", "p.tar"]).stdout).unwrap();
    assert_eq!((&record["fields"][0]["image"], record.get("layout")), (&"rgb8".into(), None));
}

/// Of a shard that does not end as it should what is left is not converted as if it were all.
#[test]
fn what_is_left_of_a_damaged_shard_is_not_converted() {
    let dir = dir();
    let mut hole = archive(&[("a.txt", b"1"), ("b.txt", b"2"), ("c.txt", b"3")]);
    hole[1024..1536].fill(0);
    let whole = archive(&[("a.txt", b"1"), ("b.txt", b"2")]);
    let block = [&whole[..1024], &whole[1536..2048], &[0; 512]].concat();
    for (name, shard) in [("hole", &hole[..]), ("cut", &whole[..1800]), ("block", &block)] {
        fs::write(dir.path().join("x.tar"), shard).unwrap();
        let told = run(&dir, &["convert", "--layout", "packed", "x.tar", "out.tar"]).problems();
        assert!(told.starts_with("error: x.tar"), "{name}: {told}");
        assert!(!dir.path().join("out.tar").exists(), "{name}");
    }
}
