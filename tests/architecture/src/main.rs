//! Prints the rooms of a checkout by floors, their arrows and circles, and what breaks the rules of its map.

use std::path::PathBuf;
use std::process::ExitCode;

use atdata_architecture::{House, Map, arrows, faults, overview, sources};

fn main() -> ExitCode {
    let checkout = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    match run(&checkout) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Whether the rules hold; without a map there are none.
fn run(checkout: &std::path::Path) -> Result<bool, String> {
    let house = House::read(&sources(checkout)?)?;
    let page = checkout.join("ARCHITECTURE.md");
    let map = match std::fs::read_to_string(&page) {
        Ok(text) => Some(Map::read(&text).map_err(|error| format!("{}: {error}", page.display()))?),
        Err(_) => None,
    };
    print!("{}", overview(&house, &arrows(&house), map.as_ref()));
    let Some(map) = map else { return Ok(true) };
    let faults = faults(&house, &map);
    println!("\nagainst the rules: {}", faults.len());
    for fault in &faults {
        // What a circle consists of was printed above.
        println!("{}", fault.to_string().lines().next().unwrap_or_default());
    }
    Ok(faults.is_empty())
}
