//! CIDs against those that Python makes.

use std::collections::BTreeMap;
use std::fmt::Write;

use atdata::ErrorKind;
use atdata::cid::{Cid, dag_cbor};
use ipld_core::ipld::Ipld;
use serde_json::{Value, json};

fn fixture(path: &str) -> Value {
    let path = format!("{}/../tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    // The vectors for decoders, which this library does not have, are nested more deeply than serde_json goes.
    let text = match (text.find("\n \"decode\":"), text.find("\n \"entries\":")) {
        (Some(start), Some(end)) if start < end => text[..start].to_owned() + &text[end..],
        _ => text,
    };
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2).unwrap_or("?"), 16).unwrap_or(0)).collect()
}

/// The value that the fixture's JSON stands for; `None` for what only Python has.
fn decode(json: &Value) -> Option<Ipld> {
    Some(match json {
        Value::Null => Ipld::Null,
        Value::Bool(value) => Ipld::Bool(*value),
        Value::Number(value) => Ipld::Integer(value.as_i64()?.into()),
        Value::String(text) => Ipld::String(text.clone()),
        Value::Array(items) => Ipld::List(items.iter().map(decode).collect::<Option<_>>()?),
        Value::Object(members) => {
            let (kind, value) = members.iter().next()?;
            match kind.as_str() {
                "$int" => Ipld::Integer(value.as_str()?.parse().ok()?),
                "$float" => Ipld::Float(f64::from_bits(u64::from_str_radix(members.get("bits")?.as_str()?, 16).ok()?)),
                "$bytes" => Ipld::Bytes(unhex(value.as_str()?)),
                "$bytes_len" => Ipld::Bytes(vec![b'z'; usize::try_from(value.as_u64()?).ok()?]),
                "$dict" => {
                    let entries = value.as_array()?.iter();
                    let entry = |entry: &Value| Some((entry.get(0)?.as_str()?.to_owned(), decode(entry.get(1)?)?));
                    Ipld::Map(entries.map(entry).collect::<Option<_>>()?)
                }
                _ => return None,
            }
        }
    })
}

#[test]
fn every_value_of_python_has_its_cid() {
    // Types that neither JSON nor serde tells from a list, a number or bytes.
    let python_only = ["surrogate", "tuple", "int key", "set", "datetime", "np.int64", "bytearray"];
    let all = fixture("cids.json");
    let values = all["values"].as_object().unwrap();
    let mut reproduced = 0;
    for (name, vector) in values {
        if python_only.contains(&name.as_str()) {
            assert_eq!(vector["error"], "ValueError", "{name}");
            continue;
        }
        let value = decode(&vector["input"]).unwrap_or_else(|| panic!("{name}: cannot read the fixture"));
        reproduced += 1;
        match vector["dag_cbor_hex"].as_str() {
            Some(expected) => {
                assert_eq!(hex(&dag_cbor(&value).unwrap()), expected, "{name}");
                assert_eq!(Cid::of(&value).unwrap().to_string(), vector["cid"], "{name}");
            }
            None => {
                let error = Cid::of(&value).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
                assert!(error.to_string().starts_with("the value has no DAG-CBOR form: "), "{error}");
            }
        }
    }
    assert_eq!((values.len(), reproduced), (64, 57));
}

#[test]
fn json_has_the_cid_of_the_value_it_stands_for() {
    let value =
        json!({"b": [1, -1, 1.0, -0.0, 1.5, null, true, "é"], "a": {"$link": "x"}, "": 18_446_744_073_709_551_615_u64});
    assert_eq!(
        hex(&dag_cbor(&value).unwrap()),
        "a3601bffffffffffffffff6161a165246c696e6b6178616288\
         0120fb3ff0000000000000fb0000000000000000fb3ff8000000000000f6f562c3a9",
    );
    let reordered = json!({"": 18_446_744_073_709_551_615_u64, "a": {"$link": "x"}, "b": value["b"]});
    assert_eq!(Cid::of(&value).unwrap(), Cid::of(&reordered).unwrap());
    assert!(Cid::of(&BTreeMap::from([(1, 2)])).is_err(), "keys are text");
}

#[test]
fn entries_have_the_cids_of_python() {
    let cid = |schema_ref: &Value, data_urls: &Value| {
        Cid::of(&json!({"schema_ref": schema_ref, "data_urls": data_urls})).unwrap().to_string()
    };
    let all = fixture("cids.json");
    for entry in all["entries"].as_array().unwrap() {
        assert_eq!(cid(&entry["schema_ref"], &entry["data_urls"]), entry["cid"], "{}", entry["name"]);
    }
    let urls = json!(["data-{000000..000009}.tar"]);
    for (schema_ref, expected) in [
        ("local://schemas/mymodule.ImageSample@1.0.0", "bafyreiduvk5ufr3ap2s74qxr74swe46mi2s4gzroazlixqo4zgwzifxh5q"),
        (
            "atdata://local/sampleSchema/ImageSample@1.0.0",
            "bafyreiaznclhe73zbq3tmpc6xaeh4wzfudhg4l2fykwmxoij2tovw4ersi",
        ),
    ] {
        assert_eq!(cid(&json!(schema_ref), &urls), expected);
    }
}

#[test]
fn records_have_the_cids_of_python() {
    let label = json!({
        "$type": "science.alt.dataset.label", "name": "mnist",
        "datasetUri": "at://did:plc:abc/science.alt.dataset.entry/xyz", "createdAt": "2026-01-01T00:00:00+00:00"});
    assert_eq!(Cid::of(&label).unwrap().to_string(), "bafyreieyxrkvjdy4ur2irunrarb2xggiiezhthvubgspnh2updy2nhbywa");
    let mut count = 0;
    let all = fixture("atproto.json");
    for kind in ["entries", "lens", "lens_verification", "label", "schema"] {
        for (name, of) in all[kind].as_object().unwrap() {
            assert_eq!(Cid::of(&of["record"]).unwrap().to_string(), of["cid"], "{kind} {name}");
            assert_eq!(hex(&dag_cbor(&of["record"]).unwrap()), of["dag_cbor_hex"], "{kind} {name}");
            count += 1;
        }
    }
    let schemas = fixture("schemas/expected.json");
    for (name, of) in schemas.as_object().unwrap().iter().filter(|(name, _)| !name.starts_with('_')) {
        assert_eq!(Cid::of(&of["atmosphere_record"]).unwrap().to_string(), of["cid_of_atmosphere_record"], "{name}");
        count += 1;
    }
    assert_eq!(count, 24);
}

#[test]
fn bytes_have_the_cids_of_python() {
    for (bytes, cid) in fixture("cids.json")["from_bytes"].as_object().unwrap() {
        assert_eq!(Cid::of_dag_cbor(&unhex(bytes)).to_string(), *cid, "{bytes}");
    }
    assert_eq!(Cid::of_dag_cbor(b"abc").to_string(), "bafyreif2pall7dybz7vecqka3zo24irdwabwdi4wc55jznaq75q7eaavvu");
    let blob = Cid::of_raw(b"hello");
    assert_eq!(hex(blob.digest()), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_eq!(hex(&blob.to_bytes()), format!("01551220{}", hex(blob.digest())));
    assert_eq!(Cid::of_raw_digest(blob.digest().try_into().unwrap()), blob);
}

#[test]
fn a_cid_is_read_back_and_verified() {
    let value = json!({"a": 1});
    let cid = Cid::of(&value).unwrap();
    assert_eq!(cid.to_string().parse::<Cid>().unwrap(), cid);
    assert_eq!(Cid::try_from(cid.to_bytes().as_slice()).unwrap(), cid);
    assert!(!cid.is_raw() && Cid::of_raw(b"").is_raw());
    cid.verify_value(&value).unwrap();
    let error = cid.verify_value(&json!({"a": 2})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().starts_with(&format!("the bytes are not those of {cid}: they are those of bafyrei")));

    let version_0: Cid = "QmSnuWmxptJZdLJpKRarxBMS2Ju2oANVrgbr2xWbie9b2D".parse().unwrap();
    assert_eq!(version_0.to_string(), "QmSnuWmxptJZdLJpKRarxBMS2Ju2oANVrgbr2xWbie9b2D");
    let identity = Cid::try_from(&[1, 0x55, 0, 1, b'x'][..]).unwrap();
    assert_eq!(identity.verify(b"x").unwrap_err().kind(), ErrorKind::Unsupported);

    for wrong in ["", "bafy", "hello", &format!("/ipfs/{cid}"), &format!("{cid}x"), "\u{1b}[31m"] {
        let error = wrong.parse::<Cid>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{wrong}");
        assert!(!error.to_string().contains('\u{1b}'));
    }
    let trailing: Vec<u8> = cid.to_bytes().into_iter().chain([0]).collect();
    for wrong in [&trailing[..], &[], &[1], &cid.to_bytes()[..20]] {
        assert!(Cid::try_from(wrong).is_err(), "{wrong:?}");
    }
}
