//! Prints the rooms of a checkout by floors, their arrows and circles, and what breaks the rules of its map.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use atdata_architecture::{House, Map, arrows, faults, overview, sources};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let checkout = arguments.next().unwrap_or_else(|| PathBuf::from("."));
    let page = arguments.next().unwrap_or_else(|| checkout.join("ARCHITECTURE.md"));
    match run(&checkout, &page) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Whether the rules hold; without a map there are none.
fn run(checkout: &Path, page: &Path) -> Result<bool, String> {
    let house = House::read(&sources(checkout)?)?;
    let map = match std::fs::read_to_string(page) {
        Ok(text) => Some(Map::read(&text).map_err(|error| format!("{}: {error}", page.display()))?),
        Err(_) => None,
    };
    let mut said = overview(&house, &arrows(&house), map.as_ref());
    let mut holds = true;
    if let Some(map) = map {
        let faults = faults(&house, &map);
        let _ = writeln!(said, "\nagainst the rules: {}", faults.len());
        for fault in &faults {
            // What a circle consists of was said above.
            let _ = writeln!(said, "{}", fault.to_string().lines().next().unwrap_or_default());
        }
        holds = faults.is_empty();
    }
    // Whoever reads only the first lines closes the pipe; that is no failure.
    let _ = std::io::stdout().write_all(said.as_bytes());
    Ok(holds)
}
