use super::*;

fn keys(bytes: &[u8]) -> Vec<(String, Vec<String>)> {
    let found = groups(bytes);
    assert_eq!(found.error, None);
    let names = |group: Group| (group.key, group.fields.into_iter().map(|(name, _)| name).collect());
    found.all.into_iter().map(names).collect()
}

fn group(key: &str, fields: &[&str]) -> (String, Vec<String>) {
    (key.to_owned(), fields.iter().map(|field| (*field).to_owned()).collect())
}

#[test]
fn consecutive_members_with_one_key_are_one_group() {
    let names =
        ["a.Txt", "a.left.JPG", "readme", "a.msgpack", "__meta__/x.json", "b.msgpack", "a.cls", "d/.hid", "a.."];
    let bytes = archive(&names.map(|name| file(name, name.as_bytes())));
    let expected = [
        group("a", &["txt", "left.jpg", "msgpack"]),
        group("b", &["msgpack"]),
        group("a", &["cls"]),
        group("d/", &["hid"]),
        group("a", &["."]),
    ];
    assert_eq!(keys(&bytes), expected);
}

#[test]
fn samples_carry_the_payload_among_other_members() {
    let parts = [
        file("a.jpg", &[1; 3000]),
        file("a.MsgPack", b"first"),
        file("a.video", &vec![2; 70_000]),
        file("b.msgpack", b""),
        file("b.txt", b"t"),
    ];
    let found = samples(&archive(&parts));
    assert_eq!(found.error, None);
    let offset = 512 + 3072;
    let second = offset + 1024 + 512 + 70_144;
    assert_eq!(
        found.all,
        [("a".to_owned(), Bytes::from_static(b"first"), offset), ("b".to_owned(), Bytes::new(), second)]
    );
}

#[test]
fn a_group_marked_as_bad_is_dropped() {
    let parts = [
        file("a.__bad__", b"x"),
        file("a.msgpack", b"1"),
        file("b.msgpack", b"2"),
        file("c.__BAD__", b"0"),
        file("d.msgpack", b"4"),
        // In Python the field counts as it does in a condition.
        file("d.__bad__", b""),
    ];
    let bytes = archive(&parts);
    assert_eq!(keys(&bytes), [group("b", &["msgpack"]), group("d", &["msgpack", "__bad__"])]);
    assert_eq!(samples(&bytes).all.len(), 2);
}

#[test]
fn a_field_twice_is_an_error() {
    for (first, second, field) in [
        ("a.txt", "a.TXT", "txt"),
        ("a.msgpack", "a.msgpack", "msgpack"),
        ("a.MSGPACK", "a.msgpack", "msgpack"),
        ("a.msgpac\u{212a}", "a.msgpack", "msgpack"),
    ] {
        let bytes = archive(&[file(first, b"1"), file(second, b"2")]);
        let expected = format!("t.tar @ 1024: key a: expected each field once, found `{field}` twice");
        assert_eq!(error_of(&bytes), (ErrorKind::Corrupt, expected.clone()));
        assert_eq!(samples(&bytes).error, Some((ErrorKind::Corrupt, expected)));
    }
}

#[test]
fn many_fields_are_told_apart() {
    let mut parts: Vec<_> = (0..60).map(|at| file(&format!("a.f{at}"), b"")).collect();
    assert_eq!(keys(&archive(&parts))[0].1.len(), 60);
    for twice in [3, 16, 40] {
        parts.push(file(&format!("a.F{twice}"), b""));
        assert!(error_of(&archive(&parts)).1.contains(&format!("found `f{twice}` twice")));
        parts.pop();
    }
}

#[test]
fn the_fields_of_a_refused_group_are_forgotten() {
    let fields = |key: &str| (0..20).map(|at| file(&format!("{key}.f{at:02}"), b"")).collect::<Vec<_>>();
    let read = to_the_end(&archive(&[fields("a"), fields("b"), vec![file("b.msgpack", b"1")]].concat()));
    assert!(matches!(&read[..], [Err(_), Ok(b)] if b == "b"), "{read:?}");
}

#[test]
fn what_belongs_to_no_sample_is_counted() {
    let parts = [
        member(b"d/", b'5', b""),
        file("d/._a.msgpack", b"macos"),
        file("d/a.msgpack", b"1"),
        file("d/.DS_Store", b"Bud1"),
        file("d/a.txt", b"2"),
        file("d/readme", b""),
        file("d/._b.msgpack", b"macos"),
        member(b"caf\xe9", b'0', b"x"),
        header(b"pipe.msgpack", b'6', 0),
    ];
    let bytes = archive(&parts);
    assert_eq!(keys(&bytes), [group("d/a", &["msgpack", "txt"])]);
    for mut reader in readers(&bytes) {
        while reader.next_sample().unwrap().is_some() {}
        let passed: Vec<_> =
            reader.passed_over().iter().map(|one| (one.reason, one.count, one.first.clone(), one.offset)).collect();
        let expected = [
            (Reason::AppleDouble, 2, "d/._a.msgpack".to_owned(), 512),
            (Reason::FileManager, 1, "d/.DS_Store".to_owned(), 512 * 5),
            (Reason::NoDot, 2, "d/readme".to_owned(), 512 * 9),
            (Reason::Special, 1, "pipe.msgpack".to_owned(), 512 * 14),
        ];
        assert_eq!(passed, expected);
    }
}

#[test]
fn a_sample_without_payload_names_what_is_there() {
    let found = samples(&archive(&[file("a.msgpack", b"1"), file("b.json", b"2"), file("b.txt", b"3")]));
    assert_eq!(found.all.len(), 1);
    let text = "t.tar @ 1024: key b: expected a `msgpack` field, found `json`, `txt`";
    assert_eq!(found.error, Some((ErrorKind::SchemaMismatch, text.to_owned())));

    let (_, text) = samples(&archive(&[file("v1.0.msgpack", b"1")])).error.unwrap();
    assert!(text.starts_with("t.tar @ 0: key v1: expected a `msgpack` field, found `0.msgpack`; "), "{text}");
    assert!(text.contains("perhaps the key has a dot"), "{text}");
}

#[test]
fn names_that_are_not_text_are_errors_where_they_count() {
    let ignored = member(b"\xff\xfe", b'0', b"x");
    assert_eq!(keys(&archive(&[ignored])), []);
    for name in [&b"\xff.msgpack"[..], b"a.\xff"] {
        let (kind, text) = error_of(&archive(&[member(name, b'0', b"x")]));
        assert_eq!(kind, ErrorKind::Corrupt);
        assert!(text.contains("expected a UTF-8 name"), "{text}");
    }
}

#[test]
fn a_group_gives_its_payload_or_says_what_it_has() {
    let found = groups(&archive(&[file("a.cls", b"1"), file("a.MsgPack", b"packed"), file("b.jpg", b"2")]));
    assert_eq!(found.all[0].payload().unwrap(), "packed");
    let error = found.all[1].payload().unwrap_err();
    assert_eq!(error.to_string(), "@ 2048: key b: expected a `msgpack` field, found `jpg`");
}

#[test]
fn a_group_that_is_refused_does_not_take_the_next_one_with_it() {
    let sample = |key: &str| file(&format!("{key}.msgpack"), b"1");
    let read = |parts: &[Vec<u8>]| {
        let read = to_the_end(&archive(parts)).into_iter();
        read.map(|one| one.unwrap_or_else(|text| text.rsplit_once(": ").unwrap().1.to_owned())).collect::<Vec<_>>()
    };
    let stray = file("0README.txt", b"x");
    assert_eq!(read(&[sample("0"), stray.clone(), sample("1")]), ["0", "expected a `msgpack` field, found `txt`", "1"]);
    assert_eq!(
        read(&[stray, sample("1")]),
        [
            "expected a `msgpack` field, found `txt`; a plain WebDataset archive? `#[packable(layout = \"members\")]` on the type reads each member as a field, `Dataset::<Group>` takes samples as they are",
            "1"
        ]
    );
    // One error for the whole group, also where its damage repeats.
    let twice = "expected each field once, found `msgpack` twice";
    let thrice = [sample("a"), sample("a"), file("a.cls", b"2"), sample("a"), file("ignored", b"")].concat();
    assert_eq!(read(&[thrice.clone(), sample("b"), sample("c")]), [twice, "b", "c"]);
    assert_eq!(read(&[sample("b"), thrice.clone()]), ["b", twice]);
    assert_eq!(
        read(&[thrice, member(b"\xff.a", b'0', b""), member(b"\xff.b", b'0', b""), sample("b")]),
        [twice, "expected a UTF-8 name, found `\\xff.a`", "b"]
    );
}

#[test]
fn behind_damage_of_the_archive_nothing_is_read() {
    let mut bytes = archive(&[file("a.msgpack", b"1"), file("a.msgpack", b"1"), file("b.msgpack", b"2")]);
    bytes[2048 + 110] ^= 1;
    let read = to_the_end(&bytes);
    assert!(
        matches!(&read[..], [Err(twice), Err(damage)]
        if twice.starts_with("t.tar @ 1024: key a: ") && damage.contains("checksum")),
        "{read:?}"
    );
}
