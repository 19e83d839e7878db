//! Damaged shards: what `inspect` and `head` say of them.

use std::fs;

use atdata::Value;

use super::{archive, dir, inspect_archive, photos, raw_array, run, sample, write};

#[test]
fn a_shard_cut_in_a_sample_is_reported_and_summed_up() {
    let dir = dir();
    photos(&dir, "p.tar");
    let bytes = fs::read(dir.path().join("p.tar")).unwrap();
    fs::write(dir.path().join("cut.tar"), &bytes[..1024 + 512 + 10]).unwrap();
    let cut = run(&dir, &["inspect", "cut.tar", "p.tar"]);
    assert!(
        cut.stdout.contains("  - cut.tar: 1 sample, 1546 bytes, 1 problem\n  - p.tar: 2 samples"),
        "{}",
        cut.stdout
    );
    assert!(cut.stdout.ends_with("Problems: 1\n"), "{}", cut.stdout);
    assert_eq!(
        cut.problems(),
        "error: cut.tar @ 1024: key a/1: member a/1.msgpack is truncated: \
         expected 55 bytes of data (512 with padding), found 10\n"
    );
}

#[test]
fn a_missing_end_is_a_problem_unless_lenient() {
    let dir = dir();
    photos(&dir, "p.tar");
    let bytes = fs::read(dir.path().join("p.tar")).unwrap();
    fs::write(dir.path().join("cut.tar"), &bytes[..2048]).unwrap();
    assert_eq!(
        run(&dir, &["inspect", "cut.tar"]).problems(),
        "error: cut.tar @ 2048: expected the end-of-archive blocks at 2048, found the end of the file\n"
    );
    let lenient = run(&dir, &["inspect", "--lenient", "cut.tar"]);
    assert_eq!(lenient.code, 0);
    assert_eq!(
        lenient.stderr,
        "warning: cut.tar @ 2048: expected the end-of-archive blocks at 2048, found the end of the file\n"
    );
    assert!(lenient.stdout.ends_with("Problems: none\n"));
}

#[test]
fn a_hole_in_a_shard_is_a_problem_unless_lenient() {
    let dir = dir();
    let names = ["a.msgpack", "b.msgpack", "c.msgpack", "d.msgpack", "e.msgpack"];
    let mut bytes = archive(&names.map(|name| (name, &b"\x81\xa1x\x01"[..])));
    bytes[1000..4000].fill(0);
    fs::write(dir.path().join("x.tar"), bytes).unwrap();
    let problem = "x.tar @ 4096: expected nothing but zeros behind the end of the archive, found data at 4096";
    let error = run(&dir, &["inspect", "x.tar"]).problems();
    assert!(error.contains(problem), "{error}");
    let lenient = run(&dir, &["inspect", "--lenient", "x.tar"]);
    assert_eq!(lenient.code, 0);
    assert!(lenient.stdout.contains("Samples:  1\n"), "{}", lenient.stdout);
}

#[test]
fn a_flipped_header_is_a_problem() {
    let dir = dir();
    photos(&dir, "p.tar");
    let mut bytes = fs::read(dir.path().join("p.tar")).unwrap();
    bytes[1024] ^= 1;
    fs::write(dir.path().join("p.tar"), &bytes).unwrap();
    let error = run(&dir, &["inspect", "p.tar"]).problems();
    assert!(error.starts_with("error: p.tar @ 1024: header checksum mismatch"), "{error}");
}

#[test]
fn a_damaged_gzip_stream_is_a_problem() {
    let dir = dir();
    photos(&dir, "p.tar.gz");
    let mut bytes = fs::read(dir.path().join("p.tar.gz")).unwrap();
    let crc = bytes.len() - 8;
    bytes[crc] ^= 1;
    fs::write(dir.path().join("p.tar.gz"), &bytes).unwrap();
    let error = run(&dir, &["inspect", "p.tar.gz"]).problems();
    assert!(error.contains("the gzip data is damaged or cut short: "), "{error}");
}

#[test]
fn a_damaged_array_is_found_by_both_commands() {
    let dir = dir();
    let damaged = sample([("n", 1.into()), ("list", Value::List(vec![raw_array("<f4", 2, b"1234567")]))]);
    write(&dir.path().join("x.tar"), &[("0", sample([("n", 0.into())])), ("1", damaged)]);
    let message = "shape [2] of 4-byte elements makes 8 bytes, but the data is 7 bytes";
    let error = format!("error: x.tar @ 1024: key 1: [\"list\"][0]: {message}\n");
    let inspect = run(&dir, &["inspect", "x.tar"]);
    assert!(inspect.stdout.contains("  list: list<damaged array>? (missing in 1)\n"), "{}", inspect.stdout);
    assert_eq!(inspect.problems(), error);

    let head = run(&dir, &["head", "x.tar"]);
    assert!(head.stdout.ends_with(&format!("  list: [<damaged array: {message}>]\n")), "{}", head.stdout);
    assert_eq!(head.problems(), error);
    let json = run(&dir, &["head", "--json", "x.tar"]);
    assert!(json.stdout.ends_with(&format!("\"list\":[{{\"$error\":\"{message}\"}}]}}\n")), "{}", json.stdout);
    assert_eq!(json.problems(), error);
    assert_eq!(run(&dir, &["head", "-n1", "x.tar"]).sound(), "--- Sample 0 (0) ---\n  n: 0\n");
}

#[test]
fn every_damaged_sample_is_reported() {
    let files: [(&str, &[u8]); 5] = [
        ("a.msgpack", b"\x81\xa1x"),
        ("b.msgpack", b"\x81\xa1x\x01"),
        ("c.msgpack", b"\x81\xa1x\x01tail"),
        ("d.msgpack", b"\x82\xa1y\x01\xa1y\x02"),
        ("e.msgpack", b"\x81\xa1x\xa1\xff"),
    ];
    let inspect = inspect_archive(&files);
    assert!(inspect.stdout.contains("Schema:   (inferred from 3 of 5 samples)\n"), "{}", inspect.stdout);
    assert!(inspect.stdout.ends_with("Samples:  5\nPayload:  3 to 8 bytes a sample\nProblems: 4\n"));
    let errors = inspect.problems();
    let errors: Vec<&str> = errors.lines().collect();
    assert_eq!(
        errors[..3],
        [
            "error: x.tar @ 0: key a: [\"x\"]: the msgpack value ends at byte 3, where 1 more is due",
            "error: x.tar @ 2048: key c: 4 bytes follow the map of the sample; readers ignore them",
            "error: x.tar @ 3072: key d: [\"y\"]: the map has this field twice; readers keep the last one",
        ]
    );
    assert!(errors[3].starts_with("error: x.tar @ 4096: key e: [\"x\"]: the text is not UTF-8: "), "{}", errors[3]);
    assert_eq!(errors[3].matches("utf-8").count(), 1, "{}", errors[3]);
}

#[test]
fn values_may_be_nested_as_deep_as_the_format_allows() {
    let deep = [&b"\x81\xa1x"[..], &[0x91; 1021], b"\x01"].concat();
    let dir = dir();
    fs::write(dir.path().join("x.tar"), archive(&[("a.msgpack", &deep)])).unwrap();
    assert!(run(&dir, &["inspect", "x.tar"]).sound().contains("\n  x: list<list<list<list<list<list<…>>>>>>\n"));
    assert_eq!(run(&dir, &["head", "--json", "x.tar"]).sound().matches('[').count(), 1021);
    let deeper = [&b"\x81\xa1x"[..], &[0x91; 1022], b"\x01"].concat();
    let error = inspect_archive(&[("a.msgpack", &deeper)]).problems();
    assert!(error.contains("[…]") && error.ends_with(": values are nested more than 1022 deep\n"), "{error}");
}

#[test]
fn keys_that_lead_out_of_a_folder_are_problems() {
    assert_eq!(
        inspect_archive(&[("../a.msgpack", b"\x80"), ("/b.msgpack", b"\x80"), ("c.msgpack", b"\x80")]).problems(),
        "error: x.tar @ 0: key ../a: the key leads out of the folder that the archive is unpacked to\n\
         error: x.tar @ 1024: key /b: the key leads out of the folder that the archive is unpacked to\n"
    );
}

#[test]
fn a_shard_without_samples_is_a_problem() {
    assert_eq!(inspect_archive(&[]).problems(), "error: x.tar: the shard has no samples\n");
    assert_eq!(
        inspect_archive(&[("readme", b"x"), ("d/._a.msgpack", b"x"), ("d/._b.msgpack", b"x")]).problems(),
        "error: x.tar: the shard has no samples, but 1 member (no dot in the name), such as `readme`, 2 members \
         (AppleDouble files of macOS), such as `d/._a.msgpack`\n"
    );
    let dir = dir();
    fs::write(dir.path().join("x.tar"), archive(&[])).unwrap();
    assert_eq!(run(&dir, &["head", "x.tar"]).problems(), "error: there are no samples\n");
    fs::write(dir.path().join("x.tar"), archive(&[("readme", b"x"), ("d/._a.msgpack", b"x")])).unwrap();
    assert_eq!(
        run(&dir, &["head", "x.tar"]).problems(),
        "error: there are no samples, but 2 members that belong to none; `atdata inspect` says why\n"
    );
}

#[test]
fn keys_that_come_again_are_problems_unless_lenient() {
    let sample = &b"\x81\xa1x\x01"[..];
    let packed = [("0.msgpack", sample), ("1.msgpack", sample), ("0.msgpack", sample), ("1.msgpack", sample)];
    assert_eq!(
        inspect_archive(&packed).problems(),
        "error: x.tar @ 2048: key 0: another sample has this key; readers by key find the first only; so it is with 1 \
         more sample of this shard\n"
    );
    let plain = [("0.bin", &b"x"[..]), ("1.bin", b"x"), ("0.txt", b"x"), ("1.txt", b"x")];
    assert_eq!(
        inspect_archive(&plain).problems(),
        "error: x.tar @ 2048: key 0: the key comes again: the members of the sample are not adjacent, so that readers take \
         them for two; so it is with 1 more sample of this shard\n"
    );
    let dir = dir();
    fs::write(dir.path().join("x.tar"), archive(&packed[..2])).unwrap();
    fs::write(dir.path().join("y.tar"), archive(&packed[..1])).unwrap();
    let report = run(&dir, &["inspect", "x.tar", "y.tar"]).sound();
    assert!(report.contains("Keys:     1 sample with a key of another shard, such as 0; by key the first is found\n"));
    let json = run(&dir, &["inspect", "--json", "x.tar", "y.tar"]).sound();
    assert!(json.contains(r#""keys_of_other_shards":{"count":1,"first":"0"}"#), "{json}");
    fs::write(dir.path().join("x.tar"), archive(&packed)).unwrap();
    let lenient = run(&dir, &["inspect", "--lenient", "x.tar"]);
    assert!(lenient.code == 0 && lenient.stderr.starts_with("warning: x.tar @ 2048: key 0: "), "{}", lenient.stderr);
}

#[test]
fn members_that_are_no_samples_are_counted_and_named() {
    let sample = &b"\x81\xa1x\x01"[..];
    let files = [("d/._a.msgpack", &b"x"[..]), ("d/a.msgpack", sample), ("d/Thumbs.db", b"x"), ("d/readme", b"x")];
    let report = inspect_archive(&files).sound();
    let expected = "\
Passed over:
  1 member: no dot in the name, such as d/readme
  1 member: AppleDouble files of macOS, such as d/._a.msgpack
  1 member: files of a file manager, such as d/Thumbs.db
Samples:  1
";
    assert!(report.contains(expected), "{report}");
}

#[test]
fn links_without_their_files_are_problems() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder.append_link(&mut header, "0001.msgpack", "../blobs/x").unwrap();
    let dir = dir();
    fs::write(dir.path().join("x.tar"), builder.into_inner().unwrap()).unwrap();
    let text = run(&dir, &["inspect", "x.tar"]).problems();
    assert!(text.contains("expected files, found a symbolic link `0001.msgpack` to `../blobs/x`"), "{text}");
    let text = run(&dir, &["head", "x.tar"]);
    assert!(text.stderr.contains("found a symbolic link") && text.code == 1, "{}", text.stderr);
}

#[test]
fn a_key_twice_in_a_nested_map_is_a_problem() {
    let nested = b"\x81\xa1m\x82\xa1k\x01\xa1k\x02";
    assert_eq!(
        inspect_archive(&[("a.msgpack", nested)]).problems(),
        "error: x.tar @ 0: key a: [\"m\"][\"k\"]: the map has this field twice; readers keep the last one\n"
    );
}

#[test]
fn a_mixture_of_layouts_is_a_problem() {
    let mixed = inspect_archive(&[("a.bin", b"1"), ("b.msgpack", b"\x80"), ("c.bin", b"1")]);
    assert!(mixed.stdout.contains("Samples:  1\n"), "the others are files that came along: {}", mixed.stdout);
    assert_eq!(
        mixed.problems(),
        "error: x.tar @ 0: key a: expected a `msgpack` field, found `bin`\n\
         error: x.tar @ 2048: key c: expected a `msgpack` field, found `bin`\n"
    );
    let mixed = inspect_archive(&[("a.bin", b"1"), ("b.msgpack", b"\x80"), ("README.md", b"1")]);
    assert!(mixed.stdout.contains("Samples:  1\n"), "what is none is not counted as one: {}", mixed.stdout);
    let dir = dir();
    photos(&dir, "p.tar");
    fs::write(dir.path().join("x.tar"), archive(&[("a.bin", b"1")])).unwrap();
    assert_eq!(
        run(&dir, &["inspect", "p.tar", "x.tar"]).problems(),
        "error: x.tar: no sample of this shard has a `msgpack` field, but those of other shards do\n"
    );
    let dotted = inspect_archive(&[("a.b.msgpack", b"\x80")]).problems();
    assert!(dotted.contains("found `b.msgpack`; perhaps the key has a dot"), "{dotted}");
}

#[test]
fn problems_are_in_the_json_as_well() {
    let dir = dir();
    fs::write(dir.path().join("x.tar"), archive(&[("a.msgpack", b"\x81\xa1x\xc1")])).unwrap();
    let inspect = run(&dir, &["inspect", "--json", "x.tar", "no.tar"]);
    assert!(
        inspect.stdout.contains(
            r#""problems":[{"shard":"x.tar","offset":0,"key":"a","field":"[\"x\"]","message":"x.tar @ 0: key a: "#
        ),
        "{}",
        inspect.stdout
    );
    assert!(inspect.stdout.contains(r#"{"url":"no.tar","samples":0,"bytes":null,"problems":1}"#), "{}", inspect.stdout);
    assert_eq!(inspect.problems().lines().count(), 2);
}

#[test]
fn both_commands_go_on_behind_a_field_that_is_there_twice() {
    let dir = dir();
    let one = &b"\x81\xa1x\x01"[..];
    let files = [("a.msgpack", one), ("a.msgpack", one), ("a.cls", b"1"), ("b.msgpack", one)];
    fs::write(dir.path().join("x.tar"), archive(&files)).unwrap();
    let problem = "error: x.tar @ 1024: key a: expected each field once, found `msgpack` twice\n";
    let head = run(&dir, &["head", "x.tar"]);
    assert_eq!(head.stdout, "--- Sample 0 (b) ---\n  x: 1\n");
    assert_eq!(head.problems(), problem);
    let inspect = run(&dir, &["inspect", "x.tar"]);
    assert!(
        inspect.stdout.ends_with("Problems: 1\n") && inspect.stdout.contains("Samples:  1\n"),
        "{}",
        inspect.stdout
    );
    assert_eq!(inspect.problems(), problem);
}
