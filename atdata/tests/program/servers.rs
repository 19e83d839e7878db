//! Real servers, which `tests/services/with` starts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Servers that stop when this is dropped.
pub(crate) struct Servers {
    with: Child,
    variables: HashMap<String, String>,
}

impl Servers {
    /// Starts those of these names: `pds`, `redis`, `radosgw`.
    pub(crate) fn start(names: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/services/with");
        // It prints what there is, and stays until its input ends.
        let mut with = Command::new(script)
            .args(names)
            .args(["--", "sh", "-c", "env; echo; cat >/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(with.stdout.take().unwrap()).lines().map(Result::unwrap);
        let variables: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
        assert!(!variables.is_empty(), "`tests/services/with {}` does not start", names.join(" "));
        let variables = variables.iter().filter_map(|line| line.split_once('='));
        Self { with, variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect() }
    }

    /// A variable that says where one of them is.
    pub(crate) fn get(&self, name: &str) -> &str {
        &self.variables[name]
    }

    /// What AWS clients look for.
    pub(crate) fn aws(&self) -> Vec<(&str, &str)> {
        let of_aws = self.variables.iter().filter(|(name, _)| name.starts_with("AWS_"));
        of_aws.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        drop(self.with.stdin.take());
        self.with.wait().ok();
    }
}
