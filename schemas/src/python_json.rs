//! JSON text as Python's `json.dumps` writes it by default.

use std::fmt::Write;

use serde_json::Value;

/// The text that Python would store for the value: `", "` and `": "` between parts, everything but ASCII escaped.
///
/// ```
/// let text = atdata_schema::python_json(&serde_json::json!({"name": "été", "n": [1, null]}));
/// assert_eq!(text, r#"{"name": "\u00e9t\u00e9", "n": [1, null]}"#);
/// ```
pub fn python_json(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, &mut out);
    out
}

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write_value(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (i, (key, member)) in members.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write_text(key, out);
                out.push_str(": ");
                write_value(member, out);
            }
            out.push('}');
        }
        Value::String(text) => write_text(text, out),
        other => out.push_str(&other.to_string()),
    }
}

/// Appends a text in quotes.
pub fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing to a string does not fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_python_does() {
        let text = python_json(&Value::from("\"\\/\n\r\t\u{8}\u{c}\u{1}\u{7f}é日🎉"));
        assert_eq!(text, r#""\"\\/\n\r\t\b\f\u0001\u007f\u00e9\u65e5\ud83c\udf89""#);
    }
}
