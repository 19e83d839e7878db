//! Datasets asked by predicates: against the obvious evaluation, over plans, ranks and tokens, of shards of any kind.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::BTreeSet;
use std::path::Path;

use atdata::dataset::{Composition, Policy, Tail};
use atdata::order::Order;
use atdata::query::{Aggregates, Known, Predicate, Values, may_match};
use atdata::{Dataset, DictSample, ErrorKind, Group, PackField, Packable, ShardWriter};
use proptest::prelude::*;

#[derive(PackField, Debug, Clone, Copy, PartialEq)]
pub(crate) enum Split {
    Train,
    Dev,
    Test,
}

#[derive(PackField, Debug, Clone, Copy, PartialEq)]
pub(crate) struct Celsius(pub(crate) f64);

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(query)]
pub(crate) struct Camera {
    pub(crate) iso: i64,
    pub(crate) note: Option<String>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(query)]
pub(crate) struct Row {
    pub(crate) image: Vec<u8>,
    pub(crate) label: String,
    pub(crate) score: Option<f64>,
    pub(crate) count: i64,
    pub(crate) temperature: Celsius,
    pub(crate) is_new: bool,
    pub(crate) split: Split,
    pub(crate) tags: Vec<String>,
    pub(crate) numbers: Option<BTreeSet<u8>>,
    pub(crate) camera: Option<Camera>,
    #[packable(flatten)]
    pub(crate) place: Place,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(query)]
pub(crate) struct Place {
    city: String,
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("cat".to_owned()),
        Just("dog".to_owned()),
        Just(String::new()),
        Just("a \"b\"\n\u{7}ü`\\".to_owned())
    ]
}

fn floats() -> impl Strategy<Value = f64> {
    let known = [0.0, -0.0, 0.5, 1.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 9_007_199_254_740_992.0];
    prop_oneof![prop::sample::select(known.to_vec()), any::<f64>()]
}

fn ints() -> impl Strategy<Value = i64> {
    let known = [0, 1, -1, 2, 9_007_199_254_740_992, 9_007_199_254_740_993, i64::MAX, i64::MIN];
    prop_oneof![prop::sample::select(known.to_vec()), any::<i64>()]
}

fn splits() -> impl Strategy<Value = Split> {
    prop_oneof![Just(Split::Train), Just(Split::Dev), Just(Split::Test)]
}

prop_compose! {
    pub(crate) fn rows()(
        label in words(), score in prop::option::of(floats()), count in ints(), temperature in floats(), is_new in any::<bool>(),
        split in splits(), tags in prop::collection::vec(words(), 0..3),
        numbers in prop::option::of(prop::collection::btree_set(0_u8..4, 0..3)),
        camera in prop::option::of((ints(), prop::option::of(words()))), city in words(),
    ) -> Row {
        let camera = camera.map(|(iso, note)| Camera { iso, note });
        Row { image: vec![7; 50], label, score, count, temperature: Celsius(temperature), is_new, split, tags, numbers, camera, place: Place { city } }
    }
}

/// What is asked, evaluated in the obvious way.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    Label(usize, String),
    Score(usize, f64),
    ScoreInt(usize, i64),
    Count(usize, i64),
    CountFloat(usize, f64),
    Temperature(usize, f64),
    IsNew(bool),
    Split(Vec<Split>),
    Between(f64, f64),
    Tags(String),
    Numbers(u8),
    Iso(usize, i64),
    NoteIs(String),
    City(Vec<String>),
    Null(usize),
    Nan,
    Not(Box<Ask>),
    And(Box<Ask>, Box<Ask>),
    Or(Box<Ask>, Box<Ask>),
}

pub(crate) fn asks() -> impl Strategy<Value = Ask> {
    let op = 0_usize..6;
    let leaf = prop_oneof![
        (op.clone(), words()).prop_map(|(op, v)| Ask::Label(op, v)),
        (op.clone(), floats()).prop_map(|(op, v)| Ask::Score(op, v)),
        (op.clone(), ints()).prop_map(|(op, v)| Ask::ScoreInt(op, v)),
        (op.clone(), ints()).prop_map(|(op, v)| Ask::Count(op, v)),
        (op.clone(), floats()).prop_map(|(op, v)| Ask::CountFloat(op, v)),
        (op.clone(), floats()).prop_map(|(op, v)| Ask::Temperature(op, v)),
        any::<bool>().prop_map(Ask::IsNew),
        prop::collection::vec(splits(), 0..3).prop_map(Ask::Split),
        (floats(), floats()).prop_map(|(low, high)| Ask::Between(low, high)),
        words().prop_map(Ask::Tags),
        (0_u8..4).prop_map(Ask::Numbers),
        (op, ints()).prop_map(|(op, v)| Ask::Iso(op, v)),
        words().prop_map(Ask::NoteIs),
        prop::collection::vec(words(), 0..3).prop_map(Ask::City),
        (0_usize..3).prop_map(Ask::Null),
        Just(Ask::Nan),
    ];
    leaf.prop_recursive(5, 24, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| Ask::Not(Box::new(one))),
            (inner.clone(), inner.clone()).prop_map(|(one, two)| Ask::And(Box::new(one), Box::new(two))),
            (inner.clone(), inner).prop_map(|(one, two)| Ask::Or(Box::new(one), Box::new(two))),
        ]
    })
}

macro_rules! compared {
    ($op:expr, $field:expr, $value:expr) => {
        match $op {
            0 => $field.eq($value),
            1 => $field.ne($value),
            2 => $field.lt($value),
            3 => $field.le($value),
            4 => $field.gt($value),
            _ => $field.ge($value),
        }
    };
}

fn plain<T: PartialOrd>(op: usize, found: Option<T>, value: &T) -> bool {
    let Some(found) = found else { return op == 1 };
    match op {
        0 => found == *value,
        1 => found != *value,
        2 => found < *value,
        3 => found <= *value,
        4 => found > *value,
        _ => found >= *value,
    }
}

/// Both as exact fractions, as far as these have any: halves of wide integers, and the rest by sign.
fn exact(op: usize, int: Option<i64>, float: f64, flipped: bool) -> bool {
    let Some(int) = int else { return op == 1 };
    if float.is_nan() {
        return op == 1;
    }
    let order = if float >= 9.3e18 {
        std::cmp::Ordering::Less
    } else if float <= -9.3e18 {
        std::cmp::Ordering::Greater
    } else {
        #[expect(clippy::cast_possible_truncation, reason = "it is below 2^63")]
        let whole = float.trunc() as i128;
        i128::from(int).cmp(&whole).then(0.0.partial_cmp(&float.fract()).unwrap())
    };
    let order = if flipped { order.reverse() } else { order };
    [order.is_eq(), order.is_ne(), order.is_lt(), order.is_le(), order.is_gt(), order.is_ge()][op]
}

impl Ask {
    pub(crate) fn predicate(&self) -> Predicate<Row> {
        let camera = || Row::camera().then(Camera::iso());
        match self.clone() {
            Self::Label(op, v) => compared!(op, Row::label(), v),
            Self::Score(op, v) => compared!(op, Row::score(), v),
            Self::ScoreInt(op, v) => compared!(op, Row::score(), v),
            Self::Count(op, v) => compared!(op, Row::count(), v),
            Self::CountFloat(op, v) => compared!(op, Row::count(), v),
            Self::Temperature(op, v) => compared!(op, Row::temperature(), v),
            Self::IsNew(v) => Row::is_new().eq(v),
            Self::Split(v) => Row::split().is_in(v),
            Self::Between(low, high) => Row::score().between(low, high),
            Self::Tags(v) => Row::tags().contains(v),
            Self::Numbers(v) => Row::numbers().contains(v),
            Self::Iso(op, v) => compared!(op, camera(), v),
            Self::NoteIs(v) => Row::camera().then(Camera::note()).eq(v),
            Self::City(v) => Row::place().then(Place::city()).is_in(v),
            Self::Null(0) => Row::score().is_null(),
            Self::Null(1) => Row::camera().is_null(),
            Self::Null(_) => Row::camera().then(Camera::note()).is_null(),
            Self::Nan => Row::score().is_nan(),
            Self::Not(one) => !one.predicate(),
            Self::And(one, two) => one.predicate() & two.predicate(),
            Self::Or(one, two) => one.predicate() | two.predicate(),
        }
    }

    pub(crate) fn holds(&self, row: &Row) -> bool {
        let iso = row.camera.as_ref().map(|camera| camera.iso);
        let note = row.camera.as_ref().and_then(|camera| camera.note.as_ref());
        match self {
            Self::Label(op, v) => plain(*op, Some(&row.label), &v),
            Self::Score(op, v) => plain(*op, row.score, v),
            Self::ScoreInt(op, v) => match row.score {
                Some(score) => exact(*op, Some(*v), score, true),
                None => *op == 1,
            },
            Self::Count(op, v) => plain(*op, Some(row.count), v),
            Self::CountFloat(op, v) => exact(*op, Some(row.count), *v, false),
            Self::Temperature(op, v) => plain(*op, Some(row.temperature.0), v),
            Self::IsNew(v) => row.is_new == *v,
            Self::Split(v) => v.contains(&row.split),
            Self::Between(low, high) => row.score.is_some_and(|score| score >= *low && score <= *high),
            Self::Tags(v) => row.tags.contains(v),
            Self::Numbers(v) => row.numbers.as_ref().is_some_and(|numbers| numbers.contains(v)),
            Self::Iso(op, v) => plain(*op, iso, v),
            Self::NoteIs(v) => note == Some(v),
            Self::City(v) => v.contains(&row.place.city),
            Self::Null(0) => row.score.is_none(),
            Self::Null(1) => row.camera.is_none(),
            Self::Null(_) => note.is_none(),
            Self::Nan => row.score.is_some_and(f64::is_nan),
            Self::Not(one) => !one.holds(row),
            Self::And(one, two) => one.holds(row) && two.holds(row),
            Self::Or(one, two) => one.holds(row) || two.holds(row),
        }
    }
}

/// What is true of all rows together, field by field; fields may be left out.
struct Summed<'a> {
    rows: &'a [Row],
    labels: Vec<String>,
    tags: Vec<String>,
    cities: Vec<String>,
    left_out: bool,
}

impl<'a> Summed<'a> {
    fn of(rows: &'a [Row], left_out: bool) -> Self {
        let set = |of: BTreeSet<String>| of.into_iter().collect();
        Self {
            rows,
            labels: set(rows.iter().map(|row| row.label.clone()).collect()),
            tags: set(rows.iter().flat_map(|row| row.tags.clone()).collect()),
            cities: set(rows.iter().map(|row| row.place.city.clone()).collect()),
            left_out,
        }
    }

    fn numbers(&self, of: impl Fn(&Row) -> Option<f64>) -> Known<'_> {
        let there = || self.rows.iter().filter_map(&of).filter(|value| !value.is_nan());
        let values = match there().next() {
            None => Values::None,
            Some(_) => Values::Numbers {
                min: there().fold(f64::INFINITY, f64::min),
                max: there().fold(f64::NEG_INFINITY, f64::max),
            },
        };
        let any = |test: fn(Option<f64>) -> bool| self.rows.iter().any(|row| test(of(row)));
        Known {
            values,
            may_be_null: any(|value| value.is_none()),
            may_be_nan: any(|value| value.is_some_and(f64::is_nan)),
        }
    }
}

impl Aggregates for Summed<'_> {
    fn of(&self, field: &str) -> Option<Known<'_>> {
        let all = |values| Some(Known { values, may_be_null: false, may_be_nan: false });
        match field {
            "label" if !self.left_out => all(Values::Texts(&self.labels)),
            "city" => all(Values::Texts(&self.cities)),
            "tags" => all(Values::Listed(&self.tags)),
            "score" => Some(self.numbers(|row| row.score)),
            "count" if !self.left_out => Some(self.numbers(|row| Some(float(row.count)))),
            "temperature" => Some(self.numbers(|row| Some(row.temperature.0))),
            "camera.iso" => Some(self.numbers(|row| row.camera.as_ref().map(|camera| float(camera.iso)))),
            "is_new" => all(Values::Booleans {
                any_true: self.rows.iter().any(|row| row.is_new),
                any_false: self.rows.iter().any(|row| !row.is_new),
            }),
            _ => None,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    #[test]
    fn predicates_are_what_the_obvious_evaluation_is(ask in asks(), rows in prop::collection::vec(rows(), 0..6), left_out in any::<bool>()) {
        let predicate = ask.predicate();
        prop_assert_eq!(&Predicate::<Row>::parse(&predicate.to_string()).unwrap(), &predicate, "{}", predicate);
        let untyped = predicate.clone().untyped();
        let mut any = false;
        for row in &rows {
            let expected = ask.holds(row);
            any |= expected;
            prop_assert_eq!(predicate.matches(row).unwrap(), expected, "{} of {:?}", predicate, row);
            let sample = DictSample::unpack(&row.pack()).unwrap();
            prop_assert_eq!(untyped.matches(&sample).unwrap(), expected, "{} of {:?}", untyped, sample);
        }
        // What is left out has no row that matches.
        prop_assert!(may_match(&predicate, &Summed::of(&rows, left_out)) || !any, "{} of {:?}", predicate, rows);
    }
}

#[expect(clippy::cast_precision_loss, reason = "as predicates compare numbers of both kinds")]
fn float(number: i64) -> f64 {
    number as f64
}

pub(crate) fn row(number: i64) -> Row {
    Row {
        image: vec![1; 10],
        label: ["cat", "dog", "cow"][usize::try_from(number % 3).unwrap()].into(),
        score: (number % 4 != 0).then_some(float(number) / 100.0),
        count: number,
        temperature: Celsius(20.0),
        is_new: number % 2 == 0,
        split: Split::Train,
        tags: vec![format!("t{}", number % 5)],
        numbers: None,
        camera: None,
        place: Place { city: "Bern".into() },
    }
}

fn written(folder: &Path, count: i64, contents: bool) -> Dataset<Row> {
    let path = folder.join(format!("{contents}/r-%03d.tar"));
    let mut writer = ShardWriter::builder(path).max_count(7).contents(contents).build().unwrap();
    for number in 0..count {
        writer.write_with_key(&format!("k{number:03}"), &row(number)).unwrap();
    }
    writer.finish().unwrap().open().unwrap()
}

fn counts(composition: &Composition<Row>) -> Vec<i64> {
    composition.ordered().map(|row| row.unwrap().count).collect()
}

#[test]
fn a_query_chooses_samples_and_matching_streams_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let predicate = Row::label().eq("cat") & !Row::score().lt(0.3);
    let expected: Vec<i64> = (0..60).filter(|n| n % 3 == 0 && (n % 4 == 0 || *n >= 30)).collect();
    for contents in [true, false] {
        let rows = written(folder.path(), 60, contents);
        let chosen = rows.query(&predicate).unwrap();
        assert_eq!((chosen.len().unwrap(), counts(&chosen)), (expected.len(), expected.clone()));
        assert_eq!(chosen.at(3).unwrap(), row(expected[3]));
        let streamed = rows.matching(&predicate);
        assert_eq!(streamed.ordered().map(|row| row.unwrap().count).collect::<Vec<_>>(), expected);
        assert_eq!(streamed.len().unwrap(), expected.len());
        // Behind stages, and of what is made by them.
        let changed = rows.map(|row| Row { count: row.count + 1, ..row });
        let asked = Row::count().le(3);
        assert_eq!(counts(&changed.query(&asked).unwrap()), [1, 2, 3]);
        assert_eq!(changed.matching(&asked).ordered().map(|row| row.unwrap().count).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(counts(&rows.query(&Predicate::parse("count > 100").unwrap()).unwrap()), [0_i64; 0]);
        let error = streamed.query(&asked).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().contains("by a predicate with `query`")),
            (ErrorKind::Unsupported, true)
        );
        // Batches of what matches are one copy as ever.
        let batches: Vec<_> = streamed.batches(4).map(|batch| batch.unwrap().count).collect();
        assert_eq!(batches.concat(), expected);
    }
}

#[test]
fn a_query_is_shuffled_shared_and_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let rows = written(folder.path(), 90, true);
    let predicate = || Row::is_new().eq(true) & Row::tags().contains("t1");
    let chosen = rows.query(&predicate()).unwrap();
    let plan = || rows.query(&predicate()).unwrap().plan().seed(5).batch(4).order(Order::Global).tail(Tail::Uneven);
    let whole: Vec<Vec<i64>> = plan().load().unwrap().map(|step| step.unwrap().batch.count).collect();
    let mut all = whole.concat();
    all.sort_unstable();
    assert_eq!(all, counts(&chosen));
    let mut loader = plan().load().unwrap();
    loader.next().unwrap().unwrap();
    let token = loader.token().unwrap();
    let mut rest = Vec::new();
    for rank in 0..2 {
        let resumed = rows.query(&predicate()).unwrap().plan().resume(&token).ranks(2).rank(rank).load().unwrap();
        rest.extend(resumed.flat_map(|step| step.unwrap().batch.count));
    }
    let mut left = whole[1..].concat();
    rest.sort_unstable();
    left.sort_unstable();
    assert_eq!(rest, left);
    // Another predicate is another run, though it holds of the same samples; so is the choice without one.
    let others = [
        rows.query(&(Row::tags().contains("t1") & Row::is_new().eq(true))).unwrap(),
        rows.query(&Row::count().gt(3)).unwrap(),
        rows.only(all.iter().map(|n| u64::try_from(*n).unwrap())).unwrap(),
    ];
    for other in others {
        let error = other.plan().resume(&token).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    let error = rows.query(&Row::count().gt(3)).unwrap().plan().resume(&token).build().unwrap_err().to_string();
    assert!(error.contains("where count > 3"), "{error}");
}

/// Of large samples in files no more is read than is asked.
#[derive(Packable)]
struct Wrong {
    label: String,
    image: String,
    score: f64,
}

#[test]
fn only_the_fields_of_the_predicate_are_read() {
    #[derive(Packable)]
    #[packable(query)]
    struct Large {
        label: String,
        image: Vec<u8>,
        score: f64,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.tar");
    let large = |n: u32| Large { label: format!("l{}", n % 2), image: vec![7; 3 << 20], score: f64::from(n) };
    Dataset::write(&path, (0..6).map(large)).unwrap();
    let data = Dataset::<Large>::open(&path).unwrap();
    let chosen = data.query(&(Large::label().eq("l1") & Large::score().ge(2))).unwrap();
    let scores: Vec<f64> = chosen.ordered().map(|large| large.unwrap().score).collect();
    assert_eq!(scores, [3.0, 5.0]);
    // What else is in a sample is not looked at, and not even read of those that do not match.
    let wrong = Dataset::<Wrong>::open(&path).unwrap();
    let none = Predicate::parse("label = 'none' or score > 100").unwrap();
    assert_eq!(wrong.matching(&none).ordered().count(), 0);
    assert!(wrong.query(&none).unwrap().is_empty().unwrap());
    assert!(wrong.matching(&Predicate::parse("score > 4").unwrap()).ordered().next().unwrap().is_err());
}

#[test]
fn plain_shards_are_asked_by_their_members() {
    #[derive(Packable)]
    #[packable(layout = "members", allow_unknown, query)]
    struct Member {
        cls: i64,
        #[packable(member = "jpg")]
        image: Vec<u8>,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.tar");
    let group = |n: i64| {
        Group::new(
            format!("{n:04}"),
            [
                ("jpg", vec![1_u8; 9]),
                ("cls", n.to_string().into_bytes()),
                ("json", format!("{{\"w\": {n}.5}}").into_bytes()),
            ],
        )
    };
    Dataset::write(&path, (0..8).map(group)).unwrap();
    let typed = Dataset::<Member>::open(&path).unwrap();
    let chosen = typed.query(&Member::cls().is_in([1, 5, 9])).unwrap();
    assert_eq!(chosen.ordered().map(|m| m.unwrap().cls).collect::<Vec<_>>(), [1, 5]);
    let _ = Member::image().is_null();
    let untyped = Dataset::<DictSample>::open(&path).unwrap();
    let asked = Predicate::parse("cls >= 3 and json.w < 6").unwrap();
    assert_eq!(untyped.matching(&asked).len().unwrap(), 3);
    assert_eq!(untyped.query(&asked).unwrap().len().unwrap(), 3);
}

#[derive(Packable)]
#[packable(query)]
struct Count {
    count: i64,
}

#[test]
fn bad_samples_are_errors_or_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("n.tar");
    let sample = |n: i64| match n {
        3 => DictSample::from_iter([("count", "three")]),
        n => DictSample::from_iter([("count", n)]),
    };
    Dataset::write(&path, (0..6).map(sample)).unwrap();
    let data = Dataset::<Count>::open(&path).unwrap();
    let error = data.query(&Count::count().gt(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(error.to_string().ends_with("Count.count: expected an integer, found a string"), "{error}");
    let kept = data.on_error(Policy::skip()).unwrap().query(&Count::count().gt(1)).unwrap();
    assert_eq!(kept.ordered().map(|of| of.unwrap().count).collect::<Vec<_>>(), [2, 4, 5]);
}

/// Members that do not fit are samples like others: they have their numbers, and their errors.
#[test]
fn bad_members_are_errors_or_left_out() {
    #[derive(Packable)]
    #[packable(layout = "members", query)]
    struct Member {
        cls: i64,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.tar");
    let content = |n: i64| if n == 3 { "three".to_owned() } else { n.to_string() };
    let group = |n: i64| Group::new(format!("{n:04}"), [("cls", content(n).into_bytes())]);
    Dataset::write(&path, (0..8).map(group)).unwrap();
    let data = Dataset::<Member>::open(&path).unwrap();
    let asked = Member::cls().gt(1);
    let error = data.query(&asked).unwrap_err();
    assert_eq!((error.key(), error.to_string().contains("cls")), (Some("0003"), true), "{error}");
    let kept = data.on_error(Policy::skip()).unwrap().query(&asked).unwrap();
    assert_eq!(kept.ordered().map(|of| of.unwrap().cls).collect::<Vec<_>>(), [2, 4, 5, 6, 7]);
    assert!(data.on_error(Policy::skip().at_most(0)).unwrap().query(&asked).is_err());
}

#[test]
fn stages_are_shown_a_sample_once_and_long_choices_are_told_in_short() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    #[derive(Packable, Clone)]
    #[packable(query)]
    struct Large {
        number: i64,
        image: Vec<u8>,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.tar");
    Dataset::write(&path, (0..4).map(|number| Large { number, image: vec![7; 3 << 20] })).unwrap();
    let shown = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&shown);
    let data = Dataset::<Large>::open(&path).unwrap();
    let staged = data.map(move |large| {
        counted.fetch_add(1, Ordering::Relaxed);
        large
    });
    assert_eq!(staged.query(&Large::number().gt(1)).unwrap().len().unwrap(), 2);
    assert_eq!(shown.load(Ordering::Relaxed), 4);
    let many = |last: i64| Large::number().is_in((0..1000).chain([last]));
    let plan = |last: i64| data.query(&many(last)).unwrap().plan().seed(5).batch(1);
    let mut loader = plan(2000).load().unwrap();
    loader.next().unwrap().unwrap();
    let token = loader.token().unwrap();
    assert_eq!(plan(2000).resume(&token).load().unwrap().count(), 3);
    let error = plan(2001).resume(&token).build().unwrap_err().to_string();
    assert!(error.contains("where number in (0, 1, 2, ") && error.len() < 1500, "{error}");
}
