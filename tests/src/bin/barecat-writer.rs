//! Extends an archive of barecat until it is killed: `barecat-writer ARCHIVE ROUND`. A line for each checkpoint says how many
//! files were added in this round.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "it is a part of a test")]

use std::io::Write;

use atdata::barecat::Writer;

fn main() {
    let args: Vec<_> = std::env::args().collect();
    let mut writer = Writer::append(&args[1]).unwrap();
    for number in 0_u32.. {
        let bytes = number.to_le_bytes().repeat(number as usize % 500);
        writer.add(&format!("round{}/{}/{number}", args[2], number % 7), &bytes).unwrap();
        if number % 50 == 49 {
            writer.checkpoint().unwrap();
            println!("{}", number + 1);
            std::io::stdout().flush().unwrap();
        }
    }
}
