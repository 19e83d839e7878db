//! Any bytes as the contents of a shard: no panic, no sample beyond the shard, and each key leads to a sample that has it.

use atdata::shard::Contents;

/// The first byte says whether the checksums are made right, so that what is behind them is reached.
pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let mut bytes = rest.to_vec();
    if first & 1 == 1 {
        sign(&mut bytes);
    }
    let Ok(contents) = Contents::from_bytes(bytes) else { return };
    // The lengths are those of the file, which bounds how many there are.
    for number in (0..contents.samples()).take(1000).chain([contents.samples(), u64::MAX]) {
        if let Ok(sample) = contents.sample(number) {
            assert!(number < contents.samples() && sample.end <= contents.shard_size());
        }
        if let Ok(key) = contents.key(number)
            && let Ok(Some(found)) = contents.find(&key)
        {
            assert_eq!(contents.key(found).unwrap(), key);
        }
    }
    let _ = contents.find("");
}

/// Where the head has the lengths of the segments, and their checksums.
const LENGTHS: usize = 72;
const CRCS: usize = 136;
const HEAD: usize = 256;

pub(crate) fn sign(bytes: &mut [u8]) {
    if bytes.len() < HEAD {
        return;
    }
    let mut at = HEAD;
    for segment in 0..8 {
        let length = bytes[LENGTHS + 8 * segment..][..8].try_into().unwrap();
        let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX);
        let Some(content) = at.checked_add(length).and_then(|end| bytes.get(at..end)) else { break };
        let crc = crc32c::crc32c(content).to_le_bytes();
        bytes[CRCS + 4 * segment..][..4].copy_from_slice(&crc);
        at += length.next_multiple_of(8);
    }
    let crc = crc32c::crc32c(&bytes[..HEAD - 4]).to_le_bytes();
    bytes[HEAD - 4..HEAD].copy_from_slice(&crc);
}
