//! What a member says that it holds, and how much memory there is.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Command, Output};

use atdata::{Group, ShardWriter};
use tempfile::TempDir;

use super::{archive, dir, run};

const MIB: u64 = 1 << 20;

/// Bytes of the large member.
const LARGE: u64 = 32 * MIB;

/// A sample with a small member, one with a large one of zeros, and a small one again: some kilobytes in all.
fn write(dir: &TempDir, name: &str, member: &str) {
    let mut writer = ShardWriter::<Group>::builder(dir.path().join(name)).sha256(false).build().unwrap();
    let zeros = vec![0; usize::try_from(LARGE).unwrap()];
    for (key, bytes) in [("a", &b"one"[..]), ("b", &zeros), ("c", b"three")] {
        writer.write(&Group::new(key, [(member, bytes)])).unwrap();
    }
    writer.finish().unwrap();
}

/// Runs the program in so much address space.
fn run_within(dir: &TempDir, mib: u64, args: &[&str]) -> Output {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -v {}; exec \"$0\" \"$@\"", mib * 1024)).arg(env!("CARGO_BIN_EXE_atdata"));
    command.args(args).current_dir(dir.path()).env("HOME", dir.path()).output().unwrap()
}

/// How much it takes to do nothing.
fn least(dir: &TempDir) -> u64 {
    (16..).step_by(16).find(|mib| run_within(dir, *mib, &["version"]).status.success()).unwrap()
}

/// Whatever step it is that there is not enough memory for, that is said, and what to do about it.
#[test]
fn a_member_for_which_there_is_no_memory_is_an_error_of_its_sample() {
    let dir = dir();
    let least = least(&dir);
    let large = LARGE / MIB;
    // The text is copied where it is decoded, other bytes are not.
    write(&dir, "x.tar.zst", "txt");
    for args in [
        &["inspect", "x.tar.zst"][..],
        &["head", "x.tar.zst"],
        &["head", "--json", "x.tar.zst"],
        &["convert", "--layout", "packed", "x.tar.zst", "out.tar"],
        &["reshard", "x.tar.zst", "out-%d.tar.gz", "--max-count", "1"],
        &["schema", "infer", "x.tar.zst"],
    ] {
        let mut refused = 0;
        for more in [0, large / 2, large + 28, 2 * large + 36, 3 * large + 44, 4 * large + 52] {
            let output = run_within(&dir, least + 24 + more, args);
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            let Some(code) = output.status.code() else { panic!("{args:?} within {more} MiB more: {told}") };
            if code == 0 {
                break;
            }
            refused += 1;
            let says = |text: &str| told.contains(text);
            assert!(
                code == 1
                    && (says("x.tar.zst") || says("/out"))
                    && says("key b")
                    && says("not enough memory")
                    && says("--max-member"),
                "{args:?} within {more} MiB more: {told}"
            );
        }
        assert!(refused > 0, "{args:?}");
    }
}

/// A member that is compressed by itself is larger than all of the input.
#[test]
fn a_compressed_member_for_which_there_is_no_memory_is_an_error_of_its_sample() {
    use std::io::Write as _;

    let dir = dir();
    let least = least(&dir);
    let mut zeros = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zeros.write_all(&vec![0; usize::try_from(LARGE).unwrap()]).unwrap();
    let zeros = zeros.finish().unwrap();
    let record = r#"{"name":"T","version":"1.0.0","layout":"members","fields":[
        {"name":"text","member":"txt","fieldType":{"$type":"local#primitive","primitive":"str"}}]}"#;
    fs::write(dir.path().join("t.json"), record).unwrap();
    let members = [("a.txt", &b"one"[..]), ("b.txt.gz", &zeros), ("c.txt", b"three")];
    fs::write(dir.path().join("x.tar"), archive(&members)).unwrap();
    for schema in [&["--schema", "t.json"][..], &[]] {
        let args = [&["convert", "--layout", "packed", "x.tar", "out.tar"], schema].concat();
        let mut refused = 0;
        for more in (0..).map(|step| step * 8) {
            let output = run_within(&dir, least + 24 + more, &args);
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            let Some(code) = output.status.code() else { panic!("{args:?} within {more} MiB more: {told}") };
            if code == 0 {
                break;
            }
            refused += 1;
            let says = |text: &str| told.contains(text);
            assert!(
                code == 1 && says("key b") && says("not enough memory") && says("--max-member"),
                "{args:?} within {more} MiB more: {told}"
            );
        }
        assert!(refused > 2, "{args:?}");
    }
}

/// Values of JSON take many times the memory of their text, and what parses it does not ask for any.
#[test]
fn json_whose_values_there_is_no_memory_for_is_an_error_of_its_sample() {
    use std::io::Write as _;

    let dir = dir();
    let least = least(&dir);
    let zip = |text: &str| {
        let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zipped.write_all(text.as_bytes()).unwrap();
        zipped.finish().unwrap()
    };
    let record = r#"{"name":"T","version":"1.0.0","layout":"members","fields":[
        {"name":"any","member":"json","fieldType":{"$type":"local#any"}}]}"#;
    fs::write(dir.path().join("t.json"), record).unwrap();
    for part in ["[1]", "{\"\":1}", "\"\"", "[]", "NaN"] {
        let many = format!("[{}{part}]", format!("{part},").repeat(100_000));
        let members = [("a.json", &b"1"[..]), ("b.json.gz", &zip(&many)), ("c.json", b"2")];
        fs::write(dir.path().join("x.tar"), archive(&members)).unwrap();
        for args in [
            &["convert", "--layout", "packed", "x.tar", "out.tar", "--schema", "t.json"][..],
            &["convert", "--layout", "packed", "x.tar", "out.tar"],
            &["schema", "infer", "x.tar"],
            &["head", "--json", "x.tar"],
        ] {
            let mut refused = 0;
            for more in (0..64).step_by(8).chain((64..640).step_by(32)) {
                let output = run_within(&dir, least + 24 + more, args);
                let told = String::from_utf8_lossy(&output.stderr).into_owned();
                let Some(code) = output.status.code() else { panic!("{part} {args:?} within {more} MiB more: {told}") };
                if code == 0 {
                    break;
                }
                refused += 1;
                let says = |text: &str| told.contains(text);
                assert!(
                    code == 1 && says("key b") && says("not enough memory") && says("--max-member"),
                    "{part} {args:?} within {more} MiB more: {told}"
                );
            }
            // The values of the last ones are few and large.
            assert!(refused < 26, "{part} {args:?}");
        }
    }
}

/// The others are read as if it were not there.
#[test]
fn the_largest_member_that_is_read_is_an_option() {
    let dir = dir();
    write(&dir, "x.tar.zst", "bin");
    for args in [
        &["inspect", "x.tar.zst"][..],
        &["head", "x.tar.zst"],
        &["convert", "--layout", "packed", "x.tar.zst", "out.tar"],
        &["reshard", "x.tar.zst", "out.tar"],
        &["schema", "infer", "x.tar.zst"],
    ] {
        let problems = run(&dir, &[args, &["--max-member", "1000000"]].concat()).problems();
        assert!(
            problems.contains("x.tar.zst") && problems.contains("key b") && problems.contains("--max-member"),
            "{args:?}: {problems}"
        );
    }
    let head = run(&dir, &["head", "x.tar.zst", "--max-member", "1000000"]).stdout;
    assert!(head.contains("three"), "{head}");
    fs::remove_file(dir.path().join("x.tar.zst")).unwrap();
}

/// What is beside packed samples is not shown, and takes no memory, be it of a file or of what is read once.
#[test]
fn what_is_beside_packed_samples_takes_no_memory_of_head() {
    use std::io::Write as _;

    let dir = dir();
    let least = least(&dir);
    let large = vec![0; usize::try_from(4 * LARGE).unwrap()];
    let sample = &b"\x81\xa1x\x01"[..];
    let shard = archive(&[("a.msgpack", sample), ("b.msgpack", sample), ("b.bin", &large), ("c.msgpack", sample)]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&shard).unwrap();
    let packed = packed.finish().unwrap();
    fs::write(dir.path().join("x.tar.gz"), &packed).unwrap();
    let within = (least + 64) * 1024;
    for from in ["x.tar.gz", "- <x.tar.gz"] {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("ulimit -v {within}; exec \"$0\" head {from}")).arg(env!("CARGO_BIN_EXE_atdata"));
        let output = command.current_dir(dir.path()).env("HOME", dir.path()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.success() && String::from_utf8_lossy(&output.stdout).contains("(c) ---"),
            "{from}: {told}"
        );
    }
}

/// Few samples of a shard of 400 MiB that is some kilobytes on the disk: what is beside them, or behind them, is not held.
#[test]
fn the_first_samples_take_little_memory_whatever_is_beside_them() {
    use std::io::Write as _;

    let dir = dir();
    let within = least(&dir) + 48;
    let sample = &b"\x81\xa1x\x01"[..];
    let zeros = vec![0; usize::try_from(400 * MIB).unwrap()];
    let large_at = [("beside.tar.gz", ["a.msgpack", "a.bin", "b.msgpack", "c.msgpack"]), {
        ("behind.tar.gz", ["a.msgpack", "b.msgpack", "b.bin", "c.msgpack"])
    }];
    for (name, members) in large_at {
        let members = members.map(|member| (member, if member.ends_with("bin") { &zeros[..] } else { sample }));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&archive(&members)).unwrap();
        let packed = packed.finish().unwrap();
        assert!(packed.len() < 4 << 20);
        fs::write(dir.path().join(name), packed).unwrap();
        for args in [&["head", "-n", "2"][..], &["head", "--json", "-n", "2"], &["head", "--key", "b"]] {
            let output = run_within(&dir, within, &[args, &[name]].concat());
            let (out, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success() && out.contains('b') && !out.contains("(c)"), "{args:?} {name}: {told}");
        }
    }
}

/// One sample of many members, each of which could be held.
#[test]
fn the_members_of_one_sample_have_a_limit_together() {
    let dir = dir();
    let least = least(&dir);
    let zeros = vec![0; usize::try_from(MIB).unwrap()];
    let names: Vec<_> = (0..300).map(|n| format!("f{n}.bin")).collect();
    let mut writer = ShardWriter::<Group>::builder(dir.path().join("x.tar.zst")).sha256(false).build().unwrap();
    writer.write(&Group::new("a", [("bin", &b"one"[..])])).unwrap();
    writer.write(&Group::new("b", names.iter().map(|name| (name.as_str(), &zeros[..])))).unwrap();
    writer.write(&Group::new("c", [("bin", b"three")])).unwrap();
    writer.finish().unwrap();
    for args in [
        &["inspect", "x.tar.zst"][..],
        &["head", "x.tar.zst"],
        &["convert", "--layout", "packed", "x.tar.zst", "out.tar"],
        &["reshard", "x.tar.zst", "out.tar"],
    ] {
        // With a limit it takes little more than that, and without one what there is not is told.
        let limited = run_within(&dir, least + 96, &[args, &["--max-member", "20000000"]].concat());
        let unlimited = run_within(&dir, least + 96, args);
        for (output, expected) in [(limited, "more than 20000000 bytes together"), (unlimited, "not enough memory")] {
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{args:?}: {told}");
            let says = |text: &str| told.contains(text);
            assert!(says("x.tar.zst") && says("key b") && says(expected) && says("--max-member"), "{args:?}: {told}");
        }
    }
    let head = run(&dir, &["head", "--json", "x.tar.zst", "--max-member", "20000000"]).stdout;
    assert!(head.contains("\"__key__\":\"a\"") && head.contains("\"__key__\":\"c\""), "{head}");
}
