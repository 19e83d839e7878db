//! Values of columns in JSON, with the numbers that Python's `json.dumps` writes and JSON does not have.

use serde_json::Value as Json;

use crate::sample::Value;

/// How deep lists may be in each other.
const DEEPEST: usize = 64;
/// Numbers, and how Python writes them.
const WORDS: [(&str, f64); 3] = [("NaN", f64::NAN), ("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY)];

/// The value; `None` if it is none.
pub(super) fn value(text: &str) -> Option<Value> {
    if let Ok(json) = serde_json::from_str::<Json>(text) {
        return Value::from_json(&json);
    }
    let (value, rest) = next(text, DEEPEST)?;
    is_space(rest).then_some(value)
}

/// The value that begins there, and what is behind it.
fn next(text: &str, depth: usize) -> Option<(Value, &str)> {
    let text = after_space(text);
    if let Some((word, number)) = WORDS.iter().find(|(word, _)| text.starts_with(word)) {
        return Some((Value::Float(*number), text.get(word.len()..)?));
    }
    if let Some(items) = text.strip_prefix('[') {
        return list(items, depth.checked_sub(1)?);
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    let json = values.next()?.ok()?;
    Some((Value::from_json(&json)?, text.get(values.byte_offset()..)?))
}

/// The same of a list whose items begin there.
fn list(text: &str, depth: usize) -> Option<(Value, &str)> {
    let mut items = Vec::new();
    let mut rest = after_space(text);
    if let Some(rest) = rest.strip_prefix(']') {
        return Some((Value::List(items), rest));
    }
    loop {
        let (item, behind) = next(rest, depth)?;
        items.push(item);
        rest = after_space(behind);
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Some((Value::List(items), rest.strip_prefix(']')?)),
        }
    }
}

fn after_space(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

fn is_space(text: &str) -> bool {
    after_space(text).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_python_are_read() {
        let list = |values: &[Value]| Some(Value::List(values.to_vec()));
        let (infinite, negative) = (Value::Float(f64::INFINITY), Value::Float(f64::NEG_INFINITY));
        assert_eq!(value("[1.0,Infinity , -Infinity]"), list(&[1.0.into(), infinite.clone(), negative]));
        assert_eq!(
            value("[\"NaN, ]\", -1,true, null,Infinity ]").map(|list| list.as_list().map(<[_]>::len)),
            Some(Some(5))
        );
        assert_eq!(value(" [[Infinity], []] "), list(&[Value::List(vec![infinite]), Value::List(Vec::new())]));
        let numbers = value("[1.0,NaN]");
        let nan = numbers.as_ref().and_then(Value::as_list).and_then(<[_]>::last).and_then(Value::as_f64);
        assert!(nan.is_some_and(f64::is_nan));
        for wrong in
            ["", "[", "[NaN", "[NaN,]", "[,NaN]", "[NaN NaN]", "NaN NaN", "[NaN]]", "[NaNa]", "[-NaN]", "[1 NaN]"]
        {
            assert_eq!(value(wrong), None, "{wrong}");
        }
        assert_eq!(value(&"[".repeat(1 << 20)), None);
    }
}
