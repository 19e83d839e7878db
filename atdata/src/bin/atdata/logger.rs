//! What the library logs, on standard error: warnings of shards that are odd, and what was left out because it could not be
//! read, which every command counts as a problem.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::secrets::unsecret;
use crate::text::Plain;

struct StandardError;

/// Whether something was left out.
static LEFT_OUT: AtomicBool = AtomicBool::new(false);

/// Whether what is lost of shards is no problem, and where in the library that is told.
static TOLERATES: AtomicBool = AtomicBool::new(false);
const OF_SHARDS: &str = "atdata::dataset::raw";

impl Log for StandardError {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Warn && metadata.target().starts_with("atdata")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let is_tolerated = TOLERATES.load(Ordering::Relaxed) && record.target() == OF_SHARDS;
        let is_left_out = record.level() == Level::Error && !is_tolerated;
        if is_left_out {
            LEFT_OUT.store(true, Ordering::Relaxed);
        }
        let label = if is_left_out { "error" } else { "warning" };
        // If standard error is closed, there is nobody to tell.
        let _ = writeln!(io::stderr(), "{label}: {}", Plain(&unsecret(&record.args().to_string())));
    }

    fn flush(&self) {}
}

/// From here on what shards lose at their end is a warning: the user has said so.
pub(crate) fn tolerate_shards() {
    TOLERATES.store(true, Ordering::Relaxed);
}

pub(crate) fn show_warnings() {
    // Nobody else of this process sets one.
    if log::set_logger(&StandardError).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}

/// Whether the library has left out what it could not read, be it a row of an index or a part of a shard: the exit code is
/// that of success only if all was looked at.
pub(crate) fn has_left_out() -> bool {
    LEFT_OUT.load(Ordering::Relaxed)
}
