//! Manifests that Python reads and asks, and those that it writes.

use std::collections::BTreeMap;
use std::path::Path;

use atdata::dataset::{ManifestCheck, ManifestOptions};
use atdata::manifest::{Aggregate, Manifest};
use atdata::source::Shard;
use atdata::{Dataset, DictSample, Packable, ReadOptions, ShardWriter, Value};
use atdata_tests::python::manifests;
use ndarray::Array2;
use serde_json::{Value as Json, json};

#[derive(Packable, Debug, Clone)]
struct ManifestSample {
    image: Array2<u8>,
    label: String,
    confidence: f64,
    tags: Vec<String>,
    count: i64,
    flag: bool,
    note: Option<String>,
    #[packable(manifest = false)]
    hidden: String,
    raw: Vec<u8>,
}

/// The same as `sample` of tests/python/manifests.py.
fn sample(i: u8) -> ManifestSample {
    let of_three = usize::from(i % 3);
    let tags = [&["day"][..], &["night", "rain"], &[]][of_three];
    ManifestSample {
        image: Array2::from_elem((2, 2), i),
        label: ["cat", "dog", "bïrd"][of_three].to_owned(),
        confidence: f64::from(i) / 10.0,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        count: i64::from(i) * 10,
        flag: i.is_multiple_of(2),
        note: i.is_multiple_of(4).then(|| format!("note {i}")),
        hidden: "h".to_owned(),
        raw: b"r".to_vec(),
    }
}

fn key(i: u8) -> String {
    format!("{i:04}")
}

pub(crate) fn python_asks_manifests_of_rust(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    // Python asks a column that every shard has to have: each has a note.
    let pattern = folder.path().join("photos.v1-%06d.tar");
    let mut writer = ShardWriter::builder(&pattern).max_count(4).manifest(true).mtime(1_772_368_496).build().unwrap();
    for i in 0..8 {
        writer.write_with_key(&key(i), &sample(i)).unwrap();
    }
    writer.finish().unwrap();
    let url = folder.path().join("photos.v1-{000000..000001}.tar");
    let (request, response) = (folder.path().join("request.json"), folder.path().join("response.json"));
    std::fs::write(&request, json!({ "url": url.to_str().unwrap() }).to_string()).unwrap();
    manifests(python, &["query".as_ref(), request.as_os_str(), response.as_os_str()]);
    let answer: Json = serde_json::from_slice(&std::fs::read(response).unwrap()).unwrap();

    let mut offsets = BTreeMap::new();
    for (number, samples) in [(0, 0..4), (1, 4..8)] {
        let name = format!("photos.v1-{number:06}");
        let found = &answer["manifests"][&name];
        let header = Manifest::open(folder.path().join(format!("{name}.manifest.json"))).unwrap().header().to_json();
        let expected: Json = serde_json::from_str(&header).unwrap();
        assert_eq!(found["header"], expected, "{name}");
        assert_eq!(found["header"]["shard_id"], json!(name));
        let shard = std::fs::read(folder.path().join(format!("{name}.tar"))).unwrap();
        let rows = found["rows"].as_array().unwrap();
        assert_eq!(rows.len(), samples.len());
        for (row, i) in rows.iter().zip(samples) {
            let (sample, packed) = (sample(i), sample(i).pack());
            let offset = row["__offset__"].as_u64().unwrap();
            let at = usize::try_from(offset).unwrap();
            assert_eq!(&shard[at..at + packed.len()], packed, "the place of {i}");
            offsets.insert(key(i), (name.clone(), offset));
            let expected = json!({
                "__key__": key(i), "__offset__": offset, "__size__": packed.len(), "label": sample.label,
                "confidence": sample.confidence, "tags": sample.tags, "count": sample.count, "flag": sample.flag,
                "note": sample.note,
            });
            assert_eq!(*row, expected);
        }
    }
    let found = |name: &str| answer["hits"][name].clone();
    let expect = |name: &str, which: &dyn Fn(u8) -> bool| {
        let hits: Vec<_> = (0..8).filter(|i| which(*i)).map(key).collect();
        let hits: Vec<_> = hits.iter().map(|key| json!([offsets[key].0, key, offsets[key].1])).collect();
        assert_eq!(found(name), Json::from(hits), "{name}");
    };
    expect("count > 30", &|i| i > 3);
    expect("label == 'cat'", &|i| i % 3 == 0);
    expect("label != 'cat'", &|i| i % 3 != 0);
    expect("confidence between", &|i| (2..=5).contains(&i));
    expect("label in, count", &|i| i % 3 != 0 && i <= 4);
    expect("not flag", &|i| i % 2 == 1);
    expect("count outside", &|i| !(1..6).contains(&i));
    expect("note ==", &|i| i == 4);
    // Null is not equal to anything.
    expect("note !=", &|i| i != 4);
}

pub(crate) fn manifests_of_python_are_read_and_not_believed(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    manifests(python, &["write".as_ref(), folder.path().as_os_str()]);
    let beside = |name: &str| {
        let shard = Shard::from_path(folder.path().join(name));
        Manifest::beside(&shard, &ReadOptions::new()).unwrap().unwrap()
    };
    let one = beside("one.tar");
    assert_eq!((one.shard(), one.samples(), one.header().schema_type.as_str()), ("one", Some(8), "ManifestSample"));
    let all_values = ["day", "night", "rain"].map(str::to_owned).to_vec();
    assert_eq!(one.aggregate("tags"), Some(&Aggregate::Set { all_values }));
    let rows = one.rows().unwrap().unwrap();
    let names: Vec<_> = rows.fields().collect();
    assert_eq!(names, ["label", "confidence", "tags", "count", "flag", "note"]);
    for row in 0..8 {
        let sample = sample(u8::try_from(row).unwrap());
        let value = |field: &str| rows.column(field).unwrap().value(row);
        assert_eq!(value("label"), Value::from(sample.label.as_str()));
        assert_eq!(value("confidence"), Value::from(sample.confidence));
        assert_eq!(value("tags"), Value::List(sample.tags.iter().map(|tag| Value::from(tag.as_str())).collect()));
        assert_eq!((value("count"), value("flag")), (Value::from(sample.count), Value::Bool(sample.flag)));
        assert_eq!(value("note"), sample.note.as_deref().map_or(Value::Nil, Value::from));
    }

    // Labelled by the shard before, and the last one overwritten by an empty one.
    let many: Vec<_> = (0..3).map(|number| beside(&format!("many-{number:06}.tar"))).collect();
    let names: Vec<_> = many.iter().map(Manifest::shard).collect();
    assert_eq!(names, ["many-000000", "many-000001", "many-000002"]);
    assert_ne!(many[1].header().shard_id, "many-000001");
    assert_eq!(many.iter().map(Manifest::samples).collect::<Vec<_>>(), [Some(3), Some(3), None]);
    assert!(many[2].aggregate("label").is_none() && many[2].rows().unwrap().is_none());

    let url = folder.path().join("{one,many-000000,many-000001,many-000002}.tar");
    let dataset = Dataset::<DictSample>::open(url.to_str().unwrap()).unwrap();
    let mut checks = Vec::new();
    dataset.check_manifests(&ManifestOptions::new(), &|_| (), &mut |_, check| checks.push(check.unwrap()));
    assert_eq!(checks.len(), 4);
    assert!(checks.iter().all(ManifestCheck::is_sound), "{checks:?}");
    assert!(checks[0].notes.iter().any(|note| note.contains("are no places in the shard")), "{checks:?}");
    assert!(checks[1].notes.iter().any(|note| note.contains("as Python's do")), "{checks:?}");
    assert!(checks[3].notes.iter().any(|note| note.contains("says nothing")), "{checks:?}");

    // Made anew they say what is there.
    let how = ManifestOptions::new().anew(true);
    let done = dataset.write_manifests(&how, &|_| (), &mut |error| panic!("{error}"));
    assert_eq!((done.made, done.samples), (4, 16));
    assert_eq!(
        (beside("many-000002.tar").samples(), beside("many-000002.tar").header().shard_id.as_str()),
        (Some(2), "many-000002")
    );
}
