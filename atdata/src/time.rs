//! Times as records have them.

use chrono::Utc;

/// Now, as in `2026-03-01T12:34:56.789012+00:00`: Python's form, in UTC, with microseconds.
pub(crate) fn now() -> String {
    Utc::now().format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}
