//! `rename_all`: the cases of field names, as other derive macros know them.

use proc_macro2::Span;

use crate::ctxt::Ctxt;

/// How to write the names of fields that are `snake_case` in Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

const CASES: [(&str, Case); 8] = [
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("PascalCase", Case::Pascal),
    ("camelCase", Case::Camel),
    ("snake_case", Case::Snake),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
    ("kebab-case", Case::Kebab),
    ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
];

impl Case {
    pub(crate) fn parse(ctxt: &Ctxt, text: &str, span: Span) -> Option<Self> {
        let found = CASES.iter().find(|(name, _)| *name == text).map(|(_, case)| *case);
        if found.is_none() {
            let known: Vec<_> = CASES.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            ctxt.error(span, format!("unknown case \"{text}\"; write one of {}", known.join(", ")));
        }
        found
    }

    pub(crate) fn apply(self, field: &str) -> String {
        match self {
            Self::Lower | Self::Snake => field.to_owned(),
            Self::Upper | Self::ScreamingSnake => field.to_uppercase(),
            Self::Pascal => field.split('_').map(capitalised).collect(),
            Self::Camel => {
                let pascal: String = Self::Pascal.apply(field);
                let mut chars = pascal.chars();
                chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
            }
            Self::Kebab => field.replace('_', "-"),
            Self::ScreamingKebab => field.to_uppercase().replace('_', "-"),
        }
    }
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_those_of_serde() {
        let all: Vec<_> = CASES.iter().map(|(_, case)| case.apply("very_tasty_2")).collect();
        assert_eq!(
            all,
            [
                "very_tasty_2",
                "VERY_TASTY_2",
                "VeryTasty2",
                "veryTasty2",
                "very_tasty_2",
                "VERY_TASTY_2",
                "very-tasty-2",
                "VERY-TASTY-2"
            ]
        );
    }
}
