use super::*;

pub(super) fn many() -> Vec<u8> {
    let parts: Vec<_> = (0..300_usize).map(|at| file(&format!("{at:04}.msgpack"), &vec![7; at * 37 % 3000])).collect();
    archive(&parts)
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
    let handle = memory.next_sample().unwrap().unwrap().to_bytes().unwrap();
    assert!(place(&handle));
    assert!(place(&memory.next_group().unwrap().unwrap().fields[0].1));
    let mut stream = ShardReader::from_reader("s", io::Cursor::new(bytes.clone()), &ReadOptions::new()).unwrap();
    stream.next_sample().unwrap();
    let sample = stream.next_sample().unwrap().unwrap();
    assert!(!sample.payload().is_empty());
    assert_ne!(sample.to_bytes().unwrap().as_ptr(), sample.payload().as_ptr());
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

#[cfg(not(feature = "compression"))]
#[test]
fn a_compressed_shard_says_what_this_build_is_missing() {
    let gzip = Bytes::from_static(b"\x1f\x8b\x08\0\0\0\0\0");
    let error = ShardReader::from_bytes("a.tar", gzip, &ReadOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().ends_with("enable the feature `compression` of atdata"), "{error}");
}
