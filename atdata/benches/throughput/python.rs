//! What Python takes for the same, where `ATDATA_BENCH_PYTHON` names one: a process that does what it is told.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A Python that waits to be asked, so that its start is not measured.
pub(crate) struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Python {
    fn start(shard: &Path) -> Option<Self> {
        let python = std::env::var_os("ATDATA_BENCH_PYTHON").filter(|python| !python.is_empty())?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/throughput/python.py");
        let mut command = Command::new(python);
        command.arg(script).arg(shard).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Some(Self { child, input, output })
    }

    /// One whose Python has the library for that function.
    pub(crate) fn able(shard: &Path, what: &str) -> Option<Self> {
        Self::start(shard).and_then(|mut python| (python.run(&format!("has {what}")) == 1).then_some(python))
    }

    /// What one of its functions gives.
    pub(crate) fn run(&mut self, what: &str) -> u64 {
        writeln!(self.input, "{what}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().parse().unwrap()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
