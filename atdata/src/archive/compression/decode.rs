//! The reading side: streams that are decompressed on the way.

use std::io::{self, Read};

#[cfg(feature = "compression")]
use super::compressed::Compressed;
#[cfg(feature = "compression")]
use super::streams::Streams;
use super::{Compression, MAGIC_LEN, Tail};
#[cfg(feature = "compression")]
use super::{xz, zstd};
use crate::archive::input::Input;
use crate::archive::tar::TarError;

impl Compression {
    /// A reader of the decompressed bytes. Streams of several gzip members, bzip2 or xz streams or zstd frames are
    /// read to their end, and every checksum is verified. What follows the last is told by `tail`.
    ///
    /// Without the feature `compression` only what is not compressed has a reader.
    pub(crate) fn decoder(self, source: Input, tail: &Tail) -> Result<Input, TarError> {
        if self == Self::None {
            return Ok(source);
        }
        self.decompressor(source, tail)
    }

    #[cfg(not(feature = "compression"))]
    fn decompressor(self, _: Input, _: &Tail) -> Result<Input, TarError> {
        Err(TarError::NotBuilt { compression: self })
    }

    #[cfg(feature = "compression")]
    #[expect(clippy::unnecessary_wraps, reason = "without the feature it fails")]
    fn decompressor(self, source: Input, tail: &Tail) -> Result<Input, TarError> {
        use bzip2::bufread::BzDecoder;
        use flate2::bufread::GzDecoder;

        let source = Compressed::new(source, tail.clone());
        Ok(match self {
            Self::Gzip => Input::stream(Streams::<GzDecoder<_>>::new(source)),
            Self::Bzip2 => Input::stream(Streams::<BzDecoder<_>>::new(source)),
            Self::Xz => Input::stream(Streams::<xz::Xz>::new(source)),
            Self::Zstd | Self::None => Input::stream(Streams::<zstd::Frame>::new(source)),
        })
    }
}

/// Reads the first bytes of a stream, and gives them back with a stream that begins with them.
pub(crate) fn peek(mut source: Input) -> io::Result<(Vec<u8>, Input)> {
    let mut head = Vec::with_capacity(MAGIC_LEN);
    source.by_ref().take(MAGIC_LEN as u64).read_to_end(&mut head)?;
    let whole = io::Cursor::new(head.clone()).chain(source);
    Ok((head, Input::stream(whole)))
}

#[cfg(all(test, feature = "compression"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write;

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn bzip2(data: &[u8]) -> Vec<u8> {
        let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn xz(data: &[u8]) -> Vec<u8> {
        let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(0)).unwrap();
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(data: &[u8]) -> Vec<u8> {
        ::zstd::bulk::compress(data, 1).unwrap()
    }

    fn read(bytes: Vec<u8>) -> io::Result<(Compression, Vec<u8>)> {
        let (head, source) = peek(Input::stream(io::Cursor::new(bytes)))?;
        let compression = Compression::of(&head);
        let mut data = Vec::new();
        compression.decoder(source, &Tail::default()).unwrap().read_to_end(&mut data)?;
        Ok((compression, data))
    }

    /// What is read, and where something else follows it.
    fn read_with_tail(bytes: Vec<u8>) -> io::Result<(Vec<u8>, Option<u64>)> {
        let (tail, mut data) = (Tail::default(), Vec::new());
        let compression = Compression::of(&bytes);
        compression.decoder(Input::stream(io::Cursor::new(bytes)), &tail).unwrap().read_to_end(&mut data)?;
        Ok((data, tail.offset()))
    }

    type Encode = fn(&[u8]) -> Vec<u8>;
    const ALL: [(Compression, Encode); 4] =
        [(Compression::Gzip, gzip), (Compression::Bzip2, bzip2), (Compression::Xz, xz), (Compression::Zstd, zstd)];

    fn data() -> Vec<u8> {
        (0..300_000_u32).flat_map(|i| (i / 7).to_le_bytes()).collect()
    }

    #[test]
    fn each_compression_is_recognised_and_read() {
        for (compression, encode) in ALL {
            for data in [data(), Vec::new()] {
                assert_eq!(read(encode(&data)).unwrap(), (compression, data));
            }
        }
    }

    #[test]
    fn streams_behind_one_another_are_one_stream() {
        for (compression, encode) in ALL {
            let (left, right) = (b"left".repeat(500), b"right".repeat(70));
            let both = [encode(&left), encode(&right)].concat();
            assert_eq!(read(both).unwrap(), (compression, [left, right].concat()));
            // The first may have nothing in it.
            assert_eq!(read([encode(b""), encode(b"text")].concat()).unwrap(), (compression, b"text".to_vec()));
        }
    }

    #[test]
    fn behind_a_stream_zeros_are_padding_and_anything_else_is_told_apart() {
        for (compression, encode) in ALL {
            let good = encode(b"text");
            let end = good.len() as u64;
            let read = |parts: &[&[u8]]| read_with_tail([&[&good[..]], parts].concat().concat()).unwrap();
            for zeros in [1, 7, 512, 300_000] {
                assert_eq!(read(&[&vec![0; zeros]]), (b"text".to_vec(), None), "{compression}, {zeros} zeros");
                assert_eq!(
                    read(&[&vec![0; zeros], &good]),
                    (b"texttext".to_vec(), None),
                    "{compression}, {zeros} zeros"
                );
            }
            for garbage in [&b"x"[..], b"\n", b"PK\x03\x04", &vec![0xff; 70_000], b"\x1f", b"BZ"] {
                assert_eq!(read(&[garbage]), (b"text".to_vec(), Some(end)), "{compression}");
                assert_eq!(read(&[&[0; 7], garbage]), (b"text".to_vec(), Some(end + 7)), "{compression}");
                let twice = read(&[&good, garbage, &good]);
                assert_eq!(twice, (b"texttext".to_vec(), Some(2 * end)), "{compression}: nothing is looked for in it");
            }
        }
    }

    #[test]
    fn a_stream_may_begin_anywhere_in_the_buffer() {
        for (compression, encode) in ALL {
            let one = encode(b"ab");
            let many = one.repeat((300 << 10) / one.len());
            let count = many.len() / one.len();
            assert_eq!(read_with_tail(many).unwrap(), (b"ab".repeat(count), None), "{compression}");
        }
    }

    #[test]
    fn a_cut_or_changed_stream_is_an_error() {
        for (compression, encode) in ALL {
            let good = encode(&data());
            for cut in [good.len() - 1, good.len() - 4, good.len() / 2, MAGIC_LEN + 1] {
                let cut = good.get(..cut).unwrap().to_vec();
                assert!(read(cut).is_err(), "{compression}");
            }
            // In bzip2 and gzip the checksum is last but for the length or padding; in zstd it is the end.
            let mut changed = good.clone();
            let at = changed.len() - if compression == Compression::Gzip { 8 } else { 4 };
            *changed.get_mut(at).unwrap() ^= 0x10;
            assert!(read(changed).is_err(), "{compression}");
        }
    }

    /// All that the bytes before the cut say, but for what the last few of them begin.
    #[test]
    fn what_comes_before_a_cut_is_read() {
        let mut state = 1_u32;
        let mut letter = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'a' + u8::try_from(state >> 28).unwrap()
        };
        for (compression, encode) in ALL {
            // Blocks of bzip2 and zstd are read as wholes, those of xz as far as they go.
            let is_in_blocks = matches!(compression, Compression::Bzip2 | Compression::Zstd);
            let (len, missing) = if is_in_blocks { (400_000, 135_000) } else { (40_000, 1000) };
            let text: Vec<u8> = (0..len).map(|_| letter()).collect();
            let stored = encode(&text);
            for eighth in 4..8 {
                let cut = stored.get(..stored.len() * eighth / 8).unwrap().to_vec();
                let mut reader = compression.decoder(Input::stream(io::Cursor::new(cut)), &Tail::default()).unwrap();
                let mut data = Vec::new();
                assert!(reader.read_to_end(&mut data).is_err(), "{compression}");
                assert!(text.starts_with(&data), "{compression}");
                let due = len * eighth / 8 - missing;
                assert!(data.len() >= due, "{compression}: {} of {due}, {eighth}/8", data.len());
            }
        }
    }

    /// Two filters before that of LZMA2, as `xz --delta=dist=1 --x86 --lzma2=preset=0` writes them.
    #[test]
    fn xz_may_have_filters_before_its_own() {
        use lzma_rust2::{FilterType, XzOptions, XzWriter};
        for filters in [&[(FilterType::Delta, 1)][..], &[(FilterType::BcjX86, 0), (FilterType::Delta, 1)]] {
            let mut options = XzOptions::with_preset(0);
            for (filter, property) in filters {
                options.prepend_pre_filter(*filter, *property);
            }
            let mut encoder = XzWriter::new(Vec::new(), options).unwrap();
            encoder.write_all(&data()).unwrap();
            assert_eq!(read(encoder.finish().unwrap()).unwrap(), (Compression::Xz, data()), "{}", filters.len());
        }
    }

    #[test]
    fn a_gzip_header_may_have_all_that_there_is_and_an_empty_stream_may_come_first() {
        let plain = gzip(&data());
        let with = |flags: u8| {
            let mut header = vec![0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3];
            for (flag, field) in [(4, &b"\x06\0AB\x02\0xy"[..]), (8, b"name.tar\0"), (16, b"a comment\0")] {
                header.extend(if flags & flag > 0 { field } else { b"" });
            }
            if flags & 2 > 0 {
                let mut sum = flate2::Crc::new();
                sum.update(&header);
                header.extend(sum.sum().to_le_bytes().get(..2).unwrap());
            }
            [header, plain.get(10..).unwrap().to_vec()].concat()
        };
        for flags in [0, 1, 2, 4, 8, 16, 0x1e, 0x1f] {
            assert_eq!(read(with(flags)).unwrap(), (Compression::Gzip, data()), "{flags}");
        }
        let mut wrong = with(2);
        *wrong.get_mut(10).unwrap() ^= 1;
        assert!(read(wrong).is_err(), "of the header itself, as gzip(1) has it");
        assert_eq!(read([gzip(b""), with(0x1e), gzip(b"")].concat()).unwrap(), (Compression::Gzip, data()));
        for (compression, encode) in ALL {
            let empty = encode(b"");
            let read = read_with_tail([&empty, &encode(b"text"), &empty].map(Vec::as_slice).concat()).unwrap();
            assert_eq!(read, (b"text".to_vec(), None), "{compression}");
        }
    }

    #[test]
    fn skippable_zstd_frames_are_skipped() {
        let skippable = |len: u32| {
            let mut frame = vec![0x5a, 0x2a, 0x4d, 0x18];
            frame.extend(len.to_le_bytes());
            frame.resize(frame.len() + len as usize, 7);
            frame
        };
        let bytes = [skippable(3), zstd(b"one"), skippable(300_000), zstd(b"two"), skippable(0)].concat();
        assert_eq!(read(bytes).unwrap(), (Compression::Zstd, b"onetwo".to_vec()));
        let mut cut = skippable(9);
        cut.pop();
        assert!(read(cut).is_err());
    }

    #[test]
    fn windows_and_dictionaries_beyond_the_limit_are_refused() {
        // Window descriptor: exponent 2^(10+31).
        let bytes = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 31 << 3, 1, 0, 0];
        let error = read(bytes.to_vec()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Unsupported, "{error}");
    }
}
