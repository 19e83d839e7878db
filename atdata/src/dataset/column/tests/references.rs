//! References: under which names and where. That they lead to the arrays is tested with the program.

use super::*;

fn json_of(references: &References) -> String {
    let mut out = Vec::new();
    references.write_json(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn write_one(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    Dataset::write(path, (0..2).map(cast)).unwrap();
}

#[test]
fn shards_are_elsewhere_under_names_that_differ() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a/caf\u{e9} #1%.tar", "b/x.tar", "c/x.tar"].map(|name| folder.path().join(name));
    for path in &paths {
        write_one(path);
    }
    let of = |paths: &[std::path::PathBuf]| {
        let casts = Dataset::<Cast>::open(paths.iter().map(std::path::PathBuf::as_path).collect::<Vec<_>>()).unwrap();
        casts.references(&["temperature"]).unwrap()
    };
    let json = json_of(&of(&paths[..2]).at("https://example.org/d/").unwrap());
    assert!(json.contains("\"https://example.org/d/caf%C3%A9%20%231%25.tar\""), "{json}");
    assert!(json.contains("\"https://example.org/d/x.tar\""), "{json}");
    let json = json_of(&of(&paths[..2]).at("/data").unwrap());
    assert!(json.contains("\"/data/caf\u{e9} #1%.tar\""), "{json}");
    // A shard that is there twice is one.
    of(&[paths[1].clone(), paths[1].clone()]).at("/data").unwrap();
    let error = of(&paths[1..]).at("https://example.org/d").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(format!("{error:#}").contains("one name there, `x.tar`"), "{error:#}");
    assert!(error.shard().unwrap().ends_with("c/x.tar"), "{error:#}");
    let error = of(&paths[1..2]).at("").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn fields_whose_names_are_no_folders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    let names = ["", ".zgroup", "a/b", "x"];
    let sample = |n: i64| names.iter().map(|name| (*name, Value::Int(n))).collect::<DictSample>();
    Dataset::write(&path, (0..2).map(sample)).unwrap();
    let dataset = Dataset::<DictSample>::open(&path).unwrap();
    assert_eq!(dataset.references(&["x"]).unwrap().samples(), 2);
    for fields in [&[""][..], &[".zgroup"], &["x", "a/b"], &["x", "x"]] {
        let error = dataset.references(fields).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{fields:?}: {error:#}");
    }
}

#[cfg(feature = "barecat")]
#[test]
fn archives_of_barecat_have_no_file_to_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.barecat");
    let mut writer = crate::barecat::Writer::create(&path).unwrap();
    let sample = |n: i64| DictSample::from_iter([("n", Value::Int(n))]);
    (0..3).for_each(|n| writer.add(&format!("{n}.msgpack"), &sample(n).pack()).unwrap());
    writer.finish().unwrap();
    let dataset = Dataset::<DictSample>::open(&path).unwrap();
    assert_eq!(dataset.column_as::<i64>("n").unwrap().read().unwrap().to_vec(), [0, 1, 2]);
    let error = dataset.references(&["n"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(format!("{error:#}").contains("`atdata cp`") && error.shard().is_some(), "{error:#}");
}
