//! Versions of schemas: which is the latest, and which comes next.

use semver::Version;

/// The latest of the versions that are exactly `major.minor.patch`; anything else does not take part, as in Python.
///
/// ```
/// let stored = ["1.9.0", "1.10.0", "2.0.0-rc.1", "not-semver"];
/// assert_eq!(atdata_schema::latest_version(stored).unwrap().to_string(), "1.10.0");
/// ```
pub fn latest_version<V: AsRef<str>>(versions: impl IntoIterator<Item = V>) -> Option<Version> {
    versions.into_iter().filter_map(|version| release(version.as_ref())).max()
}

/// The version for a schema that is published without one: the latest with its patch number raised, or `1.0.0`.
///
/// Where the change is known, [`SchemaDiff::next_version`](crate::SchemaDiff::next_version) gives the version that it
/// asks for.
///
/// ```
/// use atdata_schema::next_version;
///
/// assert_eq!(next_version(["1.0.0", "1.0.1"]).to_string(), "1.0.2");
/// assert_eq!(next_version([""; 0]).to_string(), "1.0.0");
/// ```
pub fn next_version<V: AsRef<str>>(versions: impl IntoIterator<Item = V>) -> Version {
    match latest_version(versions) {
        Some(latest) => Version::new(latest.major, latest.minor, latest.patch.saturating_add(1)),
        None => Version::new(1, 0, 0),
    }
}

/// Three numbers, and nothing after them.
fn release(text: &str) -> Option<Version> {
    let version = Version::parse(text).ok()?;
    (version.pre.is_empty() && version.build.is_empty()).then_some(version)
}
