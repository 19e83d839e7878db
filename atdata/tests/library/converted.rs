//! Fields whose values are of another type than their bytes, under other names, with labels that nobody knows.
#![allow(clippy::unwrap_used, missing_docs)]

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use atdata::field::{Column, Cursor};
use atdata::{DictSample, ErrorKind, PackField, Packable, PackableRef, Value};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Standard {
    letter: char,
    length: Duration,
    point: (f32, f32),
    pair: (String, u8),
    tags: BTreeSet<String>,
    numbers: HashSet<u8>,
}

#[test]
fn types_of_the_standard_library_are_fields() {
    let sample = Standard {
        letter: 'ß',
        length: Duration::from_millis(1500),
        point: (0.5, -1.0),
        pair: ("seven".into(), 7),
        tags: ["b", "a"].map(String::from).into(),
        numbers: [3, 1, 2].into(),
    };
    assert_eq!(Standard::unpack(&sample.try_pack().unwrap()).unwrap(), sample);
    assert_eq!(
        Standard::SCHEMA.to_string(),
        "Standard@1.0.0 { letter: str, length: int, point: list<float>, pair: list<any>, tags: list<str>, numbers: list<int> }"
    );
    let dict = DictSample::unpack(&sample.pack()).unwrap();
    assert_eq!(dict["length"], Value::Int(1_500_000_000));
    assert_eq!(dict["numbers"], Value::from_iter([1, 2, 3]), "equal sets are equal bytes");
    let mut twice = dict;
    twice.insert("tags", vec!["a", "b", "a"]);
    assert_eq!(twice.to::<Standard>().unwrap(), sample, "a value that is there twice is one");
    twice.insert("pair", vec![Value::from("seven"), Value::from("eight")]);
    let error = twice.to::<Standard>().unwrap_err();
    assert_eq!(error.to_string(), "Standard.pair[1]: expected an integer, found a string");
    let batch = StandardBatch::from_samples([sample.clone()]).unwrap();
    assert_eq!((&batch.letter, batch.row(0)), (&vec!['ß'], Some(sample)));
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Caption {
    #[packable(alias = ["caption", "title"])]
    text: String,
    #[packable(alias = "lang", default = "en".to_owned())]
    language: String,
}

fn sample<const N: usize>(fields: [(&str, &str); N]) -> atdata::Result<Caption> {
    fields.into_iter().collect::<DictSample>().to::<Caption>()
}

#[test]
fn an_alias_reads_and_is_never_written() {
    let caption = |text: &str, language: &str| Caption { text: text.into(), language: language.into() };
    assert_eq!(sample([("text", "a"), ("language", "de")]).unwrap(), caption("a", "de"));
    assert_eq!(sample([("caption", "a"), ("lang", "de")]).unwrap(), caption("a", "de"));
    assert_eq!(sample([("lang", "de"), ("title", "a")]).unwrap(), caption("a", "de"), "in any order");
    assert_eq!(sample([("title", "a")]).unwrap(), caption("a", "en"));
    let packed = DictSample::unpack(&caption("a", "de").pack()).unwrap();
    assert_eq!(packed.keys().collect::<Vec<_>>(), ["text", "language"]);
    assert_eq!(Caption::SCHEMA.to_string(), "Caption@1.0.0 { text: str, language: str }");
    let mut batch = <Caption as Packable>::Builder::with_capacity(2);
    for bytes in [&caption("a", "de").pack()[..], b"\x81\xa5title\xa1b"] {
        batch.read(&mut Cursor::new(bytes)).unwrap();
    }
    assert_eq!(batch.finish().unwrap().text, ["a", "b"]);
}

#[test]
fn a_field_under_two_names_is_told_of() {
    for fields in [[("text", "a"), ("title", "b")], [("title", "b"), ("text", "a")]] {
        let error = sample(fields).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
        assert_eq!(
            error.to_string(),
            "Caption.text: the sample has the field twice, as \"text\" and as \"title\"; one of them has to go"
        );
    }
    let error = sample([("lang", "x"), ("capton", "a")]).unwrap_err();
    assert!(error.to_string().contains("of which the sample lacks \"text\":"), "{error}");
}

#[derive(PackField, Debug, Clone, PartialEq)]
#[packable(rename_all = "lowercase")]
enum Split {
    Train,
    Test,
    #[packable(other)]
    Unknown(String),
}

#[derive(PackField, Debug, Clone, Copy, PartialEq)]
#[packable(rename_all = "lowercase")]
enum Animal {
    Cat,
    #[packable(other)]
    Other,
    Dog,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Labels {
    split: Split,
    animal: Animal,
}

#[test]
fn labels_that_an_enum_does_not_know_are_read() {
    let read = |split: &str, animal: &str| DictSample::from_iter([("split", split), ("animal", animal)]).to::<Labels>();
    assert_eq!(read("test", "dog").unwrap(), Labels { split: Split::Test, animal: Animal::Dog });
    let newer = read("dev", "lynx").unwrap();
    assert_eq!(newer, Labels { split: Split::Unknown("dev".into()), animal: Animal::Other });
    assert_eq!(
        Labels::SCHEMA.to_string(),
        "Labels@1.0.0 { split: enum<\"train\", \"test\">, animal: enum<\"cat\", \"other\", \"dog\"> }"
    );
    // The schema says which labels there are, so that others are not written.
    let error = newer.try_pack().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.to_string(),
        "split: the label \"dev\" was read by `other` and is none that the schema has, which are \"train\", \"test\"; to write \
         it, add it to the enum"
    );
    let known = Labels { split: Split::Unknown("train".into()), animal: Animal::Other };
    assert_eq!(Labels::unpack(&known.try_pack().unwrap()).unwrap(), Labels { split: Split::Train, ..known });
}

mod millis {
    use std::time::Duration;

    pub(crate) type Wire = u64;

    pub(crate) fn to_wire(value: &Duration) -> Wire {
        u64::try_from(value.as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn from_wire(wire: Wire) -> Result<Duration, String> {
        if wire > 86_400_000 { Err(format!("{wire} ms are more than a day")) } else { Ok(Duration::from_millis(wire)) }
    }
}

/// A type of another crate, which has no wire form.
mod address {
    use std::net::{AddrParseError, Ipv4Addr};

    pub(crate) type Wire = Option<String>;

    #[expect(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "the derive passes a reference to the field"
    )]
    pub(crate) fn to_wire(value: &Option<Ipv4Addr>) -> Wire {
        value.map(|address| address.to_string())
    }

    pub(crate) fn from_wire(wire: Wire) -> Result<Option<Ipv4Addr>, AddrParseError> {
        wire.map(|text| text.parse()).transpose()
    }
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Visit {
    #[packable(with = millis, default = Duration::from_secs(1))]
    length: Duration,
    #[packable(with = "address")]
    from: Option<std::net::Ipv4Addr>,
}

#[test]
fn a_module_converts() {
    let visit = Visit { length: Duration::from_millis(1500), from: Some([127, 0, 0, 1].into()) };
    let dict = DictSample::unpack(&visit.try_pack().unwrap()).unwrap();
    assert_eq!((&dict["length"], &dict["from"]), (&Value::Int(1500), &Value::from("127.0.0.1")));
    assert_eq!(dict.to::<Visit>().unwrap(), visit);
    assert_eq!(Visit::SCHEMA.to_string(), "Visit@1.0.0 { length: int, from: str? }");
    let nobody = DictSample::new().to::<Visit>().unwrap();
    assert_eq!(nobody, Visit { length: Duration::from_secs(1), from: None });
    let batch = VisitBatch::from_samples([visit.clone()]).unwrap();
    assert_eq!((&batch.length, batch.row(0)), (&vec![visit.length], Some(visit)));
    #[cfg(feature = "records")]
    assert_eq!(Visit::schema_record().to_local()["fields"][0]["default"], 1000);
}

#[test]
fn what_a_module_refuses_is_an_error_of_the_field() {
    let error = DictSample::from_iter([("length", 100_000_000)]).to::<Visit>().unwrap_err();
    assert_eq!(error.to_string(), "Visit.length: 100000000 ms are more than a day");
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    let error = DictSample::from_iter([("from", "1.2")]).to::<Visit>().unwrap_err();
    assert_eq!(error.to_string(), "Visit.from: invalid IPv4 address syntax");
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Face {
    name: String,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Picture {
    best: Option<Face>,
    faces: Vec<Face>,
    title: Option<String>,
    wait: u64,
}

#[derive(Packable, Debug, PartialEq)]
#[packable(name = "Face")]
struct FaceRef<'a> {
    name: Cow<'a, str>,
}

#[derive(Packable, Debug, PartialEq)]
#[packable(name = "Picture")]
struct PictureRef<'a> {
    best: Option<FaceRef<'a>>,
    faces: Vec<FaceRef<'a>>,
    title: Option<Cow<'a, str>>,
    #[packable(with = millis)]
    wait: Duration,
}

#[test]
fn borrowed_samples_are_in_options_and_lists() {
    let face = |name: &str| Face { name: name.into() };
    let picture = Picture { best: Some(face("Ada")), faces: vec![face("Bo"), face("Cy")], title: None, wait: 5 };
    let packed = picture.pack();
    let borrowed = PictureRef::unpack_ref(&packed).unwrap();
    assert!(matches!(borrowed.best, Some(FaceRef { name: Cow::Borrowed("Ada") })));
    assert_eq!(borrowed.faces.iter().map(|face| &*face.name).collect::<Vec<_>>(), ["Bo", "Cy"]);
    assert_eq!((borrowed.title, borrowed.wait), (None, Duration::from_millis(5)));
    assert_eq!(PictureRef::REF_SCHEMA.to_string(), Picture::SCHEMA.to_string());
    let none = Picture { best: None, ..picture }.pack();
    assert_eq!(PictureRef::unpack_ref(&none).unwrap().best, None);
    let error =
        PictureRef::unpack_ref(b"\x84\xa4best\xc0\xa5faces\x91\x81\xa4name\x07\xa5title\xc0\xa4wait\x01").unwrap_err();
    assert_eq!(error.to_string(), "PictureRef.faces[0].name: expected a string, found an integer");
}

thread_local! {
    static CONVERTED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Says how often it was asked.
mod counted {
    pub(super) type Wire = i64;

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "what `with` calls is given a reference")]
    pub(super) fn to_wire(value: &u32) -> Wire {
        super::CONVERTED.set(super::CONVERTED.get() + 1);
        i64::from(*value)
    }

    pub(super) fn from_wire(wire: Wire) -> Result<u32, std::num::TryFromIntError> {
        wire.try_into()
    }
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Counted {
    #[packable(with = counted)]
    number: u32,
    name: String,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Around {
    id: i64,
    #[packable(flatten)]
    inner: Counted,
}

#[test]
fn what_is_converted_to_be_checked_is_written_as_it_is() {
    let around = Around { id: 1, inner: Counted { number: 7, name: "a".into() } };
    assert_eq!((around.inner.try_pack().unwrap(), CONVERTED.take()), (around.inner.pack(), 1));
    CONVERTED.take();
    assert_eq!(around.try_pack().unwrap(), around.pack());
    assert_eq!(CONVERTED.take(), 2, "once for each");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.tar");
    atdata::Dataset::write(&path, [around.clone(), around.clone()]).unwrap();
    assert_eq!(CONVERTED.take(), 2);
    let read: Vec<_> = atdata::Dataset::<Around>::open(&path).unwrap().ordered().map(Result::unwrap).collect();
    assert_eq!(read, [around.clone(), around]);
}
