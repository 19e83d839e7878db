//! Bytes that no writer wrote: whatever they are, they are read or refused, and the same in every way to read them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::io::Cursor;

use atdata::field::Column;
use atdata::shard::{Group, ReadOptions, ShardReader};
use atdata::{Dataset, DictSample, DynArray, Packable};
use atdata_tests::archive::groups;
use atdata_tests::fixtures;
use atdata_tests::types::{Arr, Lists, ManifestSample, OneAny, Optionals, Prims, Text, TypedArr, WithDict};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

/// Changes to good bytes: other bytes in some places, and perhaps a cut.
#[derive(Debug, Clone)]
struct Damage {
    bytes: Vec<(prop::sample::Index, u8)>,
    cut: Option<prop::sample::Index>,
}

fn damage() -> impl Strategy<Value = Damage> {
    // Bytes that mean something to msgpack, to arrays and to tar are likelier to lead somewhere.
    let byte =
        prop_oneof![any::<u8>(), Just(0), Just(0xff), Just(b'7'), Just(b'x'), Just(0xdd), Just(0xc6), Just(0x80)];
    (vec((any::<prop::sample::Index>(), byte), 0..6), proptest::option::weighted(0.3, any::<prop::sample::Index>()))
        .prop_map(|(bytes, cut)| Damage { bytes, cut })
}

impl Damage {
    fn apply(&self, mut good: Vec<u8>) -> Vec<u8> {
        if good.is_empty() {
            return good;
        }
        for (at, byte) in &self.bytes {
            let at = at.index(good.len());
            good[at] = *byte;
        }
        if let Some(cut) = &self.cut {
            good.truncate(cut.index(good.len()));
        }
        good
    }
}

/// Payloads of every kind.
fn payloads() -> Vec<Vec<u8>> {
    let cases =
        ["prims_single", "lists", "optionals", "dicts", "typed_arrays", "legacy_npy", "manifest_nulls", "dtypes_ext"];
    let mut payloads = Vec::new();
    for case in cases {
        let mut raw = Dataset::<DictSample>::open(fixtures::path(&format!("atdata/{case}/data.tar"))).unwrap().raw();
        while let Some(sample) = raw.next() {
            payloads.push(sample.unwrap().payload().to_vec());
        }
    }
    payloads
}

/// Reads the bytes as everything. What is read must also be written and read again.
fn unpack_as_everything(bytes: &[u8]) {
    fn unpack<S: Packable>(bytes: &[u8]) {
        let mut builder = S::Builder::with_capacity(1);
        let into_batch = builder.read(&mut atdata::field::Cursor::new(bytes));
        match S::unpack(bytes) {
            Ok(sample) => {
                assert!(into_batch.is_ok());
                let packed = sample.pack();
                assert_eq!(S::unpack(&packed).unwrap().pack(), packed);
            }
            Err(error) => {
                assert_eq!(into_batch.unwrap_err().kind(), error.kind());
                assert!(!format!("{error:#}").is_empty());
            }
        }
    }
    unpack::<Prims>(bytes);
    unpack::<Lists>(bytes);
    unpack::<Optionals>(bytes);
    unpack::<Arr>(bytes);
    unpack::<TypedArr>(bytes);
    unpack::<WithDict>(bytes);
    unpack::<OneAny>(bytes);
    unpack::<ManifestSample>(bytes);
    unpack::<DictSample>(bytes);
    if let Ok(dict) = DictSample::unpack(bytes) {
        for (_, value) in &dict {
            let _ = value.as_array();
        }
    }
}

const SHARDS: &[&str] = &[
    "atdata/custom_keys/data.tar",
    "atdata/extra_members/data.tar",
    "atdata/gz/data.tar.gz",
    "atdata/bz2/data.tar.bz2",
    "atdata/xz/data.tar.xz",
    "atdata/tar_formats/gnu_longname.tar",
    "atdata/tar_formats/gnu_sparse.tar",
    "atdata/tar_formats/pax_size_global.tar",
    "atdata/tar_formats/ustar_prefix.tar",
    "atdata/tar_formats/big_uid.tar",
    "webdataset/interleaved.tar.zst",
    "webdataset/gzip_multi_member.tar.gz",
];

fn read(reader: atdata::Result<ShardReader>) -> (Vec<Group>, Option<String>) {
    match reader.map(groups) {
        Ok((groups, error)) => (groups, error.map(|error| format!("{error:?}"))),
        Err(error) => (Vec::new(), Some(format!("{error:?}"))),
    }
}

// `PROPTEST_CASES` makes it more than 256 of each.
proptest! {
    #[test]
    fn damaged_samples_are_read_or_refused(which in any::<prop::sample::Index>(), damage in damage()) {
        let payloads = payloads();
        unpack_as_everything(&damage.apply(payloads[which.index(payloads.len())].clone()));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        unpack_as_everything(&bytes);
        let _ = DynArray::is_array(&bytes);
        if let Ok(array) = DynArray::from_bytes(&bytes) {
            prop_assert_eq!(DynArray::from_bytes(&array.to_bytes()).unwrap(), array);
        }
    }

    #[test]
    fn damaged_arrays_are_read_or_refused(shape in vec(any::<i64>(), 0..4), ndim in 0_u8..6, data in vec(any::<u8>(), 0..40), damage in damage()) {
        let mut bytes = b"\x03<f4".to_vec();
        bytes.push(ndim);
        bytes.extend(shape.iter().flat_map(|size| (size % 8).to_le_bytes()));
        bytes.extend(data);
        if let Ok(array) = DynArray::from_bytes(&damage.apply(bytes)) {
            prop_assert_eq!(array.shape().iter().product::<usize>(), array.len());
            prop_assert_eq!(DynArray::from_bytes(&array.to_bytes()).unwrap(), array);
        }
    }

    #[test]
    fn damaged_shards_are_the_same_in_memory_and_as_streams(which in 0..SHARDS.len(), damage in damage()) {
        let bytes = damage.apply(fixtures::bytes(SHARDS[which]));
        let options = ReadOptions::new();
        let whole = read(ShardReader::from_bytes("shard", Bytes::from(bytes.clone()), &options));
        let stream = read(ShardReader::from_reader("shard", Cursor::new(bytes), &options));
        prop_assert_eq!(whole, stream);
    }

    #[test]
    fn damaged_shards_are_the_same_mapped_and_not(which in 0..SHARDS.len(), damage in damage()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged.tar");
        std::fs::write(&path, damage.apply(fixtures::bytes(SHARDS[which]))).unwrap();
        let read = |options| {
            let samples = Dataset::<Text>::open(&path).unwrap().with_options(options).ordered();
            samples.with_keys().map(|sample| sample.map_err(|error| format!("{error:?}"))).collect::<Vec<_>>()
        };
        prop_assert_eq!(read(ReadOptions::new()), read(ReadOptions::new().map_unchanging_files(true)));
    }

    #[test]
    fn any_bytes_are_a_shard_or_not(bytes in vec(any::<u8>(), 0..2000)) {
        let (groups, error) = read(ShardReader::from_bytes("shard", Bytes::from(bytes), &ReadOptions::new()));
        prop_assert!(groups.is_empty() && error.is_some());
    }
}
