//! Fields of types that only serde knows, in members of JSON and packed.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use atdata::{Dataset, DictSample, ErrorKind, Group, Packable, Value};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
enum Origin {
    Drawn,
    Camera { model: String, iso: u16 },
    Copy(Box<Self>),
    Size(u8, f32),
}

/// What one form for people and another for machines, keys that are no text, and numbers and bytes of all kinds make hard.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Facts {
    address: IpAddr,
    by_number: BTreeMap<u32, Origin>,
    by_sign: BTreeMap<i8, bool>,
    by_flag: BTreeMap<bool, char>,
    by_address: BTreeMap<IpAddr, u8>,
    wide: u128,
    deep: i128,
    #[serde(with = "serde_bytes")]
    raw: Vec<u8>,
    took: Duration,
    nothing: Option<Origin>,
    value: Value,
}

/// Names that are known when they are read.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Open {
    name: String,
    #[serde(flatten)]
    more: BTreeMap<String, serde_json::Value>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members")]
struct Photo {
    #[packable(member = "facts.json|json", serde)]
    facts: Facts,
    #[packable(member = "open.json", serde)]
    open: Open,
    #[packable(member = "origins.mp|origins.json", serde)]
    origins: Vec<Origin>,
    #[packable(member = "maybe.json.gz", serde, default = None)]
    maybe: Option<Origin>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct PackedPhoto {
    #[packable(serde)]
    facts: Facts,
    #[packable(serde)]
    open: Open,
    #[packable(serde)]
    origins: Vec<Origin>,
    #[packable(serde, default = None)]
    maybe: Option<Origin>,
}

fn facts() -> Facts {
    let camera = Origin::Camera { model: "F3".into(), iso: 400 };
    Facts {
        address: "127.0.0.1".parse().unwrap(),
        by_number: BTreeMap::from([(7, Origin::Copy(Box::new(camera))), (4_000_000_000, Origin::Size(1, 0.5))]),
        by_sign: BTreeMap::from([(-1, true), (1, false)]),
        by_flag: BTreeMap::from([(true, 'ß')]),
        by_address: BTreeMap::from([("::1".parse().unwrap(), 1)]),
        wide: u128::MAX,
        deep: i128::MIN,
        raw: vec![0, 255],
        took: Duration::from_millis(1500),
        nothing: None,
        value: Value::Map(vec![("$x".to_owned(), Value::Bin(Bytes::from_static(b"\0\xff")))]),
    }
}

fn photo() -> Photo {
    let more = BTreeMap::from([("film".to_owned(), serde_json::json!({"iso": [400, null]}))]);
    Photo {
        facts: facts(),
        open: Open { name: "HP5".into(), more },
        origins: vec![Origin::Drawn, Origin::Size(2, -1.0)],
        maybe: Some(Origin::Drawn),
    }
}

#[test]
fn any_type_of_serdes_is_a_member_of_json() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.tar");
    let without = Photo { maybe: None, ..photo() };
    Dataset::write(&path, [photo(), without.clone()]).unwrap();
    assert_eq!(Dataset::<Photo>::open(&path).unwrap().head(2).unwrap(), [photo(), without]);

    let groups = Dataset::<Group>::open(&path).unwrap().head(2).unwrap();
    let text = |member: &str| groups[0].get(member).unwrap().clone();
    assert_eq!(text("facts.json"), serde_json::to_vec(&facts()).unwrap());
    assert_eq!(groups[0].value("maybe.json.gz").unwrap(), Value::from("Drawn"));
    // No member would be the default.
    assert_eq!(groups[1].value("maybe.json.gz").unwrap(), Value::Nil);
    // Of several names the first is written, in its own form.
    assert!(groups[0].get("origins.mp").is_some() && groups[0].get("origins.json").is_none());
    let open = groups[0].value("open.json").unwrap();
    let film = open.get("film").and_then(|film| film.get("iso"));
    assert_eq!(film, Some(&Value::from_iter([Value::from(400), Value::Nil])));
}

/// A photograph whose members are texts that somebody else wrote.
fn foreign(facts: &str, open: &str) -> Group {
    Group::new("1", [("json", facts), ("open.json", open), ("origins.json", r#"["Drawn", {"Size": [2, -1]}]"#)])
}

#[test]
fn what_others_wrote_is_read_as_serde_json_reads_it() {
    let text = serde_json::to_string(&facts()).unwrap().replace("\"nothing\":null,", "");
    let facts = format!("\u{feff}{{\"unknown\": [1], {}", &text[1..]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.tar");
    Dataset::write(&path, [foreign(&facts, r#"{"name": "HP5", "film": {"iso": [400, null]}}"#)]).unwrap();
    let photos = Dataset::<Photo>::open(&path).unwrap().head(1).unwrap();
    assert_eq!(photos, [Photo { maybe: None, ..photo() }]);
}

#[test]
fn what_the_type_refuses_has_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.tar");
    let facts = serde_json::to_string(&facts()).unwrap();
    let open = r#"{"name": "HP5"}"#;
    for (from, to, open, expected) in [
        ("\"iso\":400", "\"iso\":70000", open, ["Photo.facts", "`json`", "integer `70000`"]),
        ("\"127.0.0.1\"", "\"localhost\"", open, ["Photo.facts", "`json`", "invalid IP address"]),
        ("340282366920938463463374607431768211455", "7.5", open, ["Photo.facts", "`json`", "line 1 column"]),
        ("{\"7\":", "{\"seven\":", open, ["Photo.facts", "`json`", "expected key to be a number"]),
        ("}", "}", "{}", ["Photo.open", "`open.json`", "missing field `name`"]),
        ("{", "{,", open, ["Photo.facts", "`json`", "expected JSON"]),
    ] {
        Dataset::write(&path, [foreign(&facts.replacen(from, to, 1), open)]).unwrap();
        let error = Dataset::<Photo>::open(&path).unwrap().head(1).unwrap_err();
        assert!(expected.iter().all(|part| error.to_string().contains(part)), "{error}");
    }
}

#[test]
fn numbers_that_json_has_not_are_not_written_as_null() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.tar");
    let mut photo = photo();
    photo.facts.by_number.insert(1, Origin::Size(1, f32::NAN));
    let error = Dataset::write(&path, [photo]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("`facts.json` cannot hold NaN"), "{error}");
    assert!(!path.exists());
}

/// A lens from one layout to the other is the identity.
#[test]
fn either_layout_is_read_as_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let (packed, members) = (folder.path().join("packed.tar"), folder.path().join("members.tar"));
    let Photo { facts, open, origins, maybe } = photo();
    let photo = PackedPhoto { facts, open, origins, maybe };
    assert_eq!(PackedPhoto::unpack(&photo.try_pack().unwrap()).unwrap(), photo);
    Dataset::write(&packed, [photo.clone()]).unwrap();
    let read = Dataset::<PackedPhoto>::open(&packed).unwrap().project::<Photo>().head(1).unwrap();
    Dataset::write_refs(&members, &read).unwrap();
    let back = Dataset::<Photo>::open(&members).unwrap().project::<PackedPhoto>().head(1).unwrap();
    assert_eq!(back, [photo]);
}

#[derive(Packable, Debug, PartialEq)]
struct Alone {
    #[packable(serde)]
    facts: Facts,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Plain {
    facts: Facts,
}

/// The form for people is what JSON and Python have, and so what a sample has that somebody made of them without the type.
#[test]
fn packed_samples_are_read_in_the_form_for_people_as_well() {
    let facts = Facts { wide: 7, deep: 7, value: Value::Map(vec![("$x".into(), Value::Nil)]), ..facts() };
    let json: Value = serde_json::from_value(serde_json::to_value(&facts).unwrap()).unwrap();
    let mut fields = json.as_map().unwrap().to_vec();
    fields.retain(|(name, _)| name != "value");
    fields.push(("value".to_owned(), Value::Map(vec![("$$x".to_owned(), Value::Nil)])));
    let bytes = DictSample::from_iter([("facts", Value::Map(fields))]).pack();

    assert_eq!(Alone::unpack(&bytes).unwrap().facts, facts);
    assert_eq!(atdata::serde::from_slice::<Plain>(&bytes).unwrap().facts, facts);
}

/// What serde holds back until it knows the type, and shows in the form for people.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Hosts {
    #[serde(flatten)]
    hosts: BTreeMap<String, IpAddr>,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(tag = "kind")]
enum Tagged {
    Host { address: IpAddr },
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(untagged)]
enum Untagged {
    Address(IpAddr),
    Number(u64),
}

struct Own;

impl atdata::field::MemberCodecs for Own {
    fn of(_: &str) -> Option<&'static dyn atdata::field::MemberCodec> {
        None
    }
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members", codecs = Own)]
struct Held {
    #[packable(member = "hosts.json", serde)]
    hosts: Hosts,
    #[packable(member = "tagged.json", serde)]
    tagged: Vec<Tagged>,
    #[packable(member = "untagged.json", serde)]
    untagged: Vec<Untagged>,
    #[packable(member = "address.json", serde)]
    address: IpAddr,
}

#[test]
fn types_that_are_known_late_come_back_in_either_layout() {
    let address: IpAddr = "::1".parse().unwrap();
    let held = Held {
        hosts: Hosts { hosts: BTreeMap::from([("a".into(), address)]) },
        tagged: vec![Tagged::Host { address }],
        untagged: vec![Untagged::Address(address), Untagged::Number(7)],
        address,
    };
    assert_eq!(Held::unpack(&held.try_pack().unwrap()).unwrap(), held);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("held.tar");
    Dataset::write(&path, [held.clone()]).unwrap();
    assert_eq!(Dataset::<Held>::open(&path).unwrap().head(1).unwrap(), [held]);
    let group = Dataset::<Group>::open(&path).unwrap().head(1).unwrap().remove(0);
    assert_eq!(group.get("tagged.json").unwrap(), &br#"[{"kind":"Host","address":"::1"}]"#[..]);
    assert_eq!(group.get("address.json").unwrap(), &br#""::1""#[..], "a set without JSON changes nothing of it");
}

#[derive(Packable, Debug)]
#[packable(layout = "members", allow_unknown)]
struct OpenAlone {
    #[packable(member = "open.json", serde)]
    open: Open,
}

#[test]
fn what_json_would_not_give_back_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.tar");
    // Into a float, of which the last digits would be gone.
    Dataset::write(&path, [foreign("{}", r#"{"name": "x", "id": 123456789012345678901}"#)]).unwrap();
    let error = Dataset::<OpenAlone>::open(&path).unwrap().head(1).unwrap_err().to_string();
    assert!(error.contains("expected integers of at most 64 bits"), "{error}");
    // Deeper than its readers go.
    let deep = (0..200).fold(Origin::Drawn, |inner, _| Origin::Copy(Box::new(inner)));
    assert!(Dataset::write(&path, [Photo { maybe: Some(deep), ..photo() }]).is_err());
}
