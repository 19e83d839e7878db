//! Shards that another program wrote, or that a write left which was killed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use atdata::{DictSample, Packable, ShardWriter, Value};
use tempfile::TempDir;

/// Exit code, output and messages.
fn run(dir: &TempDir, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atdata"));
    let output = command.current_dir(dir.path()).args(args).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A shard as the Rust crate `atdata` 0.8.0-beta writes them.
fn beta_shard(path: &Path) {
    let mut builder = tar::Builder::new(Vec::new());
    for (key, label) in [("frame_0", 7), ("frame_1", 8)] {
        let fields: [(&str, Value); 4] = [
            ("__key__", key.into()),
            ("atdataSchemaVersion", "1.0.0".into()),
            ("label", label.into()),
            ("text", "a cat".into()),
        ];
        let packed = DictSample::from_iter(fields).pack();
        let mut header = tar::Header::new_gnu();
        header.set_size(packed.len() as u64);
        builder.append_data(&mut header, key, &packed[..]).unwrap();
    }
    fs::write(path, builder.into_inner().unwrap()).unwrap();
}

#[test]
fn shards_of_the_rust_beta_are_read_where_it_is_said() {
    let dir = tempfile::tempdir().unwrap();
    beta_shard(&dir.path().join("digits.tar"));
    let (code, out, messages) = run(&dir, &["head", "--json", "--rust-beta", "digits.tar"]);
    let line = |key, label| format!("{{\"__key__\":\"{key}\",\"label\":{label},\"text\":\"a cat\"}}\n");
    assert_eq!((code, out, messages.as_str()), (0, line("frame_0", 7) + &line("frame_1", 8), ""));
    let (code, out, messages) = run(&dir, &["head", "--key", "frame_1", "--rust-beta", "digits.tar"]);
    assert_eq!((code, messages.as_str()), (0, ""));
    assert!(out.contains("label: 8"), "{out}");

    let (code, out, messages) = run(&dir, &["inspect", "--rust-beta", "digits.tar"]);
    assert_eq!((code, messages.as_str()), (0, ""));
    assert!(out.contains("Samples:  2\n") && out.ends_with("Problems: none\n"), "{out}");
    let (code, out, messages) = run(&dir, &["schema", "infer", "--rust-beta", "digits.tar"]);
    assert_eq!(code, 0, "{messages}");
    assert!(out.contains("\"label\"") && out.contains("\"text\"") && !out.contains("__key__"), "{out}");
}

#[test]
fn where_it_is_not_said_the_message_says_how() {
    let dir = tempfile::tempdir().unwrap();
    beta_shard(&dir.path().join("digits.tar"));
    for args in [&["head", "digits.tar"][..], &["inspect", "digits.tar"], &["schema", "infer", "digits.tar"]] {
        let (code, _, messages) = run(&dir, args);
        assert_eq!(code, 1, "{args:?}: {messages}");
        assert!(messages.starts_with("error: digits.tar @ 0: expected members named `key.msgpack`"), "{messages}");
        assert!(messages.ends_with("the program with --rust-beta\n"), "{messages}");
    }
}

/// The name of a journal as a process of this machine leaves it that is no more.
#[cfg(target_os = "linux")]
fn journal() -> String {
    let folder = tempfile::tempdir().unwrap();
    // More than hold a file without a name each: the first of them have hidden names meanwhile.
    let mut writer = ShardWriter::builder(folder.path().join("d-%03d.tar")).max_count(1).build().unwrap();
    for _ in 0..140 {
        writer.write(&DictSample::from_iter([("x", 1)])).unwrap();
    }
    let hidden = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    let host = hidden.rsplit('.').nth(1).unwrap().split('-').next().unwrap().to_owned();
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    format!(".atdata.{host}-{}-0123456789abcdef.commit", child.id())
}

#[cfg(target_os = "linux")]
#[test]
fn a_write_that_was_killed_while_shards_got_their_names_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    ShardWriter::builder(data.join("d.tar")).write_all([DictSample::from_iter([("x", 1)])]).unwrap();
    let journal = journal();
    fs::write(data.join(&journal), "atdata journal 1\n").unwrap();
    let (code, out, messages) = run(&dir, &["inspect", "data/d.tar"]);
    let problem = "a write was killed while its shards got their names, and those beside it may be of two: `atdata gc` \
                   finishes it\n";
    assert_eq!((code, messages), (1, format!("error: data/{journal}: {problem}")));
    assert!(out.ends_with("Problems: 1\n"), "{out}");
    // Who lists the folder is told as well.
    let (code, _, messages) = run(&dir, &["head", "data"]);
    assert_eq!(code, 0, "{messages}");
    assert!(messages.starts_with(&format!("warning: data/{journal}: a write was killed")), "{messages}");
}
