//! Fields whose values are of another type than their bytes, labels that an enum does not know, and what flattening leaves of a
//! nested sample: what Python makes of their records, and what comes back from it.

use std::path::Path;
use std::time::Duration;

use atdata::{Dataset, PackField, Packable};
use atdata_tests::python::interop;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

mod millis {
    use std::time::Duration;

    pub(super) type Wire = i64;

    pub(super) fn to_wire(value: &Duration) -> Wire {
        Wire::try_from(value.as_millis()).unwrap_or(Wire::MAX)
    }

    pub(super) fn from_wire(wire: Wire) -> Result<Duration, std::num::TryFromIntError> {
        u64::try_from(wire).map(Duration::from_millis)
    }
}

#[derive(PackField, Debug, Clone, PartialEq)]
#[packable(rename_all = "snake_case")]
enum Split {
    Train,
    HeldOut,
    #[packable(other)]
    Other(String),
}

/// A type that knows nothing of samples.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq)]
struct Camera {
    model: String,
    lens: Option<(u8, u8)>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Source {
    url: String,
    license: Option<String>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Clip {
    #[packable(with = millis)]
    length: Duration,
    split: Split,
    splits: Vec<Split>,
    #[packable(serde, schemars)]
    camera: Camera,
    #[packable(flatten)]
    source: Source,
}

pub(crate) fn python_takes_converted_fields_and_gives_labels_of_its_own(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let samples = [(1500, Split::Train, Some((50, 2))), (7, Split::HeldOut, None)].map(|(length, split, lens)| Clip {
        length: Duration::from_millis(length),
        splits: vec![split.clone(), Split::Train],
        split,
        camera: Camera { model: "F3".into(), lens },
        source: Source { url: "https://example.org/a".into(), license: None },
    });
    let url = folder.path().join("clips.tar");
    Dataset::write(&url, samples.to_vec()).unwrap();
    let record = Clip::schema_record().created_at("2026-03-01T12:00:00Z");
    let local = record.to_local();
    let fields = local["fields"].as_array().unwrap();
    let schema = &fields.iter().find(|field| field["name"] == "camera").unwrap()["jsonSchema"];
    assert_eq!(schema["$defs"]["Camera"]["properties"]["model"]["type"], "string", "{schema}");
    for (number, record) in [local.clone(), record.to_atproto().unwrap()].iter().enumerate() {
        taken(python, folder.path(), &url, record, &samples);
        come_back(python, folder.path(), &url, record, &samples, number);
    }
}

/// Python makes a class of the record, reads the samples, and packs the same bytes.
fn taken(python: &Path, folder: &Path, url: &Path, record: &Json, samples: &[Clip]) {
    let (request, response) = (folder.join("request.json"), folder.join("response.json"));
    std::fs::write(&request, json!({"clips": {"url": url, "records": [record]}}).to_string()).unwrap();
    interop(python, &["own".as_ref(), request.as_os_str(), response.as_os_str()]);
    let found: Json = serde_json::from_slice(&std::fs::read(response).unwrap()).unwrap();
    let found = found["clips"][0].as_array().unwrap();
    assert_eq!(found.len(), samples.len());
    assert_eq!(
        found[0][0]["fields"],
        json!([
            ["length", 1500],
            ["split", "train"],
            ["splits", ["train", "train"]],
            ["camera", {"$dict": [["model", "F3"], ["lens", [50, 2]]]}],
            ["url", "https://example.org/a"],
            ["license", null],
        ])
    );
    for (found, sample) in found.iter().zip(samples) {
        assert_eq!(found[1], json!(sample.pack()), "written again by Python");
    }
}

/// What Python changes is read: another length, another camera, and a label that the enum does not know, which it may have.
fn come_back(python: &Path, folder: &Path, url: &Path, record: &Json, samples: &[Clip], number: usize) {
    let (request, changed) = (folder.join("change.json"), folder.join(format!("changed-{number}.tar")));
    let set = json!({"length": 1501, "split": "validation", "splits": ["train", "dev"], "license": "CC0-1.0",
                     "camera": {"lens": null, "model": "F4"}});
    std::fs::write(&request, json!({"url": url, "record": record, "to": changed, "set": set}).to_string()).unwrap();
    interop(python, &["change".as_ref(), request.as_os_str()]);
    let found: Vec<_> = Dataset::<Clip>::open(&changed).unwrap().ordered().map(Result::unwrap).collect();
    let expected = Clip {
        length: Duration::from_millis(1501),
        split: Split::Other("validation".into()),
        splits: vec![Split::Train, Split::Other("dev".into())],
        camera: Camera { model: "F4".into(), lens: None },
        source: Source { url: "https://example.org/a".into(), license: Some("CC0-1.0".into()) },
    };
    assert_eq!(found, vec![expected.clone(); samples.len()]);
    // Such a label is read and not written.
    let error = Dataset::write(folder.join("refused.tar"), found).unwrap_err();
    assert!(error.to_string().contains("split") || format!("{error:#}").contains("validation"), "{error:#}");
}
