//! Descriptions as doc comments. They come from strangers, and a doc comment is more than text: rustdoc runs its code
//! blocks, follows its links and passes its HTML on to a browser.

use atdata_schema::unseen::is_unseen;

/// The lines of the doc comment.
pub(super) fn lines(description: Option<&str>) -> Vec<String> {
    let Some(description) = description else { return Vec::new() };
    let line = |line: &str| {
        let line = harmless(line);
        if line.is_empty() { line } else { format!(" {line}") }
    };
    description.trim().lines().map(line).collect()
}

/// The description that the derive reads from that doc comment.
pub(super) fn read_back(description: &str) -> String {
    let lines: Vec<String> = lines(Some(description)).iter().map(|line| line.trim().to_owned()).collect();
    lines.join("\n")
}

/// The line without indentation, which would make it code, and with escapes before all that is not text to Markdown.
/// Single backticks in pairs stay: they mark words that are names.
fn harmless(line: &str) -> String {
    let spans = !line.contains("``") && line.matches('`').count().is_multiple_of(2);
    let mut out = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for c in word.chars() {
            match c {
                '<' | '[' | ']' | '\\' | '~' | '&' => out.extend(['\\', c]),
                '`' if !spans => out.extend(['\\', c]),
                c if c.is_control() || is_unseen(c) => out.extend(c.escape_unicode()),
                c => out.push(c),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_harmless_stays() {
        for text in ["One photograph.", "The `label`, from 0 to 9.\n\nSecond paragraph, 3 > 2.", "été"] {
            assert_eq!(read_back(text), text);
        }
        assert_eq!(lines(Some("a\n\nb")), [" a", "", " b"]);
    }

    #[test]
    fn nothing_becomes_code_or_markup() {
        let cases = [
            ("```\nevil()\n```", "\\`\\`\\`"),
            ("    evil()", "evil()"),
            ("-     evil()", "- evil()"),
            ("\tevil()", "evil()"),
            ("~~~", "\\~\\~\\~"),
            ("<script>", "\\<script>"),
            ("[x]: javascript:evil()", "\\[x\\]: javascript:evil()"),
            ("a\u{202e}b\u{0}", "a\\u{202e}b\\u{0}"),
            ("a lone ` tick", "a lone \\` tick"),
        ];
        for (text, expected) in cases {
            let first = lines(Some(text)).remove(0);
            assert_eq!(first.trim(), expected.trim(), "{text}");
        }
    }
}
