//! The index that Python made: `fixtures/index_sqlite`.

use std::path::{Path, PathBuf};

use atdata::ErrorKind;
use atdata::index::{Entry, Index, Label, Sqlite};
use atdata::schema::{SchemaRecord, SchemaReference};
use atdata_tests::{Encode, fixtures, normal};
use serde_json::{Value as Json, json};

/// A copy of the file: opening an index writes beside it.
fn copy(folder: &Path, name: &str) -> PathBuf {
    for entry in std::fs::read_dir(fixtures::path("index_sqlite").join(name)).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
    folder.join("index.db")
}

fn expected() -> Json {
    fixtures::json("index_sqlite/expected.json")
}

fn open(path: &Path) -> Index {
    Index::builder().provider(Sqlite::open(path).unwrap()).build().unwrap()
}

fn entry_as_json(entry: &Entry) -> Json {
    let metadata = entry.metadata.as_ref().map(|metadata| {
        json!({"$dict": metadata.iter().map(|(name, value)| json!([name, value.encode()])).collect::<Vec<_>>()})
    });
    json!({
        "name": entry.name,
        "cid": entry.cid,
        "schema_ref": entry.schema_ref,
        "data_urls": entry.data_urls,
        "metadata": metadata,
        "legacy_uuid": entry.legacy_uuid,
    })
}

/// Once after Python closed it, and once with all of it still in the write-ahead log.
fn each(check: impl Fn(&Index, &Json)) {
    for name in ["", "wal_copy"] {
        let folder = tempfile::tempdir().unwrap();
        let path = copy(folder.path(), name);
        check(&open(&path), &expected()["operations"]);
    }
}

#[test]
fn entries_are_what_python_says_they_are() {
    each(|index, expected| {
        let found: Vec<_> = index.entries().unwrap().iter().map(entry_as_json).collect();
        let mut wanted: Vec<_> = expected["entries"].as_array().unwrap().iter().map(normal).collect();
        wanted.sort_by_key(|entry| entry["name"].as_str().unwrap().to_owned());
        assert_eq!(found, wanted);
        for entry in index.entries().unwrap() {
            assert_eq!(index.entry(&entry.cid).unwrap(), entry);
            let made = Entry::new(&entry.name, &entry.schema_ref, &entry.data_urls).unwrap();
            assert_eq!(made.cid, entry.cid, "{}", entry.name);
        }
    });
}

#[test]
fn schemas_are_read_and_found_by_every_spelling_of_their_reference() {
    each(|index, expected| {
        let listed = expected["list_schemas"].as_array().unwrap();
        assert_eq!(index.schemas().unwrap().len(), listed.len());
        for stored in listed {
            let reference = stored["$ref"].as_str().unwrap();
            let record = index.schema(reference).unwrap();
            let mut wanted = stored.clone();
            wanted.as_object_mut().unwrap().remove("$ref");
            assert_eq!(record, SchemaRecord::from_json(&wanted).unwrap(), "{reference}");
            let (name, version) = (&record.schema.name, &record.schema.version);
            for spelling in [
                format!("local://schemas/my.module.{name}@{version}"),
                format!("atdata://local/sampleSchema/{name}@{version}"),
            ] {
                assert_eq!(index.schema(&spelling).unwrap(), record, "{spelling}");
            }
        }
        for reference in expected["schema_refs"].as_array().unwrap() {
            index.schema(reference.as_str().unwrap()).unwrap();
        }
    });
}

#[test]
fn versions_are_ordered_as_numbers() {
    each(|index, _| {
        let texts: Vec<_> =
            index.schemas().unwrap().into_iter().filter(|record| record.schema.name == "Text").collect();
        let versions: Vec<_> = texts.iter().map(|record| record.schema.version.as_str()).collect();
        let mut sorted = versions.clone();
        sorted.sort_by_key(|version| atdata::schema::Version::parse(version).unwrap());
        assert_eq!(versions, sorted);
        assert!(versions.iter().position(|v| *v == "2.9.0") < versions.iter().position(|v| *v == "2.10.0"));
    });
}

#[test]
fn lenses_are_read() {
    each(|index, expected| {
        let references: Vec<_> =
            expected["lens_refs"].as_array().unwrap().iter().map(|r| r.as_str().unwrap()).collect();
        assert_eq!(index.lenses().unwrap().len(), references.len());
        for reference in references {
            let lens = index.lens(reference).unwrap();
            assert_eq!(lens.reference().to_string(), reference);
            let source: SchemaReference =
                lens.source_schema.parse().unwrap_or_else(|_| SchemaReference::local(&lens.source_schema, "1.0.0"));
            assert!(index.find_lenses(&source, None).unwrap().contains(&lens), "{reference}");
        }
    });
}

#[test]
fn labels_are_listed_and_the_latest_is_pythons() {
    each(|index, expected| {
        let found: Vec<_> =
            index.labels().unwrap().iter().map(|label| json!([label.name, label.cid, label.version])).collect();
        let mut wanted: Vec<_> = expected["labels"].as_array().unwrap().clone();
        wanted.sort_by_key(|label| (label[0].to_string(), label[2].to_string()));
        assert_eq!(found, wanted);
        for (asked, answer) in expected["get_label"].as_object().unwrap() {
            let (name, version) = asked.split_once('@').unwrap();
            let reference = if version == "None" { name.to_owned() } else { format!("{name}@{version}") };
            match answer.as_str() {
                Some(cid) => assert_eq!(index.get(&reference).unwrap().cid, cid, "{asked}"),
                None => assert_eq!(index.get(&reference).unwrap_err().kind(), ErrorKind::NotFound, "{asked}"),
            }
        }
    });
}

#[test]
fn references_lead_to_the_entries_that_python_finds() {
    each(|index, expected| {
        for (reference, answer) in expected["get_dataset"].as_object().unwrap() {
            match answer.as_str() {
                Some(name) => assert_eq!(index.get(reference).unwrap().name, name, "{reference}"),
                None => assert_eq!(index.get(reference).unwrap_err().kind(), ErrorKind::NotFound, "{reference}"),
            }
        }
    });
}

#[test]
fn a_missing_version_is_not_found_and_the_error_lists_those_there_are() {
    each(|index, _| {
        let error = index.get("stable@9").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("\"stable\" has the versions \"1.0.0\", \"2.0.0\""), "{error}");
        let error = index.get("imagse").unwrap_err();
        assert!(error.to_string().ends_with("did you mean \"images\"?"), "{error}");
        let error = index.schema("atdata://local/schema/Image@7.0.0").unwrap_err();
        assert!(error.to_string().ends_with("; there are \"Image@1.0.0\", \"Image@1.0.1\""), "{error}");
    });
}

#[test]
fn what_is_added_is_beside_what_was_there() {
    each(|index, expected| {
        let before = index.entries().unwrap();
        let entry = Entry::new("added", "atdata://local/schema/Text@2.10.0", ["https://example.org/a.tar"]).unwrap();
        index.add(entry.clone()).unwrap();
        index.label(&Label::new("stable", &entry.cid).with_version("3.0.0")).unwrap();
        assert_eq!(index.entries().unwrap().len(), before.len() + 1);
        assert_eq!(index.get("stable").unwrap(), entry);
        assert_eq!(index.get("stable@1.0.0").unwrap().cid, expected["get_label"]["stable@1.0.0"].as_str().unwrap());
    });
}
