//! Writes that go on after a kill, add to what is there, and have their shards made by several threads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use atdata::dataset::{Rewrite, ShardWriterBuilder};
use atdata::shard::{Contents, WriteOptions, WrittenSample};
use atdata::{Dataset, DictSample, ErrorKind, Packable, ShardWriter};
use sha2::{Digest as _, Sha256};

#[derive(Packable, Clone, Debug, PartialEq)]
struct Note {
    number: i64,
    text: String,
}

fn notes(from: i64, to: i64) -> impl Iterator<Item = Note> {
    // Of different lengths, and worth to be compressed.
    (from..to)
        .map(|number| Note { number, text: format!("note {number} ").repeat(usize::try_from(number % 97).unwrap()) })
}

/// All files of a folder, hidden ones too.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let name = |entry: &fs::DirEntry| entry.file_name().into_string().unwrap();
    entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| (name(&entry), fs::read(entry.path()).unwrap()))
        .collect()
}

fn digest_of(path: &Path) -> [u8; 32] {
    Sha256::digest(fs::read(path).unwrap()).into()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn write_keyed(writer: &mut ShardWriter<Note>, samples: impl Iterator<Item = Note>) {
    for sample in samples {
        writer.write_with_key(&format!("k{:06}", sample.number), &sample).unwrap();
    }
}

fn builder(folder: &Path, pattern: &str) -> ShardWriterBuilder<Note> {
    ShardWriter::builder(folder.join(pattern)).mtime(0)
}

#[test]
fn shards_are_the_same_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["n-%03d.tar", "n-%03d.tar.gz", "n-%03d.tar.zst", "n-%03d.tar.xz"] {
        let write = |threads: usize, limit: fn(ShardWriterBuilder<Note>) -> ShardWriterBuilder<Note>| {
            let place = folder.path().join(threads.to_string());
            let _ = fs::remove_dir_all(&place);
            let plain = !name.contains(".tar.");
            let mut writer = limit(builder(&place, name)).threads(threads).contents(plain).build().unwrap();
            write_keyed(&mut writer, notes(0, 3000));
            let written = writer.finish().unwrap();
            assert_eq!(written.samples(), 3000);
            let told: Vec<_> = written.shards.iter().map(|shard| (shard.samples, shard.bytes, shard.sha256)).collect();
            for shard in &written.shards {
                assert_eq!(fs::metadata(&shard.path).unwrap().len(), shard.bytes);
                assert_eq!(shard.sha256, Some(digest_of(&shard.path)));
            }
            (told, files(&place))
        };
        for limit in [
            |builder: ShardWriterBuilder<Note>| builder.max_count(170),
            |builder: ShardWriterBuilder<Note>| builder.max_bytes(200_000),
        ] {
            let one = write(1, limit);
            assert!(one.0.len() > 5, "{name}: {}", one.0.len());
            for threads in [0, 2, 3, 16] {
                assert!(write(threads, limit) == one, "{name}, {threads} threads");
            }
        }
    }
}

#[test]
fn a_failed_write_by_threads_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("new");
    let mut writer = builder(&place, "n-%03d.tar.gz").max_count(10).threads(3).build().unwrap();
    write_keyed(&mut writer, notes(0, 95));
    writer.discard();
    assert!(!place.exists());
    // The file system has no room for such a sample, whichever thread finds out.
    #[cfg(target_os = "linux")]
    {
        let full = Path::new("/dev/full");
        let error = ShardWriter::<Note>::builder(full).threads(2).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn samples_are_added_behind_the_shards_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let append = || builder(folder.path(), "n-%03d.tar").max_count(10).append(true);
    // Of other patterns, and of none.
    for name in ["n-7.tar", "n-0099.tar", "m-098.tar", "n-097.tar.gz", "n-x.tar"] {
        fs::write(folder.path().join(name), "else").unwrap();
    }
    let first = append().contents(true).write_all(notes(0, 25)).unwrap();
    assert_eq!(first.paths(), [0, 1, 2].map(|n| folder.path().join(format!("n-{n:03}.tar"))));
    let before = files(folder.path());
    let second = append().write_all(notes(25, 40)).unwrap();
    assert_eq!(second.paths(), [3, 4].map(|n| folder.path().join(format!("n-{n:03}.tar"))));
    assert!(second.leftover.is_empty());
    let after = files(folder.path());
    assert!(before.iter().all(|(name, bytes)| &after[name] == bytes), "nothing that was there is touched");
    // All had their contents beside them, and so have the new ones.
    assert!(second.paths().iter().all(|path| Contents::open(path).unwrap().is_some()));
    let all = Dataset::<Note>::open(folder.path().join("n-{000..004}.tar").to_str().unwrap()).unwrap();
    assert_eq!(all.ordered().map(|note| note.unwrap()).collect::<Vec<_>>(), notes(0, 40).collect::<Vec<_>>());
    // The numbers go on behind a gap.
    fs::remove_file(folder.path().join("n-002.tar")).unwrap();
    assert!(append().write_all(notes(0, 1)).unwrap().paths()[0].ends_with("n-005.tar"));
    // One without contents, and no more are written.
    fs::remove_file(folder.path().join("n-000.tar.atx")).unwrap();
    let plain = append().write_all(notes(0, 1)).unwrap();
    assert!(Contents::open(&plain.paths()[0]).unwrap().is_none());

    let error = builder(folder.path(), "one.tar").append(true).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("set `max_count` or `max_bytes`"), "{error}");
}

#[test]
fn of_two_writes_that_append_at_once_none_replaces_the_others_shards() {
    let folder = &tempfile::tempdir().unwrap();
    let append = || builder(folder.path(), "n-%03d.tar").max_count(10).append(true).build().unwrap();
    let (mut one, mut other) = (append(), append());
    write_keyed(&mut one, notes(0, 15));
    write_keyed(&mut other, notes(100, 125));
    one.finish().unwrap();
    let before = files(folder.path());
    let error = other.finish().unwrap_err();
    assert_eq!((error.kind(), error.shard().is_some()), (ErrorKind::Conflict, true));
    assert!(error.to_string().contains("append again"), "{error}");
    assert_eq!(files(folder.path()), before, "and nothing is left of it");
    // In threads, again and again until it fits.
    std::thread::scope(|scope| {
        for writer in 0..4 {
            scope.spawn(move || {
                while let Err(error) = builder(folder.path(), "n-%03d.tar")
                    .max_count(10)
                    .append(true)
                    .write_all(notes(1000 * (writer + 1), 1000 * (writer + 1) + 15))
                {
                    assert_eq!(error.kind(), ErrorKind::Conflict);
                }
            });
        }
    });
    let shards: Vec<_> = (0..10).map(|n| folder.path().join(format!("n-{n:03}.tar"))).collect();
    let all: BTreeSet<i64> =
        Dataset::<Note>::open(shards).unwrap().ordered().map(|note| note.unwrap().number).collect();
    assert_eq!(all.len(), 15 + 4 * 15);
}

#[test]
fn a_write_that_ended_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, cut) = (folder.path().join("whole"), folder.path().join("cut"));
    for (name, threads) in [("n-%03d.tar", 1), ("n-%03d.tar", 3), ("n-%03d.tar.zst", 2)] {
        let _ = (fs::remove_dir_all(&whole), fs::remove_dir_all(&cut));
        let builder = |place: &Path| builder(place, name).max_count(7).threads(threads).contents(name.ends_with("tar"));
        let mut writer = builder(&whole).build().unwrap();
        write_keyed(&mut writer, notes(0, 100));
        writer.finish().unwrap();
        let mut done = 0;
        let told = loop {
            let mut writer = builder(&cut).resume(true).build().unwrap();
            let resumed = i64::try_from(writer.resumed()).unwrap();
            assert!(resumed % 7 == 0 && resumed <= done && done - resumed < 7 * (i64::try_from(threads).unwrap() + 1));
            assert_eq!(writer.samples(), writer.resumed());
            // Others may not have it meanwhile.
            let busy = builder(&cut).resume(true).build().unwrap_err();
            assert!(busy.kind() == ErrorKind::Conflict && busy.to_string().contains("another process"), "{busy}");
            done = (resumed + 25).min(100);
            write_keyed(&mut writer, notes(resumed, done));
            if done == 100 {
                break writer.finish().unwrap();
            }
            drop(writer);
            assert_eq!(names(&cut), [format!(".{name}.resume")], "nothing is visible before");
        };
        assert_eq!((told.samples(), told.shards.len()), (100, 15));
        assert_eq!(told.shards.iter().map(|shard| shard.samples).max(), Some(7));
        assert!(told.shards.iter().all(|shard| shard.sha256 == Some(digest_of(&shard.path))));
        assert!(files(&cut) == files(&whole), "{name}");
        assert_eq!(names(&cut), names(&whole), "nothing else is left");
    }
}

#[test]
fn a_write_goes_on_with_the_same_only() {
    let folder = tempfile::tempdir().unwrap();
    let resume = || builder(folder.path(), "n-%03d.tar").max_count(10).resume(true);
    let mut writer = resume().work("notes").build().unwrap();
    write_keyed(&mut writer, notes(0, 25));
    drop(writer);
    let log = folder.path().join(".n-%03d.tar.resume/log");
    for other in
        [resume(), resume().work("other"), resume().work("notes").max_count(11), resume().work("notes").mtime(1)]
    {
        let error = other.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.to_string().contains("max_count 10") && error.to_string().contains("of notes"), "{error}");
    }
    // Without it nothing goes on, and nothing is lost.
    let other = builder(folder.path(), "n-%03d.tar").max_count(10).write_all(notes(0, 5)).unwrap();
    assert_eq!(other.shards.len(), 1);
    // Fewer samples than are written already.
    let error = resume().work("notes").write_all(notes(0, 19)).unwrap_err();
    assert!(error.kind() == ErrorKind::Conflict && error.to_string().contains("the 20 samples"), "{error}");
    // A shard that is gone, and those behind it, are written again.
    fs::remove_file(log.with_file_name("000000")).unwrap();
    let writer = resume().work("notes").build().unwrap();
    assert_eq!(writer.resumed(), 0);
    drop(writer);
    // What a kill left of a line counts for nothing, and what is no log is told.
    let mut writer = resume().build().unwrap();
    write_keyed(&mut writer, notes(0, 25));
    drop(writer);
    let text = fs::read_to_string(&log).unwrap();
    fs::write(&log, &text[..text.len() - 5]).unwrap();
    assert_eq!(resume().build().unwrap().resumed(), 10);
    fs::write(&log, "something else\n").unwrap();
    let error = resume().build().unwrap_err();
    assert!(error.to_string().contains("remove the folder"), "{error}");

    for error in [
        builder(folder.path(), "one.tar").resume(true).build().unwrap_err(),
        builder(folder.path(), "l-%d.tar")
            .max_count(1)
            .resume(true)
            .listener(|_: &WrittenSample<'_>, _: Option<&Note>| Ok(()))
            .build()
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}

#[test]
fn samples_that_are_given_again_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let resume = || builder(folder.path(), "n-%03d.tar").max_count(10).resume(true);
    let failing = notes(0, 50).map(|note| if note.number == 33 { Err("no") } else { Ok(note) });
    assert_eq!(resume().try_write_all(failing).unwrap_err().kind(), ErrorKind::Caller);
    let resumed = resume().build().unwrap();
    assert_eq!(resumed.resumed(), 30);
    resumed.discard();
    let all: Vec<Note> = notes(0, 50).collect();
    let written = resume().write_refs(&all).unwrap();
    assert_eq!((written.samples(), names(folder.path()).len()), (50, 5));
    let read: Vec<Note> = written.open().unwrap().ordered().map(Result::unwrap).collect();
    assert_eq!(read, all);
}

#[test]
fn samples_that_threads_make_are_written_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let expected = folder.path().join("expected");
    let mut writer = builder(&expected, "n-%03d.tar.gz").max_count(9).build().unwrap();
    write_keyed(&mut writer, notes(0, 200));
    writer.finish().unwrap();
    let make = |note: Note| Ok::<_, std::io::Error>((Some(format!("k{:06}", note.number)), note));
    for threads in [1, 2, 4] {
        let place = folder.path().join(threads.to_string());
        let writer = builder(&place, "n-%03d.tar.gz").max_count(9).threads(threads).resume(true);
        assert_eq!(writer.write_map(notes(0, 200), make).unwrap().samples(), 200);
        assert!(files(&place) == files(&expected), "{threads}");
    }
    // The first error in order, a panic as well; and it goes on behind what was whole.
    let place = folder.path().join("again");
    let writer = || builder(&place, "n-%03d.tar.gz").max_count(9).threads(3).resume(true);
    let failing = |note: Note| match note.number {
        150 => panic!("cannot bear {}", note.number),
        151.. => Err(std::io::Error::other("later")),
        _ => make(note),
    };
    let error = writer().write_map(notes(0, 200), failing).unwrap_err();
    assert!(error.kind() == ErrorKind::Caller && format!("{error:#}").contains("cannot bear 150"), "{error:#}");
    let called = std::sync::Mutex::new(Vec::new());
    let written = writer().write_map(notes(0, 200), |note| {
        called.lock().unwrap().push(note.number);
        make(note)
    });
    assert_eq!(written.unwrap().samples(), 200);
    assert!(files(&place) == files(&expected) && called.lock().unwrap().iter().all(|number| *number >= 100));
}

#[test]
fn copies_go_on_and_are_added() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let sources = |name: &str, from, to| {
        let mut writer = builder(folder.path(), name).max_count(30).build().unwrap();
        write_keyed(&mut writer, notes(from, to));
        writer.finish().unwrap().open::<DictSample>().unwrap()
    };
    let (old, new) = (sources("old-%d.tar", 0, 100), sources("new-%d.tar", 100, 150));
    let rewrite = |name: &str, options: WriteOptions| Rewrite::to(place(name)).options(options.max_count(20).mtime(0));
    let expected = rewrite("whole/n-%03d.tar", WriteOptions::new()).shuffle(old.untyped(), 3).unwrap();
    // One that ends when three shards are whole.
    let told = std::cell::Cell::new(0);
    let stop = || {
        told.set(told.get() + 1);
        assert!(told.get() < 70, "enough");
    };
    let resume = || rewrite("cut/n-%03d.tar", WriteOptions::new().resume(true).threads(2));
    let stopped =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| resume().progress(&stop).shuffle(old.untyped(), 3)));
    assert!(stopped.is_err());
    let error = resume().shuffle(old.untyped(), 4).unwrap_err();
    assert!(error.kind() == ErrorKind::Conflict && error.to_string().contains("shuffle 3"), "{error}");
    assert_eq!(resume().shuffle(new.untyped(), 3).unwrap_err().kind(), ErrorKind::Conflict);
    let written = resume().shuffle(old.untyped(), 3).unwrap();
    assert_eq!(written.samples(), expected.samples());
    assert_eq!(files(&place("cut")), files(&place("whole")));

    let append = || rewrite("whole/n-%03d.tar", WriteOptions::new().append(true));
    let added = append().reshard(new.untyped()).unwrap();
    assert!(added.shards.len() == 3 && added.paths()[0].ends_with("n-005.tar"));
    let before = names(&place("whole"));
    let error = append().reshard(new.untyped()).unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Conflict, Some("k000100")));
    assert!(error.to_string().contains("the dataset already that samples are added to"), "{error}");
    assert_eq!(names(&place("whole")), before);
    assert_eq!(append().allow_duplicates(true).reshard(new.untyped()).unwrap().samples(), 50);
}

/// Kills a real process at every call of the system that changes files, and lets it go on.
#[cfg(target_os = "linux")]
mod killed {
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use super::*;
    use crate::killed::CALLS;

    const SHARDS: i64 = 3;

    fn writer(folder: &Path, label: i64, end: &str, strace: &[&str]) -> Command {
        let writer = env!("CARGO_BIN_EXE_shard-writer");
        let mut command = Command::new(if strace.is_empty() { writer } else { "strace" });
        if !strace.is_empty() {
            command.args(["-f", "-qq"]).args(strace).arg(writer);
        }
        command.arg(folder.join("d-%03d.tar")).args([SHARDS.to_string(), label.to_string(), end.to_owned()]);
        command
    }

    /// Whether it ended by itself.
    fn run(folder: &Path, label: i64, end: &str, strace: &[&str]) -> bool {
        let output = writer(folder, label, end, strace).output();
        let output = output.expect("cannot run strace: install it with tests/services/install strace");
        assert!(!strace.is_empty() || output.status.success(), "{end}: {}", String::from_utf8_lossy(&output.stderr));
        output.status.success()
    }

    /// What an undisturbed run makes, beside what was there.
    fn expected(folder: &Path, end: &str) -> BTreeMap<String, Vec<u8>> {
        fs::create_dir(folder).unwrap();
        prepare(folder, end);
        run(folder, 2, end, &[]);
        files(folder)
    }

    /// Something to add to.
    fn prepare(folder: &Path, end: &str) {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir(folder).unwrap();
        if end != "resume" {
            run(folder, 1, "append", &[]);
        }
    }

    fn kill_at_every_call(end: &str) {
        let dir = tempfile::tempdir().unwrap();
        let expected = expected(&dir.path().join("whole"), end);
        let folder = dir.path().join("d");
        prepare(&folder, end);
        let log = dir.path().join("strace");
        run(&folder, 2, end, &["-o", log.to_str().unwrap(), "-e", &format!("trace={CALLS}")]);
        let mut calls = crate::killed::calls_in(&log);
        if end != "resume" {
            // Most are of the process's begin, and the others those of the first test.
            calls.remove("openat");
        }
        let (mut kills, mut visible) = (0, 0);
        for (call, count) in &calls {
            for nth in 1..=*count {
                prepare(&folder, end);
                let before = files(&folder);
                let inject = format!("inject={call}:signal=KILL:when={nth}");
                if run(&folder, 2, end, &["-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]) {
                    // Each thread counts its own calls, and none made as many.
                    assert!(files(&folder) == expected, "{end}, {call} {nth}");
                    continue;
                }
                kills += 1;
                atdata::shard::sweep(&folder, false).unwrap();
                let left = files(&folder);
                let place = format!("{end}, {call} {nth}: {:?}", names(&folder));
                assert!(left == before || left == expected, "{place}: all of it or nothing");
                visible += usize::from(left == expected);
                // One that has ended adds to what it has added.
                let goes_on = end == "both" && folder.join(".d-%03d.tar.resume/log").exists();
                if left == expected && end != "resume" && !goes_on {
                    continue;
                }
                run(&folder, 2, end, &[]);
                assert!(files(&folder) == expected, "{place}, then {:?}", names(&folder));
                assert!(!names(&folder).iter().any(|name| name.starts_with('.')), "{:?}", names(&folder));
            }
        }
        println!("{end}: {calls:?}, {kills} kills, {visible} of them when all was there");
        assert!(kills > 20 && visible < kills);
    }

    #[test]
    fn a_write_that_is_killed_at_any_call_goes_on_to_the_same_bytes() {
        kill_at_every_call("resume");
    }

    #[test]
    fn one_that_adds_is_killed_and_adds_all_or_nothing() {
        kill_at_every_call("append");
    }

    #[test]
    fn one_that_adds_and_goes_on_adds_once() {
        kill_at_every_call("both");
    }

    #[test]
    fn a_write_that_is_killed_at_random_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, whole) = (dir.path().join("d"), dir.path().join("whole"));
        let mut random = 1_u64;
        let plain = |folder: &Path| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_shard-writer"));
            command.arg(folder.join("d-%03d.tar")).args(["100", "2", "resume"]).stderr(Stdio::null());
            command
        };
        assert!(plain(&whole).status().unwrap().success());
        let mut killed = 0;
        for _ in 0..60 {
            let mut child = plain(&folder).spawn().unwrap();
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            std::thread::sleep(Duration::from_micros(5_000 + (random >> 33) % 40_000));
            if child.try_wait().unwrap().is_some() {
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            killed += 1;
        }
        if killed == 60 {
            assert!(plain(&folder).status().unwrap().success());
        }
        println!("killed {killed} times");
        assert!(killed > 0 && files(&folder) == files(&whole) && names(&folder) == names(&whole));
    }
}
