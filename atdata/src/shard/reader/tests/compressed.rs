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
