//! The writer as a whole; its parts have tests of their own.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

mod store;

use std::fs;
use std::io::Read;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::*;
use crate::error::ErrorKind;

fn fixed() -> WriteOptions {
    WriteOptions::new().mtime(1_700_000_000)
}

fn put(sink: &mut ShardSink, key: &str, payload: &[u8]) -> Result<()> {
    sink.append(Some(key), |out| {
        out.extend_from_slice(payload);
        Ok(())
    })
}

#[cfg(feature = "compression")]
fn unpacked(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    let mut out = Vec::new();
    let _ = match path.extension().and_then(|suffix| suffix.to_str()) {
        Some("gz") => flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut out).unwrap(),
        Some("bz2") => bzip2::read::BzDecoder::new(&bytes[..]).read_to_end(&mut out).unwrap(),
        Some("xz") => lzma_rust2::XzReader::new(&bytes[..], false).read_to_end(&mut out).unwrap(),
        Some("zst") => zstd::stream::read::Decoder::new(&bytes[..]).unwrap().read_to_end(&mut out).unwrap(),
        _ => return bytes,
    };
    out
}

#[cfg(not(feature = "compression"))]
fn unpacked(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

fn samples(path: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = unpacked(path);
    assert_eq!(bytes.len() % 10_240, 0);
    let mut archive = tar::Archive::new(&bytes[..]);
    let read = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut payload = Vec::new();
        entry.read_to_end(&mut payload).unwrap();
        (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), payload)
    });
    read.collect()
}

fn check(info: &ShardInfo) {
    let bytes = fs::read(&info.path).unwrap();
    assert_eq!(info.bytes, bytes.len() as u64);
    assert_eq!(info.sha256, Some(<[u8; 32]>::from(Sha256::digest(&bytes))));
    assert_eq!(info.samples, samples(&info.path).len() as u64);
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn samples_are_read_back_from_every_kind_of_shard() {
    let folder = tempfile::tempdir().unwrap();
    let compressed: &[&str] =
        if cfg!(feature = "compression") { &["deep/er/a.tar.gz", "a.tar.bz2", "a.tar.xz", "a.tar.zst"] } else { &[] };
    for &name in ["a.tar", "big.tar"].iter().chain(compressed) {
        let path = folder.path().join(name);
        let sizes =
            if name == "big.tar" { vec![3_000_000, 10, 1_048_576, 0, 2_000_000] } else { vec![0, 1, 512, 70_000] };
        let mut sink = ShardSink::create(&path, &fixed()).unwrap();
        for (index, &size) in (0_u8..).zip(&sizes) {
            put(&mut sink, &format!("d/{index:04}"), &vec![index; size]).unwrap();
        }
        assert!(!path.exists());
        let infos = sink.finish().unwrap().shards;
        assert_eq!(infos.len(), 1);
        assert_eq!(infos[0].path, path);
        check(&infos[0]);
        for (index, (name, payload)) in (0_u8..).zip(samples(&path)) {
            assert_eq!(name, format!("d/{index:04}.msgpack"));
            assert!(payload == vec![index; sizes[usize::from(index)]]);
        }
    }
}

#[test]
fn what_nobody_asks_for_is_not_hashed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, options: &WriteOptions| {
        let mut sink = ShardSink::create(&folder.path().join(name), &options.clone().max_count(60)).unwrap();
        (0..100).for_each(|n| put(&mut sink, &n.to_string(), &vec![7; 99_999]).unwrap());
        sink.finish().unwrap().shards
    };
    let (with, without) = (write("a.tar", &fixed()), write("b.tar", &fixed().sha256(false)));
    assert_eq!((with.len(), without.len()), (2, 2));
    for (with, without) in with.iter().zip(&without) {
        check(with);
        assert_eq!((without.sha256, without.sha256_hex(), without.bytes), (None, None, with.bytes));
        assert!(fs::read(&with.path).unwrap() == fs::read(&without.path).unwrap());
    }
}

#[test]
fn the_same_samples_make_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let suffixes: &[&str] =
        if cfg!(feature = "compression") { &["tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst"] } else { &["tar"] };
    for suffix in suffixes {
        let write = |name: &str| {
            let mut sink = ShardSink::create(&folder.path().join(name).with_extension(suffix), &fixed()).unwrap();
            (0..100).for_each(|n| put(&mut sink, &n.to_string(), &[7; 999]).unwrap());
            sink.finish().unwrap().shards.remove(0)
        };
        assert_eq!(write("a").sha256, write("b").sha256);
    }
}

#[test]
fn a_count_starts_the_next_file_only_for_a_further_sample() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = ShardSink::create(&folder.path().join("a.tar"), &fixed().max_count(2)).unwrap();
    (0..4).for_each(|n| put(&mut sink, &n.to_string(), b"x").unwrap());
    assert!(names(folder.path()).is_empty(), "nothing is visible before the end");
    let infos = sink.finish().unwrap().shards;
    infos.iter().for_each(check);
    assert_eq!(infos.iter().map(|info| info.samples).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(names(folder.path()), ["a-000000.tar", "a-000001.tar"]);
    assert_eq!(samples(&infos[1].path)[0].0, "2.msgpack");
}

#[test]
fn no_shard_is_larger_than_its_limit_unless_one_sample_is() {
    let folder = tempfile::tempdir().unwrap();
    for (name, limit, expected) in [
        // 8 samples of 1024 bytes and the end mark make 10,240.
        ("a.tar", 10_240, vec![9, 9, 2]),
        ("b.tar", 10_239, vec![1; 20]),
        ("c.tar", 20_480, vec![19, 1]),
        ("d.tar", 20_479, vec![9, 9, 2]),
    ] {
        let mut sink = ShardSink::create(&folder.path().join(name), &fixed().max_bytes(limit)).unwrap();
        (0..20).for_each(|n| put(&mut sink, &n.to_string(), &[1; 300]).unwrap());
        let infos = sink.finish().unwrap().shards;
        infos.iter().for_each(check);
        assert_eq!(infos.iter().map(|info| info.samples).collect::<Vec<_>>(), expected, "{name}");
        assert!(infos.iter().all(|info| info.bytes <= limit || info.samples == 1));
    }
}

#[test]
fn a_failed_or_refused_sample_leaves_the_sink_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    let mut sink = ShardSink::create(&path, &fixed().max_count(1)).unwrap();
    put(&mut sink, "a", b"first").unwrap();
    let error = sink.append(Some("b"), |out| {
        out.resize(2_000_000, 0);
        Err(WriteError::Empty.into())
    });
    assert_eq!(error.unwrap_err().key(), Some("b"));
    assert_eq!(put(&mut sink, "x.y", b"").unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(put(&mut sink, "a", b"").unwrap_err().key(), Some("a"), "the key of its neighbour");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        sink.append(Some("c"), |out| {
            out.push(1);
            panic!("in the caller's code")
        })
    }));
    assert!(panicked.is_err());
    put(&mut sink, "b", b"second").unwrap();
    let infos = sink.finish().unwrap().shards;
    assert_eq!(infos.len(), 2);
    assert_eq!(samples(&infos[0].path), [("a.msgpack".to_string(), b"first".to_vec())]);
    assert_eq!(samples(&infos[1].path), [("b.msgpack".to_string(), b"second".to_vec())]);
}

#[test]
fn what_a_panic_left_of_a_sample_reaches_no_shard() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    let mut sink = ShardSink::create(&path, &fixed()).unwrap();
    put(&mut sink, "a", b"first").unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        sink.append(Some("b"), |out| {
            out.resize(out.len() + 3000, 7);
            panic!("in the caller's code")
        })
    }));
    assert!(panicked.is_err());
    let infos = sink.finish().unwrap().shards;
    check(&infos[0]);
    assert_eq!(samples(&path), [("a.msgpack".to_string(), b"first".to_vec())]);
}

#[test]
fn errors_name_the_shard_and_a_sample_that_the_caller_knows() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = ShardSink::create(&folder.path().join("a.tar"), &fixed().max_count(2)).unwrap();
    let mut append = |key: Option<&str>, fails: bool| {
        sink.append(key, |_| if fails { Err(WriteError::Empty.into()) } else { Ok(()) })
            .map_err(|error| error.to_string())
    };
    append(None, false).unwrap();
    append(None, false).unwrap();
    append(None, true).unwrap_err();
    append(None, false).unwrap();
    let shard = folder.path().join("a-000001.tar").display().to_string();
    let text = "no samples to write: give at least one";
    assert_eq!(append(None, true).unwrap_err(), format!("{shard}: key made for sample 3: {text}"));
    assert_eq!(append(Some("k"), true).unwrap_err(), format!("{shard}: key k: {text}"));
    assert!(append(Some("a.b"), false).unwrap_err().starts_with(&format!("{shard}: key a.b: found a dot")));
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_that_is_no_text_is_refused_before_anything_is_written() {
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    for name in [&b"caf\xe9.tar"[..], b"caf\xe9/a.tar", b"caf\xe9/a-%d.tar"] {
        let path = folder.path().join(std::ffi::OsStr::from_bytes(name));
        let limits = if name.contains(&b'%') { fixed().max_count(2) } else { fixed() };
        let error = ShardSink::create(&path, &limits).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("expected a path in UTF-8"), "{error}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn shards_of_an_earlier_and_longer_write_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let begin = |count: u8| {
        let mut sink = ShardSink::create(&folder.path().join("a-%d.tar"), &fixed().max_count(1)).unwrap();
        (0..count).for_each(|n| put(&mut sink, &n.to_string(), b"x").unwrap());
        let file = sink.file.take().unwrap();
        sink.finish_file(file).unwrap();
        sink
    };
    let leftover = |sink: &ShardSink| sink.target.leftover(sink.commit.len());
    assert!(leftover(&begin(3)).is_empty());
    begin(3).commit.commit().unwrap();
    assert!(leftover(&begin(3)).is_empty());
    assert_eq!(leftover(&begin(1)), [1, 2].map(|number| folder.path().join(format!("a-{number}.tar"))));
}

#[test]
fn an_encoder_that_removes_bytes_ends_the_write() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = ShardSink::create(&folder.path().join("a.tar"), &fixed()).unwrap();
    let error = sink.append(Some("a"), |out| {
        out.clear();
        Ok(())
    });
    assert!(error.unwrap_err().to_string().contains("may only append"));
    assert!(put(&mut sink, "b", b"").unwrap_err().to_string().contains("start the write again"));
    assert!(sink.finish().is_err());
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_write_without_samples_or_end_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/deep/a.tar");
    let error = ShardSink::create(&path, &fixed()).unwrap().finish().unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::InvalidInput, path.to_str()));
    assert!(error.to_string().ends_with("a.tar: no samples to write: give at least one"));
    assert!(names(folder.path()).is_empty(), "not even the folder");
    for count in [1, commit::MAX_OPEN + 5] {
        let mut sink = ShardSink::create(&path, &fixed().max_count(1)).unwrap();
        (0..=count).for_each(|n| put(&mut sink, &n.to_string(), b"x").unwrap());
        assert!(names(path.parent().unwrap()).iter().all(|name| name.starts_with('.')), "no name before the end");
        drop(sink);
        assert!(names(folder.path()).is_empty());
    }
}

#[test]
fn many_shards_are_all_there_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = ShardSink::create(&folder.path().join("%03d.tar"), &fixed().max_count(1)).unwrap();
    (0..150).for_each(|n| put(&mut sink, &n.to_string(), b"x").unwrap());
    let infos = sink.finish().unwrap().shards;
    infos.iter().for_each(check);
    assert_eq!(names(folder.path()).len(), 150);
    assert_eq!(infos[149].path.file_name().unwrap(), "149.tar");
}

#[test]
fn a_sink_that_fails_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    fs::write(&path, "old").unwrap();
    let mut sink = ShardSink::create(&path, &fixed()).unwrap();
    put(&mut sink, "a", b"new").unwrap();
    drop(sink);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    let mut sink = ShardSink::create(&path, &fixed()).unwrap();
    put(&mut sink, "a", b"new").unwrap();
    sink.finish().unwrap();
    assert_eq!(samples(&path).len(), 1);
    assert_eq!(names(folder.path()), ["a.tar"]);
}

#[test]
fn a_rewrite_of_many_shards_that_fails_leaves_the_old_ones() {
    let folder = tempfile::tempdir().unwrap();
    let count = commit::MAX_OPEN + 5;
    let begin = |payload: &[u8]| {
        let mut sink = ShardSink::create(&folder.path().join("%03d.tar"), &fixed().max_count(1)).unwrap();
        (0..=count).for_each(|n| put(&mut sink, &n.to_string(), payload).unwrap());
        sink
    };
    let old = begin(b"old").finish().unwrap().shards;
    drop(begin(b"new"));
    assert_eq!(names(folder.path()).len(), old.len());
    old.iter().for_each(check);
    let new = begin(b"new").finish().unwrap().shards;
    assert_eq!(names(folder.path()).len(), old.len());
    new.iter().for_each(check);
    assert!(old.iter().zip(&new).all(|(old, new)| old.sha256 != new.sha256));
}

#[test]
fn names_that_were_free_are_given_back_when_a_later_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("0.tar"), "old").unwrap();
    let mut sink = ShardSink::create(&folder.path().join("%d.tar"), &fixed().max_count(1)).unwrap();
    (0..3).for_each(|n| put(&mut sink, &n.to_string(), b"new").unwrap());
    fs::create_dir(folder.path().join("2.tar")).unwrap();
    let error = sink.finish().unwrap_err();
    assert_eq!(error.shard(), folder.path().join("2.tar").to_str());
    assert_eq!(names(folder.path()), ["0.tar", "2.tar"]);
    assert_eq!(fs::read(folder.path().join("0.tar")).unwrap(), b"old", "what was replaced before the failure is back");
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_not_replaced() {
    use std::os::unix::fs::FileTypeExt;

    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("0.tar"), folder.path().join("link.tar"));
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    std::os::unix::fs::symlink("0.tar", &link).unwrap();
    let create = |path: &Path, options: &WriteOptions| ShardSink::create(path, options).unwrap_err();
    for error in
        [create(&path, &fixed()), create(&link, &fixed()), create(&folder.path().join("%d.tar"), &fixed().max_count(1))]
    {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("found a socket, which is not to be replaced: name a file"), "{error}");
    }
    assert!(fs::metadata(&path).unwrap().file_type().is_socket());
    #[cfg(target_os = "linux")]
    {
        let pipe = folder.path().join("pipe.tar");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(create(&pipe, &fixed()).to_string().contains("found a pipe"));
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    }
}

#[cfg(unix)]
#[test]
fn a_symlink_keeps_its_place_and_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("a.tar"), folder.path().join("link.tar"));
    fs::write(&path, "old").unwrap();
    std::os::unix::fs::symlink("a.tar", &link).unwrap();
    let mut sink = ShardSink::create(&link, &fixed()).unwrap();
    put(&mut sink, "a", b"x").unwrap();
    let infos = sink.finish().unwrap().shards;
    assert_eq!(infos[0].path, link);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(samples(&path).len(), 1);
}

#[test]
fn a_place_that_cannot_be_written_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let kind = |path: &str| ShardSink::create(&folder.path().join(path), &fixed()).unwrap_err().kind();
    assert_eq!(kind("file/a.tar"), ErrorKind::InvalidInput);
    assert_eq!(kind(""), ErrorKind::InvalidInput);
    assert_eq!(kind("a/"), ErrorKind::InvalidInput);
    let error = ShardSink::create(folder.path(), &fixed()).unwrap_err();
    assert_eq!(error.shard(), folder.path().to_str());
}

#[test]
fn a_shard_that_cannot_be_begun_ends_the_write() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("1"), "in the way").unwrap();
    let mut sink = ShardSink::create(&folder.path().join("%01d/a.tar"), &fixed().max_count(1)).unwrap();
    put(&mut sink, "a", b"x").unwrap();
    let error = put(&mut sink, "b", b"x").unwrap_err();
    assert_eq!(error.shard(), folder.path().join("1/a.tar").to_str());
    assert!(put(&mut sink, "b", b"x").unwrap_err().to_string().contains("start the write again"));
    assert!(sink.finish().is_err());
    assert_eq!(names(folder.path()), ["1"]);
}

/// The limit is that of a process: this test runs itself as a child with a lower one.
#[cfg(target_os = "linux")]
#[test]
fn more_shards_than_files_may_be_open_are_written() {
    use std::process::Command;

    const FOLDER: &str = "ATDATA_TEST_FEW_HANDLES_IN";
    let write = |folder: &Path| {
        let mut sink = ShardSink::create(&folder.join("%03d.tar"), &fixed().max_count(1)).unwrap();
        (0..70).for_each(|n| put(&mut sink, &n.to_string(), b"x").unwrap());
        sink.finish().unwrap().shards
    };
    if let Some(folder) = std::env::var_os(FOLDER) {
        write(Path::new(&folder)).iter().for_each(check);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new("sh")
        .args(["-c", "ulimit -n 40 && exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "shard::writer::tests::more_shards_than_files_may_be_open_are_written"])
        .env(FOLDER, folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(names(folder.path()).len(), 70);
}

/// What a killed process leaves can only be seen from another: this test runs itself as a child.
#[cfg(target_os = "linux")]
#[test]
fn a_killed_process_leaves_old_files_and_at_most_hidden_ones() {
    use std::io::BufRead;
    use std::process::{Command, Stdio};

    const FOLDER: &str = "ATDATA_TEST_KILLED_IN";
    const SAMPLES: &str = "ATDATA_TEST_KILLED_AFTER";
    if let Some(folder) = std::env::var_os(FOLDER) {
        let samples: usize = std::env::var(SAMPLES).unwrap().parse().unwrap();
        let path = Path::new(&folder).join("a.tar");
        let mut sink = ShardSink::create(&path, &fixed().max_count(1)).unwrap();
        (0..samples).for_each(|n| put(&mut sink, &n.to_string(), &vec![1; 8_000_000 / samples]).unwrap());
        println!("\nwritten");
        std::thread::park();
    }
    // Each shard but the last is whole; one that is beyond the limit is parked.
    for (samples, hidden) in [(4, 0), (commit::MAX_OPEN + 4, 3)] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a-000000.tar"), "old").unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "shard::writer::tests::a_killed_process_leaves_old_files_and_at_most_hidden_ones"])
            .arg("--nocapture")
            .env(FOLDER, folder.path())
            .env(SAMPLES, samples.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "written"));
        child.kill().unwrap();
        child.wait().unwrap();
        let (hidden_names, named): (Vec<_>, Vec<_>) =
            names(folder.path()).into_iter().partition(|name| name.starts_with('.'));
        assert_eq!((hidden_names.len(), named), (hidden, vec!["a-000000.tar".to_owned()]));
        assert_eq!(fs::read(folder.path().join("a-000000.tar")).unwrap(), b"old");
    }
}

#[cfg(not(feature = "compression"))]
#[test]
fn a_name_that_asks_for_compression_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let error = ShardSink::create(&folder.path().join("a.tar.gz"), &fixed()).unwrap_err();
    assert_eq!(error.kind(), crate::error::ErrorKind::Unsupported);
    assert!(error.to_string().contains("enable the feature `compression`"), "{error}");
}
