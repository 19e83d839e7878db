//! `convert --append` that is killed: at every call of the system that changes files, and at any moment.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use atdata::shard::{Group, ReadOptions, sweep};
use atdata::{Dataset, DictSample, ShardWriter, Value};

use super::{Run, TempDir, dir};

/// Those that make, change, name or remove files, but for `openat`, most of which are of the process's begin.
const CALLS: &str = "write,pwrite64,ftruncate,fallocate,fsync,fdatasync,link,linkat,rename,renameat,renameat2,unlink,unlinkat,mkdir,\
                     rmdir,chmod,fchmod,fchmodat";

/// Samples `from` to `to`, packed.
fn packed(path: &Path, from: i64, to: i64, len: usize) {
    let mut writer = ShardWriter::<DictSample>::builder(path).build().unwrap();
    for number in from..to {
        let text = format!("text {number} ").repeat(len);
        let sample = DictSample::from_iter([("text", Value::Str(text)), ("score", Value::Float(0.5))]);
        writer.write_with_key(&format!("k{number:05}"), &sample).unwrap();
    }
    writer.finish().unwrap();
}

/// What is in the shards of a folder, each of which is whole, and the names of hidden files. When samples were written is in headers as
/// well, and differs.
fn files(folder: &Path) -> (BTreeMap<String, Vec<u8>>, Vec<String>) {
    let (mut named, mut hidden) = (BTreeMap::new(), Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with('.') {
            hidden.push(name);
        } else {
            let whole = Dataset::<Group>::open(&path).unwrap().with_options(ReadOptions::new().require_end(true));
            let mut content = Vec::new();
            for group in whole.ordered() {
                let group = group.unwrap();
                content.extend_from_slice(group.key.as_bytes());
                for (name, bytes) in &group.fields {
                    content.extend_from_slice(name.as_bytes());
                    content.extend_from_slice(bytes);
                }
            }
            named.insert(name, content);
        }
    }
    (named, hidden)
}

/// How one dataset is added to another.
struct Adding {
    dir: TempDir,
    layout: &'static str,
    resume: bool,
    /// The files that are there before; what is in them, and with all that is added.
    files: BTreeMap<String, Vec<u8>>,
    old: BTreeMap<String, Vec<u8>>,
    new: BTreeMap<String, Vec<u8>>,
}

impl Adding {
    fn new(layout: &'static str, resume: bool, samples: i64, len: usize) -> Self {
        let dir = dir();
        packed(&dir.path().join("a.tar"), 0, 9, len);
        packed(&dir.path().join("b.tar"), 9, 9 + samples, len);
        let mut adding =
            Self { dir, layout, resume, files: BTreeMap::new(), old: BTreeMap::new(), new: BTreeMap::new() };
        fs::create_dir(adding.folder()).unwrap();
        adding.command("a.tar", None).status().unwrap();
        adding.old = files(&adding.folder()).0;
        let bytes = |name: &String| fs::read(adding.folder().join(name)).unwrap();
        adding.files = adding.old.keys().map(|name| (name.clone(), bytes(name))).collect();
        let run: Run = adding.command("b.tar", None).output().unwrap().into();
        run.sound();
        let (new, hidden) = files(&adding.folder());
        assert!(new.len() > adding.old.len() + 2 && hidden.is_empty(), "{hidden:?}");
        adding.new = new;
        adding
    }

    fn folder(&self) -> std::path::PathBuf {
        self.dir.path().join("d")
    }

    fn command(&self, from: &str, strace: Option<&[&str]>) -> Command {
        let program = env!("CARGO_BIN_EXE_atdata");
        let mut command = Command::new(strace.map_or(program, |_| "strace"));
        if let Some(strace) = strace {
            command.args(["-f", "-qq"]).args(strace).arg(program);
        }
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        command.args(["convert", "--layout", self.layout, from, "d/n-%03d.tar", "--max-count", "4", "--append"]);
        if self.resume {
            command.arg("--resume");
        }
        command
    }

    /// As it was before.
    fn prepare(&self) {
        fs::remove_dir_all(self.folder()).unwrap();
        fs::create_dir(self.folder()).unwrap();
        for (name, bytes) in &self.files {
            fs::write(self.folder().join(name), bytes).unwrap();
        }
    }

    /// What was killed left the old dataset or the new one, and the next adds what is missing. Whether it was the new one.
    fn check(&self, place: &str, sweeps: bool) -> bool {
        let (left, hidden) = files(&self.folder());
        // What has no name yet is in the journal, or was never there.
        let is_whole = left == self.old || left == self.new;
        assert!(
            is_whole || hidden.iter().any(|name| name.ends_with(".commit")),
            "{place}: {:?} {hidden:?}",
            left.keys()
        );
        if sweeps {
            sweep(self.folder(), false).unwrap();
            let (swept, _) = files(&self.folder());
            assert!(swept == self.old || swept == self.new, "{place}: {:?}", swept.keys());
            // Readers see whole samples, each once.
            let groups: Vec<_> = swept
                .keys()
                .flat_map(|name| Dataset::<Group>::open(self.folder().join(name)).unwrap().ordered())
                .map(|group| group.unwrap().key)
                .collect();
            let expected = groups.len();
            assert_eq!(groups.into_iter().collect::<std::collections::BTreeSet<_>>().len(), expected, "{place}");
        }
        let was_new = files(&self.folder()).0 == self.new;
        let again: Run = self.command("b.tar", None).output().unwrap().into();
        let (after, hidden) = files(&self.folder());
        assert_eq!(after.keys().collect::<Vec<_>>(), self.new.keys().collect::<Vec<_>>(), "{place}: {}", again.stderr);
        assert!(after == self.new, "{place}: {}", again.stderr);
        if again.code == 0 {
            assert!(hidden.is_empty(), "{place}: {hidden:?}");
        } else {
            // All had been added.
            assert!(again.stderr.contains("the key is one of the dataset already"), "{place}: {}", again.stderr);
        }
        was_new
    }

    fn kill_at_every_call(&self) {
        self.prepare();
        let log = self.dir.path().join("strace");
        let args = ["-o", log.to_str().unwrap(), "-e", &format!("trace={CALLS}")];
        let output = self.command("b.tar", Some(&args)).output();
        output.unwrap_or_else(|error| {
            panic!("cannot run strace ({error}): install it with tests/services/install strace")
        });
        let mut calls = BTreeMap::<String, usize>::new();
        for line in fs::read_to_string(&log).unwrap().lines() {
            let call = line.split_whitespace().nth(1).unwrap_or_default().split('(').next().unwrap_or_default();
            if CALLS.split(',').any(|known| known == call) {
                *calls.entry(call.to_owned()).or_default() += 1;
            }
        }
        let (mut kills, mut new) = (0, 0);
        for (call, count) in &calls {
            for nth in 1..=*count {
                self.prepare();
                let inject = format!("inject={call}:signal=KILL:when={nth}");
                let args = ["-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject];
                let output = self.command("b.tar", Some(&args)).output().unwrap();
                let was_new = self.check(&format!("{call} {nth}"), nth % 2 == 0);
                kills += usize::from(!output.status.success());
                new += usize::from(was_new);
            }
        }
        println!("{} {}: {calls:?}, {kills} kills, {new} of them when all was there", self.layout, self.resume);
        assert!(kills > 20 && new < kills, "{kills} {new}");
    }
}

#[test]
fn converted_samples_are_all_added_or_none_however_that_is_killed() {
    Adding::new("members", false, 10, 1).kill_at_every_call();
}

#[test]
fn converted_samples_that_are_added_go_on_behind_a_kill() {
    Adding::new("packed", true, 10, 1).kill_at_every_call();
}

#[test]
fn converted_samples_are_added_behind_kills_at_any_moment() {
    for resume in [false, true] {
        let adding = Adding::new("members", resume, 200, 500);
        let (mut random, mut killed) = (7_u64, 0);
        for number in 0..12 {
            adding.prepare();
            let mut child = adding.command("b.tar", None).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            std::thread::sleep(Duration::from_micros(3_000 + (random >> 33) % 120_000));
            if child.try_wait().unwrap().is_none() {
                killed += 1;
                child.kill().unwrap();
            }
            child.wait().unwrap();
            adding.check(&format!("{number}"), number % 2 == 0);
        }
        assert!(killed > 0);
    }
}
