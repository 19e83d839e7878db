use super::*;

#[test]
fn what_is_no_archive_is_said_to_be_none() {
    for bytes in [&b"this is not a tar file\n"[..], &b"text ".repeat(300), &[0xa5; 5000]] {
        let (kind, text) = error_of(bytes);
        assert_eq!(kind, ErrorKind::Corrupt);
        assert!(text.starts_with("t.tar @ 0: expected a tar header or the magic number of gzip, bzip2"), "{text}");
    }
    let (kind, text) = error_of(b"");
    assert_eq!((kind, &text[..]), (ErrorKind::Corrupt, "t.tar @ 0: empty file: expected a tar archive"));
}

#[test]
fn a_missing_file_has_its_path_and_kind() {
    let error = ShardReader::open("no/such/shard.tar", &ReadOptions::new()).unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::NotFound, Some("no/such/shard.tar")));
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn zeros_alone_are_an_empty_shard() {
    for blocks in [2, 20] {
        let found = groups(&vec![0; 512 * blocks]);
        assert_eq!((found.all.len(), found.error, found.warnings), (0, None, vec![]));
    }
}

#[test]
fn a_changed_header_is_an_error_at_its_offset() {
    let mut bytes = archive(&[file("a.msgpack", b"1"), file("b.msgpack", b"2")]);
    bytes[1024 + 110] ^= 1;
    let (kind, text) = error_of(&bytes);
    assert_eq!(kind, ErrorKind::Corrupt);
    assert!(text.starts_with("t.tar @ 1024: header checksum mismatch: the header says "), "{text}");
    let mut bytes = archive(&[file("a.msgpack", b"1"), pax(b'x', &[("path", "c.msgpack")]), file("b.msgpack", b"2")]);
    bytes[1024 + 110] ^= 1;
    assert!(error_of(&bytes).1.starts_with("t.tar @ 1024: header checksum mismatch"));
}

#[test]
fn a_size_that_is_no_number_is_an_error() {
    for size in
        [b"-0000000001\0", b"0000000000x\0", b"00000000009\0", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"]
    {
        let change = |block: &mut Block| block[124..136].copy_from_slice(size);
        let (kind, text) = error_of(&archive(&[header_with(b"a.msgpack", b'0', 0, change)]));
        assert_eq!(kind, ErrorKind::Corrupt);
        assert!(text.starts_with("t.tar @ 0: expected a number in the size field of the header"), "{text}");
    }
}

#[test]
fn cut_archives_say_where_and_what_is_missing() {
    let bytes = [file("a.msgpack", b"1"), file("b.msgpack", &[7; 700])].concat();
    let (_, text) = error_of(&bytes[..1024 + 100]);
    assert_eq!(text, "t.tar @ 1024: truncated header: expected 512 bytes, found 100");
    let (_, text) = error_of(&bytes[..1024 + 512 + 99]);
    let expected = "t.tar @ 1024: key b: member b.msgpack is truncated: \
                    expected 700 bytes of data (1024 with padding), found 99";
    assert_eq!(text, expected);
    let (_, text) = error_of(&bytes[..bytes.len() - 1]);
    assert!(text.ends_with("expected 700 bytes of data (1024 with padding), found 1023"), "{text}");
}

#[test]
fn members_that_are_passed_over_are_missed_too_when_cut() {
    let bytes = [file("a.msgpack", b"1"), file("a.video", &[7; 9000])].concat();
    let found = samples(&bytes[..bytes.len() - 600]);
    assert_eq!(found.all.len(), 0);
    assert!(found.error.unwrap().1.contains("member a.video is truncated: expected 9000 bytes"));
}

#[test]
fn hostile_sizes_cost_nothing() {
    let sizes: [&[u8; 12]; 3] = [
        b"77777777777\0",
        b"\x80\0\0\0\x0f\xff\xff\xff\xff\xff\xff\xff",
        b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
    ];
    for size in sizes {
        let change = |block: &mut Block| block[124..136].copy_from_slice(size);
        let bytes = archive(&[header_with(b"a.msgpack", b'0', 0, change)]);
        let (kind, text) = error_of(&bytes);
        assert_eq!(kind, ErrorKind::Corrupt);
        assert!(text.contains("a.msgpack"), "{text}");
        assert_eq!(samples(&bytes).all.len(), 0);
    }
}

#[test]
fn an_odd_end_is_a_warning_or_an_error_as_the_caller_likes() {
    let members = file("a.msgpack", b"1");
    let cases = [
        (members.clone(), Some(Warning::MissingEnd { offset: 1024 })),
        ([members.clone(), vec![0; 512]].concat(), Some(Warning::MissingEnd { offset: 1024 })),
        ([members.clone(), vec![0; 700]].concat(), Some(Warning::MissingEnd { offset: 1024 })),
        ([members.clone(), vec![0; 512], members.clone()].concat(), Some(Warning::LoneZeroBlock { offset: 1024 })),
        ([members.clone(), vec![0; 1024], members.clone()].concat(), Some(Warning::DataAfterEnd { offset: 2048 })),
        ([members.clone(), vec![0; 1024], b"garbage".to_vec()].concat(), Some(Warning::DataAfterEnd { offset: 2048 })),
        ([members.clone(), vec![0; 99_999], vec![1]].concat(), Some(Warning::DataAfterEnd { offset: 101_023 })),
        ([members.clone(), vec![0; 99_999]].concat(), None),
    ];
    for (bytes, warning) in cases {
        let found = samples(&bytes);
        assert_eq!((found.all.len(), found.error), (1, None));
        assert_eq!(found.warnings, warning.clone().into_iter().collect::<Vec<_>>());
        let options = ReadOptions::new().require_end(true);
        let reader = ShardReader::from_bytes("t.tar", bytes.into(), &options).unwrap();
        let strict = outcome(reader, ShardReader::next_group);
        assert_eq!(strict.all.len(), 1, "the samples come first");
        assert_eq!(strict.error.map(|(kind, _)| kind), warning.map(|_| ErrorKind::Corrupt));
    }
}

#[test]
fn a_hole_in_the_archive_does_not_pass_for_its_end() {
    let parts: Vec<_> = (0..20).map(|n| file(&format!("{n:02}.msgpack"), &[7; 400])).collect();
    let mut bytes = archive(&parts);
    bytes[3000..9000].fill(0);
    let found = samples(&bytes);
    assert_eq!((found.all.len(), found.error), (3, None));
    assert_eq!(found.warnings, [Warning::DataAfterEnd { offset: 9000 }]);
}

#[test]
fn malformed_extended_headers_are_errors_at_their_offset() {
    let cases = [
        (member(b"p", b'x', b"9 path=a"), "malformed extended header"),
        (member(b"p", b'g', b"-9 path=a\n"), "malformed extended header"),
        (header(b"p", b'x', 2 << 20), "expected an extended header of at most 1048576 bytes, found 2097152"),
        (header(b"p", b'L', (8 << 30) - 1), "expected an extended header of at most 1048576 bytes"),
        ([pax(b'x', &[("a", "b")]), pax(b'x', &[("a", "b")])].concat(), "extended header of type `x`"),
        ([member(b"p", b'L', b"a\0"), member(b"p", b'L', b"b\0")].concat(), "extended header of type `L`"),
        (pax(b'x', &[("a", "b")]), "expected a member behind its extended header"),
    ];
    for (part, expected) in cases {
        let (kind, text) = error_of(&archive(&[file("a.msgpack", b"1"), part]));
        assert_eq!(kind, ErrorKind::Corrupt);
        assert!(text.contains(expected) && text.starts_with("t.tar @ "), "{text}");
        let at: u64 = text[8..].split(':').next().unwrap().parse().unwrap();
        assert!(at == 1024 || at == 2048, "{text}");
    }
    let cut = [file("a.msgpack", b"1"), header(b"p", b'x', 900), vec![0; 700]].concat();
    assert!(error_of(&cut).1.contains("expected 900 bytes of data (1024 with padding), found 700"));
}
