//! One archive of barecat, changed at random by Python and by Rust in turn: after each step it is what a model says.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use atdata::ErrorKind;
use atdata::barecat::{Archive, CreateOptions, DefragOptions, Metadata, Node, VerifyOptions, Writer, defrag};
use serde_json::{Value as Json, json};

const STEPS: usize = 1500;

pub(super) fn python_and_rust_take_1500_steps(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steps.barecat");
    Writer::create_with(&path, &CreateOptions::new().shard_size_limit(2000)).unwrap().finish().unwrap();
    let mut other = Python::start(python, &path);
    let (mut model, mut random) = (Model::default(), Random(0x9e37_79b9_7f4a_7c15));
    for number in 0..STEPS {
        let by_python = random.below(2) == 0;
        let step = model.step(&mut random, by_python);
        let expected = model.apply(&step);
        if by_python {
            let answer = other.ask(&step.as_json());
            assert_eq!(answer["done"], expected, "{number}: {step:?}");
        } else {
            assert_eq!(run(&path, &step), expected, "{number}: {step:?}");
        }
        let command = if number % 50 == 49 { json!(["verify"]) } else { json!(["state"]) };
        let seen = other.ask(&command);
        assert_ne!(seen["done"], false, "{number}: {step:?}: Python finds the archive damaged");
        let ours = state(&path);
        let expected = model.state();
        for (who, found) in [("Rust", &ours), ("Python", &seen)] {
            assert_eq!(found["files"], expected["files"], "{number}: {step:?}: {who}");
            assert_eq!(found["dirs"], expected["dirs"], "{number}: {step:?}: {who}");
        }
        let verified = Archive::open(&path).unwrap().verify(&VerifyOptions::new()).unwrap();
        assert!(verified.is_sound(), "{number}: {step:?}: {:?}", verified.problems);
    }
    other.end();
}

/// Python finds the archive sound, whenever its writer was killed: while it added files, removed and renamed them, and closed gaps.
pub(super) fn python_finds_archives_sound_after_100_kills(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("killed.barecat");
    Writer::create_with(&path, &CreateOptions::new().shard_size_limit(200_000)).unwrap().finish().unwrap();
    let mut other = Python::start(python, &path);
    for round in 0..100_u64 {
        let mut writer = Command::new(env!("CARGO_BIN_EXE_barecat-writer"))
            .args([path.as_os_str(), round.to_string().as_ref(), "change".as_ref()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        lines.next().unwrap().unwrap();
        // Another moment each time, in all that it does.
        std::thread::sleep(Duration::from_micros(round * 1300));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let ours = Archive::open(&path).unwrap().verify(&VerifyOptions::new()).unwrap();
        assert!(ours.is_sound(), "{round}: {:?}", ours.problems);
        let found = other.ask(&json!(["sound"]));
        assert_eq!((&found["done"], &found["files"]), (&json!(true), &json!(ours.files)), "{round}");
        if round % 10 == 9 {
            // Not too much to look at.
            let mut writer = Writer::append(&path).unwrap();
            for dir in Archive::open(&path).unwrap().list("").unwrap() {
                writer.remove_all(dir.path()).unwrap();
            }
            writer.finish().unwrap();
        }
    }
    other.end();
}

#[derive(Debug)]
enum Step {
    Add(String, usize),
    Mkdir(String),
    Remove(String),
    RemoveAll(String),
    RemoveDir(String),
    Rename(String, String),
    Defrag,
}

impl Step {
    fn as_json(&self) -> Json {
        match self {
            Self::Add(path, size) => json!(["add", path, size]),
            Self::Mkdir(path) => json!(["mkdir", path]),
            Self::Remove(path) => json!(["remove", path]),
            Self::RemoveAll(path) => json!(["rmtree", path]),
            Self::RemoveDir(path) => json!(["rmdir", path]),
            Self::Rename(old, new) => json!(["rename", old, new]),
            Self::Defrag => json!(["defrag"]),
        }
    }
}

/// Whether it could be done.
fn run(path: &Path, step: &Step) -> bool {
    if matches!(step, Step::Defrag) {
        defrag(path, &DefragOptions::new(), &mut |_| ()).unwrap();
        let verified = Archive::open(path).unwrap().verify(&VerifyOptions::new()).unwrap();
        assert_eq!(verified.unused, 0);
        return true;
    }
    let mut writer = Writer::append(path).unwrap();
    let outcome = match step {
        Step::Add(path, size) => writer.add(path, &content(*size)),
        Step::Mkdir(path) => writer.add_dir(path, &Metadata::default()),
        Step::Remove(path) | Step::RemoveDir(path) => writer.remove(path),
        Step::RemoveAll(path) => writer.remove_all(path),
        Step::Rename(old, new) => writer.rename(old, new),
        Step::Defrag => Ok(()),
    };
    writer.finish().unwrap();
    match outcome {
        Ok(()) => true,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound), "{error}");
            false
        }
    }
}

fn content(size: usize) -> Vec<u8> {
    vec![u8::try_from(size % 256).unwrap(); size]
}

fn state(path: &Path) -> Json {
    let archive = Archive::open(path).unwrap();
    let (mut files, mut dirs) = (serde_json::Map::new(), serde_json::Map::new());
    let root = archive.stat("").unwrap();
    for node in std::iter::once(Ok(root)).chain(archive.walk("").unwrap()) {
        match node.unwrap() {
            Node::File(file) => {
                assert_eq!(archive.get(&file.path).unwrap(), content(usize::try_from(file.size).unwrap()));
                files.insert(file.path, json!([file.size, file.crc32c]));
            }
            Node::Dir(dir) => {
                dirs.insert(dir.path, json!([dir.num_subdirs, dir.num_files, dir.num_files_tree, dir.size_tree]));
            }
        }
    }
    json!({"files": files, "dirs": dirs})
}

/// What the archive has to be.
#[derive(Default)]
struct Model {
    files: BTreeMap<String, usize>,
    dirs: BTreeSet<String>,
}

fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

fn is_below(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}

impl Model {
    fn step(&self, random: &mut Random, by_python: bool) -> Step {
        match random.below(20) {
            0..8 => Step::Add(random.path(), random.below(400)),
            8 => Step::Mkdir(self.free(random)),
            9..12 => Step::Remove(self.file(random)),
            12 => Step::RemoveDir(self.dir(random)),
            13 => Step::RemoveAll(self.dir(random)),
            14..19 => {
                let old = if random.below(3) == 0 { self.dir(random) } else { self.file(random) };
                let new = random.path();
                // Python damages the archive where it would have to make parents, and where it moves a directory into itself.
                let has_parents = parents(&new).all(|dir| self.dirs.contains(dir));
                if by_python && (!has_parents || is_below(&new, &old) || new == old) {
                    return Step::Add(new, random.below(300));
                }
                Step::Rename(old, new)
            }
            _ => Step::Defrag,
        }
    }

    fn free(&self, random: &mut Random) -> String {
        loop {
            let path = random.path();
            if !self.dirs.contains(&path) {
                return path;
            }
        }
    }

    /// A file, if there is one; sometimes one that is not there.
    fn file(&self, random: &mut Random) -> String {
        let all: Vec<_> = self.files.keys().collect();
        if all.is_empty() || random.below(10) == 0 {
            return "no such file".to_owned();
        }
        all[random.below(all.len())].clone()
    }

    fn dir(&self, random: &mut Random) -> String {
        let all: Vec<_> = self.dirs.iter().collect();
        if all.is_empty() || random.below(10) == 0 {
            return "no such directory".to_owned();
        }
        all[random.below(all.len())].clone()
    }

    fn is_free(&self, path: &str) -> bool {
        let is_there = |path: &str| self.files.contains_key(path) || self.dirs.contains(path);
        !is_there(path) && !parents(path).any(|dir| self.files.contains_key(dir))
    }

    fn make_parents(&mut self, path: &str) {
        self.dirs.extend(parents(path).map(str::to_owned));
    }

    /// Whether it can be done.
    fn apply(&mut self, step: &Step) -> bool {
        match step {
            Step::Add(path, size) => {
                let is_free = self.is_free(path);
                if is_free {
                    self.make_parents(path);
                    self.files.insert(path.clone(), *size);
                }
                is_free
            }
            Step::Mkdir(path) => {
                let is_free = self.is_free(path);
                if is_free {
                    self.make_parents(path);
                    self.dirs.insert(path.clone());
                }
                is_free
            }
            Step::Remove(path) => self.files.remove(path).is_some(),
            Step::RemoveDir(path) => {
                let has_entries = self.files.keys().chain(&self.dirs).any(|entry| is_below(entry, path));
                !has_entries && self.dirs.remove(path)
            }
            Step::RemoveAll(path) => {
                let is_there = self.dirs.remove(path);
                self.files.retain(|file, _| !is_below(file, path));
                self.dirs.retain(|dir| !is_below(dir, path));
                is_there
            }
            Step::Rename(old, new) => self.rename(old, new),
            Step::Defrag => true,
        }
    }

    fn rename(&mut self, old: &str, new: &str) -> bool {
        let is_there = self.files.contains_key(old) || self.dirs.contains(old);
        if old == new {
            return is_there;
        }
        if !is_there || is_below(new, old) || !self.is_free(new) {
            return false;
        }
        let moved = |path: &str| {
            if path == old || is_below(path, old) { format!("{new}{}", &path[old.len()..]) } else { path.to_owned() }
        };
        self.make_parents(new);
        self.files = self.files.iter().map(|(path, size)| (moved(path), *size)).collect();
        self.dirs = self.dirs.iter().map(|path| moved(path)).collect();
        true
    }

    fn state(&self) -> Json {
        let crc = |size: usize| crc32c::crc32c(&content(size));
        let files: serde_json::Map<_, _> =
            self.files.iter().map(|(path, size)| (path.clone(), json!([size, crc(*size)]))).collect();
        let root = String::new();
        let mut dirs = serde_json::Map::new();
        for dir in std::iter::once(&root).chain(&self.dirs) {
            let below = |path: &str| dir.is_empty() || is_below(path, dir);
            let is_child = |path: &str| path.rsplit_once('/').map_or("", |(parent, _)| parent) == dir;
            let tree: Vec<_> = self.files.iter().filter(|(path, _)| below(path)).collect();
            let subdirs = self.dirs.iter().filter(|path| is_child(path)).count();
            let direct = tree.iter().filter(|(path, _)| is_child(path)).count();
            let size: usize = tree.iter().map(|(_, size)| **size).sum();
            dirs.insert(dir.clone(), json!([subdirs, direct, tree.len(), size]));
        }
        json!({"files": files, "dirs": dirs})
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    /// Few names, so that paths meet, with what patterns and sorting stumble over among them.
    fn path(&mut self) -> String {
        const NAMES: [&str; 8] = ["a", "b", "a0", "a-b", "é", "[x]", "*", "a b"];
        let depth = 1 + self.below(3);
        (0..depth).map(|_| NAMES[self.below(NAMES.len())]).collect::<Vec<_>>().join("/")
    }
}

/// Python's barecat, which does what it is told.
struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Python {
    fn start(python: &Path, archive: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/barecat_turns.py");
        let mut command = Command::new(python);
        command
            .arg(script)
            .arg("serve")
            .arg(archive)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    fn ask(&mut self, command: &Json) -> Json {
        writeln!(self.input, "{command}").unwrap();
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "Python has ended at {command}");
            // barecat prints something of its own now and then.
            if let Some(answer) = line.strip_prefix("answer ") {
                return serde_json::from_str(answer).unwrap();
            }
        }
    }

    fn end(self) {
        let Self { mut child, input, .. } = self;
        drop(input);
        assert!(child.wait().unwrap().success());
    }
}
