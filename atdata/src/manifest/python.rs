//! Values as Python's `str()` and `json.dumps` write them, and times as its `isoformat` does.

use std::fmt::Write as _;

use atdata_schema::write_python_text;

use crate::sample::Value;

/// The number as Python's `repr` has it: the shortest digits that are it, without an exponent from 1e-4 to below 1e16.
pub(super) fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-4..1e16).contains(&magnitude) {
        // The digits are the shortest ones here as well.
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(("+", exponent), |exponent| ("-", exponent));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// What `str()` makes of a value that is one text, number or boolean; `None` of all others.
pub(super) fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Nil => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(value) => value.to_string(),
        Value::UInt(value) => value.to_string(),
        Value::Float(value) => float(*value),
        Value::Str(text) => text.clone(),
        Value::Bin(_) | Value::List(_) | Value::Map(_) => return None,
    })
}

/// A number in JSON, which has none that is infinite.
pub(super) fn push_float(value: Option<f64>, out: &mut String) {
    match value.filter(|value| value.is_finite()) {
        Some(value) => out.push_str(&float(value)),
        None => out.push_str("null"),
    }
}

/// A list of such values in JSON; whether all of them are.
pub(super) fn push_list(values: &[Value], out: &mut String) -> bool {
    out.push('[');
    for (number, value) in values.iter().enumerate() {
        out.push_str(if number == 0 { "" } else { ", " });
        match value {
            Value::Nil => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            // Writing to a string does not fail.
            Value::Int(value) => drop(write!(out, "{value}")),
            Value::UInt(value) => drop(write!(out, "{value}")),
            Value::Float(value) => push_float(Some(*value), out),
            Value::Str(text) => write_python_text(text, out),
            Value::Bin(_) | Value::List(_) | Value::Map(_) => return false,
        }
    }
    out.push(']');
    true
}

/// Whole seconds since 1970 as `isoformat` has them: `2026-03-01T12:34:56+00:00`.
pub(super) fn time(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March, in eras of 400 of them, so that the day that some have more is the last one.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (date, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_those_of_python() {
        // By `repr` of CPython.
        let known = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.25e-7, "1.25e-07"),
            (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (-1.5e16, "-1.5e+16"),
            (1e22, "1e+22"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (0.300_000_000_000_000_04, "0.30000000000000004"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ];
        for (value, expected) in known {
            assert_eq!(float(value), expected);
        }
    }

    #[test]
    fn times_are_those_of_python() {
        // By `datetime.fromtimestamp(…, timezone.utc).isoformat()`.
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00+00:00"),
            (951_782_400, "2000-02-29T00:00:00+00:00"),
            (1_772_368_496, "2026-03-01T12:34:56+00:00"),
            (4_107_542_399, "2100-02-28T23:59:59+00:00"),
            (4_107_542_400, "2100-03-01T00:00:00+00:00"),
            (8_589_934_591, "2242-03-16T12:56:31+00:00"),
        ] {
            assert_eq!(time(seconds), expected);
        }
    }
}
