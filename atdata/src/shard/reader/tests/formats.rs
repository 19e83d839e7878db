use super::*;

fn one(name: &str, data: &[u8]) -> Vec<(String, Vec<u8>)> {
    vec![(name.to_owned(), data.to_vec())]
}

#[test]
fn ustar_joins_the_prefix_and_other_forms_do_not() {
    let prefix = |block: &mut Block| block[345..348].copy_from_slice(b"dir");
    let ustar = [header_with(b"a.txt", b'0', 1, prefix), padded(b"x")].concat();
    assert_eq!(contents(&archive(&[ustar])), one("dir/a.txt", b"x"));
    let gnu = |block: &mut Block| {
        prefix(block);
        block[257..265].copy_from_slice(b"ustar  \0");
    };
    let gnu = [header_with(b"a.txt", b'0', 1, gnu), padded(b"x")].concat();
    assert_eq!(contents(&archive(&[gnu])), one("a.txt", b"x"));
    let v7 = |block: &mut Block| {
        prefix(block);
        block[257..265].fill(0);
    };
    let v7 = [header_with(b"a.txt", 0, 1, v7), padded(b"x")].concat();
    assert_eq!(contents(&archive(&[v7])), one("a.txt", b"x"));
}

#[test]
fn names_may_fill_their_field() {
    let name = format!("{}.msgpack", "k".repeat(92));
    let full = |block: &mut Block| block[345..500].fill(b'p');
    let both = [header_with(name.as_bytes(), b'0', 0, full)].concat();
    let joined = format!("{}/{name}", "p".repeat(155));
    assert_eq!(contents(&archive(&[file(&name, b"x")])), one(&name, b"x"));
    assert_eq!(contents(&archive(&[both])), one(&joined, b""));
}

#[test]
fn only_regular_files_count_and_links_have_no_data() {
    let parts = [
        member(b"dir.d/", 0, b""),
        header(b"dir.msgpack", b'5', 4096),
        header(b"link.msgpack", b'2', 512),
        header(b"fifo.msgpack", b'6', 0),
        member(b"volume.msgpack", b'M', b"skipped"),
        member(b"old.txt", 0, b"old"),
        member(b"contiguous.txt", b'7', b"seven"),
    ];
    let expected = [one("old.txt", b"old"), one("contiguous.txt", b"seven")].concat();
    assert_eq!(contents(&archive(&parts)), expected);
}

#[test]
fn gnu_long_names_replace_the_name_of_the_next_file() {
    let long = format!("{}/0001.msgpack", "d".repeat(300));
    let parts = [
        member(b"././@LongLink", b'K', b"some/target\0"),
        member(b"././@LongLink", b'L', format!("{long}\0").as_bytes()),
        file("cut.msgpack", b"x"),
        file("next.msgpack", b"y"),
    ];
    let bytes = archive(&parts);
    assert_eq!(contents(&bytes), [one(&long, b"x"), one("next.msgpack", b"y")].concat());
    assert_eq!(samples(&bytes).all[1].2, 4 * 512 + 1024);
}

#[test]
fn of_two_extended_headers_the_last_counts() {
    let parts = [
        member(b"././@LongLink", b'L', b"one.msgpack\0"),
        member(b"././@LongLink", b'L', b"two.msgpack\0"),
        member(b"././@LongLink", b'K', b"a\0"),
        member(b"././@LongLink", b'K', b"b\0"),
        file("cut", b"x"),
        pax(b'x', &[("path", "three.msgpack"), ("size", "700")]),
        pax(b'x', &[("mtime", "1.5")]),
        pax(b'x', &[("path", "four.msgpack"), ("size", "1")]),
        file("cut", b"y"),
        pax(b'x', &[("path", "five.msgpack")]),
        pax(b'x', &[("mtime", "1.5")]),
        file("cut", b"z"),
    ];
    let expected = [one("two.msgpack", b"x"), one("four.msgpack", b"y"), one("five.msgpack", b"z")].concat();
    assert_eq!(contents(&archive(&parts)), expected);
}

fn link(name: &[u8], kind: u8, target: &[u8]) -> Vec<u8> {
    header_with(name, kind, 0, |block| block[157..157 + target.len()].copy_from_slice(target))
}

#[test]
fn a_link_to_a_name_that_no_file_has_is_told_and_not_remembered() {
    let long = format!("{}.msgpack", "d".repeat(5000));
    let parts = [
        pax(b'x', &[("path", &long)]),
        file("cut", b"long"),
        pax(b'x', &[("linkpath", &long)]),
        link(b"f.msgpack", b'1', b"cut"),
        file("g.msgpack", b"last"),
    ];
    for mut reader in readers(&archive(&parts)) {
        assert_eq!(reader.next_sample().unwrap().unwrap().payload(), b"long");
        assert_eq!(reader.next_sample().unwrap().unwrap().payload(), b"last");
        assert!(reader.next_sample().unwrap().is_none());
        assert!(matches!(reader.warnings(), [Warning::Links { count: 1, .. }]), "{:?}", reader.warnings());
    }
}

#[test]
fn hard_links_are_the_files_that_they_lead_to() {
    let long = format!("{}/long.msgpack", "d".repeat(150));
    let parts = [
        file("./a.msgpack", b"first"),
        file("x/b.msgpack", &[7; 9000]),
        pax(b'x', &[("path", &long)]),
        file("cut", b"long"),
        link(b"c.msgpack", b'1', b"a.msgpack"),
        link(b"d.msgpack", b'1', b"./x//b.msgpack"),
        // A link to a link, and one whose target has a name in another header.
        link(b"e.msgpack", b'1', b"d.msgpack"),
        pax(b'x', &[("linkpath", &long)]),
        link(b"f.msgpack", b'1', b"cut"),
        member(b"././@LongLink", b'K', format!("{long}\0").as_bytes()),
        link(b"g.msgpack", b'1', b"cut"),
        // Of one name the last counts, as it would where the archive is unpacked.
        file("a.msgpack", b"second"),
        link(b"h.msgpack", b'1', b"a.msgpack"),
        sparse_header(12, &[(0, 1), (3, 2)], 3, false),
        padded(b"abc"),
        link(b"i.msgpack", b'1', b"s.msgpack"),
    ];
    let (big, holes) = (vec![7; 9000], b"a\0\0bc\0\0\0\0\0\0\0".to_vec());
    let expected: Vec<Vec<u8>> = vec![
        b"first".to_vec(),
        big.clone(),
        b"long".to_vec(),
        b"first".to_vec(),
        big.clone(),
        big,
        b"long".to_vec(),
        b"long".to_vec(),
        b"second".to_vec(),
        b"second".to_vec(),
        holes.clone(),
        holes,
    ];
    let bytes = archive(&parts);
    let whole = ShardReader::from_bytes("t.tar", bytes.clone().into(), &ReadOptions::new()).unwrap();
    let from_files = readers(&bytes).into_iter().take(3);
    let payloads = same(from_files.chain([whole]).map(|reader| {
        outcome(reader, |reader| Ok(reader.next_sample()?.map(|sample| sample.to_bytes().unwrap().to_vec())))
    }));
    assert_eq!((payloads.error, payloads.warnings), (None, vec![]));
    assert_eq!(payloads.all, expected);
    let mut stream = ShardReader::from_reader("t.tar", io::Cursor::new(bytes), &ReadOptions::new()).unwrap();
    let mut left = 0;
    while stream.next_sample().unwrap().is_some() {
        left += 1;
    }
    assert_eq!(left, 5, "a stream cannot be gone back in");
    assert!(matches!(stream.warnings(), [Warning::Links { count: 7, symbolic: false, .. }]), "{:?}", stream.warnings());
    // Who copies or counts must not take what is left for all there was.
    let strict = ReadOptions::new().strict();
    let stream = ShardReader::from_reader("t.tar", io::Cursor::new(archive(&parts)), &strict).unwrap();
    let found = outcome(stream, |reader| Ok(reader.next_sample()?.map(|sample| sample.to_bytes().unwrap().to_vec())));
    assert_eq!(found.all.len(), 5);
    let (_, error) = found.error.unwrap();
    assert!(
        error.contains("7 hard links, the first `c.msgpack` to `a.msgpack`") && error.ends_with("in a stream"),
        "{error}"
    );
}

#[test]
fn links_that_lead_nowhere_are_warned_of() {
    let parts = [
        link(b"a.msgpack", b'1', b"b.msgpack"),
        file("b.msgpack", b"2"),
        link(b"c.msgpack", b'2', b"b.msgpack"),
        link(b"d.msgpack", b'2', b"../blobs/0"),
    ];
    let found = samples(&archive(&parts));
    assert_eq!((found.all.len(), found.error), (1, None));
    let text: Vec<_> = found.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        text,
        [
            "expected files, found a hard link `a.msgpack` to `b.msgpack`, which is not in the archive before it, or cannot be \
         gone back to in a stream",
            "expected files, found 2 symbolic links, the first `c.msgpack` to `b.msgpack`, which the archive has no data of: \
         write it with the files that they lead to (`tar --dereference`)"
        ]
    );
}

#[test]
fn pax_sparse_files_get_their_holes_back() {
    let file_of = |data: &[u8]| [header(b"GNUSparseFile.0/s.msgpack", b'0', data.len() as u64), padded(data)].concat();
    let mut map = b"3\n0\n1\n3\n2\n9\n2\n".to_vec();
    map.resize(512, 0);
    map.extend(b"abcde");
    let numbers =
        [("offset", "0"), ("numbytes", "1"), ("offset", "3"), ("numbytes", "2"), ("offset", "9"), ("numbytes", "2")];
    let named: Vec<_> = numbers.map(|(key, value)| (format!("GNU.sparse.{key}"), value)).into();
    let mut records = vec![("GNU.sparse.size", "12"), ("GNU.sparse.numblocks", "3"), ("path", "s.msgpack")];
    records.extend(named.iter().map(|(key, value)| (key.as_str(), *value)));
    let forms = [
        [pax(b'x', &records), file_of(b"abcde")].concat(),
        [
            pax(
                b'x',
                &[
                    ("GNU.sparse.size", "12"),
                    ("GNU.sparse.numblocks", "3"),
                    ("GNU.sparse.name", "s.msgpack"),
                    ("GNU.sparse.map", "0,1,3,2,9,2"),
                ],
            ),
            file_of(b"abcde"),
        ]
        .concat(),
        [
            pax(
                b'x',
                &[
                    ("GNU.sparse.major", "1"),
                    ("GNU.sparse.minor", "0"),
                    ("GNU.sparse.name", "s.msgpack"),
                    ("GNU.sparse.realsize", "12"),
                ],
            ),
            file_of(&map),
        ]
        .concat(),
    ];
    for form in forms {
        let bytes = archive(&[form, file("next.msgpack", b"y")]);
        assert_eq!(contents(&bytes), [one("s.msgpack", b"a\0\0bc\0\0\0\0de\0"), one("next.msgpack", b"y")].concat());
        assert_eq!(samples(&bytes).all[0].1, &b"a\0\0bc\0\0\0\0de\0"[..]);
    }
}

#[test]
fn pax_paths_and_sizes_apply_to_the_next_file_only() {
    let long = format!("日本/{}.msgpack", "k".repeat(200));
    let wrong_size = |data: &[u8]| [header(b"cut.msgpack", b'0', 0), padded(data)].concat();
    let parts = [
        pax(b'x', &[("mtime", "1.5"), ("path", &long), ("size", "3")]),
        wrong_size(b"abc"),
        pax(b'x', &[("path", "first.msgpack"), ("path", "second.msgpack")]),
        file("third.msgpack", b"z"),
        file("next.msgpack", b"y"),
    ];
    let expected = [one(&long, b"abc"), one("second.msgpack", b"z"), one("next.msgpack", b"y")].concat();
    assert_eq!(contents(&archive(&parts)), expected);
}

/// As Python's `tarfile` has it. In the header itself, and in the name of GNU's form, the slash stays, and is that of no member
/// of a sample, which is counted.
#[test]
fn a_file_whose_pax_path_ends_with_a_slash_is_a_file() {
    let named = |path: &str| pax(b'x', &[("path", path)]);
    let parts = [
        [named("d/a.msgpack/"), file("cut", b"a")].concat(),
        [named("d/b.msgpack//"), member(b"cut", 0, b"b")].concat(),
        [named("d/c.msgpack/"), header(b"cut", b'5', 0)].concat(),
        [pax(b'g', &[("path", "d/e.msgpack/")]), file("cut", b"e")].concat(),
        pax(b'g', &[("path", "")]),
        file("d/f.msgpack/", b"f"),
        [member(b"././@LongLink", b'L', b"d/g.msgpack/\0"), file("cut", b"g")].concat(),
    ];
    let bytes = archive(&parts);
    let expected = [one("d/a.msgpack", b"a"), one("d/b.msgpack", b"b"), one("d/e.msgpack", b"e")].concat();
    assert_eq!(contents(&bytes), expected);
    let mut reader = ShardReader::from_reader("t.tar", io::Cursor::new(bytes), &ReadOptions::new()).unwrap();
    while reader.next_group().unwrap().is_some() {}
    let passed: Vec<_> = reader.passed_over().iter().map(|passed| (passed.count, passed.first.clone())).collect();
    assert_eq!(passed, [(2, "d/f.msgpack/".to_owned())]);
}

#[test]
fn a_pax_size_leaves_the_extended_headers_behind_it_alone() {
    let parts = [
        pax(b'x', &[("size", "1024")]),
        member(b"././@LongLink", b'L', b"long.msgpack\0"),
        pax(b'g', &[("comment", "hello")]),
        [header(b"short.msgpack", b'0', 0), vec![b'x'; 1024]].concat(),
        file("next.msgpack", b"y"),
    ];
    let expected = [one("long.msgpack", &[b'x'; 1024]), one("next.msgpack", b"y")].concat();
    assert_eq!(contents(&archive(&parts)), expected);
}

#[test]
fn global_headers_apply_until_they_are_taken_back() {
    let parts = [
        pax(b'g', &[("path", "all.txt")]),
        file("a.txt", b"1"),
        pax(b'x', &[("path", "")]),
        file("b.txt", b"2"),
        pax(b'x', &[("path", "own.txt")]),
        file("c.txt", b"3"),
        pax(b'g', &[("path", ""), ("size", "2")]),
        [header(b"d.txt", b'0', 700), padded(b"45")].concat(),
        pax(b'x', &[("size", "")]),
        file("e.txt", b"6"),
        pax(b'g', &[("size", "")]),
        file("f.txt", b"789"),
    ];
    let expected = [
        one("all.txt", b"1"),
        one("b.txt", b"2"),
        one("own.txt", b"3"),
        one("d.txt", b"45"),
        one("e.txt", b"6"),
        one("f.txt", b"789"),
    ];
    assert_eq!(contents(&archive(&parts)), expected.concat());
}

#[test]
fn an_archive_of_a_global_header_alone_is_empty() {
    assert_eq!(contents(&archive(&[pax(b'g', &[("comment", "no files")])])), []);
}

#[test]
fn numbers_are_read_in_all_their_forms() {
    let sizes: [&[u8; 12]; 7] = [
        b"00000000003\0",
        b"000000000003",
        b"         3 \0",
        b"3\0\0\0\0\0\0\0\0\0\0\0",
        b"          3 ",
        b"\x80\0\0\0\0\0\0\0\0\0\0\x03",
        b"3           ",
    ];
    for size in sizes {
        let change = |block: &mut Block| block[124..136].copy_from_slice(size);
        let part = [header_with(b"a.txt", b'0', 0, change), padded(b"abc")].concat();
        assert_eq!(contents(&archive(&[part])), one("a.txt", b"abc"), "{}", size.escape_ascii());
    }
}

#[test]
fn checksums_may_be_sums_of_signed_bytes_and_written_loosely() {
    let mut block: Block = header("ä.txt".as_bytes(), b'0', 1).try_into().unwrap();
    block[148..156].fill(b' ');
    let signed: i64 = block.iter().map(|byte| i64::from(byte.cast_signed())).sum();
    block[148..156].copy_from_slice(format!("{signed:7o}\0").as_bytes());
    assert_eq!(contents(&archive(&[block.to_vec(), padded(b"x")])), one("ä.txt", b"x"));
}

#[test]
fn headers_of_high_bytes_add_up() {
    let fill = |block: &mut Block| {
        block[157..257].fill(0xff);
        block[265..345].fill(0xff);
        block[345..500].fill(0xfe);
        block[262] = b' ';
    };
    let part = [header_with(b"a.txt", b'0', 1, fill), padded(b"x")].concat();
    assert_eq!(contents(&archive(&[part])), one("a.txt", b"x"));
}

fn sparse_header(real: u64, parts: &[(u64, u64)], size: u64, more: bool) -> Vec<u8> {
    header_with(b"s.msgpack", b'S', size, |block| {
        block[257..265].copy_from_slice(b"ustar  \0");
        sparse_entries(&mut block[386..482], parts);
        block[482] = u8::from(more);
        block[483..495].copy_from_slice(format!("{real:011o}\0").as_bytes());
    })
}

fn sparse_entries(place: &mut [u8], parts: &[(u64, u64)]) {
    for (entry, (offset, len)) in place.chunks_mut(24).zip(parts) {
        entry.copy_from_slice(format!("{offset:011o}\0{len:011o}\0").as_bytes());
    }
}

#[test]
fn old_gnu_sparse_files_get_their_holes_back() {
    let mut block = [0; 512];
    sparse_entries(&mut block[..504], &[(9, 2), (12, 0)]);
    let parts =
        [sparse_header(12, &[(0, 1), (3, 2)], 5, true), block.to_vec(), padded(b"abcde"), file("next.msgpack", b"y")];
    let bytes = archive(&parts);
    assert_eq!(contents(&bytes), [one("s.msgpack", b"a\0\0bc\0\0\0\0de\0"), one("next.msgpack", b"y")].concat());
    assert_eq!(samples(&bytes).all[0].1, &b"a\0\0bc\0\0\0\0de\0"[..]);
}

#[test]
fn sparse_maps_that_lie_are_errors() {
    type Map = (u64, &'static [(u64, u64)], u64);
    let maps: [Map; 5] = [
        (4, &[(3, 2)], 2),
        (9, &[(0, 3)], 2),
        (9, &[(0, 1)], 2),
        (9, &[(u64::MAX >> 31, 1)], 1),
        (2 << 30, &[(0, 1)], 1),
    ];
    for (real, map, size) in maps {
        let data = padded(&vec![b'x'; usize::try_from(size).unwrap()]);
        let bytes = archive(&[sparse_header(real, map, size, false), data, file("t.msgpack", b"1")]);
        let (kind, text) = error_of(&bytes);
        let expected = if real > 9 { ErrorKind::Unsupported } else { ErrorKind::Corrupt };
        assert_eq!(kind, expected, "{text}");
        assert!(text.contains("sparse"), "{text}");
        assert!(matches!(&to_the_end(&bytes)[..], [Err(_), Ok(next)] if next == "t"));
    }
    for map in ["", "1", "2\n0\n1\n", "1\n0\n99999999999999999999\n", "x\n", "18446744073709551615\n0\n1\n"] {
        let records = [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "9")];
        let bytes = archive(&[pax(b'x', &records), file("s.msgpack", map.as_bytes()), file("t.msgpack", b"1")]);
        let read = to_the_end(&bytes);
        assert!(
            matches!(&read[..], [Err(text), Ok(_)] if text.contains("malformed map of the sparse member")),
            "{read:?}"
        );
    }
}

/// The `tar` crate as the judge, over what its builder writes.
#[test]
fn archives_of_another_writer_read_as_that_writer_reads_them() {
    let names =
        ["a.msgpack".to_owned(), format!("{}/b.msgpack", "d".repeat(90)), format!("{}.msgpack", "k".repeat(300))];
    for new_header in [::tar::Header::new_ustar, ::tar::Header::new_gnu, ::tar::Header::new_old] {
        let mut builder = ::tar::Builder::new(Vec::new());
        for (at, name) in names.iter().enumerate() {
            let data = vec![u8::try_from(at).unwrap(); 400 * at];
            let mut header = new_header();
            header.set_size(data.len() as u64);
            header.set_mode(0o444);
            if header.as_ustar().is_some() && header.set_path(name).is_err() {
                builder.append_pax_extensions([("path", name.as_bytes()), ("mtime", b"1.5")]).unwrap();
                header.set_path("cut").unwrap();
                header.set_cksum();
                builder.append(&header, &data[..]).unwrap();
            } else {
                builder.append_data(&mut header, name, &data[..]).unwrap();
            }
        }
        let bytes = builder.into_inner().unwrap();
        let mut judge = ::tar::Archive::new(&bytes[..]);
        let expected = judge.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut data = Vec::new();
            entry.read_to_end(&mut data).unwrap();
            (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), data)
        });
        assert_eq!(contents(&bytes), expected.collect::<Vec<_>>());
    }
}
