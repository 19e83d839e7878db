//! `rename_all`: the cases of names, as other derive macros know them.

use proc_macro2::Span;

use crate::ctxt::Ctxt;

/// How to write the names of fields, which are `snake_case` in Rust, and of variants, which are `PascalCase`.
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

    pub(crate) fn apply_to_variant(self, variant: &str) -> String {
        match self {
            Self::Pascal => variant.to_owned(),
            Self::Lower => variant.to_lowercase(),
            Self::Upper => variant.to_uppercase(),
            Self::Camel => {
                let mut chars = variant.chars();
                chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
            }
            // What separates words differs as it does between words of a field.
            Self::Snake | Self::ScreamingSnake | Self::Kebab | Self::ScreamingKebab => self.apply(&snake(variant)),
        }
    }
}

/// `VeryTasty` as `very_tasty`.
fn snake(variant: &str) -> String {
    let mut snake = String::new();
    for (index, c) in variant.char_indices() {
        if index > 0 && c.is_uppercase() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
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
        let all: Vec<_> = CASES.iter().map(|(_, case)| case.apply_to_variant("VeryTasty2")).collect();
        assert_eq!(
            all,
            [
                "verytasty2",
                "VERYTASTY2",
                "VeryTasty2",
                "veryTasty2",
                "very_tasty2",
                "VERY_TASTY2",
                "very-tasty2",
                "VERY-TASTY2"
            ]
        );
    }
}
