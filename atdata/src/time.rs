//! Timestamps: times as records have them.

use chrono::{DateTime, Utc};

/// Now, as Python writes it: `2026-03-01T12:34:56.789012+00:00`, without a fraction that is zero.
pub(crate) fn now() -> String {
    written(Utc::now())
}

fn written(time: DateTime<Utc>) -> String {
    let fraction = if time.timestamp_subsec_micros() == 0 { "" } else { "%.6f" };
    time.format(&format!("%Y-%m-%dT%H:%M:%S{fraction}+00:00")).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_are_written_as_python_writes_them() {
        let of = |micros| written(DateTime::from_timestamp_micros(micros).unwrap());
        assert_eq!(of(1_772_368_496_789_012), "2026-03-01T12:34:56.789012+00:00");
        assert_eq!(of(1_772_368_496_000_000), "2026-03-01T12:34:56+00:00");
        assert_eq!(of(1_772_368_496_000_100), "2026-03-01T12:34:56.000100+00:00");
    }
}
