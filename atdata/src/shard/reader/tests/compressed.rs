use super::streams::many;
use super::*;

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
    let zstd = zstd::bulk::compress(&plain, 1).unwrap();
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

/// By each compression.
fn compressed(plain: &[u8]) -> [Vec<u8>; 4] {
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(plain).unwrap();
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(0)).unwrap();
    xz.write_all(plain).unwrap();
    let zstd = zstd::bulk::compress(plain, 1).unwrap();
    [gzip(plain), bzip2.finish().unwrap(), xz.finish().unwrap(), zstd]
}

#[test]
fn other_data_behind_a_compressed_shard_is_told_as_behind_a_plain_one() {
    let plain = archive(&[file("a.msgpack", b"1"), file("b.msgpack", b"2")]);
    for bytes in compressed(&plain) {
        let stored = bytes.len() as u64;
        let found = samples(&[&bytes[..], b"garbage"].concat());
        assert_eq!((found.all.len(), found.error), (2, None));
        assert_eq!(found.warnings, [Warning::DataAfterStream { offset: 2048, stored }]);
        let strict = ReadOptions::new().require_end(true);
        let source = io::Cursor::new([&bytes[..], b"\n"].concat());
        let strict = outcome(ShardReader::from_reader("t.tar", source, &strict).unwrap(), ShardReader::next_group);
        assert_eq!((strict.all.len(), strict.error.map(|(kind, _)| kind)), (2, Some(ErrorKind::Corrupt)));
        let found = samples(&[&bytes[..], &[0; 700]].concat());
        assert_eq!((found.all.len(), found.error, found.warnings), (2, None, vec![]));
    }
}

#[test]
fn other_data_between_two_streams_is_damage() {
    let plain = archive(&[file("a.msgpack", b"1"), file("b.msgpack", b"2")]);
    for cut in [1024, 1300] {
        let (left, right) = plain.split_at(cut);
        for (left, right) in compressed(left).into_iter().zip(compressed(right)) {
            assert_eq!(samples(&[&left[..], &right].concat()).all.len(), 2, "many streams are one");
            let found = samples(&[&left[..], b"x", &right].concat());
            assert!(found.all.len() == 1, "{found:?}");
            let text = found.error.unwrap().1;
            let expected = format!("expected another stream or its end at byte {} of it", left.len());
            assert!(text.contains(&expected), "{text}");
        }
    }
}
