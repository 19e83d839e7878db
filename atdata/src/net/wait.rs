//! How long a server asks to be left alone.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// `Retry-After`: seconds, or the time until a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let wait = text(headers, &RETRY_AFTER)?;
    match wait.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(date(wait)?.saturating_sub(now(headers)?)),
    }
}

/// The time since 1970, by the server's own clock where it tells.
pub(crate) fn now(headers: &HeaderMap) -> Option<Duration> {
    let here = || SystemTime::now().duration_since(UNIX_EPOCH).ok();
    text(headers, &DATE).and_then(date).or_else(here)
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// A date as servers write it, `Sun, 06 Nov 1994 08:49:37 GMT`, since 1970.
fn date(text: &str) -> Option<Duration> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.trim().split_once(", ")?.1.split(' ');
    let (day, month, year) = (words.next()?.parse::<u64>().ok()?, words.next()?, words.next()?.parse::<u64>().ok()?);
    let month = MONTHS.iter().position(|name| *name == month)? as u64;
    let mut time = words.next()?.split(':').map(|part| part.parse::<u64>().ok().filter(|part| *part < 61));
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    if words.next()? != "GMT" || !(1..=31).contains(&day) || !(1970..10_000).contains(&year) {
        return None;
    }
    // Years that begin in March end with the day that some do not have.
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    // From the 1st of March of the year 0 to 1970.
    let days = days.checked_sub(719_468)?;
    Some(Duration::from_secs(((days * 24 + hour) * 60 + minute) * 60 + second))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_date_is_one_of_the_server() {
        let headers = |pairs: &[(HeaderName, &str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
        };
        let date = (DATE, "Sun, 06 Nov 1994 08:49:37 GMT");
        let until = |wait: &'static str| retry_after(&headers(&[date.clone(), (RETRY_AFTER, wait)]));
        assert_eq!(until("Sun, 06 Nov 1994 08:50:07 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(until("Sun, 06 Nov 1994 08:49:07 GMT"), Some(Duration::ZERO));
        assert_eq!(until(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(until("soon"), None);
    }

    #[test]
    fn dates_are_those_of_servers() {
        let seconds = |text| date(text).map(|date| date.as_secs());
        assert_eq!(seconds("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        for bad in ["", "7", "Sun, 06 Nov 1994", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
