//! Predicates as text and back, what is refused and where, and what holds of which values.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, dead_code)]

use super::*;
use crate::error::ErrorKind;
use crate::sample::{DictSample, Packable, Value};

fn parse(text: &str) -> Predicate<DictSample> {
    Predicate::parse(text).unwrap()
}

fn refused(text: &str) -> String {
    let error = Predicate::<DictSample>::parse(text).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    error.to_string()
}

#[test]
fn text_is_written_as_it_was_read() {
    for text in [
        r#"label = "cat""#,
        r#"label = "cat" and confidence > 0.9 or not note is null"#,
        "(a = 1 or b = 2) and c = 3",
        "a = 1 or b = 2 and c = 3",
        "a = 1 and (b = 2 and c = 3)",
        "a = 1 or (b = 2 or c = 3)",
        "not (a = 1 or b = 2)",
        "not not a = 1",
        "not a = 1 and b = 2",
        "a in ()",
        r#"a in (1, -2.5, "x", true)"#,
        "a between -1 and 1.0",
        "a is nan or a != nan or a > inf or a > -inf",
        "tags contains \"a \\\"b\\\" \\\\ \\n\\u{7}\"",
        "meta.`is`.`no word`.inner <= 3",
        "größe >= 170141183460469231731687303715884105727",
    ] {
        let predicate = parse(text);
        assert_eq!(predicate.to_string(), text);
        assert_eq!(parse(&predicate.to_string()), predicate);
    }
    for (given, written) in [
        ("A==1 AND b<>2", "A = 1 and b != 2"),
        ("a is not null", "not a is null"),
        ("a not in (1)", "not a in (1)"),
        ("a not between 1 and 2", "not a between 1 and 2"),
        ("a not contains 'x'", "not a contains \"x\""),
        ("((a = 1))", "a = 1"),
        ("a = 'it''s'", ""),
        ("a = 1e400", ""),
        ("a = -1e400", ""),
        ("a = .5 or a = +1 or a = 1e3", "a = 0.5 or a = 1 or a = 1000.0"),
    ] {
        match Predicate::<DictSample>::parse(given) {
            Ok(predicate) => assert_eq!(predicate.to_string(), written),
            Err(_) => assert_eq!(written, "", "{given}"),
        }
    }
}

#[test]
fn what_is_wrong_is_pointed_at() {
    for (text, expected) in [
        ("", "the predicate, character 1: expected a field, found the end\n  \n  ^"),
        (
            "a",
            "the predicate, character 2: expected what is asked of `a`, such as `= 1`, `in (1, 2)` or `is null`, found the end\n  a\n   ^",
        ),
        (
            "a = cat",
            "the predicate, character 5: expected a value, found `cat`; text is written in quotes\n  a = cat\n      ^^^",
        ),
        ("a = null", "the predicate, character 5: nothing is equal to null; ask `is null`\n  a = null\n      ^^^^"),
        (
            "a = 1 b = 2",
            "the predicate, character 7: expected `and`, `or` or the end, found `b`\n  a = 1 b = 2\n        ^",
        ),
        ("(a = 1", "the predicate, character 1: this parenthesis is not closed\n  (a = 1\n  ^"),
        ("a = 1)", "the predicate, character 6: no parenthesis is open here\n  a = 1)\n       ^"),
        ("a = \"x", "the predicate, character 5: the text is not closed by \"\n  a = \"x\n      ^"),
        ("a = 1x", "the predicate, character 5: \"1x\" is no number\n  a = 1x\n      ^^"),
        ("a in (1 2)", "the predicate, character 9: expected `,` or `)`, found 2\n  a in (1 2)\n          ^"),
        ("ä = 1 && b = 2", "the predicate, character 7: write `and`\n  ä = 1 && b = 2\n        ^"),
        (
            "a = '\\x'",
            "the predicate, character 6: no escape; there are `\\n`, `\\r`, `\\t`, `\\\\`, `\\u{1f600}`, and a backslash before a quote\n  a = '\\x'\n       ^^",
        ),
        ("a = 1\nor b ? 2", "the predicate, character 12: \"?\" means nothing here\n  or b ? 2\n       ^"),
    ] {
        assert_eq!(refused(text), expected, "{text}");
    }
    let long = format!("{} or b = cat or {}", vec!["a = 1"; 100].join(" or "), vec!["c = 1"; 100].join(" or "));
    let error = refused(&long);
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines.len(), 3);
    let (start, len) = (lines[2].find('^').unwrap(), lines[2].trim().len());
    assert_eq!(lines[1].chars().skip(start).take(len).collect::<String>(), "cat");
    assert!(lines[1].chars().count() < 90, "{error}");
}

#[derive(atdata_derive::Packable, Debug, Clone, PartialEq)]
#[packable(query)]
struct Camera {
    model: Option<String>,
    iso: u32,
}

#[derive(atdata_derive::PackField, Debug, Clone, PartialEq)]
#[packable(rename_all = "snake_case")]
enum Split {
    Train,
    Test,
}

#[derive(atdata_derive::Packable, Debug, Clone, PartialEq)]
#[packable(query = PhotoFields)]
struct Photo {
    image: Vec<u8>,
    label: String,
    #[packable(alias = "conf", default = 0.25)]
    confidence: f64,
    small: Option<f32>,
    tags: Vec<String>,
    counts: Option<Vec<Option<i64>>>,
    #[packable(rename = "set")]
    split: Split,
    is_new: bool,
    camera: Option<Camera>,
}

fn photo() -> Photo {
    Photo {
        image: vec![1; 100],
        label: "cat".into(),
        confidence: 0.9,
        small: None,
        tags: vec!["a".into(), "b".into()],
        counts: Some(vec![Some(3), None]),
        split: Split::Train,
        is_new: true,
        camera: Some(Camera { model: None, iso: 100 }),
    }
}

#[test]
fn what_the_type_does_not_have_is_refused() {
    for (text, expected) in [
        ("lable = 'cat'", "1: `Photo` has no field \"lable\"; did you mean \"label\"?"),
        ("camera.izo = 1", "8: `Camera` has no field \"izo\"; did you mean \"iso\"?"),
        ("label.x = 1", "7: `label` is str, which has no fields inside"),
        ("confidence > 'high'", "14: `confidence` is float, and is compared with text"),
        ("confidence between 0 and 'b'", "26: `confidence` is float, and is compared with text"),
        ("label in ('a', 2)", "16: `label` is str, and is compared with a number"),
        ("tags = 'a'", "6: `tags` is list<str>, of which `contains` or `is null` can be asked"),
        ("tags contains 1", "15: `tags` is list<str>, and never holds a number"),
        ("label contains 'a'", "7: `label` is str, and only lists and sets contain values"),
        ("image = 'a'", "7: `image` is bytes, of which only `is null` can be asked"),
        ("is_new > false", "8: `is_new` is bool, which has no order: ask `=`, `!=` or `in`"),
        ("set = 'tran'", "7: `set` is enum<\"train\", \"test\">, and never this; did you mean \"train\"?"),
        ("label is nan", "7: `label` is str, and only floats can be nan"),
    ] {
        let error = Predicate::<Photo>::parse(text).unwrap_err().to_string();
        let first = error.lines().next().unwrap();
        assert_eq!(first, format!("the predicate, character {expected}"), "{text}");
    }
    for text in
        ["camera.iso > 50 and camera is null", "counts contains 3", "set in (\"train\", \"test\")", "small is nan"]
    {
        assert_eq!(Predicate::<Photo>::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn fields_of_types_make_what_text_makes() {
    type Of = PhotoFields;
    let camera = || Of::camera().then(Camera::iso());
    for (made, text) in [
        (Of::label().eq("cat") & Of::confidence().gt(0.9), "label = \"cat\" and confidence > 0.9"),
        (!(Of::label().ne(String::from("cat")) | Of::small().le(1)), "not (label != \"cat\" or small <= 1)"),
        (Of::tags().contains("x") & !Of::counts().contains(3), "tags contains \"x\" and not counts contains 3"),
        (Of::split().eq(Split::Test) | Of::split().is_in([Split::Train]), "set = \"test\" or set in (\"train\")"),
        (Of::is_new().eq(true) & Of::image().is_null(), "is_new = true and image is null"),
        (
            camera().between(50, 200.0) & Of::camera().then(Camera::model()).is_null(),
            "camera.iso between 50 and 200.0 and camera.model is null",
        ),
        (Of::confidence().is_nan() | Of::confidence().lt(f64::NAN), "confidence is nan or confidence < nan"),
        (Of::label().ge("b"), "label >= \"b\""),
    ] {
        assert_eq!(made.to_string(), text);
        assert_eq!(Predicate::parse(text).unwrap(), made);
    }
    assert_eq!((Of::label().eq("a") & Of::label().ne("b") & camera().gt(1)).fields(), ["label", "camera.iso"]);
    assert!(format!("{:?} {:?}", Of::label(), Of::label().eq("x")).contains("FieldOf(label) Predicate(label = \"x\")"));
}

#[test]
fn missing_values_are_equal_to_nothing_and_not_is_plain() {
    let sample = |value: Value| DictSample::from_iter([("x", value), ("y", Value::from(1_i64))]);
    let holds = |text: &str, value: Value| parse(text).matches(&sample(value)).unwrap();
    for missing in [Value::Nil, Value::Float(f64::NAN)] {
        let is_null = matches!(missing, Value::Nil);
        for text in [
            "x = 0",
            "x < 0",
            "x <= 0",
            "x > 0",
            "x >= 0",
            "x in (0, nan)",
            "x between -inf and inf",
            "x = nan",
            "x contains 0",
        ] {
            assert!(!holds(text, missing.clone()), "{text}");
            assert!(holds(&format!("not {text}"), missing.clone()), "{text}");
        }
        assert!(holds("x != 0", missing.clone()) && holds("x != nan", missing.clone()));
        assert_eq!((holds("x is null", missing.clone()), holds("x is nan", missing.clone())), (is_null, !is_null));
    }
    assert!(holds("z is null and not z = 1 and z != 1 and z.inner is null", Value::Nil));
    // What is of another kind is not equal, and has no order.
    for text in ["x = 1", "x = true", "x < 'z'", "x > 0"] {
        assert!(!holds(text, Value::Bin(vec![1].into())), "{text}");
    }
    assert!(
        !holds("x = 1", Value::Bool(true))
            && holds("x = true", Value::Bool(true))
            && !holds("x > false", Value::Bool(true))
    );
    assert!(holds("x = 1.0 and x < 1.5", Value::from(1_i64)));
    assert!(holds("x = 18446744073709551615 and x < 18446744073709551616.0", Value::UInt(u64::MAX)));
    let map = Value::Map(vec![
        ("a".into(), Value::from(3_i64)),
        ("b".into(), Value::List(vec![Value::Nil, Value::Str("s".into())])),
    ]);
    assert!(holds("x.a = 3 and x.b contains 's' and x.c is null and not x is null", map.clone()));
    assert!(holds("x.a.b is null and x.b.c is null and not x.b contains 1", map));
}

/// What the reader of the type does is seen: other names, defaults, fields in another order, twice.
#[test]
fn samples_are_asked_as_their_type_reads_them() {
    let asked = |text: &str, bytes: &[u8]| {
        Predicate::<Photo>::parse(text).unwrap().asked().keeps(&mut crate::sample::Cursor::new(bytes))
    };
    let whole = photo().pack();
    assert!(asked("label = 'cat' and confidence = 0.9 and camera.iso = 100", &whole).unwrap());
    assert!(asked("camera.model is null and small is null and counts contains 3", &whole).unwrap());
    let mut value = DictSample::unpack(&whole).unwrap();
    value = value
        .iter()
        .filter(|(name, _)| !["confidence", "small"].contains(name))
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    // The default, and an optional field that is not there.
    assert!(asked("confidence = 0.25 and small is null", &value.pack()).unwrap());
    let alias: DictSample = [("conf".to_owned(), Value::from(0.5))]
        .into_iter()
        .chain(value.iter().map(|(n, v)| (n.to_owned(), v.clone())))
        .collect();
    assert!(asked("confidence = 0.5", &alias.pack()).unwrap());
    // A whole number in a field of floats.
    let int: DictSample = [("confidence".to_owned(), Value::from(1_i64))]
        .into_iter()
        .chain(value.iter().map(|(n, v)| (n.to_owned(), v.clone())))
        .collect();
    assert!(asked("confidence = 1.0", &int.pack()).unwrap());
    // What does not fit is the error of the type.
    let wrong: DictSample = [("confidence".to_owned(), Value::from("high"))]
        .into_iter()
        .chain(value.iter().map(|(n, v)| (n.to_owned(), v.clone())))
        .collect();
    let error = asked("confidence = 1.0", &wrong.pack()).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().contains("Photo.confidence")),
        (ErrorKind::SchemaMismatch, true),
        "{error}"
    );
    assert!(asked("label = 'cat'", &wrong.pack()).unwrap());
    assert_eq!(asked("label = 'cat'", b"\x81\xa5label").unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn no_depth_overflows_the_stack() {
    let deep = |n: usize| format!("{}a = 1{}", "not (".repeat(n), ")".repeat(n));
    assert!(
        refused(&deep(10_000))
            .starts_with("the predicate, character 2501: more than 1000 parentheses and `not`s inside of each other")
    );
    assert!(refused(&"(".repeat(10_000_000)).contains("more than 1000"));
    drop(parse(&deep(500)));
    let mut nots = parse("a = 1");
    let mut right = parse("b = 2");
    for n in 0..10_001 {
        right = if n % 2 == 0 { parse("a = 3") & right } else { parse("a = 3") | right };
    }
    for _ in 0..100_001 {
        nots = !nots;
    }
    let sample = DictSample::from_iter([("a", 1_i64), ("b", 2)]);
    assert!(!nots.matches(&sample).unwrap());
    let _ = right.matches(&sample).unwrap();
    assert!(nots.to_string().starts_with("not not not") && right.clone() == right && right.to_string().len() > 50_000);
    assert!(may_match(&right, &Nothing));
    // `and`s before parentheses are no depth of their own.
    let folded = |n: usize| format!("{}a = 1{}", "a = 1 and (b = 2 or (".repeat(n), "))".repeat(n));
    let right = parse(&folded(450));
    assert_eq!(parse(&right.to_string()), right);
    assert!(refused(&folded(501)).contains("more than 1000"));
    let around = vec!["not (a = 1)"; 2_000].join(" and ");
    assert!(!parse(&around).matches(&sample).unwrap());
    // Many beside each other are no depth.
    let wide = vec!["a = 1"; 20_000].join(" or ");
    assert!(parse(&wide).matches(&sample).unwrap());
    assert!(refused(&vec!["a"; 100].join(".")).contains("more than 64 names"));
}

struct Nothing;

impl Aggregates for Nothing {
    fn of(&self, _: &str) -> Option<Known<'_>> {
        None
    }
}

struct One<'a>(Known<'a>);

impl Aggregates for One<'_> {
    fn of(&self, field: &str) -> Option<Known<'_>> {
        (field == "x").then_some(self.0)
    }
}

#[test]
fn shards_are_left_out_only_where_no_row_can_match() {
    let known = |values| Known { values, may_be_null: false, may_be_nan: false };
    let check = |known: Known<'_>, may: &[&str], never: &[&str]| {
        for text in may {
            assert!(may_match(&parse(text), &One(known)), "{text} {known:?}");
        }
        for text in never {
            assert!(!may_match(&parse(text), &One(known)), "{text} {known:?}");
        }
    };
    let numbers = known(Values::Numbers { min: 1.0, max: 3.0 });
    check(
        numbers,
        &[
            "x = 1",
            "x = 2.5",
            "x > 2",
            "x >= 3",
            "x != 2",
            "x in (9, 3)",
            "x between 3 and 9",
            "not x = 2",
            "x < 0 or y = 1",
            "not x > 1",
        ],
        &[
            "x = 0",
            "x > 3",
            "x < 1",
            "x in (0, 9)",
            "x in ()",
            "x between 4 and 9",
            "x between 3 and 2 and x = 9",
            "x = 'a'",
            "x = nan",
            "x is null",
            "x is nan",
            "not x >= 1",
            "not x between 1 and 3",
            "not (x < 4 or y = 1)",
            "x > 3 and y = 1",
            "not not x > 3",
        ],
    );
    check(
        Known { may_be_null: true, may_be_nan: true, ..numbers },
        &["not x >= 1", "x is null", "x is nan", "x != 2"],
        &["x > 3"],
    );
    check(known(Values::Numbers { min: 2.0, max: 2.0 }), &["x = 2", "not x != 2"], &["x != 2", "not x = 2"]);
    // 2^53 + 1 was rounded to 2^53.
    check(
        known(Values::Numbers { min: 0.0, max: 9_007_199_254_740_992.0 }),
        &["x = 9007199254740993"],
        &["x > 9007199254740994"],
    );
    for (min, max) in [(f64::NAN, f64::NAN), (3.0, 1.0), (f64::INFINITY, f64::NEG_INFINITY)] {
        check(known(Values::Numbers { min, max }), &["x = 2", "not x = 2"], &[]);
    }
    let texts = ["cat".to_owned(), "dog".to_owned()];
    check(
        known(Values::Texts(&texts)),
        &["x = 'cat'", "x != 'cat'", "x >= 'dog'", "x in ('a', 'dog')", "not x = 'cat'"],
        &["x = 'cow'", "x > 'dog'", "x < 'cat'", "x = 1", "not x >= 'c'", "x is null", "not x in ('cat', 'dog')"],
    );
    check(
        Known { may_be_null: true, ..known(Values::Texts(&texts)) },
        &["not x in ('cat', 'dog')", "x is null"],
        &["x = 'cow'"],
    );
    check(
        known(Values::Booleans { any_true: true, any_false: false }),
        &["x = true", "x != false"],
        &["x = false", "not x = true"],
    );
    check(
        known(Values::Listed(&texts)),
        &["x contains 'cat'", "not x contains 'cat'", "x contains 3"],
        &["x contains 'cow'", "x is null"],
    );
    check(
        Known { may_be_null: true, ..known(Values::None) },
        &["x is null", "not x = 1", "x != 1"],
        &["x = 1", "x contains 'a'", "not x is null"],
    );
    check(known(Values::Unknown), &["x = 1", "not x = 1", "x contains 1", "x is nan"], &[]);
}

#[derive(atdata_derive::PackField, Debug, Clone, PartialEq)]
#[packable(rename_all = "snake_case")]
enum Size {
    Small,
    #[packable(other)]
    Unknown,
}

#[derive(atdata_derive::PackField, Debug, Clone, Copy, PartialEq)]
struct Meters(f64);

#[derive(atdata_derive::Packable, Debug, Clone, PartialEq)]
#[packable(query)]
struct Town {
    city: String,
}

#[derive(atdata_derive::Packable, Debug, Clone, PartialEq)]
#[packable(query)]
struct Labelled {
    size: Option<Size>,
    sizes: Vec<Size>,
    split: Split,
    splits: Vec<Split>,
    heights: Vec<Meters>,
    short: f32,
    #[packable(default = 7)]
    count: i64,
    #[packable(flatten)]
    town: Town,
}

fn labelled<const N: usize>(changed: [(&str, Value); N]) -> Vec<u8> {
    let texts = |texts: &[&str]| Value::List(texts.iter().map(|text| Value::from(*text)).collect());
    let mut fields: Vec<(String, Value)> = vec![
        ("size".into(), "small".into()),
        ("sizes".into(), texts(&["small"])),
        ("split".into(), "train".into()),
        ("splits".into(), texts(&["test"])),
        ("heights".into(), Value::List(vec![Value::from(2.5)])),
        ("short".into(), Value::from(0.1)),
        ("count".into(), Value::from(1_i64)),
        ("city".into(), "Ulm".into()),
    ];
    for (name, value) in changed {
        fields.retain(|(known, _)| known != name);
        fields.push((name.to_owned(), value));
    }
    fields.retain(|(_, value)| !matches!(value, Value::Bin(_)));
    DictSample::from_iter(fields).pack()
}

/// What the fast way says, which has to be what the sample itself says when it was read.
fn holds_of(predicate: &Predicate<Labelled>, bytes: &[u8]) -> bool {
    let found = predicate.asked().keeps(&mut crate::sample::Cursor::new(bytes)).unwrap();
    assert_eq!(predicate.matches(&Labelled::unpack(bytes).unwrap()).unwrap(), found, "{predicate}");
    found
}

#[test]
fn labels_are_what_the_type_reads_them_as() {
    let others = || Value::List(vec!["dev".into(), "small".into()]);
    let bytes = labelled([("size", "dev".into()), ("sizes", others())]);
    for yes in [
        Labelled::size().eq(Size::Unknown),
        Labelled::size().is_in([Size::Unknown]),
        Labelled::sizes().contains(Size::Unknown),
        Labelled::sizes().contains(Size::Small),
        Labelled::heights().contains(2.5),
        Labelled::splits().contains(Split::Test),
        !Labelled::size().is_null() & Labelled::town().then(Town::city()).eq("Ulm"),
    ] {
        assert!(holds_of(&yes, &bytes), "{yes}");
    }
    assert!(!holds_of(&Labelled::sizes().contains(Size::Unknown), &labelled([])));
    assert!(holds_of(&Labelled::size().is_null(), &labelled([("size", Value::Nil)])));
    let other_list = Value::List(vec!["dev".into()]);
    for (asked, bytes) in [
        (Labelled::split().eq(Split::Train), labelled([("split", "dev".into())])),
        (Labelled::splits().contains(Split::Train), labelled([("splits", other_list)])),
    ] {
        let error = asked.asked().keeps(&mut crate::sample::Cursor::new(&bytes)).unwrap_err();
        assert_eq!(error.to_string(), Labelled::unpack(&bytes).unwrap_err().to_string());
    }
}

/// The double of a field of `f32` is the one that the sample has, whatever else is missing.
#[test]
fn one_field_is_asked_as_ever_where_another_is_missing() {
    let asked = Labelled::short().eq(0.1) & Labelled::count().ge(1);
    let keeps = |bytes: &[u8]| asked.asked().keeps(&mut crate::sample::Cursor::new(bytes)).unwrap();
    assert!(keeps(&labelled([])));
    let missing = Value::Bin(vec![].into());
    assert!(keeps(&labelled([("count", missing.clone())])));
    let by_default = Labelled::count().eq(7) & Labelled::sizes().contains(Size::Small) & Labelled::short().lt(1);
    assert!(holds_of(&by_default, &labelled([("count", missing)])));
}

/// A type reads what is missing by a default, and other labels as one that it knows: nothing is left out for that.
#[test]
fn what_a_type_reads_otherwise_leaves_nothing_out() {
    struct Rows<'a>(&'a str, Known<'a>);
    impl Aggregates for Rows<'_> {
        fn of(&self, field: &str) -> Option<Known<'_>> {
            (field == self.0).then_some(self.1)
        }
    }
    let known = |values, may_be_null| Known { values, may_be_null, may_be_nan: false };
    let numbers = |may_be_null| Rows("count", known(Values::Numbers { min: 1.0, max: 2.0 }, may_be_null));
    let seven = Labelled::count().eq(7);
    assert!(may_match(&seven, &numbers(true)) && !may_match(&seven, &numbers(false)));
    assert!(!may_match(&seven.untyped(), &numbers(true)));
    let texts = ["dev".to_owned(), "small".to_owned()];
    let unknown = Labelled::size().eq(Size::Unknown);
    assert!(may_match(&unknown, &Rows("size", known(Values::Texts(&texts), false))));
    assert!(!may_match(&unknown, &Rows("size", known(Values::Texts(&texts[1..]), false))));
    let in_list = Labelled::sizes().contains(Size::Unknown);
    assert!(may_match(&in_list, &Rows("sizes", known(Values::Listed(&texts), false))));
    assert!(!may_match(&in_list, &Rows("sizes", known(Values::Listed(&texts[1..]), false))));
}

#[test]
fn nan_is_one_whatever_its_sign() {
    let made = PhotoFields::confidence().lt(-f64::NAN);
    assert_eq!(made.to_string(), "confidence < nan");
    assert_eq!(Predicate::parse("confidence < nan").unwrap(), made);
}

#[derive(atdata_derive::Packable)]
struct Dotted {
    #[packable(rename = "seg.png")]
    mask: i64,
}

#[test]
fn too_large_numbers_and_names_with_dots_are_told() {
    assert!(refused("a = 1e400").contains("\"1e400\" is more than any double; write `inf`"));
    let error = Predicate::<Dotted>::parse("seg.png = 1").unwrap_err().to_string();
    assert!(
        error.contains("`Dotted` has no field \"seg\"; a name with dots in it is written in backticks: `seg.png`"),
        "{error}"
    );
    assert_eq!(Predicate::<Dotted>::parse("`seg.png` = 1").unwrap().outer_fields(), ["seg.png"]);
    assert_eq!(parse("meta.a = 1 or meta.b = 1 and c = 1").outer_fields(), ["meta", "c"]);
}
