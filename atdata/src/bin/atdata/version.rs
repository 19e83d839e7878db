//! `atdata version`.

use std::io::{self, Write};

use crate::console::Console;

pub(crate) fn run(console: &mut Console) -> io::Result<()> {
    writeln!(console.out(), "atdata {}", env!("CARGO_PKG_VERSION"))
}
