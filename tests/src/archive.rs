//! Tar archives by hand: members with any name, which no library would write.

use std::path::Path;

use atdata::Error;
use atdata::shard::{Group, ReadOptions, ShardReader};
use bytes::Bytes;

/// A ustar archive of these members, with its end. Names of up to 100 bytes.
pub fn tar<'a>(members: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, data) in members {
        out.extend_from_slice(&header(name, data.len()));
        out.extend_from_slice(data);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn header(name: &str, size: usize) -> [u8; 512] {
    let mut header = [0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..108].copy_from_slice(b"0000444\0");
    header[108..116].copy_from_slice(b"0000000\0");
    header[116..124].copy_from_slice(b"0000000\0");
    header[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    header[136..148].copy_from_slice(b"00000000000\0");
    header[148..156].copy_from_slice(b"        ");
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// All groups of a shard up to its end or its first error.
pub fn groups(mut reader: ShardReader) -> (Vec<Group>, Option<Error>) {
    let mut groups = Vec::new();
    loop {
        match reader.next_group() {
            Ok(Some(group)) => groups.push(group),
            Ok(None) => return (groups, None),
            Err(error) => return (groups, Some(error)),
        }
    }
}

/// The groups of a file, which are the same however it is read.
#[track_caller]
pub fn groups_of_file(path: &Path) -> (Vec<Group>, Option<Error>) {
    let read = |options: &ReadOptions| match ShardReader::open(path, options) {
        Ok(reader) => groups(reader),
        Err(error) => (Vec::new(), Some(error)),
    };
    let read_through = read(&ReadOptions::new());
    let mapped = read(&ReadOptions::new().map_unchanging_files(true));
    assert_eq!(mapped.0, read_through.0, "{}", path.display());
    assert_eq!(text(mapped.1.as_ref()), text(read_through.1.as_ref()), "{}", path.display());
    mapped
}

/// The groups of bytes.
pub fn groups_of_bytes(bytes: Vec<u8>) -> (Vec<Group>, Option<Error>) {
    match ShardReader::from_bytes("memory", Bytes::from(bytes), &ReadOptions::new()) {
        Ok(reader) => groups(reader),
        Err(error) => (Vec::new(), Some(error)),
    }
}

fn text(error: Option<&Error>) -> Option<String> {
    error.map(|error| format!("{error:?}"))
}
