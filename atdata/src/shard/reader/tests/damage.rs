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
fn an_archive_that_is_cut_in_its_first_header_is_one_that_is_cut() {
    let mut header = tar::Header::new_old();
    header.set_path("a.msgpack").unwrap();
    header.set_mode(0o644);
    for (head, len) in [
        (b"././@PaxHeader\0".to_vec(), 300),
        (b"././@LongLink\0".to_vec(), 20),
        (tar::Header::new_ustar().as_bytes().to_vec(), 300),
        (header.as_bytes().to_vec(), 110),
    ] {
        let mut bytes = head;
        bytes.resize(len, 0);
        let expected = format!("t.tar @ 0: truncated header: expected 512 bytes, found {len}");
        assert_eq!(error_of(&bytes), (ErrorKind::Corrupt, expected));
    }
}

#[test]
fn what_another_file_is_is_said() {
    let files: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "a zip archive"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"\x04\x22\x4d\x18", "lz4 data"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"<?xml version=\"1.0\"?><Error>", "an XML page"),
        (b"{\"error\": 404}", "JSON"),
    ];
    for (head, expected) in files {
        for len in [head.len(), 700] {
            let mut bytes = head.to_vec();
            bytes.resize(len, b'x');
            assert!(error_of(&bytes).1.contains(&format!("`: {expected}")), "{}", error_of(&bytes).1);
        }
    }
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
    assert_eq!(found.all.len(), 1, "the payload before the cut is whole");
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
        for reader in readers(&bytes) {
            let found = outcome(reader, ShardReader::next_group);
            let (kind, text) = found.error.unwrap();
            let is_refused = kind == ErrorKind::Unsupported && text.contains("key a: refused to hold a member of");
            assert!(is_refused || (kind == ErrorKind::Corrupt && text.contains("member a.msgpack is ")), "{text}");
        }
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
        ([members.clone(), vec![0; 99_999]].concat(), Some(Warning::ZerosAfterEnd { offset: 1024, zeros: 99_999 })),
        ([members.clone(), vec![0; 10_240]].concat(), None),
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
fn more_zeros_than_a_record_are_what_a_broken_download_left() {
    let parts: Vec<_> = (0..40).map(|n| file(&format!("{n:02}.msgpack"), &[7; 400])).collect();
    let records = |record: usize| {
        let mut bytes = archive(&parts);
        bytes.resize(bytes.len().next_multiple_of(record), 0);
        bytes
    };
    // As `tar -b` makes them: 1, 20 (the usual one), 128, 2048, 16384.
    for record in [512, 10_240, 64 << 10, 1 << 20, 8 << 20] {
        assert_eq!(in_memory(records(record)).warnings, [], "{record}");
    }
    for record in [512, 10_240, 64 << 10] {
        let mut bytes = records(record);
        bytes[20_480..].fill(0);
        let zeros = (bytes.len() - 20_480) as u64;
        let expected: &[Warning] =
            if record == 64 << 10 { &[] } else { &[Warning::ZerosAfterEnd { offset: 20_480, zeros }] };
        assert_eq!(in_memory(bytes).warnings, expected, "{record}");
    }
    let mut large = archive(&(0..400).map(|n| file(&format!("{n:03}.msgpack"), &vec![7; 40_000])).collect::<Vec<_>>());
    large.resize(large.len().next_multiple_of(10_240), 0);
    let half = large.len() / 2 / 40_960 * 40_960;
    large[half..].fill(0);
    let strict = ReadOptions::new().require_end(true);
    let reader = ShardReader::from_bytes("t.tar", large.into(), &strict).unwrap();
    let found = outcome(reader, ShardReader::next_group);
    assert!(found.all.len() > 190 && found.error.is_some(), "{:?}", found.error);
    assert!(matches!(found.warnings[..], [Warning::ZerosAfterEnd { .. }]));
    assert!(matches!(in_memory(vec![0; 1 << 20]).warnings[..], [Warning::ZerosAfterEnd { offset: 0, .. }]));
}

#[test]
fn a_whole_sample_comes_before_the_damage_behind_it() {
    let mut bytes = archive(&[file("a.msgpack", b"1"), file("a.txt", b"x"), file("b.msgpack", b"2")]);
    bytes[2048 + 110] ^= 1;
    let read = to_the_end(&bytes);
    assert!(matches!(&read[..], [Ok(a), Err(damage)] if a == "a" && damage.contains("checksum")), "{read:?}");
    let found = groups(&bytes);
    assert_eq!(found.all.len(), 1);
    assert!(found.error.unwrap().1.contains("checksum"));
    // A group without a payload may lack what the damage hides.
    let mut bytes = archive(&[file("a.jpg", b"1"), file("b.jpg", b"2")]);
    bytes[1024 + 110] ^= 1;
    assert_eq!(groups(&bytes).all.len(), 0);
}

#[test]
fn malformed_extended_headers_cost_their_member_alone() {
    let cases = [
        (member(b"p", b'x', b"9 path=a"), "malformed extended header"),
        (member(b"p", b'x', b"-9 path=a\n"), "malformed extended header"),
        (member(b"p", b'g', b"-9 path=a\n"), "malformed extended header"),
        (member(b"p", b'x', b"11 size=-1\n"), "malformed extended header"),
        (pax(b'x', &[("GNU.sparse.major", "1")]), "malformed map of the sparse member"),
        (pax(b'x', &[("GNU.sparse.map", "1,x"), ("GNU.sparse.size", "9")]), "malformed map of the sparse member"),
    ];
    for (part, expected) in cases {
        let parts =
            [file("a.msgpack", b"1"), part, file("b.msgpack", b"2"), file("b.txt", b""), file("c.msgpack", b"3")];
        let read = to_the_end(&archive(&parts));
        let [Ok(a), Err(text), Ok(c)] = &read[..] else { panic!("{expected}: {read:?}") };
        assert_eq!((&a[..], &c[..]), ("a", "c"));
        assert!(text.starts_with("t.tar @ ") && text.contains(": key b: ") && text.contains(expected), "{text}");
    }
}

#[test]
fn attributes_may_be_large_and_larger_ones_cost_their_member_alone() {
    let large = "x".repeat(3 << 20);
    let records = [("path", "b.msgpack"), ("SCHILY.xattr.user.a", &large), ("size", "1")];
    let bytes = archive(&[pax(b'x', &records), file("cut", b"2"), file("c.msgpack", b"3")]);
    let read: Vec<_> = in_memory(bytes).all.into_iter().map(|(key, payload, _)| (key, payload)).collect();
    assert_eq!(read, [("b".to_owned(), Bytes::from_static(b"2")), ("c".to_owned(), Bytes::from_static(b"3"))]);
    let options = ReadOptions::new();
    let huge = [header(b"p", b'x', 65 << 20), vec![b'x'; 65 << 20]].concat();
    let bytes = archive(&[file("a.msgpack", b"1"), huge, file("b.msgpack", b"2"), file("c.msgpack", b"3")]);
    let mut reader = ShardReader::from_bytes("t.tar", bytes.into(), &options).unwrap();
    assert_eq!(reader.next_sample().unwrap().unwrap().key(), "a");
    let error = reader.next_sample().unwrap_err();
    assert!(error.to_string().contains("expected an extended header of at most 67108864 bytes"), "{error}");
    assert_eq!(reader.next_sample().unwrap().unwrap().key(), "c");
}

#[test]
fn extended_headers_without_a_member_are_errors_at_their_offset() {
    let cases = [
        (header(b"p", b'L', (8 << 30) - 1), "member (extended header) is truncated: expected 8589934591 bytes"),
        (pax(b'x', &[("a", "b")]), "expected a member behind its extended header"),
    ];
    for (part, expected) in cases {
        let (kind, text) = error_of(&archive(&[file("a.msgpack", b"1"), part]));
        assert_eq!(kind, ErrorKind::Corrupt);
        assert!(text.contains(expected) && text.starts_with("t.tar @ 1024: "), "{text}");
    }
    let cut = [file("a.msgpack", b"1"), header(b"p", b'x', 900), vec![0; 700]].concat();
    assert!(error_of(&cut).1.contains("expected 900 bytes of data (1024 with padding), found 700"));
}

#[test]
fn members_beyond_the_limit_cost_their_group_alone() {
    let bytes = archive(&[
        file("a.msgpack", b"1"),
        file("a.video", &[7; 5000]),
        file("b.msgpack", &[7; 1001]),
        file("c.msgpack", &[7; 1000]),
    ]);
    let options = ReadOptions::new().max_member(1000);
    let mut reader = ShardReader::from_bytes("t.tar", bytes.clone().into(), &options).unwrap();
    assert_eq!(reader.next_sample().unwrap().unwrap().key(), "a", "nobody wants the video");
    let error = reader.next_sample().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("key b: refused to hold a member of 1001 bytes; the limit is 1000"), "{error}");
    assert_eq!(reader.next_sample().unwrap().unwrap().key(), "c");
    let mut reader = ShardReader::from_bytes("t.tar", bytes.into(), &options).unwrap();
    assert!(reader.next_group().is_err());
    assert!(reader.next_group().is_err());
    assert_eq!(reader.next_group().unwrap().unwrap().key, "c");
}

#[test]
fn members_that_are_beyond_the_limit_together_cost_their_group_alone() {
    let many = |key: &str| (0..1000).map(|n| file(&format!("{key}.f{n}"), &[0; 100])).collect::<Vec<_>>().concat();
    let bytes = archive(&[
        file("a.jpg", &vec![7; 50_000]),
        many("b"),
        file("c.msgpack", b"3"),
        many("c"),
        file("d.jpg", &vec![7; 25_000]),
        file("d.txt", &vec![7; 25_000]),
    ]);
    let options = ReadOptions::new().max_member(50_000);
    for reader in readers_with(&bytes, &options) {
        let found = outcome_to_the_end(reader, |reader| Ok(reader.next_group()?.map(|group| group.key)));
        let [Ok(a), Err(b), Err(c), Ok(d)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((&a[..], &d[..]), ("a", "d"));
        for (key, error) in [("b", b), ("c", c)] {
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            let text = error.to_string();
            let expected =
                format!("key {key}: refused to hold the members of a sample, which are more than 50000 bytes together");
            assert!(text.starts_with("t.tar @ ") && text.contains(&expected) && text.contains("max_member"), "{text}");
        }
    }
    for reader in readers_with(&bytes, &options) {
        let found =
            outcome_to_the_end(reader, |reader| Ok(reader.next_sample()?.map(|sample| sample.key().to_owned())));
        let keys: Vec<_> = found.iter().flatten().collect();
        assert_eq!(keys, ["c"], "nobody wants the other members");
    }
}

#[test]
fn a_whole_packed_sample_comes_before_a_member_that_is_cut() {
    let bytes = [file("a.msgpack", b"1"), file("a.jpg", &[7; 900])].concat();
    let bytes = &bytes[..bytes.len() - 600];
    let found = groups(bytes);
    assert_eq!(found.all.iter().map(|group| &group.key[..]).collect::<Vec<_>>(), ["a"], "as among samples");
    assert_eq!(samples(bytes).all.len(), 1);
    let text = found.error.unwrap().1;
    assert!(text.contains("key a: member a.jpg is truncated"), "{text}");
    // One that is made of its members lacks one.
    let bytes = [file("a.txt", b"1"), file("a.jpg", &[7; 900])].concat();
    assert_eq!(groups(&bytes[..bytes.len() - 600]).all.len(), 0);
}
