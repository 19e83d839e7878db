//! Forms of indexes by their names, as the program takes them.

/// Forms that have names.
pub(super) trait NamedForm: Copy + Eq + 'static {
    const NAMES: &'static [(Self, &'static str)];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(form, _)| *form == self).map_or("", |(_, name)| name)
    }

    fn of_name(text: &str) -> Result<Self, UnknownName> {
        let found = Self::NAMES.iter().find(|(_, name)| *name == text).map(|(form, _)| *form);
        found.ok_or_else(|| {
            let names: Vec<String> = Self::NAMES.iter().map(|(_, name)| format!("`{name}`")).collect();
            UnknownName { expected: names.join(" or "), found: text.escape_debug().collect() }
        })
    }
}

/// Why a text is the name of no form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found `{found}`")]
pub(super) struct UnknownName {
    expected: String,
    found: String,
}
