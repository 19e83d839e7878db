//! Tests of contents beyond what may be in memory.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::dataset::ShardWriter;
use crate::sample::DictSample;

/// So many shards of 50 samples.
const SHARDS: u16 = 8;

#[test]
fn contents_beyond_what_may_be_in_memory_are_read_by_blocks() {
    for is_packed in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let samples = (0..50 * i64::from(SHARDS)).map(|number| DictSample::from_iter([("number", number)]));
        let builder = ShardWriter::builder(folder.path().join("n-%03d.tar")).max_count(50).contents(!is_packed);
        let dataset = builder.write_all(samples).unwrap().open::<DictSample>().unwrap();
        if is_packed {
            dataset.untyped().pack(1, &|_| ()).unwrap();
        }
        let shards: Arc<[Shard]> = dataset.shards().to_vec().into();
        let open = || Catalog::open(&shards, &ReadOptions::new(), SampleLayout::Packed).unwrap().unwrap();
        let whole = open();
        let size = whole.picker(0, NEVER).unwrap().contents().as_bytes().len();
        // Two of them, and a part of a third; and none.
        for (room, expected) in [(2 * size + size / 2, 2), (0, 0)] {
            let catalog = open().within(room);
            for sample in (0..catalog.samples()).map(|number| number * 237 % catalog.samples()) {
                let (found, wanted) = (catalog.read(sample).unwrap(), whole.read(sample).unwrap());
                assert_eq!((found.key(), found.raw().payload()), (wanted.key(), wanted.raw().payload()), "{sample}");
                assert_eq!(catalog.find(found.key()).unwrap(), Some(sample));
            }
            let shards = usize::from(SHARDS);
            let is_there = |kept: &Kept<Picker>| (0..shards).filter(|shard| kept.get(*shard).is_some()).count();
            assert_eq!((is_there(&catalog.pickers), is_there(&catalog.by_blocks)), (expected, shards - expected));
        }
        // A shard that was changed since is noticed as ever.
        let catalog = open().within(0);
        let path = folder.path().join("n-003.tar");
        let mut bytes = std::fs::read(&path).unwrap();
        // In the first sample's packed bytes.
        *bytes.get_mut(512).unwrap() ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(catalog.read(150).unwrap_err().kind(), ErrorKind::Conflict);
        assert!(catalog.read(151).is_ok());
    }
}
