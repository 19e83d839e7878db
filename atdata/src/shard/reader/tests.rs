#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

#[cfg(feature = "compression")]
mod compressed;
mod damage;
mod formats;
mod grouping;
mod large;
mod streams;

use std::io::{self, Read, Write};

use bytes::Bytes;

use super::*;
use crate::archive::input::Partial;
use crate::error::ErrorKind;
use crate::shard::Reason;

type Block = [u8; 512];

/// A ustar header that `change` may spoil before its checksum is set.
fn header_with(name: &[u8], kind: u8, size: u64, change: impl FnOnce(&mut Block)) -> Vec<u8> {
    let mut block = [0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..108].copy_from_slice(b"0000444\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[136..148].copy_from_slice(b"14370220071\0");
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    change(&mut block);
    seal(&mut block);
    block.to_vec()
}

fn seal(block: &mut Block) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fn header(name: &[u8], kind: u8, size: u64) -> Vec<u8> {
    header_with(name, kind, size, |_| {})
}

fn padded(data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    data.resize(data.len().next_multiple_of(512), 0);
    data
}

fn member(name: &[u8], kind: u8, data: &[u8]) -> Vec<u8> {
    [header(name, kind, data.len() as u64), padded(data)].concat()
}

fn file(name: &str, data: &[u8]) -> Vec<u8> {
    member(name.as_bytes(), b'0', data)
}

/// `28 path=a.msgpack\n`: the length counts its own digits.
fn record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len() + 1;
    while length != rest.len() + length.to_string().len() {
        length += 1;
    }
    format!("{length}{rest}")
}

fn pax(kind: u8, records: &[(&str, &str)]) -> Vec<u8> {
    let data: String = records.iter().map(|(key, value)| record(key, value)).collect();
    member(b"././@PaxHeader", kind, data.as_bytes())
}

fn end() -> Vec<u8> {
    vec![0; 1024]
}

fn archive(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), end()].concat()
}

/// Gives one byte at a time.
struct Trickle(io::Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = buffer.len().min(1);
        self.0.read(&mut buffer[..len])
    }
}

/// A reader in each of the ways there are to read the same bytes.
fn readers(bytes: &[u8]) -> Vec<ShardReader> {
    readers_with(bytes, &ReadOptions::new())
}

fn readers_with(bytes: &[u8], options: &ReadOptions) -> Vec<ShardReader> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let mut mapped = ShardReader::open(file.path(), &options.clone().map_unchanging_files(true)).unwrap();
    mapped.name = "t.tar".into();
    let unmapped = |chunk, ahead| {
        let file = Arc::new(File::open(file.path()).unwrap());
        ShardReader::of_file("t.tar", &file, options, chunk, ahead).unwrap()
    };
    let mut readers = vec![
        mapped,
        unmapped(1, None),
        unmapped(CHUNK, None),
        unmapped(1, Some(600)),
        unmapped(700, Some(5000)),
        unmapped(5000, Some(70_000)),
        ShardReader::from_bytes("t.tar", bytes.to_vec().into(), options).unwrap(),
    ];
    for chunk in [1, 700, 5000, CHUNK] {
        let source = Input::stream(Trickle(io::Cursor::new(bytes.to_vec())));
        readers.push(ShardReader::streamed("t.tar", source, options, chunk).unwrap());
    }
    readers
}

#[derive(Debug, PartialEq)]
struct Outcome<T> {
    all: Vec<T>,
    error: Option<(ErrorKind, String)>,
    warnings: Vec<Warning>,
}

fn outcome<T>(mut reader: ShardReader, mut next: impl FnMut(&mut ShardReader) -> Result<Option<T>>) -> Outcome<T> {
    let mut all = Vec::new();
    let error = loop {
        match next(&mut reader) {
            Ok(Some(one)) => all.push(one),
            Ok(None) => break None,
            Err(error) => break Some((error.kind(), format!("{error:#}"))),
        }
    };
    if error.is_none() || reader.is_done() {
        assert!(next(&mut reader).unwrap().is_none(), "a reader that has ended stays so");
    }
    Outcome { all, error, warnings: reader.warnings().to_vec() }
}

/// What there is up to the end, errors of single samples among it.
fn outcome_to_the_end<T>(
    mut reader: ShardReader,
    mut next: impl FnMut(&mut ShardReader) -> Result<Option<T>>,
) -> Vec<Result<T>> {
    std::iter::from_fn(|| next(&mut reader).transpose()).collect()
}

#[track_caller]
fn same<T: PartialEq + fmt::Debug>(outcomes: impl IntoIterator<Item = Outcome<T>>) -> Outcome<T> {
    let mut outcomes = outcomes.into_iter();
    let first = outcomes.next().unwrap();
    for (at, other) in outcomes.enumerate() {
        assert_eq!(first, other, "mapped against reader {at}");
    }
    first
}

/// All groups, by every way to read.
#[track_caller]
fn groups(bytes: &[u8]) -> Outcome<Group> {
    same(readers(bytes).into_iter().map(|reader| outcome(reader, ShardReader::next_group)))
}

/// Key, payload and offset of all samples, by every way to read.
#[track_caller]
fn samples(bytes: &[u8]) -> Outcome<(String, Bytes, u64)> {
    let next = |reader: &mut ShardReader| {
        let sample = reader.next_sample()?;
        Ok(sample.map(|sample| {
            assert_eq!(sample.to_bytes().unwrap(), sample.payload());
            (sample.key().to_owned(), sample.to_bytes().unwrap(), sample.offset())
        }))
    };
    // As who decodes a sample before its group is known, and by its begin, sees them.
    let early = |reader: &mut ShardReader| {
        loop {
            if !reader.begin_next()? {
                return Ok(None);
            }
            if reader.is_partial() {
                check_begin(reader);
                reader.read_all()?;
            }
            let sample = reader.current().unwrap();
            let sample = (sample.key().to_owned(), sample.to_bytes().unwrap(), sample.offset());
            if reader.end_begun()? {
                return Ok(Some(sample));
            }
        }
    };
    let early = readers(bytes).into_iter().map(|mut reader| {
        reader.treat_large(Large::Begun);
        outcome(reader, early)
    });
    same(readers(bytes).into_iter().map(|reader| outcome(reader, next)).chain(early))
}

/// The begin of a payload is that of the whole.
fn check_begin(reader: &ShardReader) {
    let (placed, begin) = (reader.placed().unwrap(), reader.current().unwrap().payload().to_vec());
    let mut whole = Vec::new();
    placed.read_into(&mut whole).unwrap();
    assert!(begin.len() < whole.len() && whole.starts_with(&begin));
    let partial = Partial::new(placed);
    for at in [0, begin.len(), whole.len() - 1, whole.len()] {
        let least = (whole.len() - at).min(6000);
        let found = partial.read(at, least).unwrap();
        assert!(found.len() >= least && whole[at..].starts_with(found));
    }
    assert!(!partial.has_refused() && partial.read(whole.len() - 1, 2).is_none() && partial.has_refused());
}

/// [`samples`] of an archive that is large for all those ways.
fn in_memory(bytes: Vec<u8>) -> Outcome<(String, Bytes, u64)> {
    let reader = ShardReader::from_bytes("t.tar", bytes.into(), &ReadOptions::new()).unwrap();
    outcome(reader, |reader| {
        let sample = reader.next_sample()?;
        Ok(sample.map(|sample| (sample.key().to_owned(), sample.to_bytes().unwrap(), sample.offset())))
    })
}

/// Names and contents, `key.field`, of an archive that must be sound.
#[track_caller]
fn contents(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let Outcome { all, error, .. } = groups(bytes);
    assert_eq!(error, None);
    let fields = |group: Group| {
        let Group { key, fields, .. } = group;
        fields.into_iter().map(move |(field, bytes)| (format!("{key}.{field}"), bytes.to_vec())).collect::<Vec<_>>()
    };
    all.into_iter().flat_map(fields).collect()
}

/// Keys of samples and texts of errors to the end, by every way to read.
#[track_caller]
fn to_the_end(bytes: &[u8]) -> Vec<Result<String, String>> {
    let read = |mut reader: ShardReader| {
        let next = || match reader.next_sample() {
            Ok(sample) => sample.map(|sample| Ok(sample.key().to_owned())),
            Err(error) => Some(Err(error.to_string())),
        };
        Outcome { all: std::iter::from_fn(next).collect(), error: None, warnings: Vec::new() }
    };
    same(readers(bytes).into_iter().map(read)).all
}

#[track_caller]
fn error_of(bytes: &[u8]) -> (ErrorKind, String) {
    groups(bytes).error.expect("an error")
}
