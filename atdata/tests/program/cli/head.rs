//! `atdata head`: samples as text and as JSON.

use std::fs;

use atdata::{DictSample, DynArray, Value};
use ndarray::{Array1, array};
use num_complex::Complex;

use super::{archive, dir, float_array, raw_array, run, sample, write};

#[test]
fn a_key_that_is_nearly_there_is_named() {
    let dir = dir();
    fs::write(dir.path().join("x.tar"), archive(&[("./0001.msgpack", b"\x81\xa1x\x01")])).unwrap();
    assert_eq!(
        run(&dir, &["head", "--key", "0001", "x.tar"]).problems(),
        "error: no sample has the key \"0001\"; there is \"./0001\"\n"
    );
}

/// A sample with a value of every kind.
fn every_kind() -> DictSample {
    let complex = DynArray::from_array(&array![Complex::new(1.0_f32, -0.5)]).to_bytes();
    let bools = DynArray::from_array(&array![true, false]).to_bytes();
    let many = DynArray::from_array(&Array1::from_iter(0_i64..100)).to_bytes();
    sample([
        ("__key__", "mine".into()),
        ("$x", Value::Nil),
        ("text", "a\u{1b}[31m\"\n".into()),
        ("long", "é".repeat(81).into()),
        ("max", u64::MAX.into()),
        ("nan", f64::NAN.into()),
        ("raw", Value::Bin(vec![0, 0xff, 0xfe].into())),
        ("list", Value::List((0..6).map(Value::Int).collect())),
        ("map", Value::Map(vec![("k".to_owned(), true.into())])),
        ("f4", float_array(&[2, 3], &[0.1, 0.2, 0.3, 4.0, f32::INFINITY, f32::NAN])),
        ("big", raw_array(">f4", 1, &0.1_f32.to_be_bytes())),
        ("c8", Value::Bin(complex.into())),
        ("b1", Value::Bin(bools.into())),
        ("many", Value::Bin(many.into())),
        ("date", raw_array("<M8[D]", 1, &18_262_i64.to_le_bytes())),
        ("u", raw_array("<U2", 1, b"\xe9\0\0\0\0\0\0\0")),
        ("s", raw_array("|S2", 1, b"a\0")),
    ])
}

#[test]
fn head_shows_every_kind_of_value() {
    let dir = dir();
    write(&dir.path().join("x.tar"), &[("k", every_kind())]);
    let cut = "é".repeat(77);
    assert_eq!(
        run(&dir, &["head", "x.tar"]).sound(),
        format!(
            r#"--- Sample 0 (k) ---
  __key__: "mine"
  $x: null
  text: "a\u{{1b}}[31m\"\n"
  long: "{cut}..."
  max: 18446744073709551615
  nan: NaN
  raw: b"\x00\xff\xfe"
  list: [0, 1, ... (6 items)]
  map: {{"k": true}}
  f4: array float32 (2, 3) [0.1, 0.2, 0.3, …]
  big: array >f4 (1) [0.1]
  c8: array complex64 (1) [1.0-0.5i]
  b1: array bool (2) [true, false]
  many: array int64 (100) [0, 1, 2, …]
  date: array <M8[D] (1) [18262]
  u: array <U2 (1) ["é"]
  s: array |S2 (1) [b"a"]
"#
        )
    );
}

#[test]
fn head_gives_json_lines() {
    let dir = dir();
    write(&dir.path().join("x.tar"), &[("k", every_kind())]);
    let long = "é".repeat(81);
    let expected = [
        r#"{"__key__":"k","$__key__":"mine","$$x":null,"text":"a\u001b[31m\"\n","long":""#,
        &long,
        r#"","max":18446744073709551615,"nan":"NaN","raw":{"$bytes":"AP/+"},"list":[0,1,2,3,4,5],"map":{"k":true},"#,
        r#""f4":{"dtype":"<f4","shape":[2,3],"values":[0.10000000149011612,0.20000000298023224,0.30000001192092896,4.0,"Infinity","NaN"]},"#,
        r#""big":{"dtype":">f4","shape":[1],"values":[0.10000000149011612]},"#,
        r#""c8":{"dtype":"<c8","shape":[1],"values":[[1.0,-0.5]]},"#,
        r#""b1":{"dtype":"|b1","shape":[2],"values":[true,false]},"#,
        r#""many":{"dtype":"<i8","shape":[100],"values":[0,1,2,3,4,5,6,7]},"#,
        r#""date":{"dtype":"<M8[D]","shape":[1],"values":[18262]},"#,
        r#""u":{"dtype":"<U2","shape":[1],"values":["é"]},"#,
        r#""s":{"dtype":"|S2","shape":[1],"values":[{"$bytes":"YQ=="}]}}"#,
        "\n",
    ];
    assert_eq!(run(&dir, &["head", "--json", "x.tar"]).sound(), expected.concat());
}

#[test]
fn head_counts_and_finds_samples() {
    let dir = dir();
    let samples: Vec<_> = ["0", "1", "2", "3", "4", "5"].map(|key| (key, sample([("n", 1.into())]))).into();
    write(&dir.path().join("x-0.tar"), &samples[..4]);
    write(&dir.path().join("x-1.tar"), &samples[4..]);
    let shown = |args: &[&str]| run(&dir, args).sound().matches("---\n").count();
    assert_eq!(shown(&["head", "x-{0..1}.tar"]), 5);
    assert_eq!(shown(&["head", "-n", "2", "x-0.tar"]), 2);
    assert_eq!(shown(&["head", "-n", "100", "x-0.tar", "x-1.tar"]), 6);
    assert_eq!(shown(&["head", "-n0", "x-0.tar"]), 0);
    assert_eq!(run(&dir, &["head", "--key", "5", "x-{0..1}.tar"]).sound(), "--- Sample 5 (5) ---\n  n: 1\n");
    assert_eq!(run(&dir, &["head", "--key", "9", "x-0.tar"]).problems(), "error: no sample has the key \"9\"\n");
}

#[test]
fn head_tells_of_samples_that_may_be_lost() {
    let dir = dir();
    let names = ["a.msgpack", "b.msgpack", "c.msgpack", "d.msgpack", "e.msgpack"];
    let mut bytes = archive(&names.map(|name| (name, &b"\x81\xa1x\x01"[..])));
    bytes[1000..4000].fill(0);
    fs::write(dir.path().join("x.tar"), bytes).unwrap();
    let head = run(&dir, &["head", "x.tar"]);
    assert_eq!(head.stdout, "--- Sample 0 (a) ---\n  x: 1\n");
    let problem = "error: x.tar: expected nothing but zeros behind the end of the archive, found data at 4096";
    assert!(head.problems().starts_with(problem));
    // Who has as many as were asked for does not look further.
    run(&dir, &["head", "-n1", "x.tar"]).sound();
}

#[test]
fn members_that_are_not_what_they_are_called_are_told() {
    let dir = dir();
    fs::write(dir.path().join("x.tar"), archive(&[("a.cls", b"3"), ("a.json", b"{"), ("b.cls", b"4")])).unwrap();
    let head = run(&dir, &["head", "x.tar"]);
    assert_eq!(head.stdout, "--- Sample 0 (a) ---\n  cls: 3\n  json: b\"{\"\n--- Sample 1 (b) ---\n  cls: 4\n");
    let problems = head.problems();
    assert!(problems.starts_with("error: x.tar @ 0: key a: ") && problems.contains("json"), "{problems}");
    assert_eq!(problems.lines().count(), 1, "{problems}");
}

/// In whatever command: the place of an error is a path, in which a member comes once.
#[test]
fn a_member_is_named_once_in_what_is_told_of_it() {
    let dir = dir();
    let members = [("a.cls", &b"3"[..]), ("a.json", b"{\"x\": [1,"), ("b.cls", b"4")];
    fs::write(dir.path().join("x.tar"), archive(&members)).unwrap();
    let record = r#"{"name":"T","version":"1.0.0","layout":"members","fields":[
        {"name":"cls","member":"cls","optional":true,"fieldType":{"$type":"local#primitive","primitive":"int"}},
        {"name":"json","member":"json","optional":true,"fieldType":{"$type":"local#any"}}]}"#;
    fs::write(dir.path().join("t.json"), record).unwrap();
    for args in [
        &["head", "x.tar"][..],
        &["head", "--json", "x.tar"],
        &["inspect", "x.tar"],
        &["schema", "infer", "x.tar"],
        &["convert", "--layout", "packed", "x.tar", "out.tar"],
        &["convert", "--layout", "packed", "--schema", "t.json", "x.tar", "out.tar"],
    ] {
        let told = run(&dir, args);
        assert!(told.code != 0, "{args:?}: {}", told.stdout);
        let told = told.stderr;
        let line = told.lines().find(|line| line.contains("key a: ")).unwrap_or_else(|| panic!("{args:?}: {told}"));
        assert!(line.contains("key a: [\"json\"]: ") && line.matches("json\"]").count() == 1, "{args:?}: {told}");
    }
}

/// As `inspect` tells of it: of an array in a member of msgpack there is less than its header says.
#[test]
fn damaged_arrays_in_members_are_told() {
    let dir = dir();
    let Value::Bin(array) = raw_array("<i4", 3, &[0; 4]) else { unreachable!() };
    let map = [&b"\x81\xa1m\xc4"[..], &[u8::try_from(array.len()).unwrap()], &array].concat();
    fs::write(dir.path().join("x.tar"), archive(&[("a.cls", b"3"), ("a.mp", &map)])).unwrap();
    let told = ["head", "inspect"].map(|command| run(&dir, &[command, "x.tar"]).problems());
    assert!(told[0].contains("key a: [\"mp\"][\"m\"]: "), "{}", told[0]);
    assert_eq!(told[0], told[1]);
}

#[test]
fn head_goes_on_behind_a_damaged_sample() {
    let dir = dir();
    fs::write(dir.path().join("x.tar"), archive(&[("a.msgpack", b"\xc1"), ("b.msgpack", b"\x81\xa1x\x01")])).unwrap();
    let head = run(&dir, &["head", "x.tar"]);
    assert_eq!(head.stdout, "--- Sample 1 (b) ---\n  x: 1\n");
    assert_eq!(head.problems(), "error: x.tar @ 0: key a: expected a map, found the reserved byte c1\n");
}
