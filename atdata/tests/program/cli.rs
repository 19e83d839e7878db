//! The program, run as users run it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod by_schema;
mod columns;
mod damage;
mod head;
#[cfg(target_os = "linux")]
mod killed;
#[cfg(feature = "manifest")]
mod manifest;
mod memory;
mod plain;
mod plan;
mod query;
mod ranks;
mod repair;
mod rewrite;
mod sql;
mod targets;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use atdata::{DictSample, DynArray, ShardWriter, Value};
use ndarray::{ArrayD, IxDyn};
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
    // What is shown of a URL is no signature, in text and in JSON.
    let signed = format!("{}/a.tar?X-Amz-Signature=hunter2", server.replace("http://", "http://me:hunter2@"));
    for args in
        [&["inspect", &signed][..], &["inspect", "--json", &signed], &["head", &signed], &["head", "--json", &signed]]
    {
        let shown = run(&dir, args).sound();
        assert!(!shown.contains("hunter2"), "{args:?}: {shown}");
    }
    let missing = run(&dir, &["inspect", &format!("{server}/none.tar")]).problems();
    assert!(missing.contains("none.tar: the server answered 404 Not Found"), "{missing}");
}

/// What is escaped in a URL is not in the name of a file, and what only looks escaped is.
#[cfg(feature = "http")]
#[test]
fn a_copy_has_the_name_that_is_escaped_in_a_url() {
    let dir = dir();
    let path = dir.path().join("a.tar");
    write(&path, &[("a/0", sample([("x", 1.into())]))]);
    let bytes = fs::read(&path).unwrap();
    let server = serve(bytes.clone());
    for (escaped, name) in [
        ("a%20b.tar", "a b.tar"),
        ("x/c.tar?key=%20", "c.tar"),
        ("b%20c%2Fd.tar", "b c_d.tar"),
        ("%C3%BC%3F%23.tar", "ü?#.tar"),
        ("100%25.tar", "100%.tar"),
        ("%2520.tar", "%20.tar"),
        ("100%zz%+f%.tar", "100%zz%+f%.tar"),
        ("%FF.tar", "%FF.tar"),
        ("..%2F..%2Fup.tar", ".._.._up.tar"),
        ("%7Btrain%2Ctest%7D.tar", "{train,test}.tar"),
    ] {
        let out = run(&dir, &["cp", &format!("{server}/{escaped}"), "out"]).sound();
        assert!(out.contains(&format!("/out/{name}  ")), "{escaped}: {out}");
        assert_eq!(fs::read(dir.path().join("out").join(name)).unwrap(), bytes, "{escaped}");
    }
    // The names of no file are none of a copy.
    for escaped in ["%2E%2E", "%2e", "a%00.tar"] {
        let refused = run(&dir, &["cp", &format!("{server}/{escaped}"), "out"]);
        assert!(refused.code != 0 && !refused.stderr.is_empty(), "{escaped}: {}", refused.stdout);
    }
    assert_eq!(fs::read_dir(dir.path().join("out")).unwrap().count(), 10);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is beside the folder");
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
fn plain_webdataset_shards_are_fine() {
    let dir = dir();
    let jpg = |len: usize| [&[0xff, 0xd8, 0xff][..], &vec![0xff; len - 3]].concat();
    let (one, two) = (jpg(300), jpg(200));
    let files: [(&str, &[u8]); 4] = [("a.jpg", &one), ("a.cls", b"1"), ("b.jpg", &two), ("b.txt", b"t")];
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
        format!(
            "--- Sample 0 (a) ---\n  jpg: bytes[300] b\"{}\"...\n  cls: 1\n",
            format_args!(r"\xff\xd8{}", r"\xff".repeat(18))
        )
    );
    assert_eq!(run(&dir, &["head", "--key", "b", "--json", "x.tar"]).sound().matches("$bytes").count(), 1);
}

#[test]
fn members_beside_the_payload_are_listed() {
    let out = inspect_archive(&[("a.msgpack", b"\x80"), ("a.jpg", b"12"), ("b.msgpack", b"\x80")]).sound();
    assert!(out.contains("Members:  (beside msgpack)\n  jpg: 2 bytes (in 1 of 2)\n"), "{out}");
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
fn wrong_arguments_are_usage_errors() {
    let dir = dir();
    for args in [&["inspect"][..], &["frobnicate"], &["head", "-n", "x", "a"], &["head", "-n1", "--key", "k", "a"]] {
        assert_eq!(run(&dir, args).code, 2, "{args:?}");
    }
    let bad = run(&dir, &["inspect", "gs://me:secret@host/x.tar?token=1"]);
    assert_eq!(bad.code, 2);
    assert!(bad.stderr.starts_with("error: gs://host/x.tar: gs shards are not read: "), "{}", bad.stderr);
    assert!(bad.stderr.contains("`s3://host/x.tar`") && !bad.stderr.contains("secret"), "{}", bad.stderr);
    assert_eq!(run(&dir, &["head", "a-{0..1"]).code, 2);
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
