//! Random access on real shards, and what burn makes of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::BTreeSet;
use std::path::Path;

use atdata::{Dataset, ErrorKind, Packable, ShardWriter};
use atdata_burn::{ShardDataset, error_of};
use burn::data::dataloader::DataLoaderBuilder;
use burn::data::dataloader::batcher::Batcher;
use burn::data::dataset::Dataset as _;
use burn::data::dataset::transform::PartialDataset;
use burn::tensor::Device;

#[derive(Packable, Clone, Debug, PartialEq)]
struct Caption {
    text: String,
    number: i64,
}

fn dataset(folder: &Path, count: i64, contents: bool) -> Dataset<Caption> {
    let captions = (0..count).map(|number| Caption { text: format!("caption {number}"), number });
    let writer = ShardWriter::builder(folder.join("c-%03d.tar")).max_count(13).contents(contents);
    writer.write_all(captions).unwrap().open().unwrap()
}

fn numbers(captions: &[Caption]) -> Vec<i64> {
    captions.iter().map(|caption| caption.number).collect()
}

#[test]
fn items_are_found_by_number_with_contents_and_without() {
    for contents in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let captions = ShardDataset::new(dataset(folder.path(), 60, contents)).unwrap();
        assert_eq!((captions.len(), captions.is_empty()), (60, false));
        assert_eq!(captions.get(59).unwrap(), Caption { text: "caption 59".into(), number: 59 });
        assert_eq!(numbers(&captions.get_many(vec![40, 2, 41, 2]).unwrap()), [40, 2, 41, 2]);
        assert!(captions.get_many(vec![]).unwrap().is_empty());
        let in_order: Vec<_> = captions.iter().map(Result::unwrap).collect();
        assert_eq!(numbers(&in_order), (0..60).collect::<Vec<_>>());
        let part = PartialDataset::new(captions.clone(), 10, 20);
        assert_eq!((part.len(), part.get(3).unwrap().number), (10, 13));
        assert_eq!(captions.inner().len().unwrap(), 60);
    }
}

#[test]
fn an_index_that_is_none_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let captions = ShardDataset::new(dataset(folder.path(), 20, true)).unwrap();
    for error in [captions.get(20).unwrap_err(), captions.get_many(vec![3, 20, usize::MAX]).unwrap_err()] {
        let error = error_of(&error).unwrap();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("20"), "{error}");
    }
}

#[test]
fn damage_is_the_error_of_its_item() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 20, true);
    let failing = data.map(|caption| Caption { number: 100 / (caption.number - 7), ..caption });
    assert_eq!(ShardDataset::new(failing).unwrap().get(8).unwrap().number, 100);
    let refused = data.try_map(|caption| if caption.number == 7 { Err("seven") } else { Ok(caption) });
    let refused = ShardDataset::new(refused).unwrap();
    let error = refused.get_many(vec![6, 7]).unwrap_err();
    let error = error_of(&error).unwrap();
    assert_eq!((error.kind(), error.key().is_some()), (ErrorKind::Caller, true), "{error:#}");
    assert!(refused.get(6).is_ok());
    std::fs::remove_file(folder.path().join("c-001.tar")).unwrap();
    let captions = ShardDataset::new(data).unwrap();
    assert_eq!(captions.get(3).unwrap().number, 3);
    for error in [captions.get(15).unwrap_err(), captions.get_many(vec![3, 15]).unwrap_err()] {
        let error = error_of(&error).unwrap();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error:#}");
        assert!(error.shard().is_some_and(|shard| shard.ends_with("c-001.tar")), "{error}");
    }
    let anew = Dataset::<Caption>::open(format!("{}/c-{{000..001}}.tar", folder.path().display())).unwrap_err();
    assert_eq!(anew.kind(), ErrorKind::NotFound);
}

#[test]
fn what_has_no_samples_by_number_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 20, true);
    let error = ShardDataset::new(data.filter(|caption| caption.number > 3)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let empty = folder.path().join("empty.tar");
    // An archive of no members.
    std::fs::write(&empty, [0; 1024]).unwrap();
    let none = ShardDataset::new(Dataset::<Caption>::open(&empty).unwrap()).unwrap();
    assert!(none.is_empty() && none.get(0).is_err());
}

struct Numbers;

impl Batcher<Caption, Vec<i64>> for Numbers {
    fn batch(&self, captions: Vec<Caption>, _: &Device) -> Vec<i64> {
        numbers(&captions)
    }
}

#[test]
fn loaders_of_burn_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let captions = ShardDataset::new(dataset(folder.path(), 60, true)).unwrap();
    for workers in [0, 3] {
        let loader =
            DataLoaderBuilder::new(Numbers).batch_size(8).shuffle(42).num_workers(workers).build(captions.clone());
        let seen: Vec<i64> = loader.iter().flat_map(Result::unwrap).collect();
        assert_eq!(seen.len(), 60);
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>().len(), 60);
    }
}
