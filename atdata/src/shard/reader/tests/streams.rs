use super::*;

fn many() -> Vec<u8> {
    let parts: Vec<_> = (0..300_usize).map(|at| file(&format!("{at:04}.msgpack"), &vec![7; at * 37 % 3000])).collect();
    archive(&parts)
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_compressed_shard_has_the_samples_of_the_plain_one() {
    let plain = many();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(&plain).unwrap();
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(0)).unwrap();
    xz.write_all(&plain).unwrap();
    let zstd = ruzstd::encoding::compress_to_vec(&plain[..], ruzstd::encoding::CompressionLevel::Fastest);
    let expected = samples(&plain);
    assert_eq!((expected.all.len(), &expected.error), (300, &None));
    for compressed in [gzip(&plain), bzip2.finish().unwrap(), xz.finish().unwrap(), zstd] {
        assert_eq!(samples(&compressed), expected);
    }
}

#[test]
fn damage_at_the_end_of_a_compressed_shard_is_told_behind_its_samples() {
    let mut bytes = gzip(&many());
    let crc = bytes.len() - 8;
    bytes[crc] ^= 1;
    let found = samples(&bytes);
    assert_eq!(found.all.len(), 300);
    let (kind, text) = found.error.unwrap();
    assert_eq!(kind, ErrorKind::Corrupt);
    assert!(text.contains("the gzip data is damaged or cut short: "), "{text}");
}

#[test]
fn compressed_text_is_no_archive() {
    let (kind, text) = error_of(&gzip(&b"text ".repeat(300)));
    assert_eq!(kind, ErrorKind::Corrupt);
    assert_eq!(text, "t.tar @ 0: expected a tar header in the gzip data, found `text text text t`");
    assert!(error_of(&gzip(b"")).1.contains("empty file"));
}

/// Fails behind its bytes.
struct Broken(io::Cursor<Vec<u8>>);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::ErrorKind::ConnectionReset.into()),
            got => Ok(got),
        }
    }
}

#[test]
fn a_failing_stream_gives_what_came_before_and_then_its_error() {
    let bytes = many()[..20_000].to_vec();
    let mut reader = ShardReader::from_reader("s", Broken(io::Cursor::new(bytes)), &ReadOptions::new()).unwrap();
    let error = loop {
        match reader.next_sample() {
            Ok(sample) => assert!(sample.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind(), error.shard(), error.is_retryable()), (ErrorKind::Io, Some("s"), true));
    assert!(error.offset().is_some_and(|offset| offset > 15_000), "{error}");
    assert!(reader.next_group().unwrap().is_none());
}

#[test]
fn handles_share_the_shard_where_it_is_in_memory_and_copy_where_it_is_streamed() {
    let bytes = Bytes::from(many());
    let place = |handle: &Bytes| bytes.as_ptr_range().contains(&handle.as_ptr());
    let mut memory = ShardReader::from_bytes("m", bytes.clone(), &ReadOptions::new()).unwrap();
    memory.next_sample().unwrap();
    let handle = memory.next_sample().unwrap().unwrap().to_bytes();
    assert!(place(&handle));
    assert!(place(&memory.next_group().unwrap().unwrap().fields[0].1));
    let mut stream = ShardReader::from_reader("s", io::Cursor::new(bytes.clone()), &ReadOptions::new()).unwrap();
    stream.next_sample().unwrap();
    let sample = stream.next_sample().unwrap().unwrap();
    assert!(!sample.payload().is_empty());
    assert_ne!(sample.to_bytes().as_ptr(), sample.payload().as_ptr());
}

#[test]
fn readers_can_be_sent_and_shown() {
    fn sendable(_: &(impl Send + fmt::Debug)) {}
    let mut reader = ShardReader::from_bytes("m", many().into(), &ReadOptions::new()).unwrap();
    sendable(&reader);
    assert_eq!(reader.name(), "m");
    assert_eq!(format!("{reader:?}"), "ShardReader { name: \"m\", done: false, .. }");
    let sample = reader.next_sample().unwrap().unwrap();
    assert_eq!(sample.shard(), "m");
    assert_eq!(format!("{sample:?}"), "RawSample { shard: \"m\", key: \"0000\", payload_len: 0, offset: 0 }");
}
