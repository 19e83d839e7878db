//! Any bytes as the contents of the shards of a folder: no panic, and no sample that is in none of the shards.

use std::fs;
use std::path::PathBuf;

use atdata::dataset::IndexOptions;
use atdata::shard::Contents;
use atdata::{Dataset, DictSample, Packable as _};

use crate::{contents, folder};

/// The shards of the folder, with the keys of their samples.
const SHARDS: [(&str, &[&str]); 3] = [("a.tar", &["k0"]), ("b.tar", &["k0", "k1"]), ("c.tar", &["k0", "k1", "k2"])];
/// The catalogue: see the documentation of formats.
const HEAD: usize = 64;
const ENTRY: usize = 104;
const CRCS: usize = 40;

/// The first byte says whether the checksums are made right, and whether the pack is made anew in the end.
pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let mut bytes = rest.to_vec();
    if first & 1 == 1 {
        sign(&mut bytes);
    }
    folder::within("pack", |folder| {
        let mut paths = Vec::new();
        for (name, keys) in SHARDS {
            paths.push(folder.join(name));
            fs::write(folder.join(name), shard(keys)).unwrap();
        }
        fs::write(folder.join("_contents.atxp"), &bytes).unwrap();
        for path in &paths {
            if let Ok(Some(contents)) = Contents::open(path) {
                let _ = (contents.sample(0), contents.key(0), contents.find("k0"));
            }
        }
        let dataset = open(&paths);
        let all: Vec<DictSample> = SHARDS.iter().flat_map(|(_, keys)| keys.iter().map(|key| sample(key))).collect();
        let is_there = |sample: &DictSample| assert!(all.contains(sample), "{sample:?} is in no shard");
        let _ = dataset.len();
        for number in [0, 1, 5, 6, usize::MAX] {
            dataset.at(number).iter().for_each(is_there);
        }
        dataset.get("k2").iter().for_each(is_there);
        if first & 2 == 2 {
            // Whatever it says, it is made anew of what is there, as the errors advise.
            let how = IndexOptions::new().anew(true);
            open(&paths).untyped().pack_with(how, &|_| (), &mut |error| panic!("{error:#}")).unwrap();
            let made = open(&paths);
            assert_eq!(made.len().unwrap(), all.len());
            for (number, sample) in all.iter().enumerate() {
                assert_eq!(&made.at(number).unwrap(), sample);
            }
        }
    });
}

fn open(paths: &[PathBuf]) -> Dataset<DictSample> {
    Dataset::open(paths.to_vec()).unwrap()
}

fn sample(key: &str) -> DictSample {
    DictSample::from_iter([("key", key)])
}

/// The same bytes every time: a writer says when it wrote.
fn shard(keys: &[&str]) -> Vec<u8> {
    let mut shard = Vec::new();
    for key in keys {
        let (name, content) = (format!("{key}.msgpack"), sample(key).pack());
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        header[136..148].copy_from_slice(b"00000000000\0");
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        shard.extend_from_slice(&header);
        shard.extend_from_slice(&content);
        shard.resize(shard.len().next_multiple_of(512), 0);
    }
    shard.resize(shard.len() + 1024, 0);
    shard
}

fn number_at(bytes: &[u8], at: usize) -> Option<usize> {
    let number = u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
    usize::try_from(number).ok()
}

/// Makes the checksums of the catalogue right, and those of the contents that it leads to.
fn sign(bytes: &mut [u8]) {
    let Some((shards, names)) = number_at(bytes, 16).zip(number_at(bytes, 24)) else { return };
    for shard in 0..shards.min(8) {
        let entry = HEAD + ENTRY * shard;
        let Some((at, len)) = number_at(bytes, entry).zip(number_at(bytes, entry + 8)) else { break };
        if let Some(own) = at.checked_add(len).and_then(|end| bytes.get_mut(at..end)) {
            contents::sign(own);
        }
    }
    let mut at = HEAD;
    for (number, length) in [shards.checked_mul(ENTRY), shards.checked_mul(4), Some(names)].into_iter().enumerate() {
        let Some(length) = length else { return };
        let Some(segment) = at.checked_add(length).and_then(|end| bytes.get(at..end)) else { return };
        let crc = crc32c::crc32c(segment).to_le_bytes();
        bytes[CRCS + 4 * number..][..4].copy_from_slice(&crc);
        at += length.next_multiple_of(8);
    }
    let crc = crc32c::crc32c(&bytes[..HEAD - 4]).to_le_bytes();
    bytes[HEAD - 4..HEAD].copy_from_slice(&crc);
}
