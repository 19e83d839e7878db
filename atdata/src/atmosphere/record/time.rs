//! Timestamps of records.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDateTime, Utc};

/// The present as Python writes it: `2026-03-01T12:34:56.789012+00:00`, without a fraction that is zero.
pub fn now() -> String {
    crate::time::now()
}

/// Which of two times of records is the later one, as instants: `12:00:00Z` is `14:00:00+02:00`.
///
/// A time without an offset is taken for UTC. A text that is no time is earlier than all that are.
pub fn compare_times(one: &str, other: &str) -> Ordering {
    instant(one).cmp(&instant(other))
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    let with_offset = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    with_offset.or_else(|_| text.parse::<NaiveDateTime>().map(|time| time.and_utc())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
