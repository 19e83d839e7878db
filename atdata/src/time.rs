//! Timestamps: the present as records have it, and which of two times is the later.

#[cfg(feature = "atmosphere")]
use std::cmp::Ordering;

#[cfg(feature = "atmosphere")]
use chrono::NaiveDateTime;
use chrono::{DateTime, Utc};

/// Now, as Python writes it: `2026-03-01T12:34:56.789012+00:00`, without a fraction that is zero.
pub(crate) fn now() -> String {
    written(Utc::now())
}

fn written(time: DateTime<Utc>) -> String {
    let fraction = if time.timestamp_subsec_micros() == 0 { "" } else { "%.6f" };
    time.format(&format!("%Y-%m-%dT%H:%M:%S{fraction}+00:00")).to_string()
}

/// Which of two times of records is the later one, as instants: `12:00:00Z` is `14:00:00+02:00`.
///
/// A time without an offset is taken for UTC. A text that is no time is earlier than all that are.
#[cfg(feature = "atmosphere")]
pub(crate) fn compare_times(one: &str, other: &str) -> Ordering {
    instant(one).cmp(&instant(other))
}

/// Whether it says a time at all.
#[cfg(feature = "atmosphere")]
pub(crate) fn is_time(text: &str) -> bool {
    instant(text).is_some()
}

#[cfg(feature = "atmosphere")]
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let with_offset = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    with_offset.or_else(|_| text.parse::<NaiveDateTime>().map(|time| time.and_utc())).ok()
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

    #[cfg(feature = "atmosphere")]
    #[test]
    fn times_are_compared_as_instants() {
        assert_eq!(compare_times(&now(), "2026-01-01T00:00:00Z"), Ordering::Greater);
        let order = ["no time", "2026-03-01T12:00:00+02:00", "2026-03-01T11:00:00", "2026-03-01T11:00:00.000001Z"];
        for pair in order.windows(2) {
            let [earlier, later] = pair else { panic!("windows of two") };
            assert_eq!(compare_times(earlier, later), Ordering::Less, "{earlier} {later}");
        }
        assert_eq!(compare_times("2026-03-01T12:00:00Z", "2026-03-01T14:00:00.000+02:00"), Ordering::Equal);
        assert_eq!(compare_times("", "x"), Ordering::Equal);
    }
}
