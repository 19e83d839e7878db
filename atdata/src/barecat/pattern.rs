//! Patterns of paths, as Python's `glob` and `fnmatch` understand them.

/// One part of a pattern, between slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A name, as it is.
    Literal(String),
    /// A name with `*`, `?` or `[…]` in it.
    Wild(Vec<Token>),
    /// `**`: any number of directories.
    Deep,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Char(char),
    Any,
    Star,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// A pattern of paths: `*` and `?` within a name, `[a-z]` and `[!a-z]`, and `**` for any number of directories.
///
/// Names that begin with a dot are matched only by a part of the pattern that does, unless
/// [`hidden`](Self::hidden) says otherwise.
#[derive(Debug, Clone)]
pub struct Pattern {
    pub(super) parts: Vec<Part>,
    /// Whether it ends in `/`, and means directories alone.
    pub(super) only_dirs: bool,
    hidden: bool,
}

impl Pattern {
    /// The pattern of Python's `glob(pattern, recursive=True)`. No pattern is wrong: a `[` that is never closed is itself.
    pub fn new(pattern: &str) -> Self {
        Self::parse(pattern, true)
    }

    /// The pattern of Python's `glob(pattern)`: `**` is `*`.
    pub fn flat(pattern: &str) -> Self {
        Self::parse(pattern, false)
    }

    fn parse(pattern: &str, recursive: bool) -> Self {
        let names = pattern.split('/').filter(|part| !matches!(*part, "" | "."));
        let part = |name: &str| match name {
            "**" if recursive => Part::Deep,
            name if is_wild(name) => Part::Wild(tokens(name)),
            name => Part::Literal(name.to_owned()),
        };
        let mut parts: Vec<Part> = names.map(part).collect();
        parts.dedup_by(|one, other| *one == Part::Deep && *other == Part::Deep);
        Self { parts, only_dirs: pattern.ends_with('/'), hidden: false }
    }

    /// Whether `*`, `?`, `[…]` and `**` also match names that begin with a dot.
    #[must_use]
    pub fn hidden(mut self, hidden: bool) -> Self {
        self.hidden = hidden;
        self
    }

    /// Whether the whole of `path` is matched.
    pub fn matches(&self, path: &str) -> bool {
        let names: Vec<&str> = if path.is_empty() { Vec::new() } else { path.split('/').collect() };
        self.rest_matches(0, &names)
    }

    /// The same of a file or a directory: `a/` is a directory, and so is what `a/**` finds at `a` itself.
    pub fn matches_node(&self, path: &str, is_dir: bool) -> bool {
        if is_dir {
            return self.matches(path);
        }
        if self.only_dirs {
            return false;
        }
        match (self.parts.last(), path.rsplit_once('/').unwrap_or(("", path))) {
            (Some(Part::Deep), (parent, name)) => self.may_see(name) && self.matches(parent),
            _ => self.matches(path),
        }
    }

    /// Whether the parts from `first` on match all of `names`.
    fn rest_matches(&self, first: usize, names: &[&str]) -> bool {
        // Which numbers of names the parts so far can have matched.
        let mut reached = vec![false; names.len() + 1];
        if let Some(start) = reached.first_mut() {
            *start = true;
        }
        for part in self.parts.iter().skip(first) {
            reached = self.step(part, &reached, names);
        }
        reached.last().copied().unwrap_or(false)
    }

    fn step(&self, part: &Part, reached: &[bool], names: &[&str]) -> Vec<bool> {
        let mut next = Vec::with_capacity(reached.len());
        next.push(*part == Part::Deep && reached.first().copied().unwrap_or(false));
        for ((before, here), name) in reached.iter().zip(reached.iter().skip(1)).zip(names) {
            let matched = match part {
                Part::Deep => *here || (next.last().copied().unwrap_or(false) && self.may_see(name)),
                part => *before && self.part_matches(part, name),
            };
            next.push(matched);
        }
        next
    }

    /// Whether one part matches one name.
    pub(super) fn part_matches(&self, part: &Part, name: &str) -> bool {
        match part {
            Part::Literal(literal) => literal == name,
            Part::Wild(tokens) => {
                let shows_hidden = tokens.first() == Some(&Token::Char('.'));
                (shows_hidden || self.may_see(name)) && tokens_match(tokens, name)
            }
            Part::Deep => self.may_see(name),
        }
    }

    fn may_see(&self, name: &str) -> bool {
        self.hidden || !name.starts_with('.')
    }
}

fn is_wild(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

fn tokens(name: &str) -> Vec<Token> {
    let chars: Vec<char> = name.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        at += 1;
        match c {
            '*' if tokens.last() == Some(&Token::Star) => {}
            '*' => tokens.push(Token::Star),
            '?' => tokens.push(Token::Any),
            '[' => match class(chars.get(at..).unwrap_or_default()) {
                Some((class, len)) => {
                    tokens.push(class);
                    at += len;
                }
                None => tokens.push(Token::Char('[')),
            },
            c => tokens.push(Token::Char(*c)),
        }
    }
    tokens
}

/// The class that begins behind a `[`, and how many characters it has with its `]`; `None` where none closes it.
fn class(chars: &[char]) -> Option<(Token, usize)> {
    let negated = chars.first() == Some(&'!');
    let begin = usize::from(negated);
    // A `]` that stands first is one of the characters.
    let end = begin + 1 + chars.get(begin + 1..)?.iter().position(|c| *c == ']')?;
    let mut inside = chars.get(begin..end)?;
    let mut ranges = Vec::new();
    while let [from, rest @ ..] = inside {
        inside = match rest {
            ['-', to, rest @ ..] => {
                // One that runs backwards is empty.
                if from <= to {
                    ranges.push((*from, *to));
                }
                rest
            }
            rest => {
                ranges.push((*from, *from));
                rest
            }
        };
    }
    Some((Token::Class { negated, ranges }, end + 1))
}

/// Never more steps than tokens times characters: of a mismatch only the last star is tried longer.
fn tokens_match(tokens: &[Token], name: &str) -> bool {
    let chars: Vec<char> = name.chars().collect();
    let (mut token, mut at) = (0, 0);
    let mut star = None;
    while let Some(c) = chars.get(at) {
        match tokens.get(token) {
            Some(Token::Star) => {
                star = Some((token + 1, at));
                token += 1;
            }
            Some(found) if one_matches(found, *c) => (token, at) = (token + 1, at + 1),
            _ => match &mut star {
                Some((behind, from)) => {
                    *from += 1;
                    (token, at) = (*behind, *from);
                }
                None => return false,
            },
        }
    }
    tokens.get(token..).is_some_and(|rest| rest.iter().all(|token| *token == Token::Star))
}

fn one_matches(token: &Token, c: char) -> bool {
    match token {
        Token::Char(expected) => *expected == c,
        Token::Any => true,
        Token::Star => false,
        Token::Class { negated, ranges } => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_stars_are_those_of_fnmatch() {
        for (pattern, name, expected) in [
            ("[]a]", "]", true),
            ("[!]a]", "]", false),
            ("[!]a]", "b", true),
            ("[z-a]", "b", false),
            ("[!z-a]", "b", true),
            ("[a-]", "-", true),
            ("[ab", "[ab", true),
            ("[^a]", "^", true),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXb", false),
            ("?", "é", true),
            ("*", ".hidden", false),
            (".*", ".hidden", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_ends() {
        assert!(!Pattern::new(&("a*".repeat(50) + "b")).matches(&"a".repeat(2000)));
        assert!(!Pattern::new(&"**/a/".repeat(50)).matches(&["b"; 500].join("/")));
    }

    #[test]
    fn two_stars_at_the_end_are_the_directory_itself_but_no_file() {
        let pattern = Pattern::new("a/**");
        assert!(pattern.matches_node("a", true) && !pattern.matches_node("a", false));
        assert!(pattern.matches_node("a/b", false) && !pattern.matches_node("a/.b", false));
        assert!(!Pattern::new("a/").matches_node("a", false));
    }
}
