//! Statistics of values: how many of each there are, ranges of numbers, lengths, sizes of pictures.

use std::collections::BTreeMap;
use std::fmt;

use atdata::Value;
use atdata::format::image::ImageHeader;
use serde_json::{Value as Json, json};

use crate::array::dtype_name;

/// Different values of a field that are counted; of more there are only ranges and lengths.
const MAX_VALUES: usize = 1000;
/// Longer texts are none to count.
const MAX_TEXT: usize = 64;
/// Values that a line shows.
const SHOWN: usize = 12;

/// The values of one field.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    /// Short texts, integers and booleans.
    values: Counts<Counted>,
    pictures: Counts<String>,
    integers: Option<(i128, i128)>,
    floats: Option<(f64, f64)>,
    /// Characters of texts, bytes, and elements of lists.
    texts: Option<(usize, usize)>,
    bytes: Option<(usize, usize)>,
    lists: Option<(usize, usize)>,
    /// Dtypes and shapes of arrays.
    arrays: Counts<String>,
    nulls: u64,
    nans: u64,
}

/// A value that is counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Counted {
    Bool(bool),
    Integer(i128),
    Text(String),
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

impl Counted {
    fn json(&self) -> Json {
        match self {
            Self::Bool(value) => (*value).into(),
            Self::Integer(value) => integer(*value),
            Self::Text(text) => text.as_str().into(),
        }
    }
}

/// An integer that a value has.
fn integer(value: i128) -> Json {
    i64::try_from(value).map(Json::from).or_else(|_| u64::try_from(value).map(Json::from)).unwrap_or_default()
}

/// How often what is there; nothing once there is too much of it, or it is too long.
#[derive(Debug)]
struct Counts<T> {
    seen: BTreeMap<T, u64>,
    is_full: bool,
    is_long: bool,
}

impl<T> Default for Counts<T> {
    fn default() -> Self {
        Self { seen: BTreeMap::new(), is_full: false, is_long: false }
    }
}

impl<T: Ord + fmt::Display> Counts<T> {
    fn add(&mut self, value: T) {
        if self.is_full {
            return;
        }
        *self.seen.entry(value).or_default() += 1;
        if self.seen.len() > MAX_VALUES {
            self.overflow();
        }
    }

    fn overflow(&mut self) {
        self.is_full = true;
        self.seen.clear();
    }

    /// The most frequent first.
    fn ranked(&self) -> Vec<(&T, u64)> {
        let mut ranked: Vec<_> = self.seen.iter().map(|(value, count)| (value, *count)).collect();
        ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        ranked
    }

    /// Each value with its count; null where there are too many.
    fn json(&self, of: impl Fn(&T) -> Json) -> Json {
        if self.is_full {
            return Json::Null;
        }
        self.ranked().into_iter().map(|(value, count)| json!({"value": of(value), "count": count})).collect()
    }

    /// `3 values: cat (5), dog (2), "" (1)`
    fn line(&self, noun: &str) -> Option<String> {
        let ranked = self.ranked();
        if ranked.is_empty() {
            return self.is_full.then(|| {
                if self.is_long {
                    format!("{noun}s are not counted, for one has more than {MAX_TEXT} characters")
                } else {
                    format!("more than {MAX_VALUES} different {noun}s")
                }
            });
        }
        let shown: Vec<_> = ranked.iter().take(SHOWN).map(|(value, count)| format!("{value} ({count})")).collect();
        let more = if ranked.len() > SHOWN { ", …" } else { "" };
        let plural = if ranked.len() == 1 { "" } else { "s" };
        Some(format!("{} {noun}{plural}: {}{more}", ranked.len(), shown.join(", ")))
    }
}

/// A float; in words, where JSON has none.
fn number(value: f64) -> Json {
    serde_json::Number::from_f64(value).map_or_else(|| value.to_string().into(), Json::from)
}

/// A number without what JSON adds: `1` for 1.0.
fn plain(number: &Json) -> String {
    match number {
        Json::Number(number) if number.is_f64() => number.as_f64().map(|number| number.to_string()).unwrap_or_default(),
        Json::String(text) => text.clone(),
        number => number.to_string(),
    }
}

fn times(count: u64, what: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("once {what}")),
        count => Some(format!("{count} times {what}")),
    }
}

fn widen<T: PartialOrd + Copy>(range: &mut Option<(T, T)>, value: T) {
    let (low, high) = range.unwrap_or((value, value));
    *range = Some((if value < low { value } else { low }, if value > high { value } else { high }));
}

impl Stats {
    pub(crate) fn add(&mut self, value: &Value) {
        match value {
            Value::Bool(value) => self.values.add(Counted::Bool(*value)),
            Value::Int(value) => self.add_integer((*value).into()),
            Value::UInt(value) => self.add_integer((*value).into()),
            Value::Nil => self.nulls += 1,
            Value::Float(value) if value.is_nan() => self.nans += 1,
            Value::Float(value) => widen(&mut self.floats, *value),
            Value::Str(text) => {
                let length = text.chars().count();
                widen(&mut self.texts, length);
                if length > MAX_TEXT {
                    self.values.is_long = true;
                    self.values.overflow();
                } else {
                    self.values.add(Counted::Text(text.clone()));
                }
            }
            Value::Bin(bytes) => match (value.as_array(), ImageHeader::of(bytes)) {
                (Some(Ok(array)), _) => self.arrays.add(format!("{} {:?}", dtype_name(&array), array.shape())),
                (_, Some(picture)) => self.pictures.add(picture.to_string()),
                _ => widen(&mut self.bytes, bytes.len()),
            },
            Value::List(values) => widen(&mut self.lists, values.len()),
            Value::Map(values) => widen(&mut self.lists, values.len()),
            // There is no other kind of value yet.
            _ => {}
        }
    }

    fn add_integer(&mut self, value: i128) {
        widen(&mut self.integers, value);
        self.values.add(Counted::Integer(value));
    }

    /// The range of all numbers: in integers, if all are.
    fn numbers(&self) -> Option<(Json, Json)> {
        let Some((low, high)) = self.floats else {
            return self.integers.map(|(low, high)| (integer(low), integer(high)));
        };
        #[expect(clippy::cast_precision_loss, reason = "beside floats they are such")]
        let (min, max) = self.integers.map_or((low, high), |(min, max)| (low.min(min as f64), high.max(max as f64)));
        Some((number(min), number(max)))
    }

    /// What there is to say, in words.
    pub(crate) fn lines(&self) -> Vec<String> {
        let lengths = |range: Option<(usize, usize)>, unit: &str| {
            range.map(
                |(low, high)| if low == high { format!("{low} {unit}") } else { format!("{low} to {high} {unit}") },
            )
        };
        let numbers = self.numbers().map(|(low, high)| format!("{} to {}", plain(&low), plain(&high)));
        [
            numbers,
            lengths(self.texts, "characters"),
            lengths(self.bytes, "bytes"),
            lengths(self.lists, "elements"),
            self.pictures.line("picture size"),
            self.arrays.line("array"),
            times(self.nulls, "null"),
            times(self.nans, "NaN"),
            self.values.line("value"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    pub(crate) fn json(&self) -> Json {
        let range = |range: Option<(usize, usize)>| range.map(|(min, max)| json!({"min": min, "max": max}));
        json!({
            "numbers": self.numbers().map(|(min, max)| json!({"min": min, "max": max})),
            "characters": range(self.texts),
            "bytes": range(self.bytes),
            "elements": range(self.lists),
            "pictures": self.pictures.json(|picture| picture.as_str().into()),
            "arrays": self.arrays.json(|array| array.as_str().into()),
            "nulls": self.nulls,
            "nans": self.nans,
            "values": self.values.json(Counted::json),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_until_there_are_too_many() {
        let mut stats = Stats::default();
        for number in [3, 1, 3, 2, 3] {
            stats.add(&Value::Int(number));
        }
        assert_eq!(stats.lines(), ["1 to 3", "3 values: 3 (3), 1 (1), 2 (1)"]);
        (0..2000).for_each(|number| stats.add(&Value::Int(number)));
        assert_eq!(stats.lines(), ["0 to 1999", "more than 1000 different values"]);
        let mut texts = Stats::default();
        texts.add(&"cat".into());
        texts.add(&"x".repeat(65).into());
        assert_eq!(
            texts.lines(),
            ["3 to 65 characters", "values are not counted, for one has more than 64 characters"]
        );
    }

    #[test]
    fn values_are_in_json_what_they_are() {
        let mut stats = Stats::default();
        for value in
            [Value::Int(3), "3".into(), Value::Int(3), "\"a\"\n".into(), Value::Bool(true), Value::UInt(u64::MAX)]
        {
            stats.add(&value);
        }
        let json = stats.json();
        let values = json!([
            {"value": 3, "count": 2},
            {"value": true, "count": 1},
            {"value": u64::MAX, "count": 1},
            {"value": "\"a\"\n", "count": 1},
            {"value": "3", "count": 1},
        ]);
        assert_eq!(json["values"], values);
        assert_eq!(json["numbers"], json!({"min": 3, "max": u64::MAX}));
        stats.add(&Value::Float(0.5));
        assert_eq!(stats.json()["numbers"]["min"], 0.5);
    }
}
