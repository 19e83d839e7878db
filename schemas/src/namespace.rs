//! Namespaces of records: the one that is written, and the old one that is still read.

/// The namespace of the records that are written.
pub const NAMESPACE: &str = "science.alt.dataset";

/// The namespace that Python atdata wrote up to 0.5, and that is still read.
pub const OLD_NAMESPACE: &str = "ac.foundation.dataset";

/// Whether a type or collection is one of the [old namespace](OLD_NAMESPACE).
#[must_use]
pub fn is_old_type(nsid: &str) -> bool {
    inside(nsid, OLD_NAMESPACE).is_some()
}

/// What a type or collection is called in its namespace, today's or the old one: `entry` of
/// `science.alt.dataset.entry`.
#[must_use]
pub fn name_in_namespace(nsid: &str) -> Option<&str> {
    inside(nsid, NAMESPACE).or_else(|| inside(nsid, OLD_NAMESPACE))
}

/// Whether that is the type (or collection) of schema records, today's or an older one.
pub(crate) fn is_schema_type(nsid: &str) -> bool {
    matches!(name_in_namespace(nsid), Some("schema" | "sampleSchema"))
}

fn inside<'a>(nsid: &'a str, namespace: &str) -> Option<&'a str> {
    nsid.strip_prefix(namespace)?.strip_prefix('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_ends_at_its_dot() {
        assert_eq!(name_in_namespace("science.alt.dataset.entry#main"), Some("entry#main"));
        assert_eq!(name_in_namespace("ac.foundation.dataset.record"), Some("record"));
        for other in ["science.alt.datasets.entry", "science.alt.dataset", "ac.foundation.dataset-x.y", "a.b.c", ""] {
            assert_eq!(name_in_namespace(other), None, "{other}");
            assert!(!is_old_type(other), "{other}");
        }
        assert!(is_old_type("ac.foundation.dataset.label") && !is_old_type("science.alt.dataset.label"));
    }
}
