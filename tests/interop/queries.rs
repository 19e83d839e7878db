//! Random predicates, asked of the same shards here and by Python's `Dataset.query`.

use std::collections::BTreeMap;
use std::path::Path;

use atdata::query::Predicate;
use atdata::{Dataset, DictSample, Packable};
use atdata_tests::python::queries;

#[derive(Packable)]
struct Row {
    label: String,
    note: Option<String>,
    score: f64,
    maybe: Option<f64>,
    count: i64,
    flag: bool,
}

pub(crate) fn python_and_rust_find_the_same(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    queries(python, &[folder.path().as_os_str()]);
    let expected = std::fs::read(folder.path().join("expected.json")).unwrap();
    let shards: BTreeMap<String, Vec<(String, Vec<String>)>> = serde_json::from_slice(&expected).unwrap();
    assert_eq!(shards.len(), 12);
    let (mut some, mut differences) = (0, Vec::new());
    for (name, asked) in &shards {
        let path = folder.path().join(name);
        let (typed, untyped) = (Dataset::<Row>::open(&path).unwrap(), Dataset::<DictSample>::open(&path).unwrap());
        let all = typed.ordered().count();
        for (text, expected) in asked {
            let found = [found(&typed, text), found(&untyped, text)];
            some += usize::from(!expected.is_empty() && expected.len() < all);
            if found.iter().any(|found| found != expected) {
                differences.push(format!("{name}: {text}: {found:?}, in Python {expected:?}"));
            }
            let typed = Predicate::<Row>::parse(text).unwrap();
            assert_eq!(Predicate::parse(&typed.to_string()).unwrap(), typed, "{text}");
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
    assert!(some > 200, "{some}");
}

/// Keys of the samples that match.
fn found<S: Packable + 'static>(dataset: &Dataset<S>, text: &str) -> Vec<String> {
    let matching = dataset.matching(&Predicate::parse(text).unwrap());
    matching.ordered().with_keys().map(|found| found.unwrap().0).collect()
}
