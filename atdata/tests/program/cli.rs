//! The program, run as users run it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use atdata::{DictSample, DynArray, ShardWriter, Value};
use ndarray::{Array1, ArrayD, IxDyn, array};
use num_complex::Complex;
use tempfile::TempDir;

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Run {
    /// Asserts that all is well, and gives the output.
    #[track_caller]
    fn sound(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{}", self.stdout);
        self.stdout
    }

    /// Asserts that there was a problem, and gives the messages.
    #[track_caller]
    fn problems(self) -> String {
        assert_eq!(self.code, 1, "{}{}", self.stdout, self.stderr);
        self.stderr
    }
}

fn command(dir: &TempDir, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atdata"));
    command.current_dir(dir.path()).args(args).stdin(Stdio::null());
    command
}

fn run(dir: &TempDir, args: &[&str]) -> Run {
    command(dir, args).output().unwrap().into()
}

fn run_with_stdin(dir: &TempDir, args: &[&str], input: &[u8]) -> Run {
    let mut command = command(dir, args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().into()
}

fn dir() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn float_array(shape: &[usize], values: &[f32]) -> Value {
    let array = ArrayD::from_shape_vec(IxDyn(shape), values.to_vec()).unwrap();
    Value::Bin(DynArray::from_array(&array).to_bytes().into())
}

/// An array of one dimension with any dtype.
fn raw_array(typestr: &str, len: u64, data: &[u8]) -> Value {
    let mut bytes = vec![u8::try_from(typestr.len()).unwrap()];
    bytes.extend_from_slice(typestr.as_bytes());
    bytes.push(1);
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(data);
    Value::Bin(bytes.into())
}

fn sample<const N: usize>(fields: [(&str, Value); N]) -> DictSample {
    fields.into_iter().collect()
}

fn write(path: &Path, samples: &[(&str, DictSample)]) {
    let mut writer = ShardWriter::builder(path).mtime(0).build().unwrap();
    for (key, sample) in samples {
        writer.write_with_key(key, sample).unwrap();
    }
    writer.finish().unwrap();
}

/// A dataset of two samples.
fn photos(dir: &TempDir, name: &str) {
    let first = sample([
        ("image", float_array(&[2, 3], &[0.1, 0.2, 0.3, 4.0, 5.0, f32::NAN])),
        ("label", "cat".into()),
        ("score", 0.5.into()),
    ]);
    let second = sample([("image", float_array(&[2, 1], &[1.0, 2.0])), ("label", "dog".into()), ("score", Value::Nil)]);
    write(&dir.path().join(name), &[("a/0", first), ("a/1", second)]);
}

/// A tar archive of files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, data) in files {
        let mut header = tar::Header::new_ustar();
        // `set_path` refuses the paths that are tested here.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(data.len() as u64);
        header.set_cksum();
        builder.append(&header, *data).unwrap();
    }
    builder.into_inner().unwrap()
}

#[track_caller]
fn inspect_archive(files: &[(&str, &[u8])]) -> Run {
    let dir = dir();
    fs::write(dir.path().join("x.tar"), archive(files)).unwrap();
    run(&dir, &["inspect", "x.tar"])
}

#[test]
fn version_prints_the_version() {
    let expected = format!("atdata {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(run(&dir(), &["version"]).sound(), expected);
    assert_eq!(run(&dir(), &["--version"]).sound(), expected);
}

#[test]
fn inspect_sums_up_a_sound_dataset() {
    let dir = dir();
    photos(&dir, "p-0.tar");
    photos(&dir, "p-1.tar");
    let expected = "\
URL:      p-{0..1}.tar
Shards:   2
  - p-0.tar: 2 samples, 10240 bytes
  - p-1.tar: 2 samples, 10240 bytes
Schema:   (inferred from 4 samples)
  image: array<float32, (2, _)>
  label: str
  score: float? (null in 2)
Samples:  4
Keys:     2 samples with a key of another shard, such as a/0; by key the first is found
Payload:  55 to 79 bytes a sample
Problems: none
";
    assert_eq!(run(&dir, &["inspect", "p-{0..1}.tar"]).sound(), expected);
    let listed = run(&dir, &["inspect", "p-0.tar", "p-1.tar"]).sound();
    assert_eq!(listed, expected.replace("p-{0..1}.tar", "p-0.tar\nURL:      p-1.tar"));
}

#[test]
fn inspect_gives_json() {
    let dir = dir();
    photos(&dir, "p.tar");
    assert_eq!(
        run(&dir, &["inspect", "--json", "p.tar"]).sound(),
        concat!(
            r#"{"urls":["p.tar"],"layout":"atdata","shards":[{"url":"p.tar","samples":2,"bytes":10240,"problems":0}],"#,
            r#""samples":2,"decoded":2,"fields":[{"name":"image","types":["array<float32, (2, _)>"],"optional":false,"#,
            r#""arrays":[{"dtype":"<f4","shape":[2,null]}],"null":0,"missing":0},{"name":"label","types":["str"],"#,
            r#""optional":false,"arrays":[],"null":0,"missing":0},{"name":"score","types":["float"],"optional":true,"#,
            r#""arrays":[],"null":1,"missing":0}],"members":[],"payload_bytes":{"min":55,"max":79},"problems":[],"#,
            r#""warnings":[]}"#,
            "\n"
        )
    );
}

/// Serves these bytes for any path, and 404 for one with `none` in it.
#[cfg(feature = "http")]
fn serve(bytes: Vec<u8>) -> String {
    use std::io::{BufRead, BufReader};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let head: Vec<_> =
                BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let (status, body) = if head[0].contains("none") { (404, &[][..]) } else { (200, &bytes[..]) };
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())
                .unwrap();
            stream.write_all(body).ok();
        }
    });
    format!("http://{host}")
}

#[cfg(feature = "http")]
#[test]
fn shards_of_a_server_are_read_like_others() {
    let dir = dir();
    let path = dir.path().join("a.tar");
    write(&path, &[("a/0", sample([("x", 1.into())]))]);
    let bytes = fs::read(&path).unwrap();
    let size = format!("\"bytes\":{}", bytes.len());
    let server = serve(bytes);
    let out = run(&dir, &["inspect", "--json", &format!("{server}/a.tar")]).sound();
    assert!(out.contains(&size), "{out}");
    assert!(run(&dir, &["head", &format!("{server}/a.tar")]).sound().starts_with("--- Sample 0 (a/0) ---\n"));
    let missing = run(&dir, &["inspect", &format!("{server}/none.tar")]).problems();
    assert!(missing.contains("none.tar: the server answered 404 Not Found"), "{missing}");
}

#[test]
fn shards_come_from_standard_input() {
    let dir = dir();
    photos(&dir, "p.tar.gz");
    let bytes = fs::read(dir.path().join("p.tar.gz")).unwrap();
    let out = run_with_stdin(&dir, &["inspect", "-"], &bytes).sound();
    assert!(out.contains(&format!("  - -: 2 samples, {} bytes\n", bytes.len())), "{out}");
    assert!(run_with_stdin(&dir, &["head", "-"], &bytes).sound().starts_with("--- Sample 0 (a/0) ---\n"));
}

#[test]
fn what_follows_the_archive_is_taken_from_the_pipe() {
    let dir = dir();
    photos(&dir, "p.tar");
    let mut bytes = fs::read(dir.path().join("p.tar")).unwrap();
    bytes.resize(8 << 20, 0);
    let out = run_with_stdin(&dir, &["inspect", "-"], &bytes).sound();
    assert!(out.contains("  - -: 2 samples, 8388608 bytes\n"), "{out}");
}

#[test]
fn a_field_that_some_samples_lack_is_optional() {
    let dir = dir();
    let samples = [("0", sample([("a", 1.into())])), ("1", sample([("b", "x".into()), ("a", Value::Nil)]))];
    write(&dir.path().join("x.tar"), &samples);
    let out = run(&dir, &["inspect", "x.tar"]).sound();
    assert!(out.contains("  a: int? (null in 1)\n  b: str? (missing in 1)\n"), "{out}");
}

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
    let plain = [("0.jpg", &b"x"[..]), ("1.jpg", b"x"), ("0.txt", b"x"), ("1.txt", b"x")];
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
fn a_key_that_is_nearly_there_is_named() {
    let dir = dir();
    fs::write(dir.path().join("x.tar"), archive(&[("./0001.msgpack", b"\x81\xa1x\x01")])).unwrap();
    assert_eq!(
        run(&dir, &["head", "--key", "0001", "x.tar"]).problems(),
        "error: no sample has the key \"0001\"; there is \"./0001\"\n"
    );
}

#[test]
fn plain_webdataset_shards_are_fine() {
    let dir = dir();
    let files: [(&str, &[u8]); 4] =
        [("a.jpg", &[0xff; 300]), ("a.cls", b"1"), ("b.jpg", &[0xff; 200]), ("b.txt", b"t")];
    fs::write(dir.path().join("x.tar"), archive(&files)).unwrap();
    assert_eq!(
        run(&dir, &["inspect", "x.tar"]).sound(),
        "\
URL:      x.tar
Shards:   1
  - x.tar: 2 samples, 5120 bytes
Members:  (plain WebDataset)
  jpg: 200 to 300 bytes
  cls: 1 byte (in 1 of 2)
  txt: 1 byte (in 1 of 2)
Samples:  2
Problems: none
"
    );
    assert_eq!(
        run(&dir, &["head", "-n1", "x.tar"]).sound(),
        format!("--- Sample 0 (a) ---\n  jpg: bytes[300] b\"{}\"...\n  cls: b\"1\"\n", r"\xff".repeat(20))
    );
    assert_eq!(run(&dir, &["head", "--key", "b", "--json", "x.tar"]).sound().matches("$bytes").count(), 2);
}

#[test]
fn a_mixture_of_layouts_is_a_problem() {
    let mixed = inspect_archive(&[("a.jpg", b"1"), ("b.msgpack", b"\x80"), ("c.jpg", b"1")]);
    assert_eq!(
        mixed.problems(),
        "error: x.tar @ 0: key a: expected a `msgpack` field, found `jpg`\n\
         error: x.tar @ 2048: key c: expected a `msgpack` field, found `jpg`\n"
    );
    let dir = dir();
    photos(&dir, "p.tar");
    fs::write(dir.path().join("x.tar"), archive(&[("a.jpg", b"1")])).unwrap();
    assert_eq!(
        run(&dir, &["inspect", "p.tar", "x.tar"]).problems(),
        "error: x.tar: no sample of this shard has a `msgpack` field, but those of other shards do\n"
    );
    let dotted = inspect_archive(&[("a.b.msgpack", b"\x80")]).problems();
    assert!(dotted.contains("found `b.msgpack`; perhaps the key has a dot"), "{dotted}");
}

#[test]
fn members_beside_the_payload_are_listed() {
    let out = inspect_archive(&[("a.msgpack", b"\x80"), ("a.jpg", b"12"), ("b.msgpack", b"\x80")]).sound();
    assert!(out.contains("Members:  (beside msgpack)\n  jpg: 2 bytes (in 1 of 2)\n"), "{out}");
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
fn missing_shards_and_folders_are_problems() {
    let dir = dir();
    fs::create_dir(dir.path().join("d")).unwrap();
    let error = run(&dir, &["inspect", "no.tar", "d"]).problems();
    assert!(error.starts_with("error: no.tar: no such shard; the current folder has "), "{error}");
    assert!(error.contains("error: d: the folder has no shards: files that end in .tar, "), "{error}");
    assert!(
        run(&dir, &["head", "no.tar"]).problems().starts_with("error: no.tar: no such shard; the current folder has ")
    );
}

#[test]
fn what_names_nothing_is_told_in_words_of_the_program() {
    let dir = dir();
    fs::write(dir.path().join("a-0.tar"), archive(&[("a.msgpack", b"\x80")])).unwrap();
    for args in [["inspect", "b-*.tar"], ["head", "b-*.tar"]] {
        let error = run(&dir, &args).problems();
        let expected = "error: b-*.tar: no file fits the pattern; the current folder has \"a-0.tar\"\n";
        assert!(error == expected, "{error}");
    }
    // Of several shards those that are there are looked at, and each of the others is named.
    let inspect = run(&dir, &["inspect", "a-{0..2}.tar"]);
    assert!(inspect.stdout.contains("a-0.tar: 1 sample"), "{}", inspect.stdout);
    let names: Vec<_> = inspect.stderr.lines().map(|line| line.split(": ").nth(1).unwrap()).collect();
    assert_eq!((inspect.code, names.as_slice()), (1, &["a-1.tar", "a-2.tar"][..]), "{}", inspect.stderr);
}

#[test]
fn plain_shards_have_no_schema() {
    let dir = dir();
    fs::write(dir.path().join("p.tar"), archive(&[("a.jpg", b"x"), ("a.cls", b"1")])).unwrap();
    for args in [&["schema", "infer", "p.tar"][..], &["schema", "show", "p.tar"]] {
        let error = run(&dir, args).problems();
        assert!(
            error.starts_with("error: p.tar: a plain WebDataset archive, whose samples have no `msgpack`"),
            "{error}"
        );
        assert!(error.contains("`atdata inspect`") && !error.contains("ShardReader"), "{error}");
    }
}

#[test]
fn wrong_arguments_are_usage_errors() {
    let dir = dir();
    for args in [&["inspect"][..], &["frobnicate"], &["head", "-n", "x", "a"], &["head", "-n1", "--key", "k", "a"]] {
        assert_eq!(run(&dir, args).code, 2, "{args:?}");
    }
    let bad = run(&dir, &["inspect", "gs://me:secret@host/x.tar?token=1"]);
    assert_eq!(bad.code, 2);
    assert_eq!(
        bad.stderr,
        "error: gs://host/x.tar: gs shards are not read yet: download the file, and give its path\n"
    );
    assert_eq!(run(&dir, &["head", "a-{0..1"]).code, 2);
}

/// A sample with a value of every kind.
fn every_kind() -> DictSample {
    let complex = DynArray::from_array(&array![Complex::new(1.0_f32, -0.5)]).to_bytes();
    let bools = DynArray::from_array(&array![true, false]).to_bytes();
    let many = DynArray::from_array(&Array1::from_iter(0_i64..100)).to_bytes();
    sample([
        ("__key__", "mine".into()),
        ("$x", Value::Nil),
        ("text", "a\u{1b}[31m\"\n".into()),
        ("long", "é".repeat(81).into()),
        ("max", u64::MAX.into()),
        ("nan", f64::NAN.into()),
        ("raw", Value::Bin(vec![0, 0xff, 0xfe].into())),
        ("list", Value::List((0..6).map(Value::Int).collect())),
        ("map", Value::Map(vec![("k".to_owned(), true.into())])),
        ("f4", float_array(&[2, 3], &[0.1, 0.2, 0.3, 4.0, f32::INFINITY, f32::NAN])),
        ("big", raw_array(">f4", 1, &0.1_f32.to_be_bytes())),
        ("c8", Value::Bin(complex.into())),
        ("b1", Value::Bin(bools.into())),
        ("many", Value::Bin(many.into())),
        ("date", raw_array("<M8[D]", 1, &18_262_i64.to_le_bytes())),
        ("u", raw_array("<U2", 1, b"\xe9\0\0\0\0\0\0\0")),
        ("s", raw_array("|S2", 1, b"a\0")),
    ])
}

#[test]
fn head_shows_every_kind_of_value() {
    let dir = dir();
    write(&dir.path().join("x.tar"), &[("k", every_kind())]);
    let cut = "é".repeat(77);
    assert_eq!(
        run(&dir, &["head", "x.tar"]).sound(),
        format!(
            r#"--- Sample 0 (k) ---
  __key__: "mine"
  $x: null
  text: "a\u{{1b}}[31m\"\n"
  long: "{cut}..."
  max: 18446744073709551615
  nan: NaN
  raw: b"\x00\xff\xfe"
  list: [0, 1, ... (6 items)]
  map: {{"k": true}}
  f4: array float32 (2, 3) [0.1, 0.2, 0.3, …]
  big: array >f4 (1) [0.1]
  c8: array complex64 (1) [1.0-0.5i]
  b1: array bool (2) [true, false]
  many: array int64 (100) [0, 1, 2, …]
  date: array <M8[D] (1) [18262]
  u: array <U2 (1) ["é"]
  s: array |S2 (1) [b"a"]
"#
        )
    );
}

#[test]
fn head_gives_json_lines() {
    let dir = dir();
    write(&dir.path().join("x.tar"), &[("k", every_kind())]);
    let long = "é".repeat(81);
    let expected = [
        r#"{"__key__":"k","$__key__":"mine","$$x":null,"text":"a\u001b[31m\"\n","long":""#,
        &long,
        r#"","max":18446744073709551615,"nan":"NaN","raw":{"$bytes":"AP/+"},"list":[0,1,2,3,4,5],"map":{"k":true},"#,
        r#""f4":{"dtype":"<f4","shape":[2,3],"values":[0.10000000149011612,0.20000000298023224,0.30000001192092896,4.0,"Infinity","NaN"]},"#,
        r#""big":{"dtype":">f4","shape":[1],"values":[0.10000000149011612]},"#,
        r#""c8":{"dtype":"<c8","shape":[1],"values":[[1.0,-0.5]]},"#,
        r#""b1":{"dtype":"|b1","shape":[2],"values":[true,false]},"#,
        r#""many":{"dtype":"<i8","shape":[100],"values":[0,1,2,3,4,5,6,7]},"#,
        r#""date":{"dtype":"<M8[D]","shape":[1],"values":[18262]},"#,
        r#""u":{"dtype":"<U2","shape":[1],"values":["é"]},"#,
        r#""s":{"dtype":"|S2","shape":[1],"values":[{"$bytes":"YQ=="}]}}"#,
        "\n",
    ];
    assert_eq!(run(&dir, &["head", "--json", "x.tar"]).sound(), expected.concat());
}

#[test]
fn head_counts_and_finds_samples() {
    let dir = dir();
    let samples: Vec<_> = ["0", "1", "2", "3", "4", "5"].map(|key| (key, sample([("n", 1.into())]))).into();
    write(&dir.path().join("x-0.tar"), &samples[..4]);
    write(&dir.path().join("x-1.tar"), &samples[4..]);
    let shown = |args: &[&str]| run(&dir, args).sound().matches("---\n").count();
    assert_eq!(shown(&["head", "x-{0..1}.tar"]), 5);
    assert_eq!(shown(&["head", "-n", "2", "x-0.tar"]), 2);
    assert_eq!(shown(&["head", "-n", "100", "x-0.tar", "x-1.tar"]), 6);
    assert_eq!(shown(&["head", "-n0", "x-0.tar"]), 0);
    assert_eq!(run(&dir, &["head", "--key", "5", "x-{0..1}.tar"]).sound(), "--- Sample 5 (5) ---\n  n: 1\n");
    assert_eq!(run(&dir, &["head", "--key", "9", "x-0.tar"]).problems(), "error: no sample has the key \"9\"\n");
}

#[test]
fn head_goes_on_behind_a_damaged_sample() {
    let dir = dir();
    fs::write(dir.path().join("x.tar"), archive(&[("a.msgpack", b"\xc1"), ("b.msgpack", b"\x81\xa1x\x01")])).unwrap();
    let head = run(&dir, &["head", "x.tar"]);
    assert_eq!(head.stdout, "--- Sample 1 (b) ---\n  x: 1\n");
    assert_eq!(head.problems(), "error: x.tar @ 0: key a: expected a map, found the reserved byte c1\n");
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

#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    let dir = dir();
    let sample = sample([("text", "x".repeat(1000).into())]);
    let keys: Vec<String> = (0..2000).map(|n| n.to_string()).collect();
    write(&dir.path().join("x.tar"), &keys.iter().map(|key| (key.as_str(), sample.clone())).collect::<Vec<_>>());
    let mut command = command(&dir, &["head", "--json", "-n", "2000", "x.tar"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn messages_that_are_piped_have_no_colour() {
    let dir = dir();
    let mut command = command(&dir, &["inspect", "no.tar"]);
    let output = command.env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(output.stderr.starts_with(b"error: "));
}

#[test]
fn help_has_examples() {
    for command in ["inspect", "head"] {
        let help = run(&dir(), &[command, "--help"]).sound();
        assert!(help.contains(&format!("Examples:\n  atdata {command} ")), "{help}");
        assert_eq!(run(&dir(), &["help", command]).sound(), help);
    }
}
