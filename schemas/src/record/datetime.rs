//! Dates and times: whether a text is one. What it says is for others to read.

/// What a date and time looks like.
pub const EXPECTED: &str = "a date and time with its offset, such as \"2026-03-01T12:00:00Z\"";

/// `2026-03-01T12:00:00.5+00:00`; Python also takes one without an offset.
pub(crate) fn is_datetime(text: &str) -> bool {
    rest_after_time(text).is_some_and(|rest| rest.is_empty() || is_offset(rest))
}

/// The same, with the offset that `ATProto` demands.
pub fn has_offset(text: &str) -> bool {
    rest_after_time(text).is_some_and(is_offset)
}

fn rest_after_time(text: &str) -> Option<&str> {
    let (date, rest) = text.split_once('T')?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, number(parts.next()?)?, number(parts.next()?)?);
    let year_fits = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    if parts.next().is_some() || !year_fits || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (time, rest) = rest.split_at_checked(8)?;
    let mut parts = time.split(':');
    let (hour, minute, second) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let Some(fraction) = rest.strip_prefix('.') else { return Some(rest) };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=20).contains(&digits) { fraction.get(digits..) } else { None }
}

/// `Z`, `+00:00`
fn is_offset(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let offset = text.strip_prefix(['+', '-']).and_then(|text| text.split_once(':'));
    offset.is_some_and(|(hour, minute)| {
        number(hour).is_some_and(|hour| hour < 24) && number(minute).is_some_and(|minute| minute < 60)
    })
}

/// Two digits.
fn number(text: &str) -> Option<u8> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_from_other_text() {
        for good in ["2026-03-01T12:34:56.789012+00:00", "2026-03-01T12:00:00Z", "1999-12-31T23:59:60-05:30"] {
            assert!(has_offset(good), "{good}");
        }
        assert!(is_datetime("2026-03-01T12:00:00") && !has_offset("2026-03-01T12:00:00"));
        for bad in [
            "",
            "2026-03-01",
            "2026-13-01T00:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T12:00:00.Z",
            "2026-3-1T1:1:1Z",
            "+026-03-01T12:00:00Z",
            "2026-03-01T12:00:0é",
        ] {
            assert!(!is_datetime(bad), "{bad}");
        }
    }
}
