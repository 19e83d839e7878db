//! Statistics of values: how many of each there are, ranges of numbers, lengths, sizes of pictures.

use std::collections::BTreeMap;

use atdata::Value;
use serde_json::{Value as Json, json};

use crate::picture::Picture;

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
    values: Counts,
    pictures: Counts,
    numbers: Option<(f64, f64)>,
    /// Characters of texts, bytes, and elements of lists.
    texts: Option<(usize, usize)>,
    bytes: Option<(usize, usize)>,
    lists: Option<(usize, usize)>,
}

/// How often what is there; nothing once there is too much of it, or it is too long.
#[derive(Debug, Default)]
struct Counts {
    seen: BTreeMap<String, u64>,
    is_full: bool,
    is_long: bool,
}

impl Counts {
    fn add(&mut self, value: String) {
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
    fn ranked(&self) -> Vec<(&str, u64)> {
        let mut ranked: Vec<_> = self.seen.iter().map(|(value, count)| (value.as_str(), *count)).collect();
        ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        ranked
    }

    /// `3 values: cat (5), dog (2), "" (1)`
    fn line(&self, noun: &str) -> Option<String> {
        let ranked = self.ranked();
        if ranked.is_empty() {
            return (self.is_full && !self.is_long).then(|| format!("more than {MAX_VALUES} different {noun}s"));
        }
        let shown: Vec<_> = ranked.iter().take(SHOWN).map(|(value, count)| format!("{value} ({count})")).collect();
        let more = if ranked.len() > SHOWN { ", …" } else { "" };
        let plural = if ranked.len() == 1 { "" } else { "s" };
        Some(format!("{} {noun}{plural}: {}{more}", ranked.len(), shown.join(", ")))
    }
}

fn widen<T: PartialOrd + Copy>(range: &mut Option<(T, T)>, value: T) {
    let (low, high) = range.unwrap_or((value, value));
    *range = Some((if value < low { value } else { low }, if value > high { value } else { high }));
}

impl Stats {
    pub(crate) fn add(&mut self, value: &Value) {
        if !matches!(value, Value::Str(_))
            && let Some(number) = value.as_f64().filter(|number| !number.is_nan())
        {
            widen(&mut self.numbers, number);
        }
        match value {
            Value::Bool(value) => self.values.add(value.to_string()),
            Value::Int(value) => self.values.add(value.to_string()),
            Value::UInt(value) => self.values.add(value.to_string()),
            Value::Str(text) => {
                let length = text.chars().count();
                widen(&mut self.texts, length);
                if length > MAX_TEXT {
                    self.values.is_long = true;
                    self.values.overflow();
                } else {
                    self.values.add(format!("{text:?}"));
                }
            }
            Value::Bin(bytes) => match Picture::of(bytes) {
                Some(picture) => self.pictures.add(picture.to_string()),
                None => widen(&mut self.bytes, bytes.len()),
            },
            Value::List(values) => widen(&mut self.lists, values.len()),
            _ => {}
        }
    }

    /// What there is to say, in words.
    pub(crate) fn lines(&self) -> Vec<String> {
        let lengths = |range: Option<(usize, usize)>, unit: &str| {
            range.map(
                |(low, high)| if low == high { format!("{low} {unit}") } else { format!("{low} to {high} {unit}") },
            )
        };
        let numbers = self.numbers.map(|(low, high)| format!("{low} to {high}"));
        [
            numbers,
            lengths(self.texts, "characters"),
            lengths(self.bytes, "bytes"),
            lengths(self.lists, "elements"),
            self.pictures.line("picture size"),
            self.values.line("value"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    pub(crate) fn json(&self) -> Json {
        let counts = |counts: &Counts| -> Json {
            if counts.is_full {
                return Json::Null;
            }
            let counts =
                counts.ranked().into_iter().map(|(value, count)| (value.trim_matches('"').to_owned(), count.into()));
            Json::Object(counts.collect())
        };
        let range = |range: Option<(usize, usize)>| range.map(|(min, max)| json!({"min": min, "max": max}));
        json!({
            "numbers": self.numbers.map(|(min, max)| json!({"min": min, "max": max})),
            "characters": range(self.texts),
            "bytes": range(self.bytes),
            "elements": range(self.lists),
            "pictures": counts(&self.pictures),
            "values": counts(&self.values),
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
        assert_eq!(texts.lines(), ["3 to 65 characters"]);
    }
}
