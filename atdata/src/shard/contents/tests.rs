#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;

use super::format::HEAD;
use super::*;
use crate::error::ErrorKind;
use crate::sample::SampleLayout;
use crate::shard::{ShardSink, WriteOptions};
use crate::source::{Ranges, Seen};

struct Shard {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

/// A shard of `count` samples whose keys are `sample/…`, with its contents beside it.
fn shard(count: usize, others: bool) -> Shard {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    write(&path, count, others, true, 0);
    Shard { _folder: folder, path }
}

fn write(path: &Path, count: usize, others: bool, contents: bool, mtime: u64) {
    let mut sink = ShardSink::create(path, &WriteOptions::new().mtime(mtime).contents(contents)).unwrap();
    for number in 0..count {
        let payload = payload(number);
        let text = format!("text {number}");
        let mut members: Vec<(&str, &[u8])> = vec![("msgpack", &payload)];
        if others && number % 3 == 1 {
            members.insert(0, ("txt", text.as_bytes()));
        }
        if others && number % 5 == 2 {
            members.push(("seg.png", b""));
        }
        sink.append_members(&key(number), members).unwrap();
    }
    sink.finish().unwrap();
}

fn key(number: usize) -> String {
    // One of more than ustar has room for, too.
    if number % 50 == 49 { format!("long/{}{number}", "ü".repeat(200)) } else { format!("sample/{number:05}") }
}

fn payload(number: usize) -> Vec<u8> {
    (0..number * 37 % 1500).map(|at| u8::try_from((at + number) % 251).unwrap()).collect()
}

/// A shard whose samples are read by way of contents.
struct Open {
    picker: Picker,
    ranges: Ranges,
}

impl Open {
    fn new(path: &Path, contents: Contents) -> Result<Self> {
        let (shard, options) = (crate::source::Shard::from_path(path), Arc::new(ReadOptions::new()));
        let picker = Picker::new(&shard, Arc::new(contents), &options, SampleLayout::Packed);
        Ok(Self { ranges: picker.open(&shard, &Seen::default(), &|| false)?, picker })
    }

    fn read(&self, number: u64) -> Result<Picked> {
        self.picker.read(&self.ranges, number, &|| false)
    }

    fn contents(&self) -> &Contents {
        self.picker.contents()
    }
}

fn open(path: &Path) -> Result<Open> {
    Open::new(path, Contents::open(path)?.expect("it has contents"))
}

fn summary(path: &Path) -> Result<Option<Summary>> {
    Summary::open(&crate::source::Shard::from_path(path), &ReadOptions::new())
}

#[test]
fn a_scan_finds_what_the_writer_wrote() {
    for (count, others) in [(1, false), (16, false), (17, true), (1000, false), (1000, true)] {
        let shard = shard(count, others);
        let written = fs::read(Contents::path_of(&shard.path)).unwrap();
        for map in [true, false] {
            let scanned = Contents::scan(&shard.path, &ReadOptions::new().map_unchanging_files(map)).unwrap();
            assert!(scanned.as_bytes() == written, "{count} {others} {map}");
        }
        assert_eq!(Contents::from_bytes(written).unwrap().samples(), count as u64);
    }
}

#[test]
fn samples_are_found_by_number_and_key() {
    for others in [false, true] {
        let shard = shard(300, others);
        let picker = open(&shard.path).unwrap();
        let mut reader = crate::shard::ShardReader::open(&shard.path, &ReadOptions::new()).unwrap();
        for number in 0..300 {
            let sample = picker.read(number as u64).unwrap();
            let (raw, found) = (reader.next_sample().unwrap().unwrap(), sample.raw());
            assert_eq!((found.key(), found.payload(), found.offset()), (raw.key(), raw.payload(), raw.offset()));
            assert_eq!(found.payload(), payload(number));
            assert_eq!(picker.contents().find(&key(number)).unwrap(), Some(number as u64));
        }
        for absent in ["", "sample", "sample/00300", "long/", "\u{0}"] {
            assert_eq!(picker.contents().find(absent).unwrap(), None);
        }
        assert_eq!(picker.read(300).unwrap_err().kind(), ErrorKind::NotFound);
    }
}

#[test]
fn of_several_samples_with_a_key_the_first_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    let mut sink = ShardSink::create(&path, &WriteOptions::new().contents(true)).unwrap();
    for key in ["a", "b", "a", "c", "b"] {
        sink.append_members(key, [("msgpack", &b"\x01"[..])]).unwrap();
    }
    sink.finish().unwrap();
    let contents = Contents::open(&path).unwrap().unwrap();
    assert_eq!(["a", "b", "c"].map(|key| contents.find(key).unwrap()), [Some(0), Some(1), Some(3)]);
}

/// Each byte of a sidecar is under a checksum, and each length is checked before it is used.
#[test]
fn damaged_contents_are_refused() {
    let shard = shard(20, true);
    let sound = fs::read(Contents::path_of(&shard.path)).unwrap();
    let mut padding = 0;
    for at in 0..sound.len() {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x41;
        match Contents::from_bytes(bytes) {
            Ok(contents) => {
                padding += 1;
                assert_eq!(sound[at], 0, "{at}");
                assert_eq!(
                    contents.sample(7).unwrap(),
                    Contents::from_bytes(sound.clone()).unwrap().sample(7).unwrap()
                );
            }
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Unsupported), "{at}: {error}");
            }
        }
    }
    assert!(padding < 8 * 8, "{padding} bytes between segments");
    for len in (0..sound.len()).step_by(3) {
        assert_eq!(Contents::from_bytes(sound[..len].to_vec()).unwrap_err().kind(), ErrorKind::Corrupt, "{len}");
    }
    let longer = [&sound[..], b"12345678"].concat();
    let error = Contents::from_bytes(longer).unwrap_err().to_string();
    assert!(error.starts_with("damaged contents, expected ") && error.ends_with("`atdata index-shards`"), "{error}");
    let error = Contents::from_bytes(&b"another file"[..]).unwrap_err().to_string();
    assert_eq!(error, "expected the contents of a shard, which begin with `ATDXIDX1`, found another file");
}

/// Checksums do not keep anyone from writing what they like: lies that are well-formed.
fn forged(sound: &Contents, forge: impl FnOnce(&mut [u8], &Head)) -> Result<Contents> {
    let mut bytes = sound.as_bytes().to_vec();
    forge(&mut bytes, &sound.head);
    let mut head = sound.head;
    for (segment, crc) in Segment::ALL.into_iter().zip(&mut head.crcs) {
        *crc = crc32c::crc32c(&bytes[sound.head.range(segment)]);
    }
    bytes[..HEAD].copy_from_slice(&head.to_bytes());
    Contents::from_bytes(bytes)
}

#[test]
fn lies_never_give_a_wrong_sample() {
    // Of several members, and of one, which is found in another way.
    for others in [true, false] {
        lie_about(&shard(40, others));
    }
}

fn lie_about(shard: &Shard) {
    let sound = Contents::open(&shard.path).unwrap().unwrap();
    let mut wrong = 0;
    for segment in Segment::ALL {
        for at in 0..sound.head.range(segment).len() {
            for value in [0x01, 0x80, 0xff] {
                let lie = forged(&sound, |bytes, head| bytes[head.range(segment).start + at] ^= value);
                let Ok(picker) = lie.and_then(|lie| Open::new(&shard.path, lie)) else {
                    wrong += 1;
                    continue;
                };
                for number in [0, 7, 16, 39_usize] {
                    match picker.read(number as u64) {
                        // By number the right one or none; by key the one that has it.
                        Ok(found) => {
                            assert_eq!((found.key(), found.raw().payload()), (&*key(number), &*payload(number)));
                        }
                        Err(error) => {
                            wrong += 1;
                            let kinds = [ErrorKind::Conflict, ErrorKind::Corrupt];
                            assert!(kinds.contains(&error.kind()), "{segment:?} {at}: {error}");
                        }
                    }
                    if let Ok(Some(found)) = picker.contents().find(&key(number))
                        && let Ok(found) = picker.read(found)
                    {
                        assert_eq!(found.raw().payload(), payload(number), "{segment:?} {at}");
                    }
                }
            }
        }
    }
    assert!(wrong > 500, "{wrong}");
}

/// Some bytes can name a long text for each of many members: of a sidecar of 2 MB a sample would take 64 GiB.
#[test]
fn names_that_are_said_many_times_are_not_made_as_often() {
    let place =
        |field, number: u64| Place { field, data: number * 1024 + 512, size: 1, header_crc32c: 0, crc32c: Some(0) };
    let long = "n".repeat(format::LONGEST);
    let mut builder = Builder::default();
    // As many as there may be.
    builder.push(0, &long, (0..256).map(|number| place(&long, number))).unwrap();
    let error = builder.push(1 << 20, "b", (0..257).map(|number| place(&long, number + 1024))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let longer = format!("{long}n");
    for (key, field) in [("c", longer.as_str()), (&longer, "f")] {
        let error = Builder::default().push(0, key, [place(field, 0)]).unwrap_err();
        assert!(error.to_string().contains("of up to 65536 bytes, found 65537: give shorter names"), "{error}");
    }
    // What nobody writes.
    let mut builder = Builder::default();
    builder.push(0, "a", (0..60_000).map(|number| place("f", number))).unwrap();
    let few = builder.finish(1 << 30);
    assert_eq!(few.sample(0).unwrap().members.len(), 60_000);
    let with_names = |name: &[u8]| {
        let mut fields = Vec::new();
        format::push_varint(&mut fields, name.len());
        fields.extend_from_slice(name);
        Contents::from_bytes(with_segment(&few, Segment::Fields, &fields))
    };
    let error = with_names(&long.as_bytes()[1..]).unwrap().sample(0).unwrap_err();
    assert!(error.to_string().contains("the names of its fields are too long"), "{error}");
    for refused in [longer.as_bytes(), b"\xff"] {
        assert!(with_names(refused).unwrap_err().to_string().contains("a field has no name"));
    }
    // Keys that are those before them.
    let mut builder = Builder::default();
    for number in 0..20 {
        builder.push(number * 1024, &long, [place("f", 0)]).unwrap();
    }
    let keys = builder.finish(1 << 20);
    assert_eq!(keys.key(19).unwrap(), long);
    let mut forged = Vec::new();
    for (shared, more) in [(0, format::LONGEST), (format::LONGEST, 1)] {
        format::push_varint(&mut forged, shared);
        format::push_varint(&mut forged, more);
        forged.resize(forged.len() + more, b'k');
    }
    let keys = Contents::from_bytes(with_segment(&keys, Segment::Keys, &forged)).unwrap();
    assert_eq!(keys.key(0).unwrap().len(), format::LONGEST);
    assert!(keys.key(1).unwrap_err().to_string().contains("a key is not there"));
}

/// Each would be read and summed, as often as there are members.
#[test]
fn members_that_lie_in_one_another_are_refused() {
    let place = |data| Place { field: "f", data, size: 1000, header_crc32c: 0, crc32c: Some(0) };
    for (data, is_sound) in
        [([512, 2048], true), ([512, 1536], false), ([512, 512], false), ([2048, 512], false), ([0, 2048], false)]
    {
        let mut builder = Builder::default();
        builder.push(0, "a", data.map(place)).unwrap();
        let found = builder.finish(1 << 20).sample(0);
        assert_eq!(found.is_ok(), is_sound, "{data:?}: {found:?}");
    }
}

/// The contents with other bytes for a segment, and sound checksums.
fn with_segment(sound: &Contents, changed: Segment, bytes: &[u8]) -> Vec<u8> {
    let mut head = sound.head;
    head.lengths[changed as usize] = bytes.len() as u64;
    head.crcs[changed as usize] = crc32c::crc32c(bytes);
    let mut all = head.to_bytes().to_vec();
    for segment in Segment::ALL {
        all.extend_from_slice(if segment == changed { bytes } else { sound.segment(segment) });
        all.resize(all.len().next_multiple_of(8), 0);
    }
    all
}

#[test]
fn lengths_that_a_head_claims_are_not_allocated() {
    let sound = Contents::open(&shard(5, false).path).unwrap().unwrap();
    for (samples, members) in [(u64::MAX, 5), (5, u64::MAX), (1 << 31, 1 << 31), (u64::MAX / 8, u64::MAX / 16)] {
        let mut head = Head { samples, members, ..sound.head };
        let size = |count: u64, size: u64| count.wrapping_mul(size);
        head.lengths[0] = size(8, samples.wrapping_add(1));
        head.lengths[2] = size(16, members);
        let mut bytes = sound.as_bytes().to_vec();
        bytes[..HEAD].copy_from_slice(&head.to_bytes());
        assert_eq!(Contents::from_bytes(bytes).unwrap_err().kind(), ErrorKind::Corrupt);
    }
}

#[test]
fn contents_of_another_state_of_the_shard_are_refused() {
    let conflict = |error: Error| {
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        assert!(error.to_string().contains("a.tar.atx"), "{error}");
    };
    // Of another size.
    let longer = shard(20, false);
    let sidecar = fs::read(Contents::path_of(&longer.path)).unwrap();
    write(&longer.path, 200, false, false, 0);
    assert!(!Contents::path_of(&longer.path).exists(), "a write without contents removes those of before");
    fs::write(Contents::path_of(&longer.path), &sidecar).unwrap();
    conflict(Contents::open(&longer.path).unwrap_err());
    conflict(summary(&longer.path).unwrap_err());
    // Of the same size, written at another time.
    let later = shard(20, false);
    let sidecar = fs::read(Contents::path_of(&later.path)).unwrap();
    write(&later.path, 20, false, false, 77);
    fs::write(Contents::path_of(&later.path), sidecar).unwrap();
    conflict(Contents::open(&later.path).unwrap_err());
    // Changed under the reader's hands, in one sample of the middle: a byte of its header, or of its data.
    for back in [500, 0_u64] {
        let changed = shard(20, false);
        let picker = open(&changed.path).unwrap();
        let at = picker.contents().sample(11).unwrap().members[0].data - back;
        let mut file = fs::OpenOptions::new().write(true).open(&changed.path).unwrap();
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(b"~").unwrap();
        let error = picker.read(11).unwrap_err();
        assert_eq!(error.key(), Some(&*key(11)));
        conflict(error);
        assert_eq!(picker.read(12).unwrap().raw().payload(), payload(12));
    }
}

/// Whoever only scanned the shard has no sidecar that could be removed.
#[test]
fn what_changed_since_a_scan_is_told_without_a_sidecar() {
    let shard = shard(20, false);
    let opened = Open::new(&shard.path, Contents::scan(&shard.path, &ReadOptions::new()).unwrap()).unwrap();
    let at = opened.contents().sample(11).unwrap().members[0].data;
    let mut file = fs::OpenOptions::new().write(true).open(&shard.path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(b"~").unwrap();
    let error = opened.read(11).unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Conflict, Some(&*key(11))));
    let message = error.to_string();
    let expected = "the shard has changed since it was read to find its samples, other bytes of the sample at ";
    assert!(message.contains(expected) && message.ends_with(": open the dataset anew"), "{message}");
    assert!(!message.contains(".atx"), "{message}");
}

#[test]
fn what_cannot_be_read_in_any_order_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar.gz");
    #[cfg(feature = "compression")]
    {
        write(&path, 3, false, false, 0);
        let error = Contents::scan(&path, &ReadOptions::new()).unwrap_err();
        assert_eq!((error.kind(), error.shard()), (ErrorKind::Unsupported, path.to_str()));
        assert!(error.to_string().contains("gzip"), "{error}");
    }
    let error = ShardSink::create(&path, &WriteOptions::new().contents(true)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    // A hard link has its data elsewhere.
    let path = folder.path().join("links.tar");
    let mut tar = tar::Builder::new(fs::File::create(&path).unwrap());
    let mut header = tar::Header::new_ustar();
    header.set_size(1);
    header.set_mode(0o644);
    tar.append_data(&mut header, "a.msgpack", &b"\x01"[..]).unwrap();
    let mut link = tar::Header::new_ustar();
    link.set_entry_type(tar::EntryType::Link);
    link.set_size(0);
    tar.append_link(&mut link, "b.msgpack", "a.msgpack").unwrap();
    tar.finish().unwrap();
    let error = Contents::scan(&path, &ReadOptions::new()).unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Unsupported, Some("b")), "{error}");
    // A shard that is cut has more than its contents would say.
    let cut = shard(20, false);
    let bytes = fs::read(&cut.path).unwrap();
    fs::write(&cut.path, &bytes[..bytes.len() - 15_000]).unwrap();
    assert_eq!(Contents::scan(&cut.path, &ReadOptions::new()).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn groups_that_are_no_samples_have_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    let mut tar = tar::Builder::new(fs::File::create(&path).unwrap());
    for (name, data) in [
        ("readme", &b"x"[..]),
        ("a.msgpack", b"\x01"),
        ("notes.txt", b"y"),
        ("b.txt", b"z"),
        ("b.msgpack", b"\x02"),
        ("bad.msgpack", b"\x03"),
        ("bad.__bad__", b"yes"),
        ("c.msgpack", b"\x04"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, data).unwrap();
    }
    tar.finish().unwrap();
    drop(tar);
    let contents = Contents::scan(&path, &ReadOptions::new()).unwrap();
    let keys: Vec<_> = (0..contents.samples()).map(|number| contents.key(number).unwrap()).collect();
    assert_eq!(keys, ["a", "b", "c"]);
    let picker = Open::new(&path, contents).unwrap();
    let payloads: Vec<_> = (0..3).map(|number| picker.read(number).unwrap().raw().payload().to_vec()).collect();
    assert_eq!(payloads, [[1], [2], [4]]);
}

/// The shard of an archive of barecat, and the contents of the same bytes as a scan finds them.
#[cfg(feature = "barecat")]
#[test]
fn contents_of_an_archive_are_those_that_reading_it_finds() {
    use std::io::Read;

    let many: Vec<String> = (0..260).map(|field| format!("m.{field:03}{}", "x".repeat(65_000))).collect();
    let few: [&[(&str, &[u8])]; 6] = [
        &[("a.jpg", b"1"), ("b.__bad__", b"yes"), ("b.jpg", b"2"), ("c.__bad__", b""), ("c.jpg", b"3")],
        &[("a.jpg", b"1"), ("b.msgpack", b"2"), ("b.__BAD__", b"yes"), ("c.jpg", b"3")],
        &[("a.msgpack", b"1"), ("b.msgpack", b"2"), ("b.__bad__", b"yes"), ("c.msgpack", b"3"), ("d.__bad__", b"yes")],
        &[("a.msgpack", b"1"), ("b.jpg", b"2"), ("c.MSGPACK", b"3"), ("d.jpg", b"2")],
        &[("a.jpg", b"1"), ("b.__bad__", b"yes")],
        &[("a.jpg", b"1"), ("n.jpg", b"2")],
    ];
    let folder = tempfile::tempdir().unwrap();
    for (number, files) in few.iter().enumerate() {
        let path = folder.path().join(format!("{number}.barecat"));
        let mut writer = crate::barecat::Writer::create(&path).unwrap();
        for (name, bytes) in *files {
            writer.add(name, bytes).unwrap();
        }
        if number == few.len() - 1 {
            for name in &many {
                writer.add(name, b"").unwrap();
            }
        }
        writer.finish().unwrap();
        let shards = crate::barecat::Archive::open(&path).unwrap().into_shards(&crate::barecat::SampleOptions::new());
        let [shard] = <[_; 1]>::try_from(shards.unwrap()).unwrap();
        let mut bytes = Vec::new();
        shard.bytes(&ReadOptions::new()).unwrap().read_to_end(&mut bytes).unwrap();
        let tar = folder.path().join("a.tar");
        fs::write(&tar, bytes).unwrap();
        let (made, scanned) = (Contents::of_made(&shard).unwrap().unwrap(), Contents::scan(&tar, &ReadOptions::new()));
        let scanned = scanned.unwrap();
        let keys = |contents: &Contents| -> Vec<String> {
            (0..contents.samples()).map(|sample| contents.key(sample).unwrap()).collect()
        };
        assert_eq!(keys(&made), keys(&scanned), "{number}");
        assert!(made.as_bytes() == scanned.as_bytes(), "{number}");
    }
}
