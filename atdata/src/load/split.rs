//! Which split a shard belongs to, by its name.

/// The split of shards whose names say nothing.
pub(super) const DEFAULT: &str = "train";

/// The words for each split, in the order in which they are looked for.
const WORDS: [(&[&str], &str); 4] = [
    (&["train", "training"], "train"),
    (&["test", "testing"], "test"),
    (&["val", "valid", "validation"], "validation"),
    (&["dev", "development"], "validation"),
];

const HYPHENS: &[char] = &['_', '-'];
const SLASHES: &[char] = &['/', '\\'];

/// The split that a name or path speaks of: its last part alone, or else the whole of it.
pub(super) fn detect(path: &str) -> Option<&'static str> {
    let path = path.to_lowercase();
    let name = path.rsplit(SLASHES).next().unwrap_or_default();
    of_text(name).or_else(|| of_text(&path))
}

/// By the first rule that any word fits.
fn of_text(text: &str) -> Option<&'static str> {
    let rules: [fn(&str, &str) -> bool; 4] = [
        |text, word| is_between(text, word, HYPHENS),
        |text, word| begins_with(text, word, HYPHENS),
        |text, word| is_between(text, word, SLASHES),
        |text, word| begins_with(text, word, SLASHES),
    ];
    let fits = |rule: fn(&str, &str) -> bool| {
        WORDS.iter().find(|(words, _)| words.iter().any(|word| rule(text, word))).map(|(_, split)| *split)
    };
    rules.into_iter().find_map(fits)
}

/// Whether `word` stands somewhere with one of `marks` on both sides.
fn is_between(text: &str, word: &str, marks: &[char]) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let (before, behind) = (text.get(..at).unwrap_or_default(), text.get(at + word.len()..).unwrap_or_default());
        before.ends_with(marks) && behind.starts_with(marks)
    })
}

fn begins_with(text: &str, word: &str, marks: &[char]) -> bool {
    text.strip_prefix(word).is_some_and(|rest| rest.starts_with(marks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_where_it_stands_alone() {
        for (path, split) in [
            ("train-000.tar", Some("train")),
            ("data_test_1.tar", Some("test")),
            ("a/train/b.tar", Some("train")),
            (r"a\DEV\b.tar", Some("validation")),
            ("x-train-train.tar", Some("train")),
            ("train.tar", None),
            ("data-train.tar", None),
            ("mytrain-0.tar", None),
            ("contest-0.tar", None),
        ] {
            assert_eq!(detect(path), split, "{path}");
        }
    }

    #[test]
    fn rules_go_before_words_and_the_file_name_before_folders() {
        assert_eq!(detect("x-test-train-1.tar"), Some("train"));
        assert_eq!(detect("test-train-0.tar"), Some("train"));
        assert_eq!(detect("train/test-0.tar"), Some("test"));
        assert_eq!(detect("my-val-set/x.tar"), Some("validation"));
    }
}
