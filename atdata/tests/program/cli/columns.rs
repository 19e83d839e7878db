//! `atdata columns`.

use std::fs;

use atdata::{DictSample, DynArray, ShardWriter, Value};
use ndarray::Array2;
use serde_json::{Value as Json, json};

use super::{dir, run};

fn sample(n: i64) -> DictSample {
    let array = DynArray::from_array(&Array2::from_elem((40, 50), n));
    DictSample::from_iter([
        ("text", Value::Str("t".repeat(300))),
        ("temperature", Value::Bin(array.to_bytes().into())),
        ("station", n.into()),
    ])
}

#[test]
fn references_lead_to_the_arrays() {
    let dir = dir();
    let writer = ShardWriter::builder(dir.path().join("a-%02d.tar")).max_count(3);
    writer.write_all((0..5).map(sample)).unwrap();
    let refs = |more: &[&str]| {
        run(&dir, &[&["columns", "refs", "a-{00..01}.tar", "temperature", "station", "--out", "r.json"], more].concat())
    };
    let told = "temperature: <i8 [40, 50]\nstation: <i8 []\n5 samples; 5 places in shards are named in r.json.\n";
    assert_eq!(refs(&[]).sound(), told);
    let read = || serde_json::from_slice::<Json>(&fs::read(dir.path().join("r.json")).unwrap()).unwrap();
    let found = read();
    for n in 0..5_usize {
        let place = &found["refs"][&format!("temperature/{n}.0.0")];
        let shard = fs::read(place[0].as_str().unwrap()).unwrap();
        let at = usize::try_from(place[1].as_u64().unwrap()).unwrap();
        assert_eq!(place[2], json!(16_000));
        assert_eq!(shard[at..at + 16_000], [n as u64; 2000].map(u64::to_le_bytes).concat(), "{n}");
    }
    let attributes: Json = serde_json::from_str(found["refs"]["temperature/.zattrs"].as_str().unwrap()).unwrap();
    assert_eq!(attributes, json!({ "_ARRAY_DIMENSIONS": ["sample", "temperature_0", "temperature_1"] }));

    let line = refs(&["--at", "https://example.org/d/", "--dims", "temperature=depth,time", "--json"]).sound();
    let line: Json = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["samples"], &line["places"]), (&json!(5), &json!(5)));
    let found = read();
    assert_eq!(found["refs"]["temperature/4.0.0"][0], json!("https://example.org/d/a-01.tar"));
    assert!(found["refs"]["temperature/.zattrs"].as_str().unwrap().contains("\"depth\",\"time\""));
}

#[test]
fn what_cannot_be_referred_to_is_refused_by_name() {
    let dir = dir();
    ShardWriter::builder(dir.path().join("a.tar")).write_all((0..3).map(sample)).unwrap();
    ShardWriter::builder(dir.path().join("z.tar.gz")).write_all((0..3).map(sample)).unwrap();
    let refs = |path: &str, field: &str, dims: &str| {
        let found = run(&dir, &["columns", "refs", path, field, "--out", "r.json", "--dims", dims]);
        assert!(!dir.path().join("r.json").exists());
        (found.code, found.stderr)
    };
    let told =
        |found: (i32, String), code: i32, text: &str| assert!(found.0 == code && found.1.contains(text), "{found:?}");
    told(refs("a.tar", "text", "text=a"), 1, "found a string");
    told(refs("a.tar", "other", "other=a"), 1, "the field is missing");
    told(refs("z.tar.gz", "temperature", "temperature=a,b"), 1, "gzip");
    told(refs("a.tar", "temperature", "temperature"), 2, "--dims FIELD=NAMES");
    told(refs("a.tar", "temperature", "temperature=a"), 2, "as many names as the arrays have dimensions, 2");
}
