//! Extends an archive of barecat until it is killed: `barecat-writer ARCHIVE ROUND`. A line for each checkpoint says how many
//! files were added in this round. With `change` behind it files are also removed and renamed, and gaps are closed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "it is a part of a test")]

use std::io::Write;

use atdata::barecat::{DefragOptions, Writer, defrag};

fn main() {
    let args: Vec<_> = std::env::args().collect();
    let changes = args.get(3).is_some_and(|arg| arg == "change");
    let mut writer = Writer::append(&args[1]).unwrap();
    for number in 0_u32.. {
        let bytes = number.to_le_bytes().repeat(number as usize % 500);
        let path = |number: u32| format!("round{}/{}/{number}", args[2], number % 7);
        writer.add(&path(number), &bytes).unwrap();
        if changes && number % 10 == 9 {
            writer.remove(&path(number - 5)).unwrap();
            writer.rename(&path(number - 3), &format!("renamed{}/{number}/x", args[2])).unwrap();
        }
        if number % 50 == 49 {
            writer.checkpoint().unwrap();
            println!("{}", number + 1);
            std::io::stdout().flush().unwrap();
        }
        if changes && number % 100 == 99 {
            writer.finish().unwrap();
            defrag(&args[1], &DefragOptions::new(), &mut |_| ()).unwrap();
            writer = Writer::append(&args[1]).unwrap();
        }
    }
}
