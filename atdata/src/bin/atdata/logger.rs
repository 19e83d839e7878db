//! What the library logs, on standard error: warnings of shards that are odd, of groups that were passed over.

use std::io::{self, Write};

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::text::Plain;

struct StandardError;

impl Log for StandardError {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Warn && metadata.target().starts_with("atdata")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            // If standard error is closed, there is nobody to tell.
            let _ = writeln!(io::stderr(), "warning: {}", Plain(&record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

pub(crate) fn show_warnings() {
    // Nobody else of this process sets one.
    if log::set_logger(&StandardError).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}
