//! `atdata gc`: what killed writes left behind.

use std::io::{self, Write};
use std::path::PathBuf;

use atdata::shard::{Swept, sweep};

use crate::args::GcArgs;
use crate::console::Console;
use crate::text::Plain;

pub(crate) fn run(args: &GcArgs, console: &mut Console) -> io::Result<()> {
    for folder in &args.folders {
        match sweep(folder, args.of_other_machines) {
            Ok(swept) => {
                print(&swept, console.out())?;
                if !swept.left.is_empty() {
                    // What is left is looked at by who runs this again.
                    console.exit_with(1);
                }
            }
            Err(error) => console.error(&format_args!("{error:#}")),
        }
    }
    Ok(())
}

fn print(swept: &Swept, out: &mut impl Write) -> io::Result<()> {
    let lines: [(&str, &[PathBuf]); 4] = [
        ("finished", &swept.finished),
        ("taken back", &swept.taken_back),
        ("removed", &swept.removed),
        ("left, its process may still run", &swept.left),
    ];
    for (what, paths) in lines {
        for path in paths {
            writeln!(out, "{what}: {}", Plain(&path.to_string_lossy()))?;
        }
    }
    Ok(())
}
