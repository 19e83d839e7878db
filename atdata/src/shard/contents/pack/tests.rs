#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs::{FileTimes, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::shard::{ShardSink, WriteOptions};

const NAMES: [&str; 4] = ["a.tar", "a:1.tar", "b.tar", "ü.tar"];

/// A folder of shards whose contents are in a pack.
struct Folder {
    folder: tempfile::TempDir,
    contents: Vec<Contents>,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = PackWriter::create(folder.path(), NAMES.into_iter()).unwrap();
        let mut contents = Vec::new();
        for (number, name) in NAMES.iter().enumerate() {
            let path = folder.path().join(name);
            write(&path, number + 1);
            contents.push(Contents::scan(&path, &ReadOptions::new()).unwrap());
            writer.push(&contents[number], modified(&fs::metadata(&path).unwrap())).unwrap();
        }
        writer.finish().unwrap();
        Self { folder, contents }
    }

    fn shard(&self, number: usize) -> PathBuf {
        self.folder.path().join(NAMES[number])
    }

    fn open(&self) -> Result<Option<(Pack, Names)>> {
        Pack::in_folder(self.folder.path())
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.folder.path().join(PACK)).unwrap()
    }

    fn put(&self, bytes: &[u8]) {
        fs::write(self.folder.path().join(PACK), bytes).unwrap();
    }

    fn check(&self, number: usize) -> Result<()> {
        let (pack, _) = self.open()?.unwrap();
        pack.check(number, &Shard::from_path(self.shard(number)), &ReadOptions::new())
    }
}

/// A shard of so many samples.
fn write(path: &Path, count: usize) {
    let mut sink = ShardSink::create(path, &WriteOptions::new()).unwrap();
    for number in 0..count {
        sink.append_members(&format!("k{number}"), [("msgpack", b"\x80".as_slice())]).unwrap();
    }
    sink.finish().unwrap();
}

#[test]
fn what_is_packed_is_what_it_was() {
    let folder = Folder::new();
    let (pack, names) = folder.open().unwrap().unwrap();
    assert_eq!(names.iter().collect::<Vec<_>>(), NAMES);
    for (number, name) in NAMES.iter().enumerate() {
        for near in 0..6 {
            assert_eq!(names.find(name, near), Some(number));
        }
        let contents = pack.contents(number, &|| false).unwrap();
        assert_eq!(contents.as_bytes(), folder.contents[number].as_bytes());
        assert_eq!(pack.summary(number).unwrap(), Summary::from(&contents));
        assert_eq!(contents.samples(), number as u64 + 1);
        folder.check(number).unwrap();
    }
    for absent in ["", "a", "a.ta", "a.tar\0", "c.tar", "z"] {
        assert_eq!(names.find(absent, 2), None, "{absent}");
    }
    assert!(pack.summary(4).is_err() && pack.contents(4, &|| false).is_err());
    assert!(Pack::in_folder(&folder.folder.path().join("none")).unwrap().is_none());
}

#[test]
fn a_pack_of_none_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let written = PackWriter::create(folder.path(), [].into_iter()).unwrap().finish().unwrap();
    assert_eq!(fs::metadata(written).unwrap().len(), form::HEAD as u64);
    let (_, names) = Pack::in_folder(folder.path()).unwrap().unwrap();
    assert_eq!((names.len(), names.find("a", 0)), (0, None));
}

#[test]
fn names_that_are_paths_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a/b.tar", "a\\b.tar", "..", ".", ""] {
        let error = PackWriter::create(folder.path(), [name].into_iter()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    assert!(!folder.path().join(PACK).exists());
}

/// Whatever is read of it is an error, or what it was.
#[test]
fn damaged_packs_are_refused() {
    let folder = Folder::new();
    let sound = folder.bytes();
    let catalog = Head::parse(&sound, sound.len() as u64).unwrap().catalog();
    for at in 0..sound.len() {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x10;
        folder.put(&bytes);
        let found = folder.open().and_then(|opened| {
            let (pack, _) = opened.unwrap();
            (0..NAMES.len()).map(|number| pack.contents(number, &|| false)).collect::<Result<Vec<_>>>()
        });
        match found {
            Err(error) => {
                let kinds = [ErrorKind::Corrupt, ErrorKind::Unsupported, ErrorKind::Conflict];
                assert!(kinds.contains(&error.kind()) && error.shard().unwrap().ends_with(PACK), "{at}: {error:#}");
            }
            // Between segments there are zeros, which nothing is said by.
            Ok(contents) => {
                assert!(sound[at] == 0, "{at} of {catalog}");
                assert!(contents.iter().zip(&folder.contents).all(|(a, b)| a.digest() == b.digest()), "{at}");
            }
        }
    }
    for len in (0..sound.len()).step_by(7) {
        folder.put(&sound[..len]);
        assert_eq!(folder.open().unwrap_err().kind(), ErrorKind::Corrupt, "{len}");
    }
    folder.put(b"something else, longer than the head of a pack, which begins with its magic bytes");
    assert!(folder.open().unwrap_err().to_string().contains("found another file"));
}

/// A pack with other entries and names, and sound checksums.
fn forged(sound: &[u8], change: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>, &mut Vec<u8>)) -> Vec<u8> {
    let mut head = Head::parse(sound, sound.len() as u64).unwrap();
    let mut at = form::HEAD;
    let mut segments = head.lengths().map(|length| {
        let length = usize::try_from(length).unwrap();
        let segment = sound[at..at + length].to_vec();
        at += length.next_multiple_of(8);
        segment
    });
    let [entries, ends, names] = &mut segments;
    change(entries, ends, names);
    head.crcs = segments.each_ref().map(|segment| crc32c::crc32c(segment));
    head.names = segments[2].len() as u64;
    let mut bytes = vec![0; form::HEAD];
    for segment in segments {
        bytes.extend_from_slice(&segment);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
    }
    bytes.extend_from_slice(&sound[at..]);
    head.len = bytes.len() as u64;
    bytes[..form::HEAD].copy_from_slice(&head.to_bytes());
    bytes
}

#[test]
fn lies_are_typed_errors() {
    let folder = Folder::new();
    let sound = folder.bytes();
    let opened = |bytes: &[u8]| {
        folder.put(bytes);
        folder.open()
    };
    assert!(opened(&forged(&sound, |_, _, _| ())).unwrap().is_some());
    let names = |from: &'static [u8], to: &'static [u8]| {
        let change = move |_: &mut Vec<u8>, _: &mut Vec<u8>, names: &mut Vec<u8>| {
            let at = names.windows(from.len()).position(|window| window == from).unwrap();
            names[at..at + to.len()].copy_from_slice(to);
        };
        opened(&forged(&sound, change)).unwrap_err().to_string()
    };
    for name in [&b"b/tar"[..], b"b\\tar", b"b\0tar", b"b\xfftar"] {
        assert!(names(b"b.tar", name).contains("the name of a shard is none"));
    }
    assert!(names(b"b.tar", b"a.tar").contains("not in order"));
    assert!(names(b"b.tar", b"A.tar").contains("not in order"));
    let more = forged(&sound, |_, _, names| names.push(b'x'));
    assert!(opened(&more).unwrap_err().to_string().contains("more than the names"));
    for end in [0_u32, u32::MAX] {
        let bytes = forged(&sound, |_, ends, _| ends[4..8].copy_from_slice(&end.to_le_bytes()));
        assert_eq!(opened(&bytes).unwrap_err().kind(), ErrorKind::Corrupt);
    }
    // Where contents are, their length, the size of the shard, where its last sample ends.
    for (at, number) in [(0, u64::MAX), (0, sound.len() as u64), (8, u64::MAX), (8, 1 << 40), (24, 0), (40, 1 << 40)] {
        let bytes = forged(&sound, |entries, _, _| entries[at..at + 8].copy_from_slice(&number.to_le_bytes()));
        let (pack, _) = opened(&bytes).unwrap().unwrap();
        let found = [pack.summary(0).map(drop), pack.contents(0, &|| false).map(drop)];
        for error in found.map(Result::unwrap_err) {
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{at} {number}: {error:#}");
        }
    }
    // Another number of samples than the contents have.
    let bytes = forged(&sound, |entries, _, _| entries[32..40].copy_from_slice(&7_u64.to_le_bytes()));
    let (pack, _) = opened(&bytes).unwrap().unwrap();
    assert_eq!(pack.contents(0, &|| false).unwrap_err().kind(), ErrorKind::Conflict);
    // What a head claims is not made room for.
    for (at, number) in [(16, 1 << 24), (16, u64::MAX), (24, u64::MAX), (24, 1 << 32)] {
        let mut bytes = sound.clone();
        bytes[at..at + 8].copy_from_slice(&u64::to_le_bytes(number));
        let crc = crc32c::crc32c(&bytes[..form::HEAD - 4]);
        bytes[form::HEAD - 4..form::HEAD].copy_from_slice(&crc.to_le_bytes());
        assert!(opened(&bytes).unwrap_err().to_string().contains("contradict each other"));
    }
}

#[test]
fn shards_that_have_changed_are_told() {
    let folder = Folder::new();
    // A copy is the same at another time.
    let file = OpenOptions::new().write(true).open(folder.shard(2)).unwrap();
    let older = fs::metadata(folder.shard(2)).unwrap().modified().unwrap() - Duration::from_secs(100);
    file.set_times(FileTimes::new().set_modified(older)).unwrap();
    folder.check(2).unwrap();
    // A sample that is put where there was padding.
    let mut file = OpenOptions::new().write(true).open(folder.shard(2)).unwrap();
    file.seek(SeekFrom::Start(3 * 1024)).unwrap();
    file.write_all(b"k9.msgpack").unwrap();
    file.set_times(FileTimes::new().set_modified(older)).unwrap();
    let error = folder.check(2).unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Conflict, folder.shard(2).to_str()));
    assert!(error.to_string().contains("goes on there now"), "{error}");
    assert!(error.to_string().contains("`atdata index-shards --pack`"), "{error}");
    // Fewer samples, in an archive of the same size.
    write(&folder.shard(3), 2);
    let error = folder.check(3).unwrap_err();
    assert!(error.kind() == ErrorKind::Conflict && error.to_string().contains("last header"), "{error}");
    // Another size.
    write(&folder.shard(1), 30);
    let error = folder.check(1).unwrap_err();
    assert!(error.kind() == ErrorKind::Conflict && error.to_string().contains(PACK), "{error}");
    fs::remove_file(folder.shard(0)).unwrap();
    assert_eq!(folder.check(0).unwrap_err().kind(), ErrorKind::NotFound);
}
