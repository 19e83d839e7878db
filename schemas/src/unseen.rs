//! Characters that cannot be seen and change how the text around them looks: what a terminal, a log or a comment is not given.

/// Whether it is one of them: the marks and overrides of the direction of writing, characters of no width but the joiner of
/// pictures, and separators of lines that are none of ASCII.
pub fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{61c}'
            | '\u{200b}'
            | '\u{200c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
    )
}
