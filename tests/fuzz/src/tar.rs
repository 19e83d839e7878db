//! Any bytes as a shard: no panic, and the same samples whether it is in memory or streamed.

use atdata::ReadOptions;
use atdata::shard::ShardReader;
use bytes::Bytes;

/// What a reader gives until it ends: keys and payloads, and errors between them.
type Outcome = Vec<Result<(String, Vec<u8>), String>>;

fn samples(mut reader: ShardReader) -> Outcome {
    let mut found = Vec::new();
    loop {
        match reader.next_sample() {
            Ok(Some(raw)) => found.push(Ok((raw.key().to_owned(), raw.payload().to_vec()))),
            Ok(None) => break,
            // About one sample, or about the shard, which ends it.
            Err(error) => found.push(Err(error.to_string())),
        }
        assert!(found.len() < 1_000_000, "endless");
    }
    assert!(reader.next_sample().is_ok_and(|next| next.is_none()), "more behind the end");
    found
}

/// See the module.
pub fn run(data: &[u8]) {
    let options = ReadOptions::new();
    let memory = ShardReader::from_bytes("fuzz", Bytes::copy_from_slice(data), &options).map(samples);
    let stream = ShardReader::from_reader("fuzz", std::io::Cursor::new(data.to_vec()), &options).map(samples);
    match (memory, stream) {
        (Ok(memory), Ok(stream)) => assert_eq!(memory, stream),
        (memory, stream) => assert_eq!(memory.is_err(), stream.is_err()),
    }
    if let Ok(mut reader) = ShardReader::from_bytes("fuzz", Bytes::copy_from_slice(data), &options) {
        while let Ok(Some(_)) = reader.next_group() {}
    }
}
